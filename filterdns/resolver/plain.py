"""Frozen values as JSON knows them, and back by their types: data only, whatever a file holds.

Dataclasses become objects without the fields that have their default, named tuples and mappings
become lists, bytes become texts of the same code points.
"""

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any


def to_plain(value: Any) -> Any:
    """Return *value* as JSON knows it."""
    kind: Any = type(value)
    return _writer_of(kind)(value)


def from_plain(kind: Any, plain: Any) -> Any:
    """Return *plain* as a value of type *kind*, the inverse of `to_plain`.

    Raises `ValueError`, `LookupError`, `TypeError` or `AttributeError` where it is none.
    """
    return _reader_of(kind)(plain)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Return the type of each field of *kind*."""
    return typing.get_type_hints(kind)


Convert = Callable[[Any], Any]


# What is to be done is found out once for each type: there are a dozen, and of values thousands.


@cache
def _writer_of(kind: Any) -> Convert:
    if issubclass(kind, bytes):
        return _latin_1
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, Path):
        return str
    if is_dataclass(kind):
        return _object_writer(kind)
    if issubclass(kind, Mapping):
        return _items
    if issubclass(kind, tuple):
        return _list
    return _as_it_is


def _object_writer(kind: Any) -> Convert:
    defaults = [(field.name, field.default) for field in fields(kind)]

    def write(value: Any) -> dict[str, Any]:
        return {
            name: to_plain(inner)
            for name, default in defaults
            if (inner := getattr(value, name)) != default
        }

    return write


def _latin_1(value: bytes) -> str:
    return value.decode("latin-1")


def _items(value: Mapping[Any, Any]) -> list[Any]:
    return [[to_plain(key), to_plain(inner)] for key, inner in value.items()]


def _list(value: tuple[Any, ...]) -> list[Any]:
    return [to_plain(inner) for inner in value]


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _reader_of(kind: Any) -> Convert:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Mapping:
        return _mapping_reader(*map(_reader_of, arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return _sequence_reader(_reader_of(arguments[0]))
    if origin is tuple:
        return _tuple_reader(tuple, arguments)
    if origin in (types.UnionType, typing.Union):
        return _optional_reader(
            _reader_of(next(each for each in arguments if each is not type(None)))
        )
    if kind is bytes:
        return _bytes
    if isinstance(kind, type) and is_dataclass(kind):
        return _object_reader(kind)
    if isinstance(kind, type) and issubclass(kind, tuple):
        return _tuple_reader(lambda values: kind(*values), hints_of(kind).values())
    read: Convert = kind
    return read


def _mapping_reader(read_key: Convert, read_value: Convert) -> Convert:
    return lambda plain: {read_key(key): read_value(inner) for key, inner in plain}


def _sequence_reader(read: Convert) -> Convert:
    return lambda plain: tuple([read(inner) for inner in plain])


def _tuple_reader(make: Convert, kinds: Iterable[Any]) -> Convert:
    readers = [_reader_of(kind) for kind in kinds]
    return lambda plain: make([read(inner) for read, inner in zip(readers, plain, strict=True)])


def _optional_reader(read: Convert) -> Convert:
    return lambda plain: None if plain is None else read(plain)


def _object_reader(kind: Any) -> Convert:
    readers = {name: _reader_of(hint) for name, hint in hints_of(kind).items()}
    return lambda plain: kind(**{name: readers[name](inner) for name, inner in plain.items()})


def _bytes(plain: str) -> bytes:
    return plain.encode("latin-1")
