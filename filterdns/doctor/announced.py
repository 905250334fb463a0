"""What a phone in this network is given: the DNS servers that new devices are told."""

import asyncio

from filterdns.doctor import ways
from filterdns.doctor.announcing.listening import Announced, announced_servers
from filterdns.doctor.asking import over_stream, over_udp
from filterdns.doctor.finding import Finding, Seen, State
from filterdns.doctor.name_servers import DNS_PORT
from filterdns.doctor.reply import MARK
from filterdns.doctor.tries import Scene, try_all, try_other
from filterdns.upstreams.endpoint import Endpoint


async def try_announced(scene: Scene) -> Finding:
    """Ask the DNS servers that are told on the interfaces to this device's routers."""
    if not scene.interfaces:
        return Finding(ways.ANNOUNCED, ())
    patience = scene.patience_seconds
    try:
        parts = await asyncio.gather(
            *(announced_servers(each, patience) for each in scene.interfaces)
        )
    except PermissionError:
        return _told("not looked at: only root may listen to DHCP and router advertisements")
    announced = [each for part in parts for each in part]
    if not announced:
        return _told("nobody has told any")
    tries = []
    for each in announced:
        endpoint, target = Endpoint(each.address, DNS_PORT), _target(each)
        tries.append(try_other(f"{target} (UDP)", over_udp(endpoint, MARK, patience)))
        tries.append(try_other(f"{target} (TCP)", over_stream(endpoint, MARK, patience)))
    return await try_all(ways.ANNOUNCED, tries)


def _target(announced: Announced) -> str:
    return f"{announced.address} by {announced.by}"


def _told(what: str) -> Finding:
    return Finding(ways.ANNOUNCED, (Seen("DNS servers", State.TOLD, what),))
