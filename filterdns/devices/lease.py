"""What a DHCP server says of an address: whose it is, what that device calls itself, until when.

Files of leases hold what devices have sent, so nothing in them is trusted: not a length, not a
character.
"""

from ipaddress import ip_address
from typing import Final, NamedTuple

from filterdns.devices.neighbour import MAC_BYTES, is_device_mac, write_mac


class Lease(NamedTuple):
    """*address* is lent to *mac* until *expires_at* (Unix seconds; None: for ever).

    *address* is canonical text, *mac* lower case with colons, or empty where the file does not tell
    it (DHCPv6 knows devices by DUID). *host_name* is what the device calls itself, or empty. It is
    the device's own word: nobody has checked it.
    """

    address: str
    mac: str
    host_name: str
    expires_at: int | None


def make_lease(address: str, mac: bytes, host_name: str, expires_at: int | None) -> Lease:
    """Return a lease of what a file says; raises `ValueError` where *address* is none.

    What is no MAC of a device, or no name, is left empty. IPv4-mapped addresses count as IPv4.
    """
    number = ip_address(address)
    if number.version == 6:
        if number.scope_id is not None:
            raise ValueError(f"{address!r} has a link, and no server lends such")
        number = number.ipv4_mapped or number
    if number.is_multicast or number.is_unspecified or number.is_loopback:
        raise ValueError(f"{address!r} can belong to nobody")
    if expires_at is not None and not 0 <= expires_at <= LATEST:
        raise ValueError(f"{expires_at} is no time")
    known_mac = write_mac(mac) if is_device_mac(mac) else ""
    return Lease(str(number), known_mac, read_host_name(host_name), expires_at)


def read_host_name(text: str) -> str:
    """Return the name that a device gives itself without its final dot, or empty if it is none."""
    name = text.strip().rstrip(".")
    if len(name) > MAX_NAME_LENGTH or not name.isprintable() or name in _NO_NAME:
        return ""
    return name


def read_mac(text: str) -> bytes:
    """Return the bytes of `3c:22:fb:1:2:3`, leading zeros or not; empty if it is no MAC."""
    parts = text.split(":")
    if len(parts) != MAC_BYTES or not all(0 < len(part) <= 2 for part in parts):
        return b""
    return read_hex("".join(part.zfill(2) for part in parts))


def read_hex(text: str) -> bytes:
    """Return the bytes that *text* writes, with or without colons; empty if it does not."""
    digits = text.replace(":", "")
    if not digits.isalnum() or not digits.isascii():  # fromhex would take spaces, too
        return b""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def mac_of_duid(duid: bytes) -> bytes:
    """Return the MAC in a DUID that is made of one (RFC 8415 sections 11.2, 11.4), or nothing.

    It is the MAC of one of the device's cards, perhaps not of the one that asks.
    """
    if duid.startswith(_DUID_LLT) and len(duid) == len(_DUID_LLT) + _TIME_BYTES + MAC_BYTES:
        return duid[-MAC_BYTES:]
    if duid.startswith(_DUID_LL) and len(duid) == len(_DUID_LL) + MAC_BYTES:
        return duid[-MAC_BYTES:]
    return b""


MAX_NAME_LENGTH: Final = 253  # RFC 1035 section 2.3.4, as text
LATEST: Final = 1 << 40  # far beyond what any server counts in
_NO_NAME: Final = frozenset({"", "*", "-"})
# Type, then hardware type 1: Ethernet.
_DUID_LLT: Final = b"\x00\x01\x00\x01"
_DUID_LL: Final = b"\x00\x03\x00\x01"
_TIME_BYTES: Final = 4
