"""SVCB and HTTPS records (RFC 9460): the parameters that a client follows."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from filterdns.dns import names
from filterdns.errors import MalformedMessage

MANDATORY: Final = 0  # RFC 9460 section 8
IPV4HINT: Final = 4  # RFC 9460 section 7.3
ECH: Final = 5  # RFC 9848 section 3
IPV6HINT: Final = 6  # RFC 9460 section 7.3


class Parameter(NamedTuple):
    """A parameter: its *key*, and where it *start*s and *end*s; the value begins behind 4 bytes."""

    key: int
    start: int
    end: int


def parameters(wire: bytes, data: int, end: int) -> Iterator[Parameter]:
    """Yield the parameters of the record with its data from *data* to *end* in *wire*.

    Raises `MalformedMessage` where they are cut off, IndexError at the end of *wire*.
    """
    at = names.skip(wire, data + _PRIORITY_BYTES)
    if at > end:
        raise MalformedMessage("the name in an SVCB record ends behind it")
    while at < end:
        length = wire[at + 2] << 8 | wire[at + 3]
        behind = at + 4 + length
        if behind > end:
            raise MalformedMessage("a parameter of an SVCB record ends behind it")
        yield Parameter(wire[at] << 8 | wire[at + 1], at, behind)
        at = behind


def hints(wire: bytes, parameter: Parameter) -> Iterator[bytes]:
    """Yield the packed addresses of *parameter*, if it holds any.

    Raises `MalformedMessage` where the last one is not whole.
    """
    size = _HINT_BYTES.get(parameter.key)
    if size is None:
        return
    start, end = parameter.start + 4, parameter.end
    if (end - start) % size:
        raise MalformedMessage("an address hint of an SVCB record is not whole")
    for at in range(start, end, size):
        yield wire[at : at + size]


_PRIORITY_BYTES: Final = 2
_HINT_BYTES: Final = {IPV4HINT: 4, IPV6HINT: 16}
