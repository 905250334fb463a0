"""Names that never leave the house, with the answers that their RFCs ask for (rows A2 and A3)."""

import ipaddress
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import from_text, label_count
from filterdns.policy.verdict import Action, LocalAnswer, Row, Rule, Verdict
from filterdns.steps import Steps


class LocalZone(NamedTuple):
    """How a name and all below it are answered.

    *apex* is the answer for the name itself where it differs: an empty zone has a SOA record, so
    other types get NODATA, and its DS record belongs to the parent zone (RFC 4035 section 3.1.4.1).
    """

    below: Verdict
    apex: Verdict | None = None

    @property
    def denies_all(self) -> bool:
        """Whether no name below exists."""
        local = self.below.local
        return local is not None and local.rcode == codes.NXDOMAIN


@cache
def special_zones() -> Mapping[bytes, LocalZone]:
    """Return the special-use names that a forwarder keeps to itself, by name (row A2).

    `example` and its kin are no special names for a resolver (RFC 6761 section 6.5).
    """
    return {
        **{
            from_text(name): LocalZone(_verdict(Row.SPECIAL, name, source, _LOOPBACK))
            for name, source in _LOOPBACK_NAMES
        },
        **{
            from_text(name): LocalZone(_verdict(Row.SPECIAL, name, source, _NXDOMAIN))
            for name, source in _NEVER_IN_DNS
        },
        **{
            from_text(name): LocalZone(_verdict(Row.SPECIAL, name, source, _NODATA))
            for name, source in _NODATA_NAMES
        },
        **{
            from_text(name): _empty_zone(Row.SPECIAL, name, source)
            for name, source in _LOCALLY_SERVED
        },
    }


@cache
def reverse_zones() -> Mapping[bytes, LocalZone]:
    """Return the reverse zones of networks that nobody outside knows, by name (row A3)."""
    zones = {}
    for network, source in _PRIVATE_NETWORKS:
        for text in _reverse_names(network):
            zones[from_text(text)] = _empty_zone(Row.LOCAL, f"addresses of {network}", source)
    return zones


def host_verdicts(hosts: Mapping[bytes, tuple[str, ...]]) -> Steps[Mapping[bytes, Verdict]]:
    """Make the answers of `hosts:` by exact name, forward and reverse (row A3), a host a step.

    An address that two hosts share points back to the first.
    """
    verdicts: dict[bytes, Verdict] = {}
    for name, addresses in hosts.items():
        verdicts[name] = _host(LocalAnswer(addresses=addresses), name)
        yield
    for name, addresses in hosts.items():
        for address in addresses:
            reverse = from_text(ipaddress.ip_address(address).reverse_pointer)
            verdicts.setdefault(reverse, _host(LocalAnswer(pointer=name), name))
        yield
    return verdicts


def empty_non_terminal() -> Verdict:
    """Return the answer for a name that holds nothing but has a host of ours below it.

    NXDOMAIN would deny the host too (RFC 8020 section 2).
    """
    return Verdict(Action.ALLOW, Row.LOCAL, Rule("hosts: lies below this name"), local=_NODATA)


_LOOPBACK: Final = LocalAnswer(addresses=("127.0.0.1", "::1"))
_NXDOMAIN: Final = LocalAnswer(rcode=codes.NXDOMAIN)
_NODATA: Final = LocalAnswer()

_LOOPBACK_NAMES: Final = (("localhost", "RFC 6761 section 6.3"),)
_NODATA_NAMES: Final = (("resolver.arpa", "RFC 9462 section 4"),)
_NEVER_IN_DNS: Final = (
    ("test", "RFC 6761 section 6.2"),
    ("invalid", "RFC 6761 section 6.4"),
    ("local", "RFC 6762 section 22.1"),
    ("onion", "RFC 7686 section 2"),
    ("alt", "RFC 9476 section 2"),
    ("internal", "ICANN board resolution 2024.07.29.06"),
)
_LOCALLY_SERVED: Final = (
    ("home.arpa", "RFC 8375 section 4"),
    ("service.arpa", "RFC 9665"),
)
_PRIVATE_NETWORKS: Final = (
    ("10.0.0.0/8", "RFC 6303 section 4.1"),
    ("172.16.0.0/12", "RFC 6303 section 4.1"),
    ("192.168.0.0/16", "RFC 6303 section 4.1"),
    ("0.0.0.0/8", "RFC 6303 section 4.2"),
    ("127.0.0.0/8", "RFC 6303 section 4.2"),
    ("169.254.0.0/16", "RFC 6303 section 4.2"),
    ("192.0.2.0/24", "RFC 6303 section 4.2"),
    ("198.51.100.0/24", "RFC 6303 section 4.2"),
    ("203.0.113.0/24", "RFC 6303 section 4.2"),
    ("255.255.255.255/32", "RFC 6303 section 4.2"),
    ("100.64.0.0/10", "RFC 7793"),
    ("::/128", "RFC 6303 section 4.3"),
    ("::1/128", "RFC 6303 section 4.3"),
    ("fd00::/8", "RFC 6303 section 4.4"),
    ("fe80::/10", "RFC 6303 section 4.5"),
    ("2001:db8::/32", "RFC 6303 section 4.6"),
)


def _verdict(row: Row, what: str, source: str, answer: LocalAnswer) -> Verdict:
    return Verdict(Action.ALLOW, row, Rule(f"{what}: kept in the house ({source})"), local=answer)


def _empty_zone(row: Row, what: str, source: str) -> LocalZone:
    return LocalZone(_verdict(row, what, source, _NXDOMAIN), _verdict(row, what, source, _NODATA))


def _host(answer: LocalAnswer, name: bytes) -> Verdict:
    return Verdict(Action.ALLOW, Row.LOCAL, Rule("hosts"), local=answer, listed=name)


def _reverse_names(network_text: str) -> list[str]:
    """Return the reverse names that together cover a network, one for each whole label."""
    network = ipaddress.ip_network(network_text)
    bits = 8 if network.version == 4 else 4
    labels = -(-network.prefixlen // bits)
    names = []
    for part in network.subnets(new_prefix=labels * bits):
        text = part.network_address.reverse_pointer
        spare = label_count(from_text(text)) - labels - 2  # `in-addr.arpa`, `ip6.arpa`
        names.append(text.split(".", spare)[-1])
    return names
