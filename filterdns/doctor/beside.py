"""Servers beside the filter at home: those that this device was given, and its routers."""

from collections.abc import Sequence

from filterdns.doctor import ways
from filterdns.doctor.asking import over_stream, over_udp
from filterdns.doctor.finding import Finding, Seen, State, Way
from filterdns.doctor.reply import MARK
from filterdns.doctor.tries import Scene, try_all, try_other
from filterdns.upstreams.endpoint import Endpoint


async def try_second_resolver(scene: Scene) -> Finding:
    """Ask the other name servers that this device was given, by DHCP or router advertisement."""
    return await _try_beside(ways.SECOND_RESOLVER, scene.name_servers, scene, "no other is given")


async def try_router(scene: Scene) -> Finding:
    """Ask the routers of this device, which nearly all answer DNS."""
    return await _try_beside(ways.ROUTER, scene.gateways, scene, "the router is the filter")


async def _try_beside(
    way: Way, endpoints: Sequence[Endpoint], scene: Scene, if_none: str
) -> Finding:
    others = [each for each in endpoints if each != scene.server]
    if not others:
        what = if_none if endpoints else "this device has none"
        return Finding(way, (Seen(str(scene.server), State.CLOSED, what),))
    patience = scene.patience_seconds
    tries = [try_other(f"{each.host} (UDP)", over_udp(each, MARK, patience)) for each in others]
    tries += [try_other(f"{each.host} (TCP)", over_stream(each, MARK, patience)) for each in others]
    return await try_all(way, tries)
