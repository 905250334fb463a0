"""Who may do more than another, when, and in which ways."""

from dataclasses import replace

import pytest

from filterdns.policy.client import Identity
from filterdns.policy.compare import LaxerMoment, laxer_moments
from filterdns.policy.ruleset import During, Person, PolicyRules, Ruleset
from filterdns.policy.strangers import nobody, strictest_of
from filterdns.policy.verdict import Rule
from tests.support.households import (
    ADULTS,
    BERLIN,
    CHILD,
    days,
    family,
    moment,
    names,
    policies,
    safe,
    schedule,
    selection,
)

SATURDAY = moment("2026-03-07 15:00")


def compared(
    ruleset: Ruleset, askers: list[Person], others: list[Person], now: float = SATURDAY
) -> list[tuple[LaxerMoment, list[str]]]:
    """Return the laxer moments, each with its ways."""
    found = laxer_moments(ruleset, policies(ruleset).house, askers, others, now)
    return [(lax, list(lax.ways)) for lax in found]


def first_time(ruleset: Ruleset, asker: str, other: str, now: float) -> LaxerMoment | None:
    """Return when first one person of *ruleset* may do more than another."""
    people = ruleset.people
    return next((lax for lax, _ in compared(ruleset, [people[asker]], [people[other]], now)), None)


def ways(first: PolicyRules, second: PolicyRules) -> str:
    """Return what the first of two policies lets through, and the second does not then."""
    ruleset = two(first, second)
    found = compared(ruleset, [ruleset.people["a"]], [ruleset.people["b"]])
    return "; ".join(way for _, told in found for way in told)


def two(first: PolicyRules, second: PolicyRules, **changes: object) -> Ruleset:
    people = {name: Person(name, name, BERLIN) for name in ("a", "b")}
    rules = {"a": replace(first, name="a"), "b": replace(second, name="b")}
    return family(people=people, policies=rules, **changes)


class TestAtOneMoment:
    def test_a_lifeline_that_is_given_up_makes_nobody_stricter(self) -> None:
        block = selection("childline.org.uk")
        closed = replace(ADULTS, block=block, given_up=names("childline.org.uk"))
        ruleset = two(ADULTS, closed)
        person = ruleset.people["b"]
        assert policies(ruleset).policy_for(Identity("b", "", ()), SATURDAY).given_up
        assert compared(ruleset, [ruleset.people["a"]], [person]) == []

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
        found = ways(replace(CHILD, during=()), CHILD)
        assert found.startswith("any other name is open, which A8 bedtime: internet off blocks")

    def test_what_is_closed_needs_no_blocks_to_be_stricter(self) -> None:
        closed = PolicyRules("", during=(During("bedtime", Rule("off"), internet_off=True),))
        fewer = PolicyRules("", during=(During("bedtime", Rule("b"), block=selection("games")),))
        assert ways(closed, fewer) == ""
        assert ways(fewer, closed).startswith("any other name is open")

    def test_what_is_spared_at_bedtime_is_compared(self) -> None:
        spared = During(
            "bedtime", Rule("off"), internet_off=True, exempt=selection("games", "school")
        )
        found = ways(replace(CHILD, during=(spared,)), CHILD)
        assert found.startswith("games is open, which A8 bedtime: internet off blocks")
        assert "moodle" not in found

    def test_an_allow_that_changes_nothing_is_not_laxer(self) -> None:
        assert ways(replace(ADULTS, allow=selection("news.example")), ADULTS) == ""

    def test_how_it_is_answered_and_logged_is_not_compared(self) -> None:
        assert ways(replace(CHILD, max_ttl_seconds=900), CHILD) == ""


