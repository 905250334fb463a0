"""The slots of all clients: who is behind an address, how many there are, what they may ask."""

from dataclasses import replace
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.dns.names import from_text
from filterdns.policy.address import Address
from filterdns.policy.client import Doubt, Identifier, Identity
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Device, Ruleset
from filterdns.policy.verdict import LogMode
from filterdns.resolver.bindings import Bindings
from filterdns.resolver.client_slot import AskerRow, Role
from filterdns.resolver.client_slots import ClientSlots
from filterdns.resolver.image import Limits
from filterdns.resolver.record import Cause
from filterdns.steps import at_once
from tests.support.households import STRANGER, family
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


# Who is behind an address where devices are known by their MACs.

HOUSE_ADDRESS, OTHER_ADDRESS = "192.168.1.20", "192.168.1.21"
LENA_MAC, TOM_MAC = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"
LINKS = Bindings(links=("192.168.1.0/24", "fe80::/64"))


def by_macs() -> Ruleset:
    people = dict(family().people)
    for name, mac in (("lena", LENA_MAC), ("tom", TOM_MAC)):
        people[name] = replace(people[name], devices=(Device("phone", macs=(mac,)),))
    return family(people=people)


@pytest.fixture
def linked() -> Plane:
    """Lena and Tom are known by MACs; nobody's is known yet."""
    plane = Plane()
    plane.slots.replace_ruleset(
        Identifier(by_macs()), EffectivePolicies(by_macs(), plane.policies.house), Limits()
    )
    at_once(plane.slots.replace_bindings(LINKS))
    return plane


def test_who_is_not_identified_yet_gets_the_strictest_for_a_moment(linked: Plane) -> None:
    slot = linked.slot(HOUSE_ADDRESS)
    assert slot.identity.doubt is Doubt.AWAITED
    assert slot.policy.members
    assert slot.policy.max_ttl_seconds == 5


def test_the_slot_is_renewed_as_soon_as_the_binding_comes(linked: Plane) -> None:
    slot = linked.slot(HOUSE_ADDRESS)
    linked.slots.bind(HOUSE_ADDRESS, LENA_MAC)
    assert linked.slot(HOUSE_ADDRESS) is slot
    assert slot.identity == Identity("lena", "phone", ())
    assert not slot.policy.members
    linked.slots.bind(HOUSE_ADDRESS, "")
    assert linked.slot(HOUSE_ADDRESS).identity.doubt is Doubt.AWAITED


def names(plane: Plane) -> list[tuple[str, ...]]:
    return [row[:3] for row in plane.rows()]


def unlogged(plane: Plane) -> Plane:
    """Let nothing be kept of tom from now on."""
    ruleset = by_macs()
    people = {**ruleset.people, "tom": replace(ruleset.people["tom"], log=LogMode.NONE)}
    ruleset = replace(ruleset, people=people)
    policies = EffectivePolicies(ruleset, plane.policies.house)
    plane.slots.replace_ruleset(Identifier(ruleset), policies, Limits())
    return plane


@pytest.mark.parametrize("asks_again", [True, False])
def test_what_was_blocked_while_it_was_awaited_who_asks_is_theirs(
    linked: Plane, asks_again: bool
) -> None:
    linked.hit(address=HOUSE_ADDRESS)
    linked.slots.bind(HOUSE_ADDRESS, LENA_MAC)
    if asks_again:
        linked.hit(address=HOUSE_ADDRESS)
    assert [row[:3] + row[8:] for row in linked.rows()] == [
        ("lena", "phone", "casino.example", 1 + asks_again)
    ]


@pytest.mark.parametrize("asks_again", [True, False])
def test_nothing_of_it_is_kept_of_whom_nothing_is_to_be_kept(
    linked: Plane, asks_again: bool
) -> None:
    unlogged(linked).hit(address=HOUSE_ADDRESS)
    linked.slots.bind(HOUSE_ADDRESS, TOM_MAC)
    if asks_again:
        linked.hit(address=HOUSE_ADDRESS)
    assert linked.rows() == []


