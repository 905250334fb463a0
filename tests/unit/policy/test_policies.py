"""Policies are made when somebody asks, or before somebody has to wait, and not kept for long."""

from collections.abc import Iterator
from dataclasses import fields, replace
from math import inf

import pytest

from filterdns.policy.client import Doubt, Identity
from filterdns.policy.ruleset import Person, PolicyRules
from filterdns.steps import at_once
from tests.support.households import (
    BERLIN,
    LENA,
    PARENT,
    STRANGER,
    TOM,
    family,
    moment,
    store,
)

FREE = moment("2026-03-07 15:00")  # Saturday
EVENING = moment("2026-03-05 19:00")  # Thursday


class LookedThrough(dict[str, PolicyRules]):
    """Policies that count how often somebody goes through all of them."""

    times = 0

    def __iter__(self) -> Iterator[str]:
        self.times += 1
        return super().__iter__()


def test_what_a_policy_says_is_written_out_again_when_it_has_changed_alone() -> None:
    ruleset = family()
    first = store(ruleset)
    first.policy_for(LENA, FREE)
    known = first._compiler._content_by_policy
    assert known
    assert store(ruleset, first)._compiler._content_by_policy == known
    others = {name: replace(rules, bypass={}) for name, rules in ruleset.policies.items()}
    assert not store(family(policies=others), first)._compiler._content_by_policy


class TestTwins:
    """Where only lists have changed, policies need not be compiled anew."""

    @pytest.mark.parametrize("at", [FREE, EVENING])
    @pytest.mark.parametrize("who", [LENA, TOM, PARENT, STRANGER])
    def test_a_twin_is_what_would_be_compiled(self, who: Identity, at: float) -> None:
        first = store(family())
        first.policy_for(who, at)
        second, afresh = store(family(), first, b"2"), store(family(), index_key=b"2")
        compiled = afresh.policy_for(who, at)
        twins = {each.new.key: each.new for each in at_once(second.twins_of(first))}
        twin = twins[compiled.key]
        assert second.policy_for(who, at) is twin
        assert twin.house is second.house
        told = [field.name for field in fields(twin) if field.name not in ("house", "members")]
        assert [getattr(twin, name) for name in told] == [getattr(compiled, name) for name in told]
        assert [each.key for each in twin.members] == [each.key for each in compiled.members]

    def test_there_are_none_where_more_has_changed_or_nothing(self) -> None:
        first = store(family())
        first.policy_for(LENA, FREE)
        assert at_once(store(family(), first).twins_of(first)) == []
        others = family(hosts={b"\x01a\x00": ("192.0.2.1",)})
        assert at_once(store(others, first, b"2").twins_of(first)) == []


class TestGettingReady:
    """What takes long is compiled in steps, before anybody has to wait for it."""

    def test_it_takes_a_step_a_policy_and_a_person(self) -> None:
        first = store(family())
        first.policy_for(STRANGER, FREE)
        second = store(family(), first)
        assert len(list(second.get_ready(first, FREE))) >= len(family().policies) + len(
            family().people
        )

    def test_whoever_is_unknown_finds_the_strictest_made(self) -> None:
        policies = LookedThrough(family().policies)
        first = store(family())
        kept = first.policy_for(STRANGER, FREE)
        second = store(family(policies=policies), first)
        at_once(second.get_ready(first, FREE))
        looked = policies.times
        assert second.policy_for(STRANGER, FREE) is kept
        assert policies.times == looked > 0

    def test_the_next_window_is_made_before_it_opens(self) -> None:
        policies = LookedThrough(family().policies)
        held = store(family(policies=policies))
        before = held.policy_for(STRANGER, EVENING)
        bedtime = held.next_long_change(EVENING)
        assert bedtime == before.valid_until == moment("2026-03-05 20:30")
        at_once(held.get_ready(held, bedtime))
        looked = policies.times
        assert held.policy_for(STRANGER, bedtime - 1) is before
        after = held.policy_for(STRANGER, bedtime)
        assert policies.times == looked
        assert after.valid_from == bedtime
        assert after.key == store(family()).policy_for(STRANGER, bedtime).key

    def test_what_was_made_ready_is_shared_though_it_was_to_come(self) -> None:
        held = store(family())
        held.policy_for(STRANGER, EVENING)
        bedtime = held.next_long_change(EVENING)
        at_once(held.get_ready(held, bedtime))
        held.policy_for(Identity("lena", "", ("elsewhere",)), bedtime - 1)  # sweeps
        strictest = held.policy_for(STRANGER, bedtime)
        assert held.policy_for(TOM, bedtime) in strictest.members
        assert store(family(), held).policy_for(STRANGER, bedtime) is strictest

    def test_what_was_made_for_another_time_is_not_used(self) -> None:
        held = store(family())
        held.policy_for(STRANGER, EVENING)
        bedtime = held.next_long_change(EVENING)
        at_once(held.get_ready(held, bedtime))
        next_day = bedtime + 86_400
        assert held.policy_for(STRANGER, next_day).valid_from > bedtime

    def test_what_somebody_has_left_unused_does_not_hide_the_next_change(self) -> None:
        held = store(family())
        held.policy_for(STRANGER, EVENING)
        gone = Identity("", "", ("elsewhere",))
        held.policy_for(gone, EVENING)
        at_once(held.get_ready(held, held.next_long_change(EVENING)))
        two_days_on = EVENING + 2 * 86_400  # the machine has slept; only one asks again
        held.policy_for(STRANGER, two_days_on)
        assert held.next_long_change(two_days_on) > two_days_on
        held.policy_for(LENA, two_days_on + 61)  # sweeps
        assert list(held._used()) == [
            ("", (), True, Doubt.NONE),
            ("lena", (), True, Doubt.NONE),
        ]

    def test_nobody_unknown_asks_for_nothing_long(self) -> None:
        held = store(family())
        held.policy_for(LENA, EVENING)
        assert held.next_long_change(EVENING) == inf

    @pytest.mark.parametrize("asker", [LENA, TOM, PARENT])
    def test_what_nobody_unknown_asks_for_is_not_made(self, asker: Identity) -> None:
        first = store(family())
        first.policy_for(asker, FREE)
        assert list(store(family(), first).get_ready(first, FREE)) == []


