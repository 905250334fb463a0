"""One TCP connection: many questions at once, and whatever bytes come back."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from filterdns.errors import UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.connection import MAX_MISFITS, Connection
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.noise import Noise
from filterdns.upstreams.upstream import Counters
from tests.support.asking import WWW, address_in, numbered
from tests.support.upstream import (
    Asked,
    Script,
    ScriptedUpstream,
    Send,
    answer_with,
    drop,
    in_turn,
    one_after_the_other,
    record,
    response,
    truncated,
)

RIGHT = "192.0.2.1"
right = answer_with(RIGHT)


def play(
    script: Script, scene: Callable[[Connection, Counters], Coroutine[Any, Any, None]]
) -> ScriptedUpstream:
    async def run() -> None:
        counters, closed = Counters(), list[Connection]()
        endpoint = Endpoint(server.host, server.port)
        opened = Connection("test", endpoint, counters, Noise(), closed.append)
        await scene(opened, counters)
        opened.close("the test is over")
        opened.close("the test is over")
        assert closed == [opened]

    with ScriptedUpstream(script) as server:
        asyncio.run(run())
    return server


async def ask(opened: Connection, number: int = 0, seconds: float = 5.0) -> bytes:
    return await opened.ask(numbered(number), time.monotonic() + seconds)


def all_at_last_and_backwards(count: int) -> Script:
    """Answer nothing until *count* questions are there, then all of them, the last one first."""
    held: list[Asked] = []

    def script(asked: Asked) -> Sequence[Send]:
        held.append(asked)
        if len(held) < count:
            return []
        return [Send(response(each)) for each in reversed(held)]

    return script


def test_questions_go_out_at_once_and_answers_may_come_in_any_order() -> None:
    async def scene(opened: Connection, _counters: Counters) -> None:
        answers = await asyncio.gather(*(ask(opened, number) for number in range(50)))
        for number, answer in enumerate(answers):
            assert message.fits(answer, message.write_question(numbered(number)))

    server = play(all_at_last_and_backwards(50), scene)
    assert len({asked.query_id for asked in server.asked}) == 50


def test_names_travel_in_lower_case() -> None:
    async def scene(opened: Connection, _counters: Counters) -> None:
        await opened.ask(WWW, time.monotonic() + 5)

    assert play(right, scene).asked[0].name == WWW.name


def test_an_answer_in_another_case_is_taken_and_made_canonical() -> None:
    def upper_case(asked: Asked) -> Sequence[Send]:
        return [Send(response(asked, question=asked.name.upper() + asked.question[-4:]))]

    async def scene(opened: Connection, _counters: Counters) -> None:
        assert message.fits(await ask(opened), message.write_question(numbered(0)))

    play(upper_case, scene)


@pytest.mark.parametrize(
    "misfit",
    [
        pytest.param(lambda asked: response(asked, query_id=asked.query_id ^ 1), id="id"),
        pytest.param(
            lambda asked: response(asked, question=asked.question[:-1] + b"\x03"), id="class"
        ),
        pytest.param(lambda asked: asked.wire, id="a query"),
        pytest.param(lambda asked: response(asked)[:12], id="a header alone"),
    ],
)
def test_a_message_that_does_not_fit_is_ignored_and_counted(
    misfit: Callable[[Asked], bytes],
) -> None:
    async def scene(opened: Connection, counters: Counters) -> None:
        assert address_in(await ask(opened)) == RIGHT
        assert counters.misfits == 1

    play(one_after_the_other(lambda asked: [Send(misfit(asked))], right), scene)


def test_too_many_misfits_close_the_connection() -> None:
    def flood(asked: Asked) -> Sequence[Send]:
        return [Send(response(asked, query_id=asked.query_id ^ 1))] * 2 * MAX_MISFITS

    async def scene(opened: Connection, counters: Counters) -> None:
        with pytest.raises(UpstreamError, match="fit no question"):
            await ask(opened)
        assert counters.misfits == MAX_MISFITS

    play(flood, scene)


def test_a_length_below_a_headers_closes_the_connection() -> None:
    async def scene(opened: Connection, _counters: Counters) -> None:
        with pytest.raises(UpstreamError, match="a message of 3 bytes"):
            await ask(opened)

    play(lambda _asked: [Send(b"abc")], scene)


def test_the_largest_message_arrives_whole() -> None:
    def largest(asked: Asked) -> Sequence[Send]:
        bare = response(asked, records=[record(16, b"")])
        return [Send(response(asked, records=[record(16, bytes(65_535 - len(bare)))]))]

    async def scene(opened: Connection, _counters: Counters) -> None:
        assert len(await ask(opened)) == 65_535

    play(largest, scene)


def test_a_truncated_answer_over_tcp_is_no_answer() -> None:
    async def scene(opened: Connection, _counters: Counters) -> None:
        with pytest.raises(UpstreamError, match="truncated"):
            await ask(opened)

    play(lambda asked: [Send(truncated(asked))], scene)


def test_silence_closes_the_connection() -> None:
    async def scene(opened: Connection, _counters: Counters) -> None:
        with pytest.raises(UpstreamError, match="no answer in time"):
            await ask(opened, seconds=0.05)
        assert opened.is_closed

    play(drop, scene)


def test_a_slow_question_among_quick_ones_leaves_the_connection_open() -> None:
    async def scene(opened: Connection, _counters: Counters) -> None:
        slow = asyncio.ensure_future(ask(opened, 1, seconds=0.1))
        await asyncio.sleep(0)
        await ask(opened, 2)
        with pytest.raises(UpstreamError, match="no answer in time"):
            await slow
        assert not opened.is_closed
        assert address_in(await ask(opened, 3)) == RIGHT

    play(in_turn(drop, right), scene)


def test_an_idle_connection_closes_by_itself() -> None:
    async def scene() -> None:
        closed = asyncio.get_running_loop().create_future()
        endpoint = Endpoint(server.host, server.port)
        opened = Connection("test", endpoint, Counters(), Noise(), closed.set_result, 0.05)
        await ask(opened)
        assert not opened.is_closed
        assert await asyncio.wait_for(closed, 5) is opened

    with ScriptedUpstream(right) as server:
        asyncio.run(scene())


def test_questions_that_the_kernel_does_not_take_yet_wait_in_line() -> None:
    async def scene() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            endpoint = Endpoint(*server.getsockname())
            opened = Connection("test", endpoint, Counters(), Noise(), lambda _closed: None)
            count = 200
            asking = [asyncio.ensure_future(ask(opened, number)) for number in range(count)]
            await asyncio.sleep(0)
            peer, _ = server.accept()
            with peer:
                peer.setblocking(False)
                loop = asyncio.get_running_loop()
                received = b""
                while received.count(b"\x07example\x03org\x00") < count:
                    received += await loop.sock_recv(peer, 512)
            opened.close("the test is over")
            errors = await asyncio.gather(*asking, return_exceptions=True)
            assert {type(error) for error in errors} == {UpstreamError}

    asyncio.run(scene())
