"""What looks wrong about how a house is connected. Pure: values in, findings out.

Identity is only as good as the way queries arrive. A router that asks for everybody, a device that
asks somebody else, a kernel that forgets its neighbours: each is told with what to do about it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from filterdns.devices.check_names import System, system_of
from filterdns.devices.neighbour_limits import NeighbourLimits
from filterdns.devices.seen import SeenDevice

SILENT_SECONDS: Final = 86_400.0
MANY_QUERIES: Final = 50  # in an hour: more than a router asks for itself, less than one phone
MANY_ADDRESSES: Final = 4  # of IPv4 at one time, with one MAC


class FindingKind(StrEnum):
    """What was found."""

    UNMARKED_ROUTER = "unmarked-router"
    FOREIGN_DNS = "foreign-dns"
    SHARED_MAC = "shared-mac"
    NEIGHBOUR_OVERFLOW = "neighbour-overflow"


class Finding(NamedTuple):
    """*subject* (an address, a MAC, a table) looks wrong: what was *found*, what to do about it.

    *is_red* says that children get a wrong policy because of it, now.
    """

    kind: FindingKind
    subject: str
    found: str
    cure: str
    is_red: bool


class Asker(NamedTuple):
    """Who has asked in the last hour, as a socket showed it.

    *names* are those of its queries that `system_of` knows, as text. *is_marked* says that its
    queries name the device: it is a trusted forwarder, or a front that tells the client.
    """

    address: str
    queries: int
    names: frozenset[str] = frozenset()
    is_marked: bool = False


class Situation(NamedTuple):
    """All that is looked at.

    *gateways* are the addresses of our own default gateways, *own_addresses* those of this host.
    *watched_since* (Unix seconds) is since when questions have been counted without a gap.
    *limits_before* is what `neighbour_limits` said the last time.
    """

    askers: Sequence[Asker] = ()
    devices: Sequence[SeenDevice] = ()
    gateways: Collection[str] = ()
    own_addresses: Collection[str] = ()
    watched_since: float = 0.0
    in_container: bool = False
    addresses_by_mac: Mapping[str, Collection[str]] = MappingProxyType({})
    limits: Sequence[NeighbourLimits] = ()
    limits_before: Sequence[NeighbourLimits] = ()


def find_all(situation: Situation) -> list[Finding]:
    """Return all findings, the red ones first.

    While a router asks for everybody nobody else asks, so that is told alone.
    """
    here = situation
    found = list(unmarked_routers(here.askers, here.gateways, in_container=here.in_container))
    if not found:
        found += foreign_dns(here.devices, here.watched_since, here.own_addresses)
    found += shared_macs(here.addresses_by_mac)
    found += overflows(here.limits, here.limits_before)
    return sorted(found, key=lambda each: not each.is_red)


def unmarked_routers(
    askers: Iterable[Asker], gateways: Collection[str], *, in_container: bool = False
) -> Iterator[Finding]:
    """Yield those who ask for several devices and do not say for which.

    A container's gateway asks nothing for itself, a house's router a little.
    """
    for asker in askers:
        if asker.is_marked or not asker.queries:
            continue
        systems = sorted({system for name in asker.names if (system := system_of(name))})
        why = _why(asker, systems, asker.address in gateways, in_container)
        if why:
            cure = CURE_CONTAINER if in_container and asker.address in gateways else CURE_ROUTER
            kind, what = FindingKind.UNMARKED_ROUTER, f"{UNTOLD}: {why}"
            yield Finding(kind, asker.address, what, cure, is_red=True)


def foreign_dns(
    devices: Iterable[SeenDevice], watched_since: float, own_addresses: Collection[str]
) -> Iterator[Finding]:
    """Yield devices that were near for 24 hours after their last question.

    *watched_since* (Unix seconds) is since when questions have been counted without a gap.
    """
    for device in devices:
        is_ours = any(each in own_addresses for each in device.addresses)
        if is_ours or device.is_router or not device.mac:
            continue
        silent_since = max(device.asked_at or device.first_seen_at, watched_since)
        if device.last_seen_at - silent_since >= SILENT_SECONDS:
            what = "has asked nothing for 24 hours" if device.asked_at else "has never asked"
            found = f"{_name(device)} is in the house and {what}: it uses another DNS"
            yield Finding(FindingKind.FOREIGN_DNS, device.mac, found, CURE_FOREIGN, is_red=False)


def shared_macs(addresses_by_mac: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Yield cards that answer for many addresses of IPv4 at one time.

    A repeater may put its own MAC in place of those of its devices. Of IPv6 each device has many.
    """
    for mac, addresses in addresses_by_mac.items():
        count = sum(":" not in each for each in addresses)
        if count >= MANY_ADDRESSES:
            found = f"{count} addresses have the MAC {mac}: a repeater that hides its devices?"
            yield Finding(FindingKind.SHARED_MAC, mac, found, CURE_SHARED, is_red=False)


