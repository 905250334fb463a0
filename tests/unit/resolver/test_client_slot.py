"""What a worker keeps about one source address, and what goes up of it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.clock_steps import Step
from filterdns.dns.names import from_text
from filterdns.policy.client import Identity
from filterdns.policy.verdict import LogMode
from filterdns.resolver.client_slot import MAX_HITS_PER_SLOT, QUIET_SECONDS, ClientSlots
from filterdns.resolver.image import Limits
from filterdns.resolver.record import MAX_NAMES_PER_HOUR, Cause
from tests.support.households import family
from tests.support.plane import (
    AFTERNOON,
    BEDTIME,
    LENA_ADDRESS,
    PARENT_ADDRESS,
    STRANGER_ADDRESS,
    TOM_ADDRESS,
    Plane,
)

CASINO = from_text("casino.example")


@pytest.fixture
def plane() -> Plane:
    return Plane()


GAMBLING = Cause("gambling", "A11", "gambling", len(CASINO))


def hit(plane: Plane, name: str = "casino.example", address: str = LENA_ADDRESS) -> None:
    plane.slots.note_hit(plane.slot(address), from_text(name), GAMBLING, plane.clock.now())


def names_and_counts(plane: Plane) -> list[tuple[str, int]]:
    return [(row[2], row[8]) for row in plane.rows()]


# Who is behind an address, and until when that is known.


def test_an_address_has_one_slot_with_its_identity_and_policy(plane: Plane) -> None:
    slot = plane.slot()
    assert slot is plane.slot()
    assert slot.identity == Identity("lena", "tablet", ())
    assert slot.policy is plane.policies.policy_for(slot.identity, AFTERNOON)
    assert (slot.valid_from, slot.valid_until) == (slot.policy.valid_from, BEDTIME)
    assert slot.is_allowed


def test_bedtime_comes_to_a_slot_by_itself(plane: Plane) -> None:
    afternoon = plane.slot().policy
    plane.clock.seconds = BEDTIME
    slot = plane.slot()
    assert slot.policy is not afternoon
    assert slot.policy.valid_from == BEDTIME
    assert slot.memo.policy is slot.policy


def test_a_clock_set_back_takes_a_slot_back(plane: Plane) -> None:
    afternoon = plane.slot().policy
    plane.clock.seconds = BEDTIME
    plane.slot()
    plane.clock.seconds = BEDTIME - 1
    assert plane.slot().policy.key == afternoon.key


def test_a_new_ruleset_reaches_every_slot_when_it_is_used(plane: Plane) -> None:
    plane.slot()
    people = dict(family().people)
    people["lena"] = replace(people["lena"], name="magdalena")
    plane.replace_ruleset(family(people=people))
    assert plane.slot().identity.person == "magdalena"


def test_networks_that_come_and_go_reach_every_slot_when_it_is_used(plane: Plane) -> None:
    assert plane.slot().is_allowed
    plane.slots.is_allowed = lambda _address: False
    assert plane.slot().is_allowed
    plane.slots.forget_validity()
    assert not plane.slot().is_allowed


# The table is bounded.


def ask_once(plane: Plane, address: str) -> None:
    """Take a token as listeners do."""
    slot = plane.slot(address)
    slot.tokens -= 1
    if slot.tokens < 0:
        plane.slots.has_token(slot, plane.clock.now())


@pytest.mark.parametrize("burst", [1, 2000])
def test_who_asks_again_and_again_stays_while_strangers_come_and_go(burst: int) -> None:
    """Also who is over the limit: a new slot would bring new tokens."""
    plane = Plane(limits=Limits(client_slots=5, queries_per_second=1, burst=burst))
    ask_once(plane, LENA_ADDRESS)
    slot = plane.slot()
    for number in range(100):
        ask_once(plane, LENA_ADDRESS)
        ask_once(plane, f"10.0.0.{number}")
    assert plane.slot() is slot


def test_of_those_who_asked_once_the_first_goes_first() -> None:
    plane = Plane(limits=Limits(client_slots=3))
    for address in (LENA_ADDRESS, TOM_ADDRESS, PARENT_ADDRESS, STRANGER_ADDRESS):
        ask_once(plane, address)
    assert set(plane.slots.slot_by_address) == {TOM_ADDRESS, PARENT_ADDRESS, STRANGER_ADDRESS}


def test_a_slot_with_a_question_under_way_is_spared() -> None:
    plane = Plane(limits=Limits(client_slots=2))
    plane.slot(LENA_ADDRESS).in_flight = 1
    plane.slot(TOM_ADDRESS)
    plane.clock.move(61)
    plane.slot(STRANGER_ADDRESS)
    assert set(plane.slots.slot_by_address) == {LENA_ADDRESS, STRANGER_ADDRESS}


def test_a_flood_of_addresses_keeps_the_bound_and_loses_no_hit() -> None:
    plane = Plane(limits=Limits(client_slots=10))
    for number in range(100):
        hit(plane, address=f"10.0.0.{number}")
        assert len(plane.slots) <= 10
    assert [row[1] for row in plane.rows()] == sorted(f"10.0.0.{number}" for number in range(100))


# Tokens.


def take(slots: ClientSlots, plane: Plane, queries: int) -> int:
    """Let lena ask *queries* times; return how many go through."""
    slot = plane.slot()
    taken = 0
    for _ in range(queries):
        slot.tokens -= 1
        taken += slot.tokens >= 0 or slots.has_token(slot, plane.clock.now())
    return taken


@pytest.fixture
def slow() -> Plane:
    return Plane(limits=Limits(queries_per_second=10, burst=20))


def test_a_burst_goes_through_at_once(slow: Plane) -> None:
    assert take(slow.slots, slow, 100) == 20


def test_then_it_is_so_many_a_second(slow: Plane) -> None:
    take(slow.slots, slow, 100)
    for _ in range(5):
        slow.clock.move(1)
        assert take(slow.slots, slow, 100) == 10


def test_parts_of_a_token_are_not_lost(slow: Plane) -> None:
    take(slow.slots, slow, 100)
    taken = 0
    for _ in range(1000):
        slow.clock.move(0.0199)
        taken += take(slow.slots, slow, 5)
    assert taken == 199


def test_a_quiet_hour_saves_up_one_burst_and_no_more(slow: Plane) -> None:
    take(slow.slots, slow, 100)
    slow.clock.move(3600)
    assert take(slow.slots, slow, 100) == 20
    assert take(slow.slots, slow, 100) <= 1


def test_a_clock_set_back_silences_nobody(slow: Plane) -> None:
    take(slow.slots, slow, 100)
    slow.clock.move(-3600)
    assert take(slow.slots, slow, 100) == 20
    slow.clock.move(1)
    assert take(slow.slots, slow, 100) == 10


def test_spare_tokens_are_few_and_do_not_grow_in_a_flood(slow: Plane) -> None:
    taken = spare = 0
    for _ in range(100):
        slow.clock.move(0.1)
        taken += take(slow.slots, slow, 50)
        spare += sum(slow.slots.has_spare_token(slow.slot()) for _ in range(50))
    assert taken <= 20 + 100
    assert spare <= 2 + 100


def test_one_client_takes_nothing_from_another(slow: Plane) -> None:
    take(slow.slots, slow, 100)
    assert slow.slot(TOM_ADDRESS).tokens == 20


# Hits.


def test_a_repeated_hit_is_one_row_with_a_count(plane: Plane) -> None:
    for _ in range(3):
        hit(plane)
        plane.clock.move(20)
    assert plane.rows() == [
        ("lena", "tablet", "casino.example", "gambling", "A11", "gambling",
         int(AFTERNOON), int(AFTERNOON + 40), 3)
    ]  # fmt: skip


def test_rows_are_taken_once(plane: Plane) -> None:
    hit(plane)
    assert len(plane.rows()) == 1
    assert plane.rows() == []
    hit(plane)
    assert names_and_counts(plane) == [("casino.example", 1)]


def test_hits_while_rows_are_being_taken_go_up_once(plane: Plane) -> None:
    for address in (LENA_ADDRESS, TOM_ADDRESS):
        hit(plane, address=address)
    taking = plane.slots.take_rows()
    rows = [next(taking)]
    for address in (LENA_ADDRESS, TOM_ADDRESS):
        hit(plane, address=address)
    rows += [*taking, *plane.slots.take_rows()]
    assert sum(row[8] for row in rows) == 4


def test_an_unknown_device_goes_by_its_address(plane: Plane) -> None:
    hit(plane, address=STRANGER_ADDRESS)
    assert plane.rows()[0][:2] == ("", STRANGER_ADDRESS)


def test_of_a_flood_of_names_the_listed_one_is_kept(plane: Plane) -> None:
    for number in range(MAX_NAMES_PER_HOUR + 50):
        hit(plane, f"n{number:03}.casino.example")
    counts = dict(names_and_counts(plane))
    assert len(counts) == MAX_NAMES_PER_HOUR + 1
    assert counts["casino.example"] == 50


def test_a_name_that_is_known_already_stays_itself_in_a_flood(plane: Plane) -> None:
    for number in range(MAX_NAMES_PER_HOUR + 50):
        hit(plane, f"n{number:03}.casino.example")
    hit(plane, "n000.casino.example")
    assert dict(names_and_counts(plane))["n000.casino.example"] == 2


def test_the_next_hour_has_room_for_other_names(plane: Plane) -> None:
    for number in range(MAX_NAMES_PER_HOUR):
        hit(plane, f"n{number:03}.casino.example")
    plane.rows()
    plane.clock.move(3600)
    hit(plane, "another.casino.example")
    assert names_and_counts(plane) == [("another.casino.example", 1)]


def test_a_client_cannot_fill_the_memory(plane: Plane) -> None:
    for number in range(MAX_HITS_PER_SLOT + 7):
        other = Cause("gambling", "A11", f"rule {number}", len(CASINO))
        name = from_text(f"n{number % 200}.casino.example")
        plane.slots.note_hit(plane.slot(), name, other, AFTERNOON)
    assert len(plane.rows()) == MAX_HITS_PER_SLOT
    assert plane.slots.dropped_rows == 7


def test_nothing_is_kept_of_whom_nothing_is_to_be_logged(plane: Plane) -> None:
    hit(plane, address=PARENT_ADDRESS)
    assert plane.rows() == []


def test_after_a_lifeline_names_are_left_out_for_ten_minutes(plane: Plane) -> None:
    hit(plane, "before.casino.example")
    plane.slots.note_lifeline(plane.slot())
    hit(plane, "during.casino.example")
    plane.clock.move(QUIET_SECONDS - 1)
    hit(plane, "before.casino.example")
    plane.clock.move(1)
    hit(plane, "after.casino.example")
    assert names_and_counts(plane) == [
        ("", 2),
        ("after.casino.example", 1),
        ("before.casino.example", 1),
    ]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_neither_ends_nor_prolongs_the_quiet_time(
    plane: Plane, hours: int
) -> None:
    plane.slots.note_lifeline(plane.slot())
    plane.clock.step(hours * 3600)
    plane.clock.move(QUIET_SECONDS - 1)
    hit(plane, "during.casino.example")
    plane.clock.move(1)
    hit(plane, "after.casino.example")
    assert names_and_counts(plane) == [("", 1), ("after.casino.example", 1)]


def test_the_quiet_time_is_the_clients_own(plane: Plane) -> None:
    plane.slots.note_lifeline(plane.slot())
    hit(plane, address=TOM_ADDRESS)
    assert names_and_counts(plane) == [("casino.example", 1)]


def test_hits_stay_with_who_made_them_when_an_address_changes_hands(plane: Plane) -> None:
    hit(plane)
    people = {name: person for name, person in family().people.items() if name != "lena"}
    plane.replace_ruleset(family(people=people))
    hit(plane)
    assert [row[:2] for row in plane.rows()] == [("", LENA_ADDRESS), ("lena", "tablet")]


def test_a_log_that_is_switched_off_counts_no_further(plane: Plane) -> None:
    hit(plane)
    people = dict(family().people)
    people["lena"] = replace(people["lena"], log=LogMode.NONE)
    plane.replace_ruleset(family(people=people))
    assert plane.slot().hits == {}
    hit(plane)
    assert names_and_counts(plane) == [("casino.example", 1)]


# While the time is not known.


@pytest.fixture
def unsure() -> Plane:
    """The family on a Saturday's afternoon, or so says a clock that may be wrong."""
    plane = Plane()
    plane.slots.is_time_known = False
    return plane


