"""Values as JSON: what goes in comes out, by its type."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from filterdns.policy.verdict import AnswerMode
from filterdns.resolver.plain import _reader_of, _writer_of, from_plain, hints_of, to_plain


class Pair(NamedTuple):
    left: bytes
    right: float = 0.0


@dataclass(frozen=True, slots=True)
class Whole:
    name: str
    pairs: tuple[Pair, ...] = ()
    mode: AnswerMode = AnswerMode.ZERO_IP
    place: tuple[str, int] | None = None
    by_key: Mapping[bytes, tuple[int, ...]] = field(default_factory=dict)
    path: Path = Path()


def test_how_a_type_is_written_and_read_is_found_out_once() -> None:
    """There are thousands of devices in an image, and it is made anew with each of them."""
    there_and_back(Whole, Whole("first", (Pair(b"a"),)))
    before = _writer_of.cache_info().misses, _reader_of.cache_info().misses
    there_and_back(Whole, Whole("next", (Pair(b"b"),) * 100))
    assert (_writer_of.cache_info().misses, _reader_of.cache_info().misses) == before


def there_and_back(kind: Any, value: object) -> object:
    return from_plain(kind, json.loads(json.dumps(to_plain(value))))


@pytest.mark.parametrize(
    "value",
    [
        Whole("plain"),
        Whole("ends", (Pair(b"\x00\xff"), Pair(b"", 2.5)), AnswerMode.NODATA, ("::", 53)),
        Whole("maps", by_key={b"\x03www": (1, 2), b"": ()}, path=Path("/srv/list.txt")),
    ],
)
def test_a_value_comes_back_as_it_was(value: Whole) -> None:
    assert there_and_back(Whole, value) == value


def test_a_field_that_has_its_default_takes_no_room() -> None:
    assert to_plain(Whole("plain")) == {"name": "plain", "by_key": []}


@pytest.mark.parametrize(
    "plain", [7, [], {}, {"name": "a", "shoe size": 7}, {"name": "a", "mode": "shout"}]
)
def test_what_is_no_such_value_is_refused(plain: object) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        from_plain(Whole, plain)


def test_the_types_of_all_fields_are_known() -> None:
    assert hints_of(Pair) == {"left": bytes, "right": float}
