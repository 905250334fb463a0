"""What has been seen once."""

from filterdns.resolver.sights import MOST_SEEN, Sights


def key(number: int) -> bytes:
    return b"key %d" % number


def test_the_first_sight_is_none_and_the_second_is_one() -> None:
    sights = Sights()
    assert [sights.is_second(key(1)) for _ in range(3)] == [False, True, True]
    assert not sights.is_second(key(2))


def test_many_are_remembered_and_few_mistaken() -> None:
    sights = Sights()
    mistaken = sum(sights.is_second(key(number)) for number in range(100_000))
    assert mistaken < 10_000
    assert all(sights.is_second(key(number)) for number in range(100_000))


def test_it_begins_anew_before_everything_looks_seen() -> None:
    sights = Sights()
    for number in range(4 * MOST_SEEN):
        sights.is_second(key(number))
    fresh = sum(not sights.is_second(key(-number)) for number in range(1, 1001))
    assert fresh > 600