def test_who_stays_unidentified_goes_by_the_address(linked: Plane) -> None:
    linked.hit(address=HOUSE_ADDRESS)
    assert names(linked) == [("", HOUSE_ADDRESS, "casino.example")]


def test_help_that_was_asked_for_before_makes_it_quiet_at_all_addresses(linked: Plane) -> None:
    linked.slots.bind(OTHER_ADDRESS, LENA_MAC)
    linked.hit("before.casino.example", OTHER_ADDRESS)
    linked.slots.notes.lifeline(linked.slot(HOUSE_ADDRESS))
    linked.slots.bind(HOUSE_ADDRESS, LENA_MAC)
    linked.slot(HOUSE_ADDRESS)
    linked.hit("before.casino.example", OTHER_ADDRESS)
    assert names(linked) == [("lena", "phone", ""), ("lena", "phone", "before.casino.example")]


def test_what_was_blocked_before_is_no_name_where_it_is_quiet(linked: Plane) -> None:
    linked.slots.bind(OTHER_ADDRESS, LENA_MAC)
    linked.slots.notes.lifeline(linked.slot(OTHER_ADDRESS))
    linked.hit(address=HOUSE_ADDRESS)
    linked.slots.bind(HOUSE_ADDRESS, LENA_MAC)
    assert linked.rows() == []


@pytest.mark.parametrize("address", ["10.9.9.9", "127.0.0.1", "::1", "2001:db8::1"])
def test_beyond_our_links_nobody_is_awaited(linked: Plane, address: str) -> None:
    assert linked.slot(address).identity == Identity("", "", ())


def test_a_lease_tells_a_mac_beyond_our_links_too(linked: Plane) -> None:
    linked.slots.bind("10.9.9.9", TOM_MAC)
    assert linked.slot("10.9.9.9").identity.person == "tom"


def test_one_link_local_address_on_two_links_is_two_clients(linked: Plane) -> None:
    linked.slots.bind("fe80::1%eth0", LENA_MAC)
    linked.slots.bind("fe80::1%eth1", TOM_MAC)
    assert linked.slot("fe80::1%eth0").identity.person == "lena"
    assert linked.slot("fe80::1%eth1").identity.person == "tom"


def test_who_is_known_by_no_mac_waits_for_none() -> None:
    plane = Plane()
    at_once(plane.slots.replace_bindings(LINKS))
    assert plane.slot(HOUSE_ADDRESS).identity == Identity("", "", ())


def test_devices_that_come_and_go_cost_no_other_client_its_memo(linked: Plane) -> None:
    """A device table that changes all the time is nothing to whom it does not change for."""
    linked.slots.bind(HOUSE_ADDRESS, LENA_MAC)
    slot = linked.slot(HOUSE_ADDRESS)
    memo, policy, generation = slot.memo, slot.policy, slot.generation
    for number in range(100):
        linked.slots.bind(f"192.168.1.{100 + number}", TOM_MAC)
        linked.slots.bind(OTHER_ADDRESS, LENA_MAC if number % 2 else TOM_MAC)
    assert linked.slots.slot_by_address[HOUSE_ADDRESS] is slot
    assert linked.slots.generation == slot.generation == generation
    assert slot.memo is memo
    assert slot.policy is policy


def test_all_bindings_together_touch_the_slots_that_differ(linked: Plane) -> None:
    for address in (HOUSE_ADDRESS, OTHER_ADDRESS, "192.168.1.22"):
        linked.slots.bind(address, LENA_MAC)
        linked.slot(address)
    fresh = Bindings({HOUSE_ADDRESS: LENA_MAC, OTHER_ADDRESS: TOM_MAC}, LINKS.links)
    at_once(linked.slots.replace_bindings(fresh))
    slots = linked.slots.slot_by_address
    assert slots[HOUSE_ADDRESS].generation == linked.slots.generation
    assert slots[OTHER_ADDRESS].generation != linked.slots.generation
    assert linked.slot(OTHER_ADDRESS).identity.person == "tom"
    assert linked.slot("192.168.1.22").identity.doubt is Doubt.AWAITED


