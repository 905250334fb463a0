"""Frozen values as JSON knows them, and back by their types: data only, whatever a file holds.

Dataclasses become objects without the fields that have their default, named tuples and mappings
become lists, bytes become texts of the same code points.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any


def to_plain(value: Any) -> Any:
    """Return *value* as JSON knows it."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value):
        return {
            field.name: to_plain(inner)
            for field in fields(value)
            if (inner := getattr(value, field.name)) != field.default
        }
    if isinstance(value, Mapping):
        return [[to_plain(key), to_plain(inner)] for key, inner in value.items()]
    if isinstance(value, tuple):
        return [to_plain(inner) for inner in value]
    return value


def from_plain(kind: Any, plain: Any) -> Any:
    """Return *plain* as a value of type *kind*, the inverse of `to_plain`.

    Raises `ValueError`, `LookupError`, `TypeError` or `AttributeError` where it is none.
    """
    origin = typing.get_origin(kind)
    if origin is Mapping:
        key_type, value_type = typing.get_args(kind)
        return {from_plain(key_type, key): from_plain(value_type, inner) for key, inner in plain}
    if origin is tuple:
        inner_types = typing.get_args(kind)
        if inner_types[-1] is Ellipsis:
            return tuple(from_plain(inner_types[0], inner) for inner in plain)
        return tuple(
            from_plain(inner_type, inner)
            for inner_type, inner in zip(inner_types, plain, strict=True)
        )
    if origin in (types.UnionType, typing.Union):
        if plain is None:
            return None
        return from_plain(
            next(arg for arg in typing.get_args(kind) if arg is not type(None)), plain
        )
    if kind is bytes:
        return plain.encode("latin-1")
    if isinstance(kind, type) and is_dataclass(kind):
        hints = hints_of(kind)
        return kind(**{name: from_plain(hints[name], inner) for name, inner in plain.items()})
    if isinstance(kind, type) and issubclass(kind, tuple):
        hints = hints_of(kind)
        typed = zip(hints.values(), plain, strict=True)
        return kind(*(from_plain(inner_type, inner) for inner_type, inner in typed))
    return kind(plain)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Return the type of each field of *kind*."""
    return typing.get_type_hints(kind)