class TestOverTime:
    def test_the_strictest_of_all_is_laxer_than_nobody(self) -> None:
        lonely = PolicyRules("lonely", block=selection("adult", "games"))
        ruleset = family(policies={"lonely": lonely}, people={"a": Person("a", "lonely", BERLIN)})
        assert compared(ruleset, [*ruleset.people.values()], [*strictest_of(ruleset)]) == []

    def test_a_policy_of_its_own_is_laxer_at_some_minute(self) -> None:
        late = replace(CHILD, name="late", during=())
        ruleset = family(policies={"child": CHILD, "adults": ADULTS, "late": late})
        stranger, people = nobody(ruleset, "late"), ruleset.people
        assert compared(ruleset, [stranger], [people["parents"]]) == []
        ((lax, ways),) = compared(ruleset, [stranger], [people["parents"], people["lena"]])
        assert (lax.asker, lax.than) == (stranger, people["lena"])
        assert ways[0].startswith("any other name is open, which A8 bedtime")

    def test_what_one_person_blocks_and_another_allows_is_compared(self) -> None:
        ruleset = family()
        people = ruleset.people
        ((lax, ways),) = compared(ruleset, [people["tom"]], [people["lena"]])
        assert (lax.asker, lax.than) == (people["tom"], people["lena"])
        assert lax.at == moment("2026-03-07 08:00")  # bedtime is over
        assert ways == [
            "reddit.com is open, which A10 reddit.com blocks",
            "tiktok.com is open, which A11 service:tiktok blocks",
            "tiktokcdn.com is open, which A11 service:tiktok blocks",
        ]

    def test_whoever_opens_what_nobody_closes_is_not_laxer(self) -> None:
        reader = Person("a", "child", BERLIN, allow=selection("news.example", "games"))
        plain = Person("b", "child", BERLIN)
        assert compared(family(), [reader], [plain]) == []

    def test_whoever_opens_a_kind_or_one_name_of_it_is_laxer(self) -> None:
        closed = replace(CHILD, during=(), block=selection("games"))
        ruleset = family(policies={"child": closed, "adults": ADULTS})
        plain = Person("b", "child", BERLIN)
        kind = Person("a", "child", BERLIN, allow=selection("games"))
        ((_, ways),) = compared(ruleset, [kind], [plain])
        assert ways == ["games is open, which A11 games blocks"]
        one = Person("a", "child", BERLIN, allow=selection("play.example"))
        people = {"a": one, "b": plain}
        ((_, ways),) = compared(replace(ruleset, people=people), [one], [plain])
        assert ways == ["play.example is open, which A11 games blocks"]

    def test_the_very_minute_is_found(self) -> None:
        early = schedule("early", nights=("20:00-06:30", "22:00-08:00"))
        closed = During("bedtime", Rule("off"), internet_off=True)
        first = PolicyRules("", during=(closed,))
        second = PolicyRules("", during=(replace(closed, schedule="early"),))
        ruleset = two(first, second, holidays=(), schedules={**family().schedules, "early": early})
        found = first_time(ruleset, "a", "b", moment("2026-03-09 12:00"))
        assert found is not None
        assert found.at == moment("2026-03-09 20:00")
        assert first_time(ruleset, "b", "a", moment("2026-03-09 12:00")) is None

    def test_a_difference_that_only_holidays_make_is_found(self) -> None:
        plain = schedule("plain", nights=("20:30-06:30", "22:00-08:00"))
        closed = During("bedtime", Rule("off"), internet_off=True)
        first = PolicyRules("", during=(closed,))
        second = PolicyRules("", during=(replace(closed, schedule="plain"),))
        schedules = {**family().schedules, "plain": plain}
        ruleset = two(
            first, second, schedules=schedules, holidays=(days("2026-12-21", "2027-01-03"),)
        )
        found = first_time(ruleset, "a", "b", moment("2026-03-09 12:00"))
        assert found is not None
        assert found.at == moment("2026-12-20 20:30")
        without = replace(ruleset, holidays=())
        assert first_time(without, "a", "b", moment("2026-03-09 12:00")) is None

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
        found = first_time(ruleset, "a", "b", moment("2026-03-09 12:00"))
        assert found is not None
        assert found.at == moment("2026-07-01 12:00")

    def test_a_week_of_holidays_is_not_the_typical_week(self) -> None:
        late = schedule("late", nights=("20:30-06:30", "22:00-08:00"), holidays="never")
        closed = During("late", Rule("off"), internet_off=True)
        first, second = PolicyRules(""), PolicyRules("", during=(closed,))
        ruleset = two(
            first, second, schedules={"late": late}, holidays=(days("2026-03-02", "2026-03-15"),)
        )
        found = first_time(ruleset, "a", "b", moment("2026-03-05 12:00"))
        assert found is not None
        assert found.at > moment("2026-03-15 00:00")

    def test_one_moment_is_told_for_each_who_may_do_more(self) -> None:
        ruleset = family(people={**family().people, "ann": Person("ann", "adults", BERLIN)})
        people = ruleset.people
        found = compared(ruleset, [*people.values()], [people["lena"]])
        told = {lax.asker.name: lax.at for lax, _ in found}
        assert told == {
            "parents": moment("2026-03-07 00:00"),
            "ann": moment("2026-03-07 00:00"),
            "tom": moment("2026-03-07 08:00"),
        }
