"""Who may do more than another, when, and in which ways."""

from dataclasses import replace

import pytest

from filterdns.policy.client import Identity
from filterdns.policy.compare import first_laxer_moment, laxer_moments, laxer_than
from filterdns.policy.ruleset import During, Person, PolicyRules, Ruleset
from filterdns.policy.verdict import Rule
from tests.support.households import (
    ADULTS,
    BERLIN,
    CHILD,
    LENA,
    PARENT,
    STRANGER,
    TOM,
    days,
    family,
    moment,
    policies,
    safe,
    schedule,
    selection,
)

FREE = moment("2026-03-07 15:00")
BEDTIME = moment("2026-03-05 23:00")
A, B = Identity("a", "", ()), Identity("b", "", ())


def ways(first: PolicyRules, second: PolicyRules, at: float = FREE) -> str:
    """Return what the first of two policies lets through and the second does not."""
    held = policies(two(first, second))
    return "; ".join(laxer_than(held.policy_for(A, at), held.policy_for(B, at)))


def two(first: PolicyRules, second: PolicyRules, **changes: object) -> Ruleset:
    people = {name: Person(name, name, BERLIN) for name in ("a", "b")}
    rules = {"a": replace(first, name="a"), "b": replace(second, name="b")}
    return family(people=people, policies=rules, **changes)


class TestAtOneMoment:
    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (CHILD, ADULTS, ""),
            (CHILD, CHILD, ""),
            (
                PolicyRules("", block=selection("adult")),
                PolicyRules("", block=selection("adult", "gambling")),
                "gambling is open, which A11 gambling blocks",
            ),
            (
                PolicyRules("", safe_search=safe(youtube="moderate")),
                PolicyRules("", safe_search=safe(search="strict", youtube="strict")),
                (
                    "www.google.com is not held to B search: strict; "
                    "www.youtube.com is not held to B youtube: strict"
                ),
            ),
            (
                PolicyRules("", safe_search=safe(youtube="strict")),
                PolicyRules("", safe_search=safe(search="off", youtube="moderate")),
                "",
            ),
            (  # who cannot ask at all needs no mode
                PolicyRules("", block=selection("service:youtube")),
                PolicyRules("", safe_search=safe(youtube="strict")),
                "",
            ),
            (
                PolicyRules(""),
                PolicyRules("", block=selection("service:roblox")),
                "roblox.com is open, which A11 service:roblox blocks",
            ),
            (
                PolicyRules("", block=selection("gambling"), allow=selection("casino.example")),
                PolicyRules("", block=selection("gambling")),
                "casino.example is open, which A11 gambling blocks",
            ),
            (
                PolicyRules(""),
                PolicyRules("", block=selection("b.example"), allow=selection("a.b.example")),
                "b.example is open, which A10 b.example blocks",
            ),
        ],
    )
    def test_what_is_open_is_told_in_words(
        self, first: PolicyRules, second: PolicyRules, expected: str
    ) -> None:
        assert ways(first, second) == expected

    def test_bypass_kinds_are_compared(self) -> None:
        found = ways(replace(CHILD, bypass={}), CHILD)
        assert "doh is open" in found
        assert "use-application-dns.net is open" in found
        assert "mask.icloud.com is open" in found

    def test_internet_off_is_compared(self) -> None:
        found = ways(replace(CHILD, during=()), CHILD, BEDTIME)
        assert found.startswith("any other name is open, which A8 bedtime: internet off blocks")

    def test_what_is_closed_needs_no_blocks_to_be_stricter(self) -> None:
        closed = PolicyRules("", during=(During("bedtime", Rule("off"), internet_off=True),))
        assert ways(closed, CHILD, BEDTIME) == ""

    def test_what_is_spared_at_bedtime_is_compared(self) -> None:
        spared = During(
            "bedtime", Rule("off"), internet_off=True, exempt=selection("games", "school")
        )
        found = ways(replace(CHILD, during=(spared,)), CHILD, BEDTIME)
        assert found.startswith("games is open, which A8 bedtime: internet off blocks")
        assert "moodle" not in found

    def test_an_allow_that_changes_nothing_is_not_laxer(self) -> None:
        assert ways(replace(ADULTS, allow=selection("news.example")), ADULTS) == ""

    def test_how_it_is_answered_and_logged_is_not_compared(self) -> None:
        assert ways(replace(CHILD, max_ttl_seconds=900), CHILD) == ""


