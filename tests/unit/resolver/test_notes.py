"""What is counted in the slot of a client, and what goes up of it."""

from dataclasses import replace

import pytest

from filterdns.clock_steps import Step
from filterdns.dns.names import from_text
from filterdns.policy.client import Identifier
from filterdns.policy.verdict import LIFELINE, LogMode
from filterdns.resolver.notes import MAX_HITS_PER_SLOT, MAX_QUIET_DEVICES, QUIET_SECONDS
from filterdns.resolver.record import MAX_NAMES_PER_HOUR, Cause
from tests.support.households import family, policies
from tests.support.plane import (
    AFTERNOON,
    LENA_ADDRESS,
    PARENT_ADDRESS,
    STRANGER_ADDRESS,
    TOM_ADDRESS,
    Plane,
    at_loopback,
)


@pytest.fixture
def plane() -> Plane:
    return Plane()


def names_and_counts(plane: Plane) -> list[tuple[str, int]]:
    return [(row[2], row[8]) for row in plane.rows()]


def test_a_repeated_hit_is_one_row_with_a_count(plane: Plane) -> None:
    for _ in range(3):
        plane.hit()
        plane.clock.move(20)
    assert plane.rows() == [
        ("lena", "tablet", "casino.example", "gambling", "A11", "gambling",
         int(AFTERNOON), int(AFTERNOON + 40), 3)
    ]  # fmt: skip


def test_rows_are_taken_once(plane: Plane) -> None:
    plane.hit()
    assert len(plane.rows()) == 1
    assert plane.rows() == []
    plane.hit()
    assert names_and_counts(plane) == [("casino.example", 1)]


def test_hits_while_rows_are_being_taken_go_up_once(plane: Plane) -> None:
    for address in (LENA_ADDRESS, TOM_ADDRESS):
        plane.hit(address=address)
    taking = plane.slots.take_rows(AFTERNOON)
    rows = [next(taking)]
    for address in (LENA_ADDRESS, TOM_ADDRESS):
        plane.hit(address=address)
    rows += [*taking, *plane.slots.take_rows(AFTERNOON)]
    assert sum(row[8] for row in rows) == 4


def test_an_unknown_device_goes_by_its_address(plane: Plane) -> None:
    plane.hit(address=STRANGER_ADDRESS)
    assert plane.rows()[0][:2] == ("", STRANGER_ADDRESS)


def test_of_a_flood_of_names_the_listed_one_is_kept(plane: Plane) -> None:
    for number in range(MAX_NAMES_PER_HOUR + 50):
        plane.hit(f"n{number:03}.casino.example")
    counts = dict(names_and_counts(plane))
    assert len(counts) == MAX_NAMES_PER_HOUR + 1
    assert counts["casino.example"] == 50


def test_a_name_that_is_known_already_stays_itself_in_a_flood(plane: Plane) -> None:
    for number in range(MAX_NAMES_PER_HOUR + 50):
        plane.hit(f"n{number:03}.casino.example")
    plane.hit("n000.casino.example")
    assert dict(names_and_counts(plane))["n000.casino.example"] == 2


def test_the_next_hour_has_room_for_other_names(plane: Plane) -> None:
    for number in range(MAX_NAMES_PER_HOUR):
        plane.hit(f"n{number:03}.casino.example")
    plane.rows()
    plane.clock.move(3600)
    plane.hit("another.casino.example")
    assert names_and_counts(plane) == [("another.casino.example", 1)]


def test_a_client_cannot_fill_the_memory(plane: Plane) -> None:
    for number in range(MAX_HITS_PER_SLOT + 7):
        other = Cause("gambling", "A11", f"rule {number}", 16)
        name = from_text(f"n{number % 200}.casino.example")
        plane.slots.notes.hit(plane.slot(), name, other, AFTERNOON)
    assert len(plane.rows()) == MAX_HITS_PER_SLOT
    assert plane.slots.notes.dropped_rows == 7


def test_nothing_is_kept_of_whom_nothing_is_to_be_logged(plane: Plane) -> None:
    plane.hit(address=PARENT_ADDRESS)
    assert plane.rows() == []