def overflows(
    limits: Iterable[NeighbourLimits], before: Iterable[NeighbourLimits]
) -> Iterator[Finding]:
    """Yield the neighbour tables that are (nearly) full, or were since *before* was looked at."""
    refused_before = {each.version: each.refused for each in before}
    for table in limits:
        is_refusing = table.refused > refused_before.get(table.version, table.refused)
        if table.entries < table.kept * _NEARLY_FULL and not is_refusing:
            continue
        told = "takes no new ones" if is_refusing else f"begins to forget at {table.kept:,}"
        found = f"the kernel knows {table.entries:,} neighbours of IPv{table.version} and {told}"
        cure = overflow_cure(table)
        kind, subject = FindingKind.NEIGHBOUR_OVERFLOW, f"IPv{table.version}"
        yield Finding(kind, subject, found, cure, is_red=is_refusing)


def overflow_cure(table: NeighbourLimits) -> str:
    """Return the lines for /etc/sysctl.d that give room for four times what there is."""
    kept = max(4_096, 4 * table.entries)
    keys = f"net.ipv{table.version}.neigh.default.gc_thresh"
    return f"sysctl -w {keys}1={kept // 4} {keys}2={kept} {keys}3={2 * kept}"


def _why(asker: Asker, systems: Sequence[System], is_gateway: bool, in_container: bool) -> str:
    """Return by what *asker* gives itself away; empty where it does not."""
    address = asker.address
    if is_gateway and in_container:
        return f"queries come from the container's gateway {address}"
    if is_gateway and (systems or asker.queries >= MANY_QUERIES):
        return f"queries come from the router {address}"
    if len(systems) >= _SEVERAL_SYSTEMS:
        return f"{address} asks what {_listed(systems)} devices ask, so it asks for several"
    return ""


def _name(device: SeenDevice) -> str:
    words = [device.host_name or device.maker, device.mac]
    return " ".join(word for word in words if word)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


UNTOLD: Final = "I cannot tell your children apart"
# Without the second dnsmasq passes on what a device says of itself, in place of what it knows.
HOW_TO_MARK: Final = "dnsmasq: add-mac and strip-mac"
CURE_ROUTER: Final = (
    "let the router hand out this filter's address as DNS server (DHCP option 6, and RDNSS for "
    f"IPv6), or let it mark queries ({HOW_TO_MARK}) and name it under trusted_forwarders; until "
    "then the strictest policy holds for the whole house"
)
CURE_CONTAINER: Final = (
    "run the container with host networking (network_mode: host), so that it sees who asks; until "
    "then the strictest policy holds for the whole house"
)
CURE_FOREIGN: Final = (
    "look for a DNS server that was set by hand on the device, and let the router block ports 53 "
    "and 853 for all but this filter (`filterdns doctor` prints the lines)"
)
CURE_SHARED: Final = (
    "let the repeater pass on the MACs of its devices (as an access point or a mesh, not as "
    "a range extender), or write the devices down by their addresses"
)
_NEARLY_FULL: Final = 0.9
_SEVERAL_SYSTEMS: Final = 2