def test_other_links_are_seen_by_every_slot_when_it_is_used(linked: Plane) -> None:
    assert linked.slot(HOUSE_ADDRESS).identity.doubt is Doubt.AWAITED
    at_once(linked.slots.replace_bindings(Bindings(links=("10.0.0.0/8",))))
    assert linked.slot(HOUSE_ADDRESS).identity == Identity("", "", ())
    assert linked.slot("10.9.9.9").identity.doubt is Doubt.AWAITED


def test_many_bindings_come_in_small_steps(linked: Plane) -> None:
    many = {f"10.{n >> 8}.{n & 255}.1": LENA_MAC for n in range(500)}
    assert len(list(linked.slots.replace_bindings(Bindings(many, LINKS.links)))) == 500
    assert linked.slots.bindings.mac_by_address == many


# Trusted forwarders: the address alone does not tell who asks.

ROUTER = "192.168.1.1"


@pytest.fixture
def routed(linked: Plane) -> Plane:
    linked.slots.trust(("192.168.1.1/32",))
    return linked


def test_behind_a_forwarder_each_device_has_a_slot_of_its_own(routed: Plane) -> None:
    router, now = routed.slot(ROUTER), routed.clock.now()
    assert router.role is Role.OTHERS
    lena = routed.slots.slot_behind(router, LENA_MAC, now)
    tom = routed.slots.slot_behind(router, TOM_MAC, now)
    assert lena.identity == Identity("lena", "phone", ())
    assert tom.identity == Identity("tom", "phone", ())
    assert routed.slots.slot_behind(router, LENA_MAC, now) is lena
    assert routed.slots.slot_behind(router, "3c:22:fb:99:99:99", now).identity == STRANGER


def test_for_whom_it_does_not_tell_the_strictest_holds(routed: Plane) -> None:
    slot = routed.slots.slot_behind(routed.slot(ROUTER), "", routed.clock.now())
    assert slot.identity.doubt is Doubt.UNMARKED
    assert slot.policy.members


def test_nobody_behind_a_forwarder_has_a_memo(routed: Plane) -> None:
    router, now = routed.slot(ROUTER), routed.clock.now()
    for mac in (LENA_MAC, ""):
        slot = routed.slots.slot_behind(router, mac, now)
        assert slot.memo is not routed.slots.memos.memo_for(slot.policy)
        assert slot.memo.forms is routed.slots.memos.memo_for(slot.policy).forms
    assert router.memo is not routed.slots.memos.memo_for(router.policy)


def test_the_tokens_are_those_of_the_device(routed: Plane) -> None:
    router, now = routed.slot(ROUTER), routed.clock.now()
    lena = routed.slots.slot_behind(router, LENA_MAC, now)
    assert lena.tokens == routed.slots.limits.burst
    assert router.tokens > 1 << 40


def test_slots_behind_a_forwarder_are_bounded_like_others() -> None:
    plane = Plane(limits=Limits(client_slots=10))
    plane.slots.trust(("192.168.1.1/32",))
    for number in range(100):
        router = plane.slot(ROUTER)
        plane.slots.slot_behind(router, f"3c:22:fb:00:00:{number:02x}", plane.clock.now())
        assert len(plane.slots) <= 10


def test_a_slot_behind_a_forwarder_is_renewed_as_others_are(routed: Plane) -> None:
    now = routed.clock.now()
    lena = routed.slots.slot_behind(routed.slot(ROUTER), LENA_MAC, now)
    routed.clock.seconds = BEDTIME
    assert routed.slots.renewed(lena, BEDTIME) is lena
    assert lena.policy.valid_from == BEDTIME
    assert lena.memo is not routed.slots.memos.memo_for(lena.policy)


