"""What the lines for routers are made of."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple

from filterdns.config.units import quoted
from filterdns.errors import ControlError
from filterdns.upstreams.endpoint import Endpoint

USUAL_INTERFACE: Final = "br-lan"  # OpenWrt's, and the name that most give to a home bridge


class Plan(NamedTuple):
    """The filter's addresses as devices know them, the router's *interface* to the home.

    There is at least one of *ipv4* and *ipv6*. *doh* are addresses of public DNS over HTTPS.
    """

    ipv4: Endpoint | None
    ipv6: Endpoint | None
    interface: str
    doh: tuple[str, ...]

    @property
    def doh_ipv4(self) -> list[str]:
        """Those of IPv4."""
        return [each for each in self.doh if ":" not in each]

    @property
    def doh_ipv6(self) -> list[str]:
        """Those of IPv6."""
        return [each for each in self.doh if ":" in each]

    @property
    def filters(self) -> list[Endpoint]:
        """The filter's addresses."""
        return [each for each in (self.ipv4, self.ipv6) if each is not None]


def make_plan(servers: Sequence[Endpoint], interface: str, doh: Sequence[str]) -> Plan:
    """Plan for the filter at *servers*, the first of each family; raises `ControlError`.

    A loopback or link-local address is nothing that a router could send anybody to.
    """
    if not _INTERFACE.fullmatch(interface):
        raise ControlError(f"{quoted(interface)} is no name of an interface; write it like br-lan")
    usable = [each for each in servers if _is_usable(each.host)]
    if not usable:
        raise ControlError(
            f"{servers[0].host} is no address that other devices could ask; name the one that they"
            " know with --server"
        )
    ipv4 = [each for each in usable if ":" not in each.host]
    ipv6 = [each for each in usable if ":" in each.host]
    return Plan(ipv4[0] if ipv4 else None, ipv6[0] if ipv6 else None, interface, tuple(doh))


_INTERFACE: Final = re.compile(r"[A-Za-z0-9_.@-]{1,15}")  # IFNAMSIZ, and nothing to be quoted


def _is_usable(host: str) -> bool:
    address = ip_address(host)
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    )
