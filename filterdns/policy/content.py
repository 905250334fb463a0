"""A key over the content of plain values: equal where nothing that decides differs."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from typing import Final

from filterdns.policy.verdict import Rule
from filterdns.steps import Steps

KEY_LENGTH: Final = 16


def content_key(*values: object) -> bytes:
    """Return a key of 16 bytes over *values*: dataclasses, mappings, sequences, texts, numbers.

    The order of mappings counts, because it decides which of two rules is named. The place of a
    rule in the config does not: a line added at the top of the file is no new content.
    """
    return blake2b(_text(values).encode(), digest_size=KEY_LENGTH).digest()


def content_key_in_steps(*values: object) -> Steps[bytes]:
    """Make a key over *values*, an item of a mapping a step; not the one that `content_key` makes.

    Each item is written with its own brackets, so no two contents read the same.
    """
    digest = blake2b(digest_size=KEY_LENGTH)
    for value in values:
        for item in value.items() if isinstance(value, Mapping) else (value,):
            digest.update(_text(item).encode())
            yield
        digest.update(b";")
    return digest.digest()


def _text(value: object) -> str:
    if isinstance(value, Rule):
        return repr((value.text, value.reason, value.category, value.schedule))
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(key)}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "(" + ",".join(_text(item) for item in value) + ")"
    if is_dataclass(value):
        return _text([getattr(value, field.name) for field in fields(value)])
    return repr(value)