def test_after_a_lifeline_names_are_left_out_for_ten_minutes(plane: Plane) -> None:
    plane.hit("before.casino.example")
    plane.slots.notes.lifeline(plane.slot())
    plane.hit("during.casino.example")
    plane.clock.move(QUIET_SECONDS - 1)
    plane.hit("before.casino.example")
    plane.clock.move(1)
    plane.hit("after.casino.example")
    assert names_and_counts(plane) == [
        ("", 2),
        ("after.casino.example", 1),
        ("before.casino.example", 1),
    ]


def test_a_lifeline_that_is_blocked_is_not_written_down_and_makes_it_quiet(plane: Plane) -> None:
    plane.hit("before.casino.example")
    cause = Cause(LIFELINE, "A4", "lifeline_blocked_because: …", 0)
    slot = plane.slot()
    plane.slots.notes.hit(slot, from_text("childline.org.uk"), cause, plane.clock.now())
    plane.hit("during.casino.example")
    assert names_and_counts(plane) == [("", 1), ("before.casino.example", 1)]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_neither_ends_nor_prolongs_the_quiet_time(
    plane: Plane, hours: int
) -> None:
    plane.slots.notes.lifeline(plane.slot())
    plane.clock.step(hours * 3600)
    plane.clock.move(QUIET_SECONDS - 1)
    plane.hit("during.casino.example")
    plane.clock.move(1)
    plane.hit("after.casino.example")
    assert names_and_counts(plane) == [("", 1), ("after.casino.example", 1)]


def test_the_quiet_time_is_the_clients_own(plane: Plane) -> None:
    plane.slots.notes.lifeline(plane.slot())
    plane.hit(address=TOM_ADDRESS)
    assert names_and_counts(plane) == [("casino.example", 1)]


OTHER_ADDRESS = "127.0.0.30"


@pytest.fixture
def doubled() -> Plane:
    """The family; lena's tablet has two addresses, one of IPv4 and one of IPv6, say."""
    plane = Plane()
    ruleset = at_loopback(family())
    lena = ruleset.people["lena"]
    tablet = replace(lena.devices[0], addresses=(LENA_ADDRESS, OTHER_ADDRESS))
    people = {**ruleset.people, "lena": replace(lena, devices=(tablet,))}
    ruleset = replace(ruleset, people=people)
    plane.slots.replace_ruleset(Identifier(ruleset), policies(ruleset), plane.slots.limits)
    return plane


def test_it_is_quiet_at_all_addresses_of_the_device_that_asked_for_help(doubled: Plane) -> None:
    doubled.hit("before.casino.example", OTHER_ADDRESS)
    doubled.slots.notes.lifeline(doubled.slot(LENA_ADDRESS))
    doubled.hit("before.casino.example", OTHER_ADDRESS)
    doubled.hit("during.casino.example", OTHER_ADDRESS)
    doubled.hit("during.casino.example", TOM_ADDRESS)
    doubled.clock.move(QUIET_SECONDS)
    doubled.hit("after.casino.example", OTHER_ADDRESS)
    assert [row[1:3] + row[8:] for row in sorted(doubled.rows())] == [
        ("tablet", "", 2),
        ("tablet", "after.casino.example", 1),
        ("tablet", "before.casino.example", 1),
        ("phone", "during.casino.example", 1),
    ]


def test_it_stays_quiet_when_the_slot_of_whoever_asked_for_help_has_gone(plane: Plane) -> None:
    plane.slots.notes.lifeline(plane.slot())
    del plane.slots.slot_by_address[LENA_ADDRESS]
    plane.hit()
    assert names_and_counts(plane) == [("", 1)]


def test_it_is_quiet_at_all_addresses_of_a_stranger_with_one_card(plane: Plane) -> None:
    for address in (STRANGER_ADDRESS, OTHER_ADDRESS):
        plane.slots.bind(address, "3c:22:fb:00:00:99")
    plane.slots.notes.lifeline(plane.slot(STRANGER_ADDRESS))
    plane.hit(address=OTHER_ADDRESS)
    assert names_and_counts(plane) == [("", 1)]


