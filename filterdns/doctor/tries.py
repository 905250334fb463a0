"""What an examination goes by, what one try shows, and the tries of a way made all at once."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.doctor.asking import over_udp
from filterdns.doctor.finding import Finding, Seen, State, Way
from filterdns.doctor.reply import Reply, rcode_word
from filterdns.doctor.targets import Targets
from filterdns.errors import MalformedMessage, NoAnswer
from filterdns.upstreams.endpoint import Endpoint


class Scene(NamedTuple):
    """The filter at *server*, what is tried on it, and what surrounds this device.

    *name_servers* are those that the system asks, *gateways* its routers, *interfaces* those that
    lead to routers. Every try ends within *patience_seconds*.
    """

    server: Endpoint
    targets: Targets
    name_servers: tuple[Endpoint, ...] = ()
    gateways: tuple[Endpoint, ...] = ()
    interfaces: tuple[str, ...] = ()
    patience_seconds: float = 2.0


async def try_all(way: Way, tries: Iterable[Awaitable[Seen]]) -> Finding:
    """Make all *tries* of a way at once."""
    return Finding(way, tuple(await asyncio.gather(*tries)))


async def try_other(target: str, asked: Awaitable[Reply]) -> Seen:
    """Tell what became of a question to somebody who is not the filter, or should not be.

    Whatever comes back has found its way, unless filterdns itself has spoken: then the router leads
    all questions there.
    """
    try:
        reply = await asked
    except NoAnswer as error:
        return Seen(target, State.CLOSED, str(error))
    except MalformedMessage as error:
        return Seen(target, State.UNCLEAR, str(error))
    if reply.is_filterdns:
        return Seen(target, State.CLOSED, "filterdns answered instead")
    if reply.rcode in (codes.NOERROR, codes.NXDOMAIN):
        return Seen(target, State.OPEN, "answered")
    return Seen(target, State.OPEN, f"answered {rcode_word(reply.rcode)}")


async def ask_filter(scene: Scene, name: str, *qtypes: int) -> Reply:
    """Return what the filter says about *name* for all *qtypes*, as one reply.

    The response code is a failure if one came, NXDOMAIN only if all say so. Raises `NoAnswer`; an
    answer without sense is none.
    """
    questions = [Question(from_text(name), qtype, False, False) for qtype in qtypes]
    try:
        replies = await asyncio.gather(
            *(over_udp(scene.server, each, scene.patience_seconds) for each in questions)
        )
    except MalformedMessage as error:
        raise NoAnswer(str(error)) from None
    return Reply(
        _worst([reply.rcode for reply in replies]),
        tuple(address for reply in replies for address in reply.addresses),
        tuple(target for reply in replies for target in reply.targets),
        tuple(service for reply in replies for service in reply.services),
        any(reply.is_filterdns for reply in replies),
    )


def is_answered(reply: Reply) -> bool:
    """Whether *reply* says something about the name: that it is there, or that it is not."""
    return reply.rcode in (codes.NOERROR, codes.NXDOMAIN)


def _worst(rcodes: Sequence[int]) -> int:
    failures = [each for each in rcodes if each not in (codes.NOERROR, codes.NXDOMAIN)]
    return failures[0] if failures else min(rcodes)