def test_who_is_trusted_no_more_asks_for_itself(routed: Plane) -> None:
    now = routed.clock.now()
    lena = routed.slots.slot_behind(routed.slot(ROUTER), LENA_MAC, now)
    routed.slots.trust(())
    slot = routed.slots.renewed(lena, BEDTIME)
    assert slot.role is Role.ITSELF
    assert slot.identity.person == ""
    assert set(routed.slots.slot_by_address) == {ROUTER}


def test_who_is_trusted_from_now_on_asks_for_others(linked: Plane) -> None:
    before = linked.slot(ROUTER)
    linked.hit(address=ROUTER)
    linked.slots.trust(("192.168.1.0/24",))
    assert linked.slot(ROUTER) is not before
    assert linked.slot(ROUTER).role is Role.OTHERS
    assert len(linked.rows()) == 1


def test_the_log_names_a_stranger_behind_a_forwarder_by_the_mac(routed: Plane) -> None:
    slot = routed.slots.slot_behind(routed.slot(ROUTER), "3c:22:fb:99:99:99", routed.clock.now())
    cause = Cause("gambling", "A11", "gambling", 0)
    routed.slots.notes.hit(slot, from_text("casino.example"), cause, routed.clock.now())
    assert [row[:2] for row in routed.rows()] == [("", "3c:22:fb:99:99:99")]


# Who has asked is told, and no query pays for it.


def test_who_has_asked_is_told_with_how_often(routed: Plane) -> None:
    for _ in range(3):
        ask_once(routed, HOUSE_ADDRESS)
    ask_once(routed, OTHER_ADDRESS)
    assert sorted(routed.slots.take_askers()) == [
        AskerRow(HOUSE_ADDRESS, "", Role.ITSELF, 3),
        AskerRow(OTHER_ADDRESS, "", Role.ITSELF, 1),
    ]
    assert list(routed.slots.take_askers()) == []
    ask_once(routed, OTHER_ADDRESS)
    assert list(routed.slots.take_askers()) == [AskerRow(OTHER_ADDRESS, "", Role.ITSELF, 1)]


def test_by_which_names_it_asked_whether_it_is_online_is_told_once(routed: Plane) -> None:
    ask_once(routed, OTHER_ADDRESS)
    routed.slot(OTHER_ADDRESS).checks |= {from_text("captive.apple.com")}
    assert [row.checks for row in routed.slots.take_askers()] == [("captive.apple.com",)]
    ask_once(routed, OTHER_ADDRESS)
    assert [row.checks for row in routed.slots.take_askers()] == [()]


def test_it_is_counted_over_the_limit_and_over_refills() -> None:
    plane = Plane(limits=Limits(queries_per_second=2, burst=5))
    for _ in range(20):
        ask_once(plane, LENA_ADDRESS)
    assert [row.queries for row in plane.slots.take_askers()] == [5]  # what was let through
    plane.clock.move(1.5)
    ask_once(plane, LENA_ADDRESS)
    ask_once(plane, LENA_ADDRESS)
    assert [row.queries for row in plane.slots.take_askers()] == [2]
    plane.clock.move(-3600)
    ask_once(plane, LENA_ADDRESS)
    assert sum(row.queries for row in plane.slots.take_askers()) in (0, 1)


def test_those_behind_a_forwarder_are_told_by_their_macs(routed: Plane) -> None:
    now = routed.clock.now()
    for mac in (LENA_MAC, "", LENA_MAC):
        router = routed.slot(ROUTER)
        router.tokens -= 1
        routed.slots.slot_behind(router, mac, now).tokens -= 1
    assert set(routed.slots.take_askers()) == {
        AskerRow(ROUTER, "", Role.OTHERS, 3),
        AskerRow(ROUTER, LENA_MAC, Role.BEHIND, 2),
        AskerRow(ROUTER, "", Role.BEHIND, 1),
    }
