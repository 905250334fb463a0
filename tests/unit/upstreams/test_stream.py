"""TCP upstreams: connections used again, opened anew, and few."""

import asyncio
import time

import pytest

from filterdns.dns import codes
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.stream import BUSY, MAX_CONNECTIONS, MAX_WAITING, StreamUpstream
from tests.support.asking import WWW, address_in, ask, numbered, open_files, play
from tests.support.descriptors import no_free_descriptor
from tests.support.peers import free_port
from tests.support.upstream import (
    CLOSE,
    answer_with,
    drop,
    in_turn,
    later,
    one_after_the_other,
)

RIGHT = "192.0.2.1"
right = answer_with(RIGHT)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_answer_comes_whole_with_id_0_and_the_canonical_name(host: str) -> None:
    async def scene(upstream: StreamUpstream) -> None:
        answer = await ask(upstream)
        assert answer[:2] == b"\x00\x00"
        assert message.fits(answer, message.write_question(WWW))
        assert address_in(answer) == RIGHT
        assert upstream.waiting == 0

    server = play(right, StreamUpstream, scene, host)
    assert [asked.transport for asked in server.asked] == ["tcp"]


def test_one_connection_serves_question_after_question() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        for number in range(5):
            await ask(upstream, numbered(number))

    assert {asked.connection for asked in play(right, StreamUpstream, scene).asked} == {1}


def test_a_busy_connection_gets_company_but_not_too_much() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        count = BUSY * MAX_CONNECTIONS * 2
        answers = await asyncio.gather(*(ask(upstream, numbered(n)) for n in range(count)))
        assert {address_in(answer) for answer in answers} == {RIGHT}

    server = play(later(right, 0.05), StreamUpstream, scene)
    assert len({asked.connection for asked in server.asked}) == MAX_CONNECTIONS


def test_without_a_descriptor_the_connection_that_is_there_takes_more() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        with no_free_descriptor(), pytest.raises(OutOfDescriptors):
            await ask(upstream)
        await ask(upstream)
        with no_free_descriptor():
            count = 2 * BUSY
            answers = await asyncio.gather(*(ask(upstream, numbered(n)) for n in range(count)))
        assert {address_in(answer) for answer in answers} == {RIGHT}

    server = play(later(right, 0.05), StreamUpstream, scene)
    assert {asked.connection for asked in server.asked} == {1}


def test_a_used_connection_that_the_peer_closed_is_opened_anew() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        for number in range(3):
            assert address_in(await ask(upstream, numbered(number))) == RIGHT

    server = play(in_turn(right, lambda _asked: [CLOSE], right), StreamUpstream, scene)
    assert [asked.connection for asked in server.asked] == [1, 1, 2, 2]


def test_a_server_that_takes_one_question_a_connection_is_served() -> None:
    answer_and_close = one_after_the_other(right, lambda _asked: [CLOSE])

    async def scene(upstream: StreamUpstream) -> None:
        for number in range(3):
            assert address_in(await ask(upstream, numbered(number))) == RIGHT

    play(answer_and_close, StreamUpstream, scene)


def test_a_fresh_connection_that_the_peer_closes_is_an_error_of_the_network() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        with pytest.raises(UpstreamError, match="closed by the peer") as caught:
            await ask(upstream)
        assert caught.value.ede_code == codes.EDE_NETWORK_ERROR

    assert play(lambda _asked: [CLOSE], StreamUpstream, scene).count() == 1


def test_a_port_where_nobody_listens_is_an_error_of_the_network() -> None:
    async def scene() -> None:
        upstream = StreamUpstream(Endpoint("127.0.0.1", free_port()))
        with pytest.raises(UpstreamError, match="refused") as caught:
            await ask(upstream)
        assert caught.value.ede_code == codes.EDE_NETWORK_ERROR
        assert upstream.waiting == 0
        await upstream.close()

    asyncio.run(scene())


def test_silence_ends_at_the_deadline_with_extended_error_22() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        started_at = time.monotonic()
        with pytest.raises(UpstreamError) as caught:
            await ask(upstream, seconds=0.1)
        assert caught.value.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY
        assert time.monotonic() - started_at < 0.6
        assert upstream.waiting == 0

    play(drop, StreamUpstream, scene)


def test_a_silent_connection_is_not_asked_again() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        assert address_in(await ask(upstream, numbered(1))) == RIGHT
        with pytest.raises(UpstreamError):
            await ask(upstream, numbered(2), seconds=0.1)
        assert address_in(await ask(upstream, numbered(3))) == RIGHT

    server = play(in_turn(right, drop, right), StreamUpstream, scene)
    assert [asked.connection for asked in server.asked] == [1, 1, 2]


def test_waiting_questions_are_bounded() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        limit = MAX_CONNECTIONS * MAX_WAITING
        asked = [asyncio.ensure_future(ask(upstream, numbered(n))) for n in range(limit)]
        await asyncio.sleep(0)
        with pytest.raises(UpstreamError, match="too many questions wait"):
            await ask(upstream)
        await upstream.close()
        assert upstream.waiting == 0
        await asyncio.gather(*asked, return_exceptions=True)

    play(drop, StreamUpstream, scene)


def test_closing_fails_what_waits_and_whatever_comes_later() -> None:
    async def scene(upstream: StreamUpstream) -> None:
        waiting = asyncio.ensure_future(ask(upstream))
        await asyncio.sleep(0)
        await upstream.close()
        await upstream.close()
        with pytest.raises(UpstreamError, match="closed"):
            await waiting
        with pytest.raises(UpstreamError, match="closed"):
            await ask(upstream)

    before = open_files()
    play(drop, StreamUpstream, scene)
    assert open_files() == before


def test_what_nobody_expected_is_told_to_whoever_waits(caplog: pytest.LogCaptureFixture) -> None:
    """Here an address that no config lets through; else the question would wait for ever."""

    async def scene() -> None:
        upstream = StreamUpstream(Endpoint("127.0.0.1\0", 53))
        with pytest.raises(UpstreamError, match="unexpected"):
            await asyncio.wait_for(ask(upstream), 5)
        await asyncio.sleep(0)
        await upstream.close()

    asyncio.run(scene())
    assert "ended by an error" in caplog.text