def test_rows_are_whole_when_it_becomes_quiet_while_they_are_taken(doubled: Plane) -> None:
    for address in (LENA_ADDRESS, OTHER_ADDRESS, TOM_ADDRESS):
        doubled.hit(address=address)
    taking = doubled.slots.take_rows(AFTERNOON)
    rows = [next(taking)]
    doubled.slots.notes.lifeline(doubled.slot(OTHER_ADDRESS))
    doubled.hit("other.casino.example", OTHER_ADDRESS)
    rows += [*taking, *doubled.slots.take_rows(AFTERNOON)]
    assert sum(row[8] for row in rows) == 4
    assert "other.casino.example" not in [row[2] for row in rows]


def test_who_is_quiet_is_remembered_of_a_bounded_number(plane: Plane) -> None:
    plane.slots.notes.lifeline(plane.slot())
    for number in range(MAX_QUIET_DEVICES):
        plane.slots.bind(STRANGER_ADDRESS, f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}")
        plane.slots.notes.lifeline(plane.slot(STRANGER_ADDRESS))
    assert len(plane.slots.notes.quiet_until_by_device) == MAX_QUIET_DEVICES
    plane.hit()  # the slot knows it still
    assert names_and_counts(plane) == [("", 1)]
    plane.clock.move(QUIET_SECONDS)
    plane.hit()
    assert not plane.slots.notes.quiet_until_by_device


def test_hits_stay_with_who_made_them_when_an_address_changes_hands(plane: Plane) -> None:
    plane.hit()
    people = {name: person for name, person in family().people.items() if name != "lena"}
    plane.replace_ruleset(family(people=people))
    plane.hit()
    assert [row[:2] for row in plane.rows()] == [("", LENA_ADDRESS), ("lena", "tablet")]


def test_a_log_that_is_switched_off_counts_no_further(plane: Plane) -> None:
    plane.hit()
    people = dict(family().people)
    people["lena"] = replace(people["lena"], log=LogMode.NONE)
    plane.replace_ruleset(family(people=people))
    assert plane.slot().hits == {}
    plane.hit()
    assert names_and_counts(plane) == [("casino.example", 1)]


# While the time is not known.


@pytest.fixture
def unsure() -> Plane:
    """The family on a Saturday's afternoon, or so says a clock that may be wrong."""
    plane = Plane()
    plane.slots.is_time_known = False
    return plane


def test_nothing_is_written_down_before_the_time_is_known(unsure: Plane) -> None:
    unsure.hit()
    assert unsure.rows() == []
    unsure.slots.know_time()
    assert names_and_counts(unsure) == [("casino.example", 1)]


@pytest.mark.parametrize("years", [-20, 20])
def test_what_was_counted_meanwhile_is_moved_to_when_it_was(unsure: Plane, years: int) -> None:
    off_by = years * 365 * 86_400
    unsure.clock.move(10)
    unsure.hit()
    unsure.slots.notes.lifeline(unsure.slot())  # what was counted before leaves its slot
    unsure.clock.move(10)
    unsure.hit()
    unsure.clock.move(10)
    unsure.clock.step(off_by)
    right = int(unsure.clock.now())
    unsure.slots.notes.move(Step(off_by, right - 30, right))
    unsure.slots.know_time()
    assert sorted(row[6:] for row in unsure.rows()) == [
        (right - 20, right - 20, 1),
        (right - 10, right - 10, 1),
    ]


def test_nothing_was_counted_before_the_start_or_will_be_tomorrow(unsure: Plane) -> None:
    unsure.hit()
    unsure.slots.notes.move(Step(-90, AFTERNOON - 30, AFTERNOON))
    unsure.slots.know_time()
    unsure.hit()
    unsure.slots.notes.move(Step(90, AFTERNOON - 30, AFTERNOON))
    assert [row[6:] for row in unsure.rows()] == [(AFTERNOON, AFTERNOON, 2)]
