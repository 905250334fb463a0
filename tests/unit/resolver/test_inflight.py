"""One outstanding question per question."""

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.response import read_response
from filterdns.errors import UpstreamError
from filterdns.resolver.cache import Cached, Key
from filterdns.resolver.inflight import InFlight
from tests.support.messages import response_bytes

KEY: Key = (from_text("www.example.com"), codes.A, False, False)
OTHER: Key = (from_text("example.com"), codes.A, False, False)
ANSWER = Cached(read_response(response_bytes()), 0.0, 300.0)


class Upstream:
    """Answers what it is asked when a test lets it; has *error* once."""

    def __init__(self) -> None:
        self.asked: list[tuple[Key, float]] = []
        self.may_answer = asyncio.Event()
        self.error: Exception | None = None

    async def fetch(self, key: Key, deadline: float) -> Cached:
        self.asked.append((key, deadline))
        await self.may_answer.wait()
        error, self.error = self.error, None
        if error is not None:
            raise error
        return ANSWER


Scene = Callable[[InFlight, Upstream], Coroutine[Any, Any, None]]


def play(scene: Scene, limit: int = 10) -> None:
    async def run() -> None:
        upstream = Upstream()
        await scene(InFlight(upstream.fetch, limit), upstream)

    asyncio.run(run())


def start(in_flight: InFlight, count: int, key: Key = KEY) -> list[asyncio.Task[Cached]]:
    return [asyncio.create_task(in_flight.fetch(key, time.monotonic() + 5)) for _ in range(count)]


async def let_all_wait() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_many_askers_cost_one_question() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        askers = start(in_flight, 5)
        await let_all_wait()
        assert len(in_flight) == 1
        upstream.may_answer.set()
        assert await asyncio.gather(*askers) == [ANSWER] * 5
        assert len(upstream.asked) == 1
        assert in_flight.merged == 4
        assert len(in_flight) == 0

    play(scene)


def test_a_question_that_was_answered_is_asked_anew() -> None:
    """What may be repeated is the cache's business."""

    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        upstream.may_answer.set()
        await asyncio.gather(*start(in_flight, 1))
        await asyncio.gather(*start(in_flight, 1))
        assert len(upstream.asked) == 2

    play(scene)


def test_questions_that_differ_do_not_wait_for_each_other() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        askers = start(in_flight, 1) + start(in_flight, 1, OTHER)
        await let_all_wait()
        upstream.may_answer.set()
        await asyncio.gather(*askers)
        assert [key for key, _ in upstream.asked] == [KEY, OTHER]

    play(scene)


def test_an_error_reaches_everybody_with_its_code() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        askers = start(in_flight, 3)
        await let_all_wait()
        upstream.error = UpstreamError("no route", codes.EDE_NETWORK_ERROR)
        upstream.may_answer.set()
        errors = await asyncio.gather(*askers, return_exceptions=True)
        assert [(str(error), error.ede_code) for error in errors] == [  # type: ignore[union-attr]
            ("no route", codes.EDE_NETWORK_ERROR)
        ] * 3
        assert len(upstream.asked) == 1
        assert len(in_flight) == 0

    play(scene)


def test_an_error_leaves_nothing_to_the_garbage_collector() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        upstream.may_answer.set()
        gc.collect()
        for _ in range(3):
            upstream.error = UpstreamError("no route", codes.EDE_NETWORK_ERROR)
            with suppress(UpstreamError):
                await in_flight.fetch(KEY, time.monotonic() + 5)
        assert gc.collect() == 0

    play(scene)


def test_a_cancelled_leader_hands_over_to_the_next_in_line() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        leader, *others = start(in_flight, 3)
        await let_all_wait()
        leader.cancel()
        await let_all_wait()
        assert len(upstream.asked) == 2
        assert len(in_flight) == 1
        upstream.may_answer.set()
        assert await asyncio.gather(*others) == [ANSWER] * 2

    play(scene)


def test_a_cancelled_follower_disturbs_nobody() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        leader, follower, other = start(in_flight, 3)
        await let_all_wait()
        follower.cancel()
        await let_all_wait()
        upstream.may_answer.set()
        assert await leader == await other == ANSWER
        assert len(upstream.asked) == 1

    play(scene)


def test_a_bug_on_the_leaders_road_is_no_answer_for_the_others() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        leader, follower = start(in_flight, 2)
        await let_all_wait()
        upstream.error = ZeroDivisionError()
        upstream.may_answer.set()
        with pytest.raises(ZeroDivisionError):
            await leader
        assert await follower == ANSWER
        assert len(upstream.asked) == 2

    play(scene)


def test_beyond_the_limit_nothing_new_is_asked() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        first = start(in_flight, 1)
        await let_all_wait()
        with pytest.raises(UpstreamError, match="too many"):
            await in_flight.fetch(OTHER, time.monotonic() + 5)
        same = start(in_flight, 1)  # costs nothing, so it is not refused
        await let_all_wait()
        upstream.may_answer.set()
        assert await asyncio.gather(*first, *same) == [ANSWER] * 2

    play(scene, limit=1)


def test_the_deadline_is_handed_on() -> None:
    async def scene(in_flight: InFlight, upstream: Upstream) -> None:
        upstream.may_answer.set()
        await in_flight.fetch(KEY, 12345.0)
        assert upstream.asked == [(KEY, 12345.0)]

    play(scene)
