"""Which upstream is asked, and when the next one; over real sockets."""

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.errors import UpstreamError
from filterdns.resolver.image import UpstreamServer
from filterdns.upstreams import message
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.group import Group, make_group
from filterdns.upstreams.health import State
from filterdns.upstreams.member import USUAL_PATIENCE, Patience
from filterdns.upstreams.udp import UdpUpstream
from tests.support.asking import WWW, address_in, ask, numbered, open_files
from tests.support.descriptors import no_free_descriptor
from tests.support.peers import free_port
from tests.support.upstream import (
    Asked,
    Script,
    ScriptedUpstream,
    answer_code,
    answer_with,
    drop,
)

HASTE = Patience(attempt_seconds=0.4, retry_seconds=0.05, probe_seconds=1.0)
FIRST, SECOND = "192.0.2.1", "192.0.2.2"
first, second = answer_with(FIRST), answer_with(SECOND)
servfail, refused = answer_code(codes.SERVFAIL), answer_code(codes.REFUSED)

Scene = Callable[..., Coroutine[Any, Any, None]]


def play(scripts: list[Script], scene: Scene) -> list[ScriptedUpstream]:
    """Let *scene* talk to a group of servers that follow *scripts*; it gets the servers, too.

    Silence is waited for in haste; where none is silent, nobody is hurried.
    """
    patience = HASTE if drop in scripts else USUAL_PATIENCE

    async def run() -> None:
        upstreams = [UdpUpstream(Endpoint(server.host, server.port)) for server in servers]
        group = Group(upstreams, patience=patience)
        try:
            await scene(group, *servers)
        finally:
            await group.close()

    with ExitStack() as stack:
        servers = [stack.enter_context(ScriptedUpstream(script)) for script in scripts]
        asyncio.run(run())
    return servers


def states(group: Group) -> list[State]:
    return [status.state for status in group.status()]


async def fail_three_times(group: Group) -> None:
    for number in range(3):
        await ask(group, numbered(number))


def test_the_first_upstream_is_asked_as_long_as_it_answers() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        for number in range(5):
            assert address_in(await ask(group, numbered(number))) == FIRST

    assert [server.count() for server in play([first, second], scene)] == [5, 0]


def test_a_silent_upstream_gives_way_within_the_deadline() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        started_at = time.monotonic()
        assert address_in(await ask(group, seconds=1)) == SECOND
        assert 0.4 <= time.monotonic() - started_at < 0.95

    play([drop, second], scene)


def test_an_upstream_that_is_not_there_gives_way_at_once() -> None:
    async def scene() -> None:
        with ScriptedUpstream(second) as server:
            group = make_group(
                [("127.0.0.1", free_port(), "udp"), (server.host, server.port, "udp")]
            )
            started_at = time.monotonic()
            assert address_in(await ask(group)) == SECOND
            assert time.monotonic() - started_at < 1
            await group.close()

    asyncio.run(scene())


def test_an_upstream_that_is_down_is_not_waited_for() -> None:
    async def scene(group: Group, silent: ScriptedUpstream, _other: ScriptedUpstream) -> None:
        await fail_three_times(group)
        asked_before = silent.count()
        assert states(group) == [State.DOWN, State.UP]
        assert address_in(await ask(group)) == SECOND
        assert silent.count() == asked_before

    play([drop, second], scene)


def test_an_upstream_that_recovers_is_the_first_again() -> None:
    async def scene(group: Group, server: ScriptedUpstream, _other: ScriptedUpstream) -> None:
        await fail_three_times(group)
        server.script = first
        async with asyncio.timeout(5):
            while address_in(await ask(group)) != FIRST:
                pass
        assert states(group) == [State.UP, State.UP]

    play([drop, second], scene)


def test_one_question_at_a_time_tries_an_upstream_that_is_down() -> None:
    async def scene(group: Group, silent: ScriptedUpstream, _other: ScriptedUpstream) -> None:
        await fail_three_times(group)
        asked_before = silent.count()
        async with asyncio.timeout(5):
            while silent.count() == asked_before:
                await asyncio.gather(*(ask(group, numbered(number)) for number in range(20)))
        assert silent.count() == asked_before + 1

    play([drop, second], scene)


