"""What a config means as plain values, for a file or another process, and back.

Lists that ship with the project are not among them: whoever reads has its own.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.job import STARTER
from filterdns.config.categories import starter_sources
from filterdns.config.compile import Meaning
from filterdns.resolver.plain import from_plain, to_plain


def to_values(meaning: Meaning) -> dict[str, Any]:
    """Return *meaning* as values that JSON can carry, by the fields of the meaning.

    What a config was written as stays out.
    """
    own = replace(meaning, sources=tuple(each for each in meaning.sources if each.name != STARTER))
    return {field.name: to_plain(getattr(own, field.name)) for field in fields(Meaning)}


def from_values(values: Mapping[str, Any]) -> Meaning:
    """Return the meaning that `to_values` made *values* of.

    Raises `ValueError`, `LookupError`, `TypeError` or `AttributeError` for others, `BlocklistError`
    where what ships with the project is damaged.
    """
    meaning: Meaning = from_plain(Meaning, values)
    sources = (*starter_sources(load_catalog()), *meaning.sources)
    return replace(meaning, sources=sources)
