"""Many people taken together, of whom each is looked at when something changes for them."""

from math import inf
from typing import NamedTuple

from filterdns.policy.ruleset import Person
from filterdns.policy.together import Gathering, Together
from filterdns.policy.verdict import AnswerMode
from filterdns.steps import at_once

ZERO, NODATA = AnswerMode.ZERO_IP, AnswerMode.NODATA


class Held(NamedTuple):
    """What holds for somebody for a time."""

    rules_key: bytes
    valid_from: float
    valid_until: float
    answer: AnswerMode = ZERO
    max_ttl_seconds: int = 300

    def holds_at(self, now: float) -> bool:
        return self.valid_from <= now < self.valid_until


class House:
    """People, and what holds for each at which time; *compiled* notes who was looked at."""

    def __init__(self, **held: list[Held]) -> None:
        self.held = held
        self.people = [Person(name, "", "UTC") for name in held]
        self.compiled: list[str] = []
        self.gathering: Gathering[Held] = Gathering()

    def compile_one(self, person: Person) -> Held:
        self.compiled.append(person.name)
        return next(each for each in self.held[person.name] if each.holds_at(self.now))

    def at(self, now: float, *skipped: str) -> Together[Held]:
        self.now = now
        self.compiled = []
        people = [None if each.name in skipped else each for each in self.people]
        return at_once(self.gathering.at(people, now, self.compile_one))


DAY, NIGHT = b"day", b"night"


def test_people_of_one_kind_are_one_member_and_all_their_changes_count() -> None:
    house = House(ann=[Held(DAY, 0, 50)], bob=[Held(DAY, 10, 90)], cem=[Held(NIGHT, 5, 70)])
    found = house.at(20)
    assert found == Together((Held(DAY, 10, 90), Held(NIGHT, 5, 70)), 10, 50)


def test_who_answers_otherwise_or_for_another_time_is_another_member() -> None:
    ways = [Held(DAY, 0, 9), Held(DAY, 0, 9, NODATA), Held(DAY, 0, 9, ZERO, 60)]
    house = House(ann=ways[:1], bob=ways[1:2], cem=ways[2:])
    assert house.at(0).members == tuple(ways)


def test_after_a_change_only_those_are_looked_at_who_changed() -> None:
    house = House(
        ann=[Held(DAY, 0, 50), Held(NIGHT, 50, 200)],
        bob=[Held(DAY, 0, 60), Held(NIGHT, 60, 200)],
        cem=[Held(DAY, 0, inf)],
    )
    house.at(1)
    assert house.compiled == ["ann", "bob", "cem"]
    assert house.at(49) == Together((Held(DAY, 0, inf),), 0, 50)
    assert house.compiled == []
    assert house.at(50) == Together((Held(NIGHT, 50, 200), Held(DAY, 0, inf)), 50, 60)
    assert house.compiled == ["ann"]
    assert len(house.at(60).members) == 2
    assert house.compiled == ["bob"]


def test_a_clock_that_goes_back_is_followed() -> None:
    house = House(ann=[Held(DAY, 0, 50), Held(NIGHT, 50, 100)], bob=[Held(DAY, 0, 50)])
    house.at(1)
    house.held["bob"] = [Held(DAY, 0, 50), Held(DAY, 50, 100)]
    house.at(60)
    assert house.at(2) == Together((Held(DAY, 0, 50),), 0, 50)


def test_no_member_has_ended() -> None:
    """Whoever stood for all of a kind may change before others do."""
    house = House(ann=[Held(DAY, 0, 100)], bob=[Held(DAY, 0, 40), Held(NIGHT, 40, 100)])
    house.at(1)
    house.held["ann"] = [Held(DAY, 0, 100)]
    for now in (20, 40, 99):
        assert all(each.holds_at(now) for each in house.at(now).members)


def test_nobody_is_skipped_but_who_adds_nothing() -> None:
    house = House(ann=[Held(DAY, 0, 50)], bob=[Held(NIGHT, 0, 50)])
    assert house.at(0, "bob").members == (Held(DAY, 0, 50),)
    assert house.compiled == ["ann"]
    assert len(house.at(0).members) == 2
    assert house.compiled == ["bob"]


def test_steps_of_two_moments_may_be_taken_in_turn() -> None:
    """The next moment is made ready while somebody asks now."""
    house = House(
        ann=[Held(DAY, 0, 50), Held(NIGHT, 50, 100)], bob=[Held(DAY, 0, 50), Held(NIGHT, 50, 100)]
    )

    def compile_at(now: float, person: Person) -> Held:
        return next(each for each in house.held[person.name] if each.holds_at(now))

    later = house.gathering.at(house.people, 60, lambda each: compile_at(60, each))
    next(later)
    assert house.at(1).members == (Held(DAY, 0, 50),)
    assert at_once(later) == Together((Held(NIGHT, 50, 100),), 50, 100)
    assert house.at(2).members == (Held(DAY, 0, 50),)
