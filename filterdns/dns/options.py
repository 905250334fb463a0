"""The options in the OPT record of a query (RFC 6891 section 6.1.2), for the few that use them.

Nobody on the road of usual queries reads them: they cost only those for whom they tell something.
"""

from base64 import b64decode
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from filterdns.dns import codes, names
from filterdns.dns.question import Query

NO_MAC: Final = ""


class Option(NamedTuple):
    """One option: its code, and its data as they are."""

    code: int
    data: bytes


def named_mac(query: Query) -> str:
    """Return the MAC of the device that a forwarder asks for, as it says in *query*.

    In lower case with colons; empty where it says none, none that can be one device's, or several.
    Only who trusts the sender may believe it. dnsmasq sends it as six bytes (`add-mac`), or as text
    (`add-mac=text`) or in base 64 (`add-mac=base64`) under another code.
    """
    if query.edns is None or not query.edns.has_options:
        return NO_MAC
    told = {_mac(option) for option in read_options(query) if option.code in _MAC_CODES}
    return told.pop() if len(told) == 1 else NO_MAC


def read_options(query: Query) -> Iterator[Option]:
    """Yield the options of *query*, which has been read before, as far as they are whole."""
    wire, at = query.wire, query.question_end
    _, _, _, authorities, additionals = _COUNTS(wire, 2)
    for index in range(authorities + additionals):
        at = names.skip(wire, at)
        rtype, _, _, length = _RECORD(wire, at)
        at += _RECORD_LENGTH
        if rtype == codes.OPT and index >= authorities:
            yield from _options(wire[at : at + length])
        at += length


def _options(data: bytes) -> Iterator[Option]:
    at = 0
    while at + _OPTION_LENGTH <= len(data):
        code, length = _OPTION(data, at)
        at += _OPTION_LENGTH
        if at + length > len(data):
            return
        yield Option(code, data[at : at + length])
        at += length


def _mac(option: Option) -> str:
    packed = option.data
    if option.code == codes.EDNS_DEVICE_ID:
        packed = _from_text(packed)
    if len(packed) != _MAC_BYTES or not any(packed) or packed[0] & _GROUP:
        return NO_MAC
    return packed.hex(":")


def _from_text(data: bytes) -> bytes:
    try:
        if len(data) == _BASE64_LENGTH:
            return b64decode(data, validate=True)
        if len(data) == _TEXT_LENGTH and data.count(b":") == _MAC_BYTES - 1:
            return bytes.fromhex(data.replace(b":", b"").decode("ascii"))
    except ValueError:  # binascii.Error and UnicodeDecodeError are such
        pass
    return b""


_MAC_CODES: Final = (codes.EDNS_MAC, codes.EDNS_DEVICE_ID)
_MAC_BYTES: Final = 6
_GROUP: Final = 0x01  # IEEE 802: the I/G bit, the first on the wire
_BASE64_LENGTH: Final = 8
_TEXT_LENGTH: Final = 17
_COUNTS: Final = Struct("!HHHHH").unpack_from
_RECORD: Final = Struct("!HHIH").unpack_from
_RECORD_LENGTH: Final = 10
_OPTION: Final = Struct("!HH").unpack_from
_OPTION_LENGTH: Final = 4
