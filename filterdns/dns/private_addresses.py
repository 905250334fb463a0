"""Addresses that lie within somebody's own network, in every dress in which they can be answered.

A name on the internet has no business there: whoever gets a browser to take such an answer talks
to the router, the printer or the computer itself in the name of a web site ("DNS rebinding").
Addresses are packed: 4 or 16 bytes.
"""

from typing import Final


def is_private(packed: bytes) -> bool:
    """Whether *packed* is an address of this machine, this link or a private network.

    What is for examples (192.0.2.0/24, …) or special uses elsewhere (192.0.0.170) is not: nobody
    lives there.
    """
    if len(packed) == _IPV4_BYTES:
        return _is_private_ipv4(packed)
    first = packed[0]
    if first & 0xFE == 0xFC:  # fc00::/7, RFC 4193
        return True
    if first == 0xFE and packed[1] & 0x80:  # fe80::/10 RFC 4291, fec0::/10 RFC 3879
        return True
    return any(map(_is_private_ipv4, embedded(packed)))


def embedded(packed: bytes) -> tuple[bytes, ...]:
    """Return the IPv4 addresses that the IPv6 address *packed* leads to; usually none.

    `::1` and `::` are found, too: they read as 0.0.0.1 and 0.0.0.0.
    """
    first = packed[0]
    if first == 0x20:
        if packed[1] == 0x02:  # 2002::/16, 6to4, RFC 3056 section 2
            return (packed[2:6],)
        if packed.startswith(_TEREDO):  # server, and client in disguise, RFC 4380 section 4
            return packed[4:8], bytes(byte ^ 0xFF for byte in packed[12:])
    elif first == 0:
        if packed.startswith(_ZEROS) and packed[8:12] in _MAPPED:
            return (packed[12:],)
        if packed.startswith(_NAT64):
            return (packed[12:],)
        if packed.startswith(_LOCAL_NAT64):  # whatever length its owner has chosen for the prefix
            return packed[6:8] + packed[9:11], packed[9:13], packed[12:]
    if packed[9:12] == _ISATAP and packed[8] & 0xFD == 0:
        return (packed[12:],)
    return ()


_IPV4_BYTES: Final = 4
_ZEROS: Final = bytes(8)
# IPv4-compatible and -mapped, RFC 4291 section 2.5.5; -translated, RFC 2765 section 2.1.
_MAPPED: Final = (bytes(4), b"\x00\x00\xff\xff", b"\xff\xff\x00\x00")
_NAT64: Final = bytes.fromhex("0064ff9b" + 16 * "0")  # 64:ff9b::/96, RFC 6052 section 2.1
_LOCAL_NAT64: Final = bytes.fromhex("0064ff9b0001")  # 64:ff9b:1::/48, RFC 8215
_TEREDO: Final = bytes.fromhex("20010000")
_ISATAP: Final = bytes.fromhex("005efe")  # RFC 5214 section 6.1, behind 00 or 02
# This network (RFC 1122, reaches this machine), 10.0.0.0/8 (RFC 1918), loopback (RFC 1122).
_WHOLE: Final = (0, 10, 127)


def _is_private_ipv4(packed: bytes) -> bool:
    first, second = packed[0], packed[1]
    return (
        first in _WHOLE
        or (first == 192 and second == 168)  # RFC 1918
        or (first == 172 and second & 0xF0 == 16)  # RFC 1918
        or (first == 169 and second == 254)  # link-local, RFC 3927
        or (first == 100 and second & 0xC0 == 64)  # behind a provider's NAT, RFC 6598
    )
