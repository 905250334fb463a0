"""One upstream of a group: what counts for its health, what is logged, how loops are found."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from filterdns.dns import codes
from filterdns.errors import UpstreamError
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.health import State
from filterdns.upstreams.member import PROBES, Member, Patience
from filterdns.upstreams.probe import ProbeNames
from filterdns.upstreams.udp import UdpUpstream
from tests.support.asking import WWW
from tests.support.descriptors import no_free_descriptor
from tests.support.peers import free_port
from tests.support.upstream import (
    Asked,
    Script,
    ScriptedUpstream,
    Send,
    answer_code,
    answer_with,
    drop,
    response,
)

HASTE = Patience(attempt_seconds=0.1, retry_seconds=0.05, probe_seconds=0.1)
right = answer_with("192.0.2.1")

Scene = Callable[[Member, ScriptedUpstream], Coroutine[Any, Any, None]]


def play(script: Script, scene: Scene, patience: Patience = HASTE) -> ScriptedUpstream:
    async def run() -> None:
        member = Member(UdpUpstream(Endpoint(server.host, server.port)), patience)
        await scene(member, server)
        await member.close()

    with ScriptedUpstream(script) as server:
        asyncio.run(run())
    return server


async def ask(member: Member, seconds: float = 5.0) -> bytes:
    """Ask as `Turns` does: what is told is judged first."""
    now = time.monotonic()
    told: asyncio.Future[bytes | UpstreamError] = asyncio.get_running_loop().create_future()
    member.ask(WWW, now, now + seconds, told.set_result)
    said = await told
    member.judge(said, now, now + seconds)
    if isinstance(said, UpstreamError):
        raise said
    return said


async def ask_in_vain(member: Member, times: int = 1, seconds: float = 0.06) -> None:
    for _ in range(times):
        with pytest.raises(UpstreamError):
            await ask(member, seconds)


def test_an_upstream_that_falls_silent_goes_down_and_comes_back() -> None:
    async def scene(member: Member, server: ScriptedUpstream) -> None:
        await ask_in_vain(member, 3)
        assert member.health.state is State.DOWN
        server.script = right
        await ask(member)
        assert member.is_up

    play(drop, scene)


def test_only_changes_of_state_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(member: Member, server: ScriptedUpstream) -> None:
        await ask_in_vain(member, 5)
        server.script = right
        await ask(member)
        await ask(member)

    with caplog.at_level(logging.INFO):
        name = f"127.0.0.1:{play(drop, scene).port}"
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"upstream {name} is down: {name}: no answer in time"),
        ("INFO", f"upstream {name} answers again"),
    ]


def test_what_happens_is_counted() -> None:
    async def scene(member: Member, server: ScriptedUpstream) -> None:
        await ask_in_vain(member, 2)
        server.script = right
        await ask(member)
        counters = member.upstream.counters
        assert (counters.answered, counters.timeouts, counters.network_errors) == (1, 2, 0)

    play(drop, scene)


def test_a_refusing_port_is_counted_as_an_error_of_the_network() -> None:
    async def scene() -> None:
        member = Member(UdpUpstream(Endpoint("127.0.0.1", free_port())), HASTE)
        await ask_in_vain(member, 3)
        assert member.upstream.counters.network_errors == 3
        assert not member.is_up
        await member.close()

    asyncio.run(scene())


def test_a_question_for_which_no_socket_is_left_tells_nothing_about_the_upstream() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        with no_free_descriptor():
            await ask_in_vain(member, 5)
        assert member.is_up
        assert member.health.failures == 0
        assert member.upstream.counters.network_errors == 0

    play(right, scene)


def test_a_question_without_time_tells_nothing_about_the_upstream() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        await ask_in_vain(member, 5, seconds=0.01)
        assert member.is_up
        assert member.health.failures == 0

    play(drop, scene)


@pytest.mark.parametrize("rcode", [codes.FORMERR, codes.SERVFAIL, codes.NOTIMP, codes.REFUSED])
def test_a_poor_answer_makes_an_upstream_neither_sick_nor_well(rcode: int) -> None:
    async def scene(member: Member, server: ScriptedUpstream) -> None:
        for _ in range(5):
            await ask(member)
        assert member.is_up
        server.script = drop
        await ask_in_vain(member, 3)
        server.script = answer_code(rcode)
        await ask(member)
        assert not member.is_up

    play(answer_code(rcode), scene)


def test_the_last_error_names_a_poor_answer() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        await ask(member)
        assert member.health.last_error == "answered REFUSED"

    play(answer_code(codes.REFUSED), scene)


def test_closing_puts_nothing_down(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        waiting = [asyncio.ensure_future(ask(member, 5)) for _ in range(5)]
        await asyncio.sleep(0)
        await member.close()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert member.is_up

    play(drop, scene)
    assert caplog.records == []


def test_a_probe_that_comes_back_takes_the_upstream_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(member: Member, server: ScriptedUpstream) -> None:
        loop, names = asyncio.get_running_loop(), ProbeNames()

        def come_back(asked: Asked) -> Sequence[Send]:
            if names.is_ours(asked.name.lower(), member.upstream.name, time.monotonic()):
                loop.call_soon_threadsafe(member.hear_probe, time.monotonic())
            return [Send(response(asked, rcode=codes.REFUSED), after_seconds=0.02)]

        server.script = come_back
        await member.probe(names, time.monotonic)
        assert member.health.state is State.LOOP
        await member.probe(names, time.monotonic)
        assert member.health.state is State.LOOP

    server = play(drop, scene)
    assert server.count() == 2
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert f"127.0.0.1:{server.port} leads back to this filter" in record.getMessage()


def test_probes_ask_for_txt_under_names_that_are_all_new() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        await member.probe(ProbeNames(), time.monotonic)

    asked = play(answer_code(codes.NXDOMAIN), scene).asked
    assert {each.qtype for each in asked} == {codes.TXT}
    assert len({each.name.lower() for each in asked}) == PROBES


def test_an_upstream_that_no_longer_loops_is_asked_again() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        member.hear_probe(time.monotonic() - 3600)
        await member.probe(ProbeNames(), time.monotonic)
        assert member.is_up

    play(answer_code(codes.NXDOMAIN), scene)


def test_a_loop_whose_upstream_is_silent_stays_a_loop() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        member.hear_probe(time.monotonic() - 3600)
        await member.probe(ProbeNames(), time.monotonic)
        assert member.health.state is State.LOOP

    assert play(drop, scene).count() == 1


def test_a_probe_that_is_not_answered_is_no_failure() -> None:
    async def scene(member: Member, _server: ScriptedUpstream) -> None:
        for _ in range(3):
            await member.probe(ProbeNames(), time.monotonic)
        assert member.health.failures == 0

    play(drop, scene)


def test_an_answered_probe_puts_up_what_was_down() -> None:
    async def scene(member: Member, server: ScriptedUpstream) -> None:
        await ask_in_vain(member, 3)
        server.script = answer_code(codes.NXDOMAIN)
        await member.probe(ProbeNames(), time.monotonic)
        assert member.is_up

    play(drop, scene)