def test_a_slot_goes_by_every_window_of_the_day_until_the_time_is_known(unsure: Plane) -> None:
    assert unsure.slot().policy.schedule
    unsure.slots.know_time()
    assert unsure.slot().policy is unsure.policies.policy_for(unsure.slot().identity, AFTERNOON)


def test_nothing_is_written_down_before_the_time_is_known(unsure: Plane) -> None:
    hit(unsure)
    assert unsure.rows() == []
    unsure.slots.know_time()
    assert names_and_counts(unsure) == [("casino.example", 1)]


@pytest.mark.parametrize("years", [-20, 20])
def test_what_was_counted_meanwhile_is_moved_to_when_it_was(unsure: Plane, years: int) -> None:
    off_by = years * 365 * 86_400
    unsure.clock.move(10)
    hit(unsure)
    unsure.slots.note_lifeline(unsure.slot())  # what was counted before leaves its slot
    unsure.clock.move(10)
    hit(unsure)
    unsure.clock.move(10)
    unsure.clock.step(off_by)
    right = int(unsure.clock.now())
    unsure.slots.move_hits(Step(off_by, right - 30, right))
    unsure.slots.know_time()
    assert sorted(row[6:] for row in unsure.rows()) == [
        (right - 20, right - 20, 1),
        (right - 10, right - 10, 1),
    ]


def test_nothing_was_counted_before_the_start_or_will_be_tomorrow(unsure: Plane) -> None:
    hit(unsure)
    unsure.slots.move_hits(Step(-90, AFTERNOON - 30, AFTERNOON))
    unsure.slots.know_time()
    hit(unsure)
    unsure.slots.move_hits(Step(90, AFTERNOON - 30, AFTERNOON))
    assert [row[6:] for row in unsure.rows()] == [(AFTERNOON, AFTERNOON, 2)]


@given(steps=st.lists(st.tuples(st.integers(-9000, 9000), st.integers(0, 300)), max_size=30))
@settings(deadline=None)
def test_no_step_of_the_clock_silences_a_client_or_lifts_the_limit(
    steps: list[tuple[int, int]],
) -> None:
    plane = Plane(limits=Limits(queries_per_second=10, burst=20))
    for step, seconds in steps:
        plane.clock.step(step)
        plane.clock.move(seconds + 2)
        slot = plane.slot()
        taken = 0
        for _ in range(100):
            slot.tokens -= 1
            taken += slot.tokens >= 0 or plane.slots.has_token(slot, plane.clock.now())
        assert 1 <= taken <= 2 * plane.slots.limits.burst