class TestTheStore:
    def test_what_has_ended_is_forgotten(self) -> None:
        held = store(family())
        for day in range(60):
            for who in (LENA, TOM, STRANGER):
                held.policy_for(who, EVENING + day * 86400)
        assert len(held._compiler.policy_by_key) < 20

    def test_it_is_swept_at_most_once_a_minute(self) -> None:
        held = store(family())
        held.policy_for(LENA, moment("2026-03-05 20:29:30"))
        ended = held.policy_for(LENA, moment("2026-03-05 20:29:50"))
        held.policy_for(LENA, moment("2026-03-05 20:30"))
        assert ended in held._compiler.policy_by_key.values()
        held.policy_for(TOM, moment("2026-03-05 20:31"))
        assert ended not in held._compiler.policy_by_key.values()

    def test_thousands_of_people_share_what_they_have_in_common(self) -> None:
        people = {f"p{n}": Person(f"p{n}", "child", BERLIN) for n in range(2000)}
        held = store(family(people=people))
        policy = {held.policy_for(Identity(name, "", ()), FREE) for name in people}
        assert len(policy) == 1
        assert len(held._compiler.policy_by_key) == 1

    def test_a_policy_that_the_ruleset_lacks_is_an_error_and_never_open(self) -> None:
        ruleset = family(people={"kim": Person("kim", "gone", BERLIN)})
        with pytest.raises(KeyError):
            store(ruleset).policy_for(Identity("kim", "", ()), FREE)

    def test_what_a_clock_ahead_has_left_behind_is_forgotten(self) -> None:
        held = store(family())
        held.policy_for(LENA, FREE + 365 * 86_400)
        policy = held.policy_for(LENA, FREE)
        assert list(held._compiler.policy_by_key.values()) == [policy]


class TestDoubt:
    """Where it could be known who asks and is not, the strictest of all holds."""

    def test_it_holds_whatever_unknown_devices_get(self) -> None:
        held = store(family(unknown_policy="adults"))
        strictest = store(family()).policy_for(STRANGER, EVENING)
        assert not held.policy_for(STRANGER, EVENING).members
        for doubt in (Doubt.AWAITED, Doubt.UNMARKED):
            policy = held.policy_for(STRANGER._replace(doubt=doubt), EVENING)
            assert [each.key for each in policy.members] == [each.key for each in strictest.members]

    def test_what_is_answered_meanwhile_is_soon_asked_again(self) -> None:
        held = store(family())
        awaited = held.policy_for(STRANGER._replace(doubt=Doubt.AWAITED), EVENING)
        assert awaited.max_ttl_seconds == 5
        unknown = held.policy_for(STRANGER, EVENING)
        assert unknown.max_ttl_seconds > 5
        assert awaited.key != unknown.key  # no memo of the one answers the other

    def test_it_is_ready_for_a_bedtime_to_come(self) -> None:
        held = store(family())
        who = STRANGER._replace(doubt=Doubt.AWAITED)
        held.policy_for(who, EVENING)
        bedtime = held.next_long_change(EVENING)
        at_once(held.get_ready(held, bedtime))
        ready = list(held._ready_by_asker.values())
        assert held.policy_for(who, bedtime) in ready

    def test_a_house_without_policies_has_nothing_to_be_strict_by(self) -> None:
        held = store(family(policies={}, people={}))
        assert not held.policy_for(STRANGER._replace(doubt=Doubt.AWAITED), EVENING).members
