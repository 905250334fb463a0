"""What tests of the doctor share: a scripted filter, a scene, what was seen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from filterdns.dns import answers, codes
from filterdns.dns.question import read_question
from filterdns.doctor.finding import Finding, State
from filterdns.doctor.targets import Targets, read_targets
from filterdns.doctor.tries import Scene
from filterdns.upstreams.endpoint import Endpoint
from tests.support.upstream import Asked, Script, Send, record, response

PATIENCE_SECONDS: Final = 10.0  # of tries that get an answer
SHORT_SECONDS: Final = 0.4  # of tries that get none


def targets(*lines: str) -> Targets:
    """Return the targets of *lines*."""
    return read_targets("\n".join(lines).encode(), "targets")


def scene(
    server: tuple[str, int],
    *lines: str,
    name_servers: Sequence[tuple[str, int]] = (),
    gateways: Sequence[tuple[str, int]] = (),
    patience_seconds: float = PATIENCE_SECONDS,
) -> Scene:
    """Return a scene with the filter at *server* and *lines* as targets."""
    return Scene(
        Endpoint(*server),
        targets(*lines),
        tuple(Endpoint(*each) for each in name_servers),
        tuple(Endpoint(*each) for each in gateways),
        patience_seconds=patience_seconds,
    )


def found(attempt: Callable[[Scene], Awaitable[Finding]], where: Scene) -> Finding:
    """Return what *attempt* finds."""

    async def run() -> Finding:
        return await attempt(where)

    return asyncio.run(run())


def seen(finding: Finding) -> dict[str, tuple[State, str]]:
    """Return state and words by target."""
    return {each.target: (each.state, each.what) for each in finding.seen}


def as_filterdns(asked: Asked) -> Sequence[Send]:
    """Answer as filterdns does for a name that it keeps to itself: with its own SOA record."""
    query = read_question(asked.wire, is_datagram=asked.transport == "udp")
    return [Send(answers.negative(query, codes.NOERROR, 5))]


def filter_with(records: Mapping[tuple[bytes, int], Sequence[bytes]], rcode: int = 3) -> Script:
    """Answer with *records* (data by canonical name and type), else with *rcode*.

    What filterdns keeps to itself it answers as filterdns.
    """
    known = {name for name, _ in records}

    def script(asked: Asked) -> Sequence[Send]:
        name = asked.name.lower()
        if name == b"\x08resolver\x04arpa\x00":
            return as_filterdns(asked)
        data = records.get((name, asked.qtype), ())
        made = [record(asked.qtype, each) for each in data]
        return [Send(response(asked, records=made, rcode=0 if name in known else rcode))]

    return script
