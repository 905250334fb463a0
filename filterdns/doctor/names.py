"""Ways that begin with a name: whether the filter tells where it leads."""

from ipaddress import ip_address, ip_network
from typing import Final

from filterdns.dns import codes
from filterdns.doctor import ways
from filterdns.doctor.finding import Finding, Seen, State, Way
from filterdns.doctor.reply import Reply, rcode_word
from filterdns.doctor.tries import Scene, ask_filter, is_answered, try_all
from filterdns.errors import NoAnswer


async def try_doh_names(scene: Scene) -> Finding:
    """Look providers of DNS over HTTPS up."""
    return await _try_names(ways.DOH_NAMES, "doh", scene)


async def try_vpn(scene: Scene) -> Finding:
    """Look VPN services up."""
    return await _try_names(ways.VPN, "vpn", scene)


async def try_proxy(scene: Scene) -> Finding:
    """Look web proxies up."""
    return await _try_names(ways.PROXY, "proxy", scene)


async def try_private_relay(scene: Scene) -> Finding:
    """Look the entries of iCloud Private Relay up."""
    return await _try_names(ways.PRIVATE_RELAY, "private-relay", scene)


async def try_firefox(scene: Scene) -> Finding:
    """Ask for Firefox's check name: any address in the answer leaves its own DNS on.

    Even 0.0.0.0 does (Mozilla, "Canary domain").
    """
    names = scene.targets.names["firefox"]
    return await try_all(ways.FIREFOX, (_try_check_name(each, scene) for each in names))


def leads_out(address: str, scene: Scene) -> bool:
    """Whether *address* is one of the internet: no zero address, no block page at home."""
    found = ip_address(address)
    is_nowhere = found.is_unspecified or found.is_loopback or found.is_link_local
    return not (
        is_nowhere
        or address == scene.server.host
        or any(found in network for network in _AT_HOME if network.version == found.version)
    )


async def _try_names(way: Way, word: str, scene: Scene) -> Finding:
    return await try_all(way, (_try_name(each, scene) for each in scene.targets.names[word]))


async def _try_name(name: str, scene: Scene) -> Seen:
    try:
        reply = await ask_filter(scene, name, codes.A, codes.AAAA)
    except NoAnswer as error:
        return Seen(name, State.UNCLEAR, str(error))
    if any(leads_out(each, scene) for each in reply.addresses):
        return Seen(name, State.OPEN, "has an address")
    if not is_answered(reply):
        return Seen(name, State.UNCLEAR, rcode_word(reply.rcode))
    return Seen(name, State.CLOSED, _no_address(reply))


async def _try_check_name(name: str, scene: Scene) -> Seen:
    try:
        reply = await ask_filter(scene, name, codes.A, codes.AAAA)
    except NoAnswer as error:
        return Seen(name, State.UNCLEAR, str(error))
    if reply.addresses:
        return Seen(name, State.OPEN, f"has an address ({reply.addresses[0]})")
    if not is_answered(reply):
        return Seen(name, State.UNCLEAR, rcode_word(reply.rcode))
    return Seen(name, State.CLOSED, _no_address(reply))


def _no_address(reply: Reply) -> str:
    if reply.addresses:
        return f"leads to {reply.addresses[0]}"
    return "does not exist" if reply.rcode == codes.NXDOMAIN else "has no address"


_AT_HOME: Final = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
)