def test_when_all_are_down_all_are_asked() -> None:
    async def scene(group: Group, one: ScriptedUpstream, two: ScriptedUpstream) -> None:
        for number in range(3):
            with pytest.raises(UpstreamError):
                await ask(group, numbered(number), seconds=1.0)
        assert states(group) == [State.DOWN, State.DOWN]
        two.script = second
        assert address_in(await ask(group)) == SECOND
        assert one.count() >= 4

    play([drop, drop], scene)


@pytest.mark.parametrize("rcode", [codes.FORMERR, codes.SERVFAIL, codes.NOTIMP, codes.REFUSED])
def test_a_poor_answer_gives_way_to_a_better_one(rcode: int) -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        assert address_in(await ask(group)) == SECOND

    play([answer_code(rcode), second], scene)


def test_nxdomain_is_an_answer_like_any_other() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        assert message.rcode(await ask(group)) == codes.NXDOMAIN

    assert play([answer_code(codes.NXDOMAIN), second], scene)[1].count() == 0


def test_the_first_poor_answer_is_given_if_nobody_has_a_better_one() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        assert message.rcode(await ask(group)) == codes.SERVFAIL

    play([servfail, refused], scene)


def test_a_poor_answer_is_better_than_a_timeout_and_does_not_wait_for_the_deadline() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        started_at = time.monotonic()
        assert message.rcode(await ask(group, seconds=5)) == codes.SERVFAIL
        assert time.monotonic() - started_at < 2

    play([servfail, drop], scene)


def test_a_poor_answer_does_not_wait_for_what_is_down() -> None:
    async def scene(group: Group, server: ScriptedUpstream, silent: ScriptedUpstream) -> None:
        await fail_three_times(group)
        asked_before = silent.count()
        assert message.rcode(await ask(group)) == codes.SERVFAIL
        assert silent.count() == asked_before

    play([servfail, drop], scene)


def test_the_last_upstream_gets_all_the_time_that_is_left() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        started_at = time.monotonic()
        with pytest.raises(UpstreamError) as caught:
            await ask(group, seconds=0.8)
        assert caught.value.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY
        assert 0.8 <= time.monotonic() - started_at < 1.3

    play([drop, drop], scene)


def test_the_deadline_holds_with_many_silent_upstreams() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        started_at = time.monotonic()
        with pytest.raises(UpstreamError):
            await ask(group, seconds=0.6)
        assert 0.6 <= time.monotonic() - started_at < 1.1

    servers = play([drop] * 6, scene)
    assert servers[0].count() == 1
    assert servers[5].count() == 0


def test_refused_by_the_network_everywhere_is_extended_error_23() -> None:
    async def scene() -> None:
        group = make_group([("127.0.0.1", free_port(), "udp"), ("127.0.0.1", free_port(), "tcp")])
        with pytest.raises(UpstreamError) as caught:
            await ask(group)
        assert caught.value.ede_code == codes.EDE_NETWORK_ERROR
        await group.close()

    asyncio.run(scene())


def test_without_a_descriptor_nobody_is_blamed_and_it_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        with no_free_descriptor():
            for number in range(5):
                with pytest.raises(UpstreamError) as caught:
                    await ask(group, numbered(number))
                assert caught.value.ede_code == codes.EDE_NETWORK_ERROR
        assert states(group) == [State.UP, State.UP]
        assert address_in(await ask(group)) == FIRST

    with caplog.at_level(logging.INFO):
        play([first, second], scene)
    [message] = caplog.messages
    assert message.startswith("questions to the upstreams: all ")


def test_a_question_that_failed_leaves_nothing_to_the_garbage_collector() -> None:
    async def scene() -> None:
        group = Group([UdpUpstream(Endpoint("127.0.0.1", free_port()))])
        gc.collect()
        for number in range(3):
            with suppress(UpstreamError):
                await ask(group, numbered(number))
        assert gc.collect() == 0
        await group.close()

    asyncio.run(scene())


def test_failovers_are_counted_where_they_start() -> None:
    async def scene(group: Group, one: ScriptedUpstream, two: ScriptedUpstream) -> None:
        await ask(group)
        counters = group.counters_by_name
        assert counters[f"127.0.0.1:{one.port}"].failovers == 1
        assert counters[f"127.0.0.1:{two.port}"].failovers == 0
        assert counters[f"127.0.0.1:{two.port}"].answered == 1

    play([refused, second], scene)


