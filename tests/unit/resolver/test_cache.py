"""What upstreams said: bounded in bytes, and never served outside its time."""

import pytest

from filterdns.dns import codes
from filterdns.dns.leads import Leads
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.dns.response import CachedAnswer
from filterdns.resolver.cache import ENTRY_OVERHEAD_BYTES, Cache, Cached
from tests.support.messages import read, response_bytes

NOW = 4_000.0  # seconds of a clock that nobody can set
ANSWER = read(response_bytes())
TTL_0 = read(response_bytes("www.example.com. 0 IN A 192.0.2.1"))


def key(name: str = "www.example.com") -> Question:
    return Question(from_text(name), codes.A, False, False)


def keys(count: int) -> list[Question]:
    return [key(f"n{number:03}.example.com") for number in range(count)]


def room_for(count: int) -> Cache:
    """Return a cache that takes *count* entries of `ANSWER` under `keys`, and not one more."""
    measure = Cache(1 << 20)
    measure.put(keys(1)[0], ANSWER, NOW)
    return Cache(measure.used_bytes * count)


def test_an_answer_is_served_from_when_it_came_until_it_ends() -> None:
    cache = Cache(1 << 20)
    entry = cache.put(key(), ANSWER, NOW)
    assert entry == Cached(ANSWER, NOW, NOW + 300, cache.used_bytes)
    assert cache.get(key(), NOW) is entry
    assert cache.get(key(), NOW + 299.9) is entry
    assert cache.get(key(), NOW + 300) is None
    assert len(cache) == cache.used_bytes == 0


@pytest.mark.parametrize(
    "other",
    [
        (from_text("example.com"), codes.A, False, False),
        (from_text("www.example.com"), codes.AAAA, False, False),
        (from_text("www.example.com"), codes.A, True, False),
        (from_text("www.example.com"), codes.A, False, True),
    ],
)
def test_name_type_do_and_cd_tell_answers_apart(other: Question) -> None:
    cache = Cache(1 << 20)
    cache.put(key(), ANSWER, NOW)
    assert cache.get(other, NOW) is None


def test_what_may_not_be_kept_is_handed_back_alone() -> None:
    cache = Cache(1 << 20)
    assert cache.put(key(), TTL_0, NOW).answer is TTL_0
    assert len(cache) == cache.used_bytes == 0


def test_a_newer_answer_replaces_the_older_one() -> None:
    cache = Cache(1 << 20)
    cache.put(key(), ANSWER, NOW)
    used_bytes = cache.used_bytes
    newer = cache.put(key(), ANSWER, NOW + 10)
    assert cache.get(key(), NOW + 305) is newer
    assert (len(cache), cache.used_bytes) == (1, used_bytes)


def test_an_answer_that_may_not_be_kept_ends_the_older_one() -> None:
    cache = Cache(1 << 20)
    cache.put(key(), ANSWER, NOW)
    cache.put(key(), TTL_0, NOW)
    assert cache.get(key(), NOW) is None


def test_the_bound_holds_and_what_came_first_goes_first() -> None:
    cache = room_for(3)
    for each in keys(5):
        cache.put(each, ANSWER, NOW)
    assert cache.used_bytes <= cache.limit_bytes
    assert [cache.get(each, NOW) is not None for each in keys(5)] == [False] * 2 + [True] * 3
    assert cache.evictions == 2


def test_what_was_asked_for_gets_a_second_turn() -> None:
    cache = room_for(3)
    for each in keys(3):
        cache.put(each, ANSWER, NOW)
    cache.get(keys(1)[0], NOW)
    cache.put(keys(4)[3], ANSWER, NOW)
    assert [cache.get(each, NOW) is not None for each in keys(4)] == [True, False, True, True]


def test_a_second_turn_is_no_third_one() -> None:
    cache = room_for(2)
    for each in keys(2):
        cache.put(each, ANSWER, NOW)
    cache.get(keys(1)[0], NOW)
    for each in keys(5)[2:]:
        cache.put(each, ANSWER, NOW)
    assert cache.get(keys(1)[0], NOW) is None


def test_a_crowd_that_is_asked_for_all_the_time_costs_a_few_turns_at_most() -> None:
    cache = room_for(100)
    for each in keys(101):
        cache.put(each, ANSWER, NOW)
        cache.get(each, NOW)
    assert len(cache) == 100


def test_an_answer_larger_than_the_whole_is_not_kept_and_drives_nothing_out() -> None:
    cache = room_for(3)
    cache.put(keys(1)[0], ANSWER, NOW)
    huge = ANSWER._replace(body=bytes(cache.limit_bytes))
    cache.put(key(), huge, NOW)
    assert len(cache) == 1


def test_a_smaller_bound_holds_at_once() -> None:
    cache = room_for(5)
    for each in keys(5):
        cache.put(each, ANSWER, NOW)
    cache.resize(cache.limit_bytes * 2 // 5)
    assert len(cache) == 2
    assert cache.used_bytes <= cache.limit_bytes


@pytest.mark.parametrize(
    "longer",
    [
        ANSWER._replace(body=ANSWER.body + bytes(100)),
        ANSWER._replace(ttls=ANSWER.ttls * 2),
        ANSWER._replace(leads=Leads((from_text("cdn.example"),))),
    ],
)
def test_every_part_of_an_answer_counts(longer: CachedAnswer) -> None:
    cache = Cache(1 << 20)
    cache.put(key(), ANSWER, NOW)
    usual_bytes = cache.used_bytes
    cache.put(key(), longer, NOW)
    assert cache.used_bytes > usual_bytes > ENTRY_OVERHEAD_BYTES


def test_hits_and_misses_are_counted() -> None:
    cache = Cache(1 << 20)
    cache.put(key(), ANSWER, NOW)
    for name in ("www.example.com", "example.com", "www.example.com"):
        cache.get(key(name), NOW)
    assert (cache.hits, cache.misses) == (2, 1)


def test_an_answers_age_is_the_same_for_all_of_a_second() -> None:
    entry = Cached(ANSWER, NOW + 0.9, NOW + 300.9)
    for ahead in (0.0, 1_772_000_000.0):
        ages = [
            entry.age_seconds(NOW + ahead + moment, NOW + moment)
            for moment in (0.95, 1.0, 1.99, 2.0)
        ]
        assert ages == [0, 1, 1, 2]
