"""One outstanding question per question."""

import asyncio

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.errors import UpstreamError
from filterdns.resolver.cache import Cached
from filterdns.resolver.inflight import ASKERS_PER_QUESTION, InFlight
from tests.support.messages import read, response_bytes

KEY: Question = Question(from_text("www.example.com"), codes.A, False, False)
OTHER = Question(from_text("example.com"), codes.A, False, False)
ANSWER = Cached(read(response_bytes()), 0.0, 300.0)

Told = list[tuple[int, Cached | Exception]]


def join(in_flight: InFlight, told: Told, number: int = 0, key: Question = KEY) -> bool:
    return in_flight.join(key, lambda said: told.append((number, said)))


def test_many_askers_cost_one_question() -> None:
    in_flight, told = InFlight(10), Told()
    assert [join(in_flight, told, number) for number in range(5)] == [True] + [False] * 4
    assert (len(in_flight), in_flight.merged) == (1, 4)
    in_flight.settle(KEY, ANSWER)
    assert told == [(number, ANSWER) for number in range(5)]
    assert len(in_flight) == 0


def test_a_question_that_was_answered_is_asked_anew() -> None:
    """What may be repeated is the cache's business."""
    in_flight, told = InFlight(10), Told()
    for _ in range(2):
        assert join(in_flight, told)
        in_flight.settle(KEY, ANSWER)


def test_questions_that_differ_do_not_wait_for_each_other() -> None:
    in_flight, told = InFlight(10), Told()
    assert join(in_flight, told, 1)
    assert join(in_flight, told, 2, OTHER)
    in_flight.settle(OTHER, ANSWER)
    assert told == [(2, ANSWER)]


def test_an_error_reaches_everybody() -> None:
    in_flight, told = InFlight(10), Told()
    for number in range(3):
        join(in_flight, told, number)
    error = UpstreamError("no route", codes.EDE_NETWORK_ERROR)
    in_flight.settle(KEY, error)
    assert told == [(number, error) for number in range(3)]


def test_who_asks_the_same_while_being_told_asks_anew() -> None:
    in_flight, told = InFlight(10), Told()
    asked = []
    in_flight.join(KEY, lambda _: asked.append(join(in_flight, told)))
    in_flight.settle(KEY, ANSWER)
    assert asked == [True]
    assert told == []


def test_beyond_the_limit_nothing_new_is_asked() -> None:
    in_flight, told = InFlight(1), Told()
    join(in_flight, told)
    assert in_flight.is_crowded(OTHER)
    assert not in_flight.is_crowded(KEY)  # the same costs no question
    in_flight.settle(KEY, ANSWER)
    assert not in_flight.is_crowded(OTHER)


def test_who_asks_the_same_is_bounded_too() -> None:
    in_flight, told = InFlight(10), Told()
    for _ in range(10 * ASKERS_PER_QUESTION):
        assert not in_flight.is_crowded(KEY)
        join(in_flight, told)
    assert in_flight.is_crowded(KEY)
    in_flight.settle(KEY, ANSWER)
    assert not in_flight.is_crowded(KEY)


def test_it_is_drained_when_nobody_waits_any_more() -> None:
    async def scene() -> None:
        in_flight, told = InFlight(10), Told()
        await in_flight.drained()
        join(in_flight, told)
        join(in_flight, told, 1, OTHER)
        both = [asyncio.create_task(in_flight.drained()) for _ in range(2)]
        both[0].cancel()
        for key in (KEY, OTHER):
            await asyncio.sleep(0)
            assert not both[1].done()
            in_flight.settle(key, ANSWER)
        await asyncio.wait_for(both[1], 1)

    asyncio.run(scene())