class TestOverTime:
    def test_the_strictest_is_never_laxer_than_anybody(self) -> None:
        held = policies(family())
        assert list(laxer_moments(held, STRANGER, [LENA, TOM, PARENT], FREE)) == []

    def test_a_policy_of_its_own_is_laxer_at_some_minute(self) -> None:
        late = replace(CHILD, name="late", during=())
        held = policies(
            family(policies={"child": CHILD, "adults": ADULTS, "late": late}, unknown_policy="late")
        )
        found = first_laxer_moment(held, STRANGER, PARENT, FREE)
        assert found is None
        found = first_laxer_moment(held, STRANGER, LENA, FREE)
        assert found is not None
        assert found.than == LENA
        assert any(way.startswith("reddit.com is open") for way in found.ways)

    def test_the_very_minute_is_found(self) -> None:
        early = schedule("early", nights=("20:00-06:30", "22:00-08:00"))
        closed = During("bedtime", Rule("off"), internet_off=True)
        first = PolicyRules("", during=(closed,))
        second = PolicyRules("", during=(replace(closed, schedule="early"),))
        ruleset = two(first, second, holidays=(), schedules={**family().schedules, "early": early})
        found = first_laxer_moment(policies(ruleset), A, B, moment("2026-03-09 12:00"))
        assert found is not None
        assert found.at == moment("2026-03-09 20:00")
        assert first_laxer_moment(policies(ruleset), B, A, moment("2026-03-09 12:00")) is None

    def test_a_difference_that_only_holidays_make_is_found(self) -> None:
        plain = schedule("plain", nights=("20:30-06:30", "22:00-08:00"))
        closed = During("bedtime", Rule("off"), internet_off=True)
        first = PolicyRules("", during=(closed,))
        second = PolicyRules("", during=(replace(closed, schedule="plain"),))
        schedules = {**family().schedules, "plain": plain}
        ruleset = two(
            first, second, schedules=schedules, holidays=(days("2026-12-21", "2027-01-03"),)
        )
        found = first_laxer_moment(policies(ruleset), A, B, moment("2026-03-09 12:00"))
        assert found is not None
        assert found.at == moment("2026-12-20 20:30")
        without = replace(ruleset, holidays=())
        assert first_laxer_moment(policies(without), A, B, moment("2026-03-09 12:00")) is None

    def test_a_difference_that_only_a_date_makes_is_found(self) -> None:
        closed = During("bedtime", Rule("off"), internet_off=True)
        first = PolicyRules("", during=(closed,))
        second = PolicyRules("", during=(replace(closed, schedule="dated"),))
        nights = ("20:30-06:30", "22:00-08:00")
        dated = schedule(
            "dated",
            nights=nights,
            holidays="22:30-09:00",
            dates={"2026-07-01": "12:00-13:00, 20:30-06:30"},
        )
        ruleset = two(first, second, schedules={**family().schedules, "dated": dated})
        found = first_laxer_moment(policies(ruleset), A, B, moment("2026-03-09 12:00"))
        assert found is not None
        assert found.at == moment("2026-07-01 12:00")

    def test_a_week_of_holidays_is_not_the_typical_week(self) -> None:
        late = schedule("late", nights=("20:30-06:30", "22:00-08:00"), holidays="never")
        closed = During("late", Rule("off"), internet_off=True)
        first, second = PolicyRules(""), PolicyRules("", during=(closed,))
        ruleset = two(
            first, second, schedules={"late": late}, holidays=(days("2026-03-02", "2026-03-15"),)
        )
        found = first_laxer_moment(policies(ruleset), A, B, moment("2026-03-05 12:00"))
        assert found is not None
        assert found.at > moment("2026-03-15 00:00")

    def test_one_moment_is_told_for_each_person(self) -> None:
        ruleset = family(unknown_policy="adults")
        found = list(laxer_moments(policies(ruleset), STRANGER, [LENA, TOM, PARENT], FREE))
        assert [laxer.than for laxer in found] == [LENA, TOM]
