"""UDP upstreams against one that misbehaves, over real sockets."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Any

import dnslib
import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.errors import OutOfDescriptors, UpstreamError
from filterdns.upstreams import message
from filterdns.upstreams.casing import MAX_CHANGED_IN_A_ROW
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.udp import MAX_SOCKETS, UdpUpstream
from filterdns.upstreams.udp_socket import MAX_MISFITS, MAX_QUESTIONS, MAX_QUESTIONS_IN_NEED
from tests.support.asking import WWW, address_in, ask, numbered
from tests.support.asking import play as play_any
from tests.support.descriptors import no_free_descriptor
from tests.support.peers import free_port, nsd, unbound
from tests.support.upstream import (
    Asked,
    Script,
    ScriptedUpstream,
    Send,
    answer_with,
    by_transport,
    drop,
    elsewhere,
    in_turn,
    later,
    one_after_the_other,
    response,
    truncated,
)

RIGHT = "192.0.2.1"
OVER_TCP = "192.0.2.2"
right = answer_with(RIGHT)
wrong = answer_with("192.0.2.66")
over_tcp = answer_with(OVER_TCP)

Scene = Callable[[UdpUpstream], Coroutine[Any, Any, None]]


def play(script: Script, scene: Scene, host: str = "127.0.0.1") -> ScriptedUpstream:
    return play_any(script, UdpUpstream, scene, host)


def first(make: Callable[[Asked], Send], times: int = 1) -> Script:
    """Send what *make* makes of the query *times* times, then the right answer."""
    return lambda asked: [*[make(asked)] * times, *right(asked)]


def forged(asked: Asked, question: bytes, query_id: int | None = None) -> Send:
    return Send(response(asked, question=question, query_id=query_id))


def other_id(asked: Asked) -> Send:
    return forged(asked, asked.question, asked.query_id ^ 1)


def lower_case(asked: Asked) -> Sequence[Send]:
    return [forged(asked, asked.question.lower())]


def swapped_case(asked: Asked) -> Sequence[Send]:
    return [forged(asked, asked.name.swapcase() + asked.question[-4:])]


def unanswered(script: Script, seconds: float) -> tuple[UpstreamError, float]:
    """Ask in vain; return the error, and how late it came."""
    late: list[float] = []
    errors: list[UpstreamError] = []

    async def scene(upstream: UdpUpstream) -> None:
        deadline = time.monotonic() + seconds
        with pytest.raises(UpstreamError) as caught:
            await ask(upstream, seconds=seconds)
        late.append(time.monotonic() - deadline)
        errors.append(caught.value)
        assert upstream.waiting == 0

    play(script, scene)
    return errors[0], late[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_answer_comes_whole_with_id_0_and_the_canonical_name(host: str) -> None:
    async def scene(upstream: UdpUpstream) -> None:
        answer = await ask(upstream)
        assert answer[:2] == b"\x00\x00"
        assert message.fits(answer, message.write_question(WWW))
        assert address_in(answer) == RIGHT
        assert upstream.waiting == 0

    assert play(right, scene, host).count("udp") == 1


def test_do_and_cd_go_up_as_asked() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        deadline = time.monotonic() + 5
        await upstream.exchange(Question(WWW.name, WWW.qtype, True, True), deadline)

    (asked,) = play(right, scene).asked
    assert asked.wire[3] & codes.CD
    assert asked.wire[-4:-2] == codes.DO.to_bytes(2)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(first(other_id), id="id"),
        pytest.param(
            first(lambda asked: forged(asked, asked.question.replace(asked.name[1:4], b"xyz"))),
            id="name",
        ),
        pytest.param(
            first(lambda asked: forged(asked, asked.question[:-3] + b"\x1c\x00\x01")), id="type"
        ),
        pytest.param(first(lambda asked: forged(asked, asked.question[:-1] + b"\x03")), id="class"),
        pytest.param(first(lambda asked: Send(asked.wire)), id="a query"),
        pytest.param(first(lambda _asked: Send(b"\x00")), id="a byte"),
        pytest.param(first(lambda asked: Send(asked.wire[:2])), id="an id alone"),
        pytest.param(first(lambda asked: Send(response(asked)[:20])), id="half a question"),
    ],
)
def test_a_datagram_that_does_not_fit_is_ignored_and_counted(script: Script) -> None:
    async def scene(upstream: UdpUpstream) -> None:
        assert address_in(await ask(upstream)) == RIGHT
        assert upstream.counters.misfits == 1

    assert play(script, scene).count("tcp") == 0


def test_what_comes_from_another_source_is_never_seen() -> None:
    script = one_after_the_other(*[elsewhere(wrong)] * 20, right)

    async def scene(upstream: UdpUpstream) -> None:
        assert address_in(await ask(upstream)) == RIGHT
        assert upstream.counters.misfits == 0

    play(script, scene)


def test_nine_misfits_do_not_shake_a_question() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        assert address_in(await ask(upstream)) == RIGHT

    assert play(first(other_id, MAX_MISFITS - 1), scene).count("tcp") == 0


def test_after_ten_misfits_all_questions_of_the_socket_go_over_tcp() -> None:
    script = by_transport(
        in_turn(drop, lambda asked: [other_id(asked)] * MAX_MISFITS, right), over_tcp
    )

    async def scene(upstream: UdpUpstream) -> None:
        answers = await asyncio.gather(ask(upstream, numbered(1)), ask(upstream, numbered(2)))
        assert [address_in(answer) for answer in answers] == [OVER_TCP, OVER_TCP]
        assert (upstream.counters.misfits, upstream.counters.tcp_retries) == (MAX_MISFITS, 2)
        assert address_in(await ask(upstream)) == RIGHT

    server = play(script, scene)
    ports = [asked.source[1] for asked in server.asked if asked.transport == "udp"]
    assert ports[0] == ports[1] != ports[2]


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda asked: [Send(truncated(asked))], id="tc"),
        pytest.param(
            lambda asked: [Send(response(asked) + bytes(1300))], id="longer than asked for"
        ),
    ],
)
def test_a_truncated_answer_is_asked_for_over_tcp(cut: Script) -> None:
    async def scene(upstream: UdpUpstream) -> None:
        assert address_in(await ask(upstream)) == OVER_TCP
        assert upstream.counters.tcp_retries == 1

    server = play(by_transport(cut, over_tcp), scene)
    assert [asked.transport for asked in server.asked] == ["udp", "tcp"]


def test_the_upstream_sees_names_in_mixed_case() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        for number in range(8):
            await ask(upstream, numbered(number))

    names = [asked.name for asked in play(right, scene).asked]
    assert [name.lower() for name in names] == [numbered(number).name for number in range(8)]
    assert any(name != name.lower() for name in names)


def test_an_answer_in_another_case_is_not_believed() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        assert address_in(await ask(upstream)) == OVER_TCP
        assert upstream.counters.misfits == 1

    play(by_transport(swapped_case, over_tcp), scene)


def test_an_upstream_that_changes_case_is_soon_asked_in_lower_case(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(upstream: UdpUpstream) -> None:
        for number in range(40):
            await ask(upstream, numbered(number))

    with caplog.at_level(logging.INFO):
        server = play(by_transport(lower_case, over_tcp), scene)
    assert server.count("tcp") == MAX_CHANGED_IN_A_ROW
    assert server.asked[-1].name == numbered(39).name
    assert len(caplog.records) == 1


def test_a_socket_is_retired_after_32_questions() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        for _ in range(2 * MAX_QUESTIONS + 1):
            await ask(upstream)

    ports = [asked.source[1] for asked in play(right, scene).asked]
    lives = [ports[:MAX_QUESTIONS], ports[MAX_QUESTIONS : 2 * MAX_QUESTIONS], ports[-1:]]
    assert [len(set(life)) for life in lives] == [1, 1, 1]
    assert len({life[0] for life in lives}) == 3


def test_a_retired_socket_still_brings_its_answers() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        questions = [ask(upstream, numbered(number)) for number in range(MAX_QUESTIONS + 1)]
        assert {address_in(answer) for answer in await asyncio.gather(*questions)} == {RIGHT}
        assert upstream.counters.retransmissions == 0

    play(in_turn(later(right, 0.1), right), scene)


def test_ids_cannot_be_guessed_from_those_before() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        for _ in range(200):
            await ask(upstream)

    ids = [asked.query_id for asked in play(right, scene).asked]
    steps = [(after - before) % 65536 for before, after in pairwise(ids)]
    assert len(set(ids)) > 190
    assert len(set(steps)) > 190
    assert min(ids) < 16384
    assert max(ids) > 49152


def test_a_lost_question_is_repeated_with_the_same_id_and_port() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        await ask(upstream, numbered(1))
        assert address_in(await ask(upstream)) == RIGHT
        assert upstream.counters.retransmissions == 1

    _, *sent = play(in_turn(right, drop, right), scene).asked
    assert len(sent) == 2
    assert len({(asked.wire, asked.source) for asked in sent}) == 1


def test_the_second_answer_to_a_repeated_question_is_no_misfit() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        for _ in range(MAX_QUESTIONS):
            assert address_in(await ask(upstream)) == RIGHT
        assert upstream.counters.misfits == 0

    play(one_after_the_other(right, right), scene)


def test_silence_ends_at_the_deadline_with_extended_error_22() -> None:
    error, late_seconds = unanswered(drop, 0.2)
    assert error.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY
    assert 0 <= late_seconds < 0.5


def test_misfits_do_not_hold_the_deadline_up() -> None:
    error, late_seconds = unanswered(lambda asked: [other_id(asked)], 0.2)
    assert error.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY
    assert 0 <= late_seconds < 0.5


def test_a_deadline_that_is_over_ends_the_question_soon() -> None:
    _, late_seconds = unanswered(drop, -1.0)
    assert late_seconds < 1.5


def test_the_deadline_holds_over_tcp_too() -> None:
    truncates_then_drops = by_transport(lambda asked: [Send(truncated(asked))], drop)
    error, late_seconds = unanswered(truncates_then_drops, 0.2)
    assert error.ede_code == codes.EDE_NO_REACHABLE_AUTHORITY
    assert 0 <= late_seconds < 0.5


def test_a_port_where_nobody_listens_fails_at_once_with_extended_error_23() -> None:
    async def scene() -> None:
        upstream = UdpUpstream(Endpoint("127.0.0.1", free_port()))
        started_at = time.monotonic()
        with pytest.raises(UpstreamError, match="refused") as caught:
            await ask(upstream)
        assert caught.value.ede_code == codes.EDE_NETWORK_ERROR
        assert time.monotonic() - started_at < 1
        await upstream.close()

    asyncio.run(scene())


def test_no_way_to_the_upstream_is_extended_error_23() -> None:
    async def scene() -> None:
        upstream = UdpUpstream(Endpoint("fe80::1%no-such-zone", 53))
        with pytest.raises(UpstreamError) as caught:
            await ask(upstream)
        assert caught.value.ede_code == codes.EDE_NETWORK_ERROR
        await upstream.close()

    asyncio.run(scene())


def test_without_a_descriptor_questions_go_out_through_the_socket_that_is_there() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        # One question waits all the while, so that the socket cannot be closed for a new one.
        waiting = asyncio.ensure_future(ask(upstream, seconds=60))
        await asyncio.sleep(0)
        with no_free_descriptor():
            for number in range(2 * MAX_QUESTIONS):
                assert address_in(await ask(upstream, numbered(number))) == RIGHT
        waiting.cancel()
        await ask(upstream, numbered(2 * MAX_QUESTIONS))

    server = play(lambda asked: [] if asked.name.lower() == WWW.name else right(asked), scene)
    ports = [asked.source[1] for asked in server.asked if asked.name.lower() != WWW.name]
    assert len(set(ports[:-1])) == 1
    assert ports[-1] != ports[0]


def test_without_a_descriptor_and_a_socket_it_fails_at_once_and_recovers_at_once() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        with no_free_descriptor():
            for number in range(5):
                with pytest.raises(OutOfDescriptors):
                    await ask(upstream, numbered(number))
        assert address_in(await ask(upstream)) == RIGHT

    play(right, scene)


def test_a_socket_takes_so_many_questions_even_in_need() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        count = MAX_QUESTIONS_IN_NEED
        asked = [asyncio.ensure_future(ask(upstream, seconds=60))]
        await asyncio.sleep(0)
        with no_free_descriptor():
            asked += [asyncio.ensure_future(ask(upstream, numbered(n))) for n in range(count)]
            await asyncio.sleep(0)
            failed = [each for each in asked if each.done()]
            assert [type(each.exception()) for each in failed] == [OutOfDescriptors]
        for each in asked:
            each.cancel()

    play(drop, scene)


def test_open_sockets_are_bounded_and_the_oldest_question_goes_over_tcp() -> None:
    script = by_transport(drop, over_tcp)

    async def scene(upstream: UdpUpstream) -> None:
        count = MAX_SOCKETS * MAX_QUESTIONS
        asked = [
            asyncio.ensure_future(ask(upstream, numbered(n), seconds=60)) for n in range(count)
        ]
        await asyncio.sleep(0)
        asked.append(asyncio.ensure_future(ask(upstream, numbered(count), seconds=60)))
        assert address_in(await asked[0]) == OVER_TCP
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    play(script, scene)


def test_closing_fails_what_waits_and_whatever_comes_later() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        waiting = asyncio.ensure_future(ask(upstream))
        await asyncio.sleep(0)
        await upstream.close()
        await upstream.close()
        with pytest.raises(UpstreamError, match="closed"):
            await waiting
        with pytest.raises(UpstreamError, match="closed"):
            await ask(upstream)
        assert upstream.waiting == 0

    play(drop, scene)


def test_the_time_of_an_exchange_is_measured() -> None:
    async def scene(upstream: UdpUpstream) -> None:
        await ask(upstream)
        assert 0.05 < upstream.rtt_seconds < 0.5

    play(later(right, 0.06), scene)


@pytest.mark.peer("nsd", "unbound")
@pytest.mark.parametrize("serve", [nsd, unbound])
def test_real_servers_keep_the_case_and_give_large_answers_over_tcp(
    serve: Callable[..., AbstractContextManager[tuple[str, int]]], tmp_path: Path
) -> None:
    large = " ".join(f'"{"x" * 250}"' for _ in range(8))

    async def scene() -> None:
        upstream = UdpUpstream(Endpoint(*where))
        for number in range(MAX_QUESTIONS + 1):
            assert address_in_first(await ask(upstream, numbered(number))) == RIGHT
        assert (upstream.counters.misfits, upstream.counters.tcp_retries) == (0, 0)
        big = Question(from_text("big.example.org"), codes.TXT, False, False)
        assert len(await ask(upstream, big)) > 2000
        assert (upstream.counters.misfits, upstream.counters.tcp_retries) == (0, 1)
        await upstream.close()

    zones = {"example.org": f"*.www A {RIGHT}\nbig TXT {large}", "test": "ready A 192.0.2.3"}
    with serve(tmp_path, zones) as where:
        asyncio.run(scene())


def address_in_first(answer: bytes) -> str:
    """Return the address of the first answer, whatever sections follow it."""
    return str(dnslib.DNSRecord.parse(answer).rr[0].rdata)
