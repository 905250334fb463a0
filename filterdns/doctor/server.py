"""The filter itself: which of the servers it is, and whether it answers."""

import asyncio
from collections.abc import Sequence

from filterdns.dns import codes
from filterdns.doctor import ways
from filterdns.doctor.asking import over_udp
from filterdns.doctor.finding import Finding, Seen, State
from filterdns.doctor.reply import MARK, Reply, rcode_word
from filterdns.doctor.tries import Scene, ask_filter
from filterdns.errors import MalformedMessage, NoAnswer
from filterdns.upstreams.endpoint import Endpoint


async def find_filter(servers: Sequence[Endpoint], patience_seconds: float) -> Endpoint:
    """Return the first of *servers* that is filterdns, else that answers, else of all."""
    replies = await asyncio.gather(*(_ask_mark(each, patience_seconds) for each in servers))
    answering = [(server, reply) for server, reply in zip(servers, replies, strict=True) if reply]
    ours = [server for server, reply in answering if reply.is_filterdns]
    return [*ours, *(server for server, _ in answering), *servers][0]


async def try_server(scene: Scene) -> Finding:
    """Ask the filter who it is, and for a name that everybody may know."""
    seen = await _try(scene)
    return Finding(ways.SERVER, (Seen(str(scene.server), *seen),))


async def _try(scene: Scene) -> tuple[State, str]:
    reply = await _ask_mark(scene.server, scene.patience_seconds)
    if reply is None:
        return State.UNCLEAR, "does not answer: nothing can be said about the filter"
    if not reply.is_filterdns:
        return (
            State.UNCLEAR,
            "answers, but is not filterdns; it may not filter at all",
        )
    for name in scene.targets.names["neutral"]:
        try:
            reply = await ask_filter(scene, name, codes.A)
        except NoAnswer as error:
            return State.UNCLEAR, f"{name}: {error}. What seems closed may only be offline"
        if reply.rcode != codes.NOERROR:
            word = rcode_word(reply.rcode)
            return State.UNCLEAR, f"{name}: {word}. What seems closed may only be offline"
    return State.CLOSED, "filterdns answers"


async def _ask_mark(server: Endpoint, patience_seconds: float) -> Reply | None:
    try:
        return await over_udp(server, MARK, patience_seconds)
    except (NoAnswer, MalformedMessage):
        return None
