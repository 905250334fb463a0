"""Whether devices are led from the filter to an encrypted server of somebody else (RFC 9462).

A designated resolver at the filter's own address is the filter's own, and no way round.
"""

from typing import Final

from filterdns.dns import codes
from filterdns.dns.names import to_text
from filterdns.doctor import ways
from filterdns.doctor.finding import Finding, Seen, State
from filterdns.doctor.reply import Reply, rcode_word
from filterdns.doctor.tries import Scene, ask_filter, is_answered, try_all
from filterdns.errors import NoAnswer

NAME: Final = "_dns.resolver.arpa"  # RFC 9462 section 4
MOST_TARGETS: Final = 4


async def try_designated(scene: Scene) -> Finding:
    """Ask as a new device does who speaks encrypted DNS in the filter's place."""
    return await try_all(ways.DESIGNATED, [_try(scene)])


async def _try(scene: Scene) -> Seen:
    try:
        reply = await ask_filter(scene, NAME, codes.SVCB)
        addresses = await _addresses(reply, scene)
    except NoAnswer as error:
        return Seen(NAME, State.UNCLEAR, str(error))
    if not is_answered(reply):
        return Seen(NAME, State.UNCLEAR, rcode_word(reply.rcode))
    if not reply.services:
        return Seen(NAME, State.CLOSED, "names nobody")
    others = [address for address in addresses if address != scene.server.host]
    if addresses and not others:
        return Seen(NAME, State.CLOSED, "names the filter itself")
    whom = [to_text(target) for target in reply.targets] or ["somebody"]
    at = f" at {others[0]}" if others else ""
    return Seen(NAME, State.OPEN, f"names {whom[0]}{at}")


async def _addresses(reply: Reply, scene: Scene) -> list[str]:
    """Return where the services in *reply* are, by their hints, else by asking."""
    if hints := [hint for service in reply.services for hint in service.hints]:
        return hints
    found: list[str] = []
    for target in reply.targets[:MOST_TARGETS]:
        qtype = codes.AAAA if ":" in scene.server.host else codes.A
        found += (await ask_filter(scene, to_text(target), qtype)).addresses
    return found
