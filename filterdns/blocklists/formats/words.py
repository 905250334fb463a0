"""A single word of a list: a name, an address, or a reason why it is neither."""

import re
from ipaddress import IPv6Network, ip_network
from typing import Final

from filterdns.blocklists.formats.item import Address, Entry, Item, Reason
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import MAX_NAME_LENGTH, from_text, labels
from filterdns.dns.private_addresses import is_private
from filterdns.errors import InvalidName

LOCAL_TLDS: Final = frozenset({b"localhost", b"localdomain"})

_LOCAL_NAMES: Final = frozenset(
    {
        *("localhost", "local", "broadcasthost"),
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts"),
    }
)
_LOOPBACK: Final = re.compile(r"127(?:\.\d{1,3}){3}")
_MAPPED_BITS: Final = 96  # of an IPv4 address in an IPv6 one (RFC 4291 section 2.5.5.2)
# No shorter ones were ever given to anybody (IANA's registries of addresses).
_SHORTEST_PREFIX: Final = {4: 8, 6: 12}
_SCHEMES: Final = ("http://", "https://")
_PATTERN_MARKS: Final = frozenset("*^$|")


def read_entry(word: str, kind: Kind = Kind.BLOCK) -> Item:
    """Return *word* as an entry of *kind*, or as an address, or why it is neither.

    A leading dot or `*.` says what holds anyway: that a name covers what lies below it.
    """
    name = read_name(word)
    return Entry(kind, name) if isinstance(name, bytes) else name


def read_name(word: str) -> bytes | Address | Reason:
    """Return *word* as a canonical name, or as an address, or why it is neither."""
    bare = word[2:] if word.startswith("*.") else word.removeprefix(".")
    if bare.removesuffix(".") in _LOCAL_NAMES:
        return Reason.LOCAL_NAME
    address = read_address(bare)
    if address is not None:
        return address
    if "/" in bare or ":" in bare:
        host = _whole_host(bare)
        return Reason.URL if host is None else read_name(host)
    if not _PATTERN_MARKS.isdisjoint(bare):
        return Reason.PATTERN
    if len(bare) > MAX_NAME_LENGTH:
        return Reason.BAD_NAME
    try:
        name = from_text(bare)
    except InvalidName:
        return Reason.BAD_NAME
    found = labels(name)
    if not found or found[-1].isdigit():
        return Reason.BAD_NAME
    return Reason.LOCAL_NAME if found[-1] in LOCAL_TLDS else name


def read_address(word: str) -> Address | Reason | None:
    """Return the address or network in *word*; None where it is neither."""
    try:
        network = ip_network(word.partition("%")[0], strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        address = network.network_address.ipv4_mapped
        network = ip_network((address, max(0, network.prefixlen - _MAPPED_BITS)), strict=False)
    if not network.prefixlen or is_private(network.network_address.packed):
        return Reason.ADDRESS
    if network.prefixlen < _SHORTEST_PREFIX[network.version]:
        return Reason.WIDE_NETWORK
    return Address(str(network))


def is_sink(address: str) -> bool:
    """Whether a list means "nowhere" by *address*."""
    return address in ("0.0.0.0", "0", "::", "::1", "0:0:0:0:0:0:0:0") or bool(
        _LOOPBACK.fullmatch(address)
    )


def _whole_host(url: str) -> str | None:
    """Return the host of *url* if all of it is meant, None if it is a part: a path, a port."""
    start = next((scheme for scheme in _SCHEMES if url.startswith(scheme)), "")
    host = url.removeprefix(start).removesuffix("/")
    return host if host and set(host).isdisjoint("/?#:@") else None