def test_the_status_says_what_is_wrong_with_whom() -> None:
    async def scene(group: Group, one: ScriptedUpstream, two: ScriptedUpstream) -> None:
        await fail_three_times(group)
        bad, good = group.status()
        name = f"127.0.0.1:{one.port}"
        assert bad == (name, "down", 3, 0.0, f"{name}: no answer in time")
        assert good[:3] == (f"127.0.0.1:{two.port}", "up", 0)
        assert good.rtt_ms > 0

    play([drop, second], scene)


def test_an_upstream_that_leads_back_to_us_is_found_and_not_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[bool] = []

    async def scene(group: Group, loops: ScriptedUpstream, _other: ScriptedUpstream) -> None:
        loop = asyncio.get_running_loop()

        def come_back(asked: Asked) -> Any:
            async def listen() -> bool:
                return group.is_own_probe(asked.name.lower())

            heard.append(asyncio.run_coroutine_threadsafe(listen(), loop).result())
            return refused(asked)

        loops.script = come_back
        await group.probe()
        assert states(group) == [State.LOOP, State.UP]
        assert address_in(await ask(group)) == SECOND

    with caplog.at_level(logging.ERROR):
        loops, _ = play([drop, second], scene)
    assert heard == [True]
    assert loops.count() == 1
    assert [f"127.0.0.1:{loops.port} leads back" in each.getMessage() for each in caplog.records]


def test_if_every_upstream_leads_back_the_error_says_so() -> None:
    async def scene(group: Group, loops: ScriptedUpstream) -> None:
        def come_back(asked: Asked) -> Any:
            group.is_own_probe(asked.name.lower())
            return refused(asked)

        loops.script = come_back
        await group.probe()
        with pytest.raises(UpstreamError, match="every upstream leads back to this filter"):
            await ask(group)

    play([drop], scene)


@pytest.mark.parametrize(
    "text",
    ["www.example.org", "loop-probe.filterdns.example", "0123.loop-probe.filterdns.example"],
)
def test_other_names_are_no_probes_of_ours(text: str) -> None:
    async def scene(group: Group, _server: ScriptedUpstream) -> None:
        assert not group.is_own_probe(from_text(text))
        assert states(group) == [State.UP]

    play([first], scene)


def test_workers_with_one_key_hear_each_others_probes() -> None:
    async def scene() -> None:
        servers = [(server.host, server.port, "udp")]
        asks, hears = make_group(servers, b"key"), make_group(servers, b"key")
        await asks.probe()
        for asked in server.asked:
            assert hears.is_own_probe(asked.name.lower())
        assert (states(asks), states(hears)) == ([State.UP], [State.LOOP])
        await asks.close()
        await hears.close()

    with ScriptedUpstream(answer_code(codes.NXDOMAIN)) as server:
        asyncio.run(scene())


def test_a_group_is_made_of_the_servers_of_an_image() -> None:
    async def scene() -> None:
        group = make_group(
            [UpstreamServer("192.0.2.53"), UpstreamServer("2001:db8::53", 5353, "tcp")]
        )
        assert list(group.counters_by_name) == ["192.0.2.53:53", "tcp://[2001:db8::53]:5353"]
        await group.close()

    asyncio.run(scene())


def test_a_tcp_upstream_is_asked_over_tcp_alone() -> None:
    async def scene() -> None:
        group = make_group([(server.host, server.port, "tcp")])
        assert address_in(await ask(group)) == FIRST
        await group.close()

    with ScriptedUpstream(first) as server:
        asyncio.run(scene())
    assert (server.count("udp"), server.count("tcp")) == (0, 1)


def test_closing_twice_leaves_nothing_open() -> None:
    async def scene() -> None:
        group = make_group([(server.host, server.port, kind) for kind in ("udp", "tcp")])
        for number in range(40):
            await ask(group, numbered(number))
        await group.close()
        await group.close()

    before = open_files()
    with ScriptedUpstream(first) as server:
        asyncio.run(scene())
    assert open_files() == before


def test_the_question_that_comes_back_is_the_one_that_was_asked() -> None:
    async def scene(group: Group, *_servers: ScriptedUpstream) -> None:
        assert message.fits(await ask(group), message.write_question(WWW))

    play([first], scene)
