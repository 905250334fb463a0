"""The slots of all clients: who is behind an address, how many there are, what they may ask."""

from dataclasses import replace
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.policy.address import Address
from filterdns.policy.client import Identity
from filterdns.policy.policies import EffectivePolicies
from filterdns.resolver.client_slots import ClientSlots
from filterdns.resolver.image import Limits
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


@pytest.fixture
def plane() -> Plane:
    return Plane()


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


def test_a_policy_that_cannot_be_made_leaves_no_older_one_in_force(plane: Plane) -> None:
    plane.slot()
    ruleset = plane.policies.ruleset
    lena = replace(ruleset.people["lena"], timezone="Nowhere/Else")
    broken = replace(ruleset, people={**ruleset.people, "lena": lena})
    policies = EffectivePolicies(broken, plane.policies.house)
    plane.slots.replace_ruleset(plane.slots.identifier, policies, plane.slots.limits)
    for _ in range(3):
        with pytest.raises(ZoneInfoNotFoundError):
            plane.slot()


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
    plane.slots.let_in(lambda _address: False)
    assert not plane.slot().is_allowed


def test_of_a_slot_only_that_is_renewed_which_has_changed(plane: Plane) -> None:
    asked: list[Address] = []

    def lets_in(address: Address) -> bool:
        asked.append(address)
        return True

    plane.slots.let_in(lets_in)
    slot = plane.slot()
    source = slot.source
    plane.replace_ruleset(family())
    plane.slots.forget_validity()
    assert plane.slot() is slot
    assert slot.source is source
    assert asked == [source]
    plane.slots.let_in(lambda _address: False)
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
        plane.hit(address=f"10.0.0.{number}")
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


# Clocks.


def test_a_slot_goes_by_every_window_of_the_day_until_the_time_is_known(plane: Plane) -> None:
    plane.slots.is_time_known = False
    assert plane.slot().policy.schedule
    plane.slots.know_time()
    assert plane.slot().policy is plane.policies.policy_for(plane.slot().identity, AFTERNOON)


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
