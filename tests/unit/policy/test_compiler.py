"""One object for each distinct content, valid while nothing changes."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.dns import codes
from filterdns.dns.leads import Leads
from filterdns.dns.names import from_text
from filterdns.policy.client import Identity
from filterdns.policy.compiler import WAITING_TTL_SECONDS
from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Category, During, Person, PolicyRules, Ruleset
from filterdns.policy.schedule import SECONDS_PER_WEEK, local_day
from filterdns.policy.verdict import ALLOWED, Action, AnswerMode, LogMode, Row, Rule
from filterdns.steps import at_once
from tests.support.households import (
    ADULTS,
    BEDTIME,
    BERLIN,
    CHILD,
    LENA,
    LISTS,
    PARENT,
    STRANGER,
    TOM,
    DictionaryClaims,
    days,
    family,
    moment,
    names,
    policies,
    safe,
    schedule,
    school,
    selection,
    store,
)

FREE = moment("2026-03-07 15:00")  # Saturday
EVENING = moment("2026-03-05 19:00")  # Thursday


def twins() -> Ruleset:
    people = {
        name: Person(name, "child", BERLIN, allow=selection("chess.example"))
        for name in ("ann", "bob")
    }
    return family(people=people)


class TestSharing:
    def test_people_with_equal_rules_share_one_policy(self) -> None:
        held = store(twins())
        ann = held.policy_for(Identity("ann", "phone", ()), FREE)
        assert ann is held.policy_for(Identity("bob", "tablet", ()), FREE)

    def test_people_with_other_rules_do_not(self) -> None:
        held = store(family())
        assert held.policy_for(LENA, FREE) is not held.policy_for(TOM, FREE)

    def test_the_log_mode_is_content(self) -> None:
        people = {
            "ann": Person("ann", "child", BERLIN),
            "bob": Person("bob", "child", BERLIN, log=LogMode.NONE),
        }
        held = store(family(people=people))
        ann, bob = (held.policy_for(Identity(name, "", ()), FREE) for name in people)
        assert (ann.log, bob.log) == (LogMode.BLOCKED, LogMode.NONE)

    def test_the_same_asker_gets_the_same_object(self) -> None:
        held = store(school())
        pupil = Identity("lena", "tablet", ("room-12",))
        assert held.policy_for(pupil, FREE) is held.policy_for(pupil, FREE + 1)
        assert held.policy_for(STRANGER, FREE) is held.policy_for(STRANGER, FREE + 1)

    def test_a_place_whose_window_is_closed_is_no_other_content_for_two_pupils(self) -> None:
        held = store(replace(twins(), places=school().places))
        ann, bob = (
            held.policy_for(Identity(name, "", ("room-12",)), FREE) for name in ("ann", "bob")
        )
        assert ann is bob


class TestValidity:
    def test_a_policy_holds_until_the_next_change_of_any_schedule(self) -> None:
        policy = store(family()).policy_for(LENA, EVENING)
        assert policy.valid_from == moment("2026-03-05 18:00")  # homework ended
        assert policy.valid_until == moment("2026-03-05 20:30")

    def test_a_place_ends_it_too(self) -> None:
        pupil = Identity("parents", "laptop", ("room-12",))
        policy = store(school()).policy_for(pupil, moment("2026-03-05 13:00"))
        assert (policy.valid_from, policy.valid_until) == (
            moment("2026-03-05 12:15"),
            moment("2026-03-05 13:15"),
        )

    def test_without_schedules_it_holds_for_ever(self) -> None:
        policy = store(family()).policy_for(PARENT, FREE)
        assert (policy.valid_from, policy.valid_until) == (-inf, inf)

    def test_the_strictest_ends_with_its_first_member(self) -> None:
        policy = store(family()).policy_for(STRANGER, moment("2026-03-05 21:00"))
        assert policy.valid_until == moment("2026-03-05 21:30")  # tom's bedtime
        assert policy.valid_from == moment("2026-03-05 20:30")

    @pytest.mark.parametrize("who", [LENA, TOM, PARENT, STRANGER])
    def test_it_always_holds_at_the_moment_it_is_asked_for(self, who: Identity) -> None:
        held = store(school())
        at = moment("2026-03-05 00:00")
        for hour in range(0, 24 * 30, 5):
            now = at + hour * 3600
            policy = held.policy_for(who, now)
            assert policy.valid_from <= now < policy.valid_until

    def test_a_clock_that_is_put_back_finds_the_earlier_policy(self) -> None:
        held = store(family())
        night = held.policy_for(LENA, moment("2026-03-05 23:00"))
        day = held.policy_for(LENA, EVENING)
        assert day is not night
        assert day.valid_until == night.valid_from

    def test_windows_that_touch_make_one_stretch(self) -> None:
        touching = schedule("bedtime", "20:00-22:00, 22:00-06:00")
        ruleset = family(schedules={**family().schedules, "bedtime": touching})
        policy = store(ruleset).policy_for(LENA, moment("2026-03-07 21:00"))
        assert policy.valid_until == moment("2026-03-08 06:00")

    def test_a_persons_zone_is_its_own(self) -> None:
        people = {"kim": Person("kim", "child", "America/Denver")}
        kim = Identity("kim", "", ())
        policy = store(family(people=people)).policy_for(
            kim, moment("2026-03-05 19:00", "America/Denver")
        )
        assert policy.valid_until == moment("2026-03-05 20:30", "America/Denver")


class TestUnknownDevices:
    def test_a_named_policy_may_be_theirs_in_the_zone_of_the_house(self) -> None:
        held = store(family(unknown_policy="child"))
        policy = held.policy_for(STRANGER, EVENING)
        assert policy.members == ()
        assert policy.valid_until == moment("2026-03-05 20:30")

    def test_the_strictest_is_made_of_all_policies_and_whoever_may_tighten_one(self) -> None:
        policy = store(family()).policy_for(STRANGER, FREE)
        assert len(policy.members) == 4  # child, adults, lena's block, tom's schedule

    def test_people_who_only_loosen_add_no_member(self) -> None:
        policy = store(twins()).policy_for(STRANGER, FREE)
        assert len(policy.members) == 2

    def test_the_strictest_has_the_shortest_ttl_and_logs_what_is_blocked(self) -> None:
        short = replace(ADULTS, max_ttl_seconds=60)
        policy = store(family(policies={"child": CHILD, "adults": short})).policy_for(
            STRANGER, FREE
        )
        assert (policy.max_ttl_seconds, policy.log) == (60, LogMode.BLOCKED)

    def test_without_any_policy_everything_is_allowed(self) -> None:
        policy = store(Ruleset()).policy_for(STRANGER, FREE)
        assert decide(from_text("casino.example"), codes.A, policy) == ALLOWED

    def test_a_person_who_is_gone_is_unknown(self) -> None:
        held = store(family())
        gone = Identity("gone", "phone", ())
        assert held.policy_for(gone, FREE) is held.policy_for(STRANGER, FREE)


class TestContent:
    """What a new ruleset keeps, object and all, and what it does not."""

    @staticmethod
    def after(
        change: Ruleset, who: Identity = LENA, index_key: bytes = b"1"
    ) -> tuple[EffectivePolicy, EffectivePolicy]:
        first = store(family())
        before = first.policy_for(who, EVENING)
        return before, store(change, first, index_key).policy_for(who, EVENING)

    @pytest.mark.parametrize("who", [LENA, TOM, PARENT, STRANGER])
    def test_an_equal_ruleset_keeps_the_object(self, who: Identity) -> None:
        before, after = self.after(family(), who)
        assert after is before

    def test_a_change_for_one_person_keeps_the_others(self) -> None:
        people = dict(family().people)
        people["tom"] = replace(people["tom"], allow=selection("go.example"))
        changed = family(people=people)
        before, after = self.after(changed, LENA)
        assert after is before
        before, after = self.after(changed, TOM)
        assert after is not before

    def test_a_new_person_keeps_the_others(self) -> None:
        people = {**family().people, "kim": Person("kim", "child", BERLIN)}
        before, after = self.after(family(people=people))
        assert after is before

    def test_a_line_that_moved_in_the_config_keeps_it(self) -> None:
        moved = {
            name: rule._replace(where="config.yaml:99:1")
            for name, rule in CHILD.block.categories.items()
        }
        child = replace(CHILD, block=replace(CHILD.block, categories=moved))
        before, after = self.after(family(policies={"child": child, "adults": ADULTS}))
        assert after is before

    @pytest.mark.parametrize(
        "change",
        [
            {"policies": {"child": replace(CHILD, block=selection("adult")), "adults": ADULTS}},
            {"policies": {"child": replace(CHILD, answer=AnswerMode.NODATA), "adults": ADULTS}},
            {"policies": {"child": replace(CHILD, max_ttl_seconds=60), "adults": ADULTS}},
            {"policies": {"child": replace(CHILD, bypass={}), "adults": ADULTS}},
            {
                "policies": {
                    "child": replace(CHILD, given_up=names("help.example")),
                    "adults": ADULTS,
                }
            },
            {
                "people": {
                    **family().people,
                    "lena": replace(family().people["lena"], given_up=names("help.example")),
                }
            },
            {"schedules": {**family().schedules, "bedtime": schedule("bedtime", "20:15-06:30")}},
            {"hosts": {}},
            {"lifelines": names("help.example")},
            {"services": {}},
            {"categories": {"adult": Category("adult")}},
            {"holidays": (days("2026-03-06"),)},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_a_change_that_matters_makes_a_new_one(self, change: dict[str, object]) -> None:
        before, after = self.after(family(**change))
        assert after.key != before.key
        assert after is not before

    def test_a_new_index_makes_new_ones(self) -> None:
        before, after = self.after(family(), index_key=b"2")
        assert after is not before

    def test_a_kept_policy_asks_the_new_index(self) -> None:
        first = store(family())
        before = first.policy_for(STRANGER, FREE)
        fresh = DictionaryClaims(LISTS)
        house = House(family(), fresh, b"1")
        second = EffectivePolicies(family(), house, first)
        assert second.policy_for(STRANGER, FREE) is before
        decide(from_text("news.example"), codes.A, before)
        assert fresh.asked == 1

    def test_the_end_of_a_window_is_content(self) -> None:
        longer = replace(
            BEDTIME, weekdays=((BEDTIME.weekdays[0][0]._replace(end_minute=400),),) * 7
        )
        first = store(family())
        night = moment("2026-03-05 23:00")
        before = first.policy_for(LENA, night)
        after = store(
            family(schedules={**family().schedules, "bedtime": longer}), first
        ).policy_for(LENA, night)
        assert after is not before
        assert (
            decide(from_text("news.example"), codes.A, after).rule.reason == "Bedtime until 06:40"
        )

    def test_the_words_for_the_end_are_content(self) -> None:
        own = schedule("bedtime", nights=("21:30-07:30", "23:00-09:00"))
        people = {
            "ann": Person("ann", "child", BERLIN),
            "eleni": Person("eleni", "child", "Europe/Athens", schedules={"bedtime": own}),
        }
        held = store(family(people=people))
        ann, eleni = (
            held.policy_for(Identity(name, "", ()), moment("2026-03-05 23:00")) for name in people
        )
        assert ann.valid_until == eleni.valid_until
        reasons = [
            decide(from_text("news.example"), codes.A, policy).rule.reason
            for policy in (ann, eleni)
        ]
        assert reasons == ["Bedtime until 06:30", "Bedtime until 07:30"]

    def test_the_list_that_is_waited_for_is_content(self) -> None:
        held = store(family(pending={"dating": EVENING + 60}))
        waiting = held.policy_for(LENA, EVENING)
        other = store(family(pending={"gambling": EVENING + 60}), held).policy_for(LENA, EVENING)
        assert other is not waiting
        assert held.policy_for(LENA, EVENING + 60).rules_key != waiting.rules_key

    def test_the_rules_of_a_place_are_content(self) -> None:
        pupil, lesson = Identity("lena", "tablet", ("room-12",)), moment("2026-03-05 09:00")
        room = school().places["room-12"]
        entry = replace(room.during[0], allow_only=selection("school", "news.example"))
        first = store(school())
        before = first.policy_for(pupil, lesson)
        changed = replace(school(), places={"room-12": replace(room, during=(entry,))})
        after = store(changed, first).policy_for(pupil, lesson)
        assert after is not before
        assert decide(from_text("news.example"), codes.A, after) == ALLOWED

    def test_a_place_is_content_while_its_window_is_open(self) -> None:
        held = store(school())
        pupil = Identity("parents", "laptop", ("room-12",))
        lesson, lunch = (
            held.policy_for(pupil, moment(f"2026-03-05 {clock}")) for clock in ("12:00", "12:30")
        )
        assert lesson.rules_key != lunch.rules_key

    def test_the_rules_key_leaves_time_out(self) -> None:
        held = store(family())
        thursday, friday = (
            held.policy_for(LENA, moment(f"2026-03-0{day} 23:00")) for day in (5, 6)
        )
        assert thursday.key != friday.key
        assert thursday.rules_key == friday.rules_key
        assert thursday.rules_key != held.policy_for(LENA, EVENING).rules_key


def test_equal_rules_under_another_policy_name_are_equal() -> None:
    rules = PolicyRules("a", block=selection("gambling"))
    ruleset = family(
        policies={"a": rules, "b": replace(rules, name="b")},
        people={name: Person(name, name, BERLIN) for name in ("a", "b")},
    )
    held = policies(ruleset)
    a, b = (held.policy_for(Identity(name, "", ()), FREE) for name in ("a", "b"))
    assert a is b
    assert Rule("gambling") == rules.block.categories["gambling"]


NIGHT = moment("2026-03-05 23:00")
OTHER = from_text("asked.example")
ASKERS = (LENA, TOM, PARENT, STRANGER, Identity("", "", ("room-12",)), LENA._replace(
    places=("room-12",)
))  # fmt: skip
ASKED = [
    from_text(text)
    for text in (
        *LISTS,
        *("youtube.com", "tiktok.com", "chess.example", "reddit.com", "wikipedia.org"),
        *("childline.org.uk", "time.apple.com", "printer.home", "anything.example"),
    )
]


class TestUnknownTime:
    @given(
        asker=st.sampled_from(ASKERS),
        now=st.integers(int(moment("2026-03-01 00:00")), int(moment("2027-01-10 00:00"))),
    )
    @settings(deadline=None)
    def test_it_is_exactly_as_strict_as_the_strictest_moment_of_the_week(
        self, asker: Identity, now: int
    ) -> None:
        held = store(school())
        waiting = held.policy_for(asker, now, is_time_known=False)
        begin, _ = local_day(BERLIN, now)
        end = begin + SECONDS_PER_WEEK
        moments = []
        while begin < end:
            moments.append(held.policy_for(asker, begin))
            begin = moments[-1].valid_until
        for name in ASKED:
            strictest = any(decide(name, codes.A, each).action is Action.BLOCK for each in moments)
            assert (decide(name, codes.A, waiting).action is Action.BLOCK) is strictest
            leads = Leads((name,))
            found, *alias = [
                decide_answer(OTHER, codes.A, leads, decide(OTHER, codes.A, each), each).action
                is Action.BLOCK
                for each in (waiting, *moments)
            ]
            assert found is any(alias)

    def test_a_night_over_which_the_machine_was_off_is_no_way_around_bedtime(self) -> None:
        bedtime = schedule("bedtime", "20:30-23:00", weekend="never")
        ruleset = family(schedules={**family().schedules, "bedtime": bedtime})
        seen_last = moment("2026-03-07 13:00")  # a Saturday, and it is Monday night now
        policy = store(ruleset).policy_for(LENA, seen_last, is_time_known=False)
        assert decide(from_text("anything.example"), codes.A, policy).action is Action.BLOCK

    def test_the_child_reads_why(self) -> None:
        policy = store(family()).policy_for(LENA, FREE, is_time_known=False)
        verdict = decide(from_text("anything.example"), codes.A, policy)
        assert (verdict.row, verdict.rule.schedule) == (Row.SCHEDULE, "bedtime")
        assert verdict.rule.reason == "Waiting for the right time"

    @pytest.mark.parametrize("text", ["childline.org.uk", "time.apple.com", "printer.home"])
    def test_help_and_time_servers_stay_open(self, text: str) -> None:
        for asker in ASKERS:
            policy = store(school()).policy_for(asker, NIGHT, is_time_known=False)
            assert decide(from_text(text), codes.A, policy).action is Action.ALLOW

    def test_people_without_schedules_notice_nothing(self) -> None:
        held = store(family())
        assert held.policy_for(PARENT, NIGHT, is_time_known=False) is held.policy_for(PARENT, NIGHT)

    def test_answers_are_kept_for_seconds_only(self) -> None:
        held = store(school())
        for asker in (LENA, STRANGER, Identity("parents", "laptop", ("room-12",))):
            policy = held.policy_for(asker, FREE, is_time_known=False)
            assert policy.max_ttl_seconds == WAITING_TTL_SECONDS

    def test_the_known_time_brings_back_the_policy_of_the_moment(self) -> None:
        held = store(family())
        before = held.policy_for(LENA, FREE)
        assert held.policy_for(LENA, FREE, is_time_known=False) is not before
        assert held.policy_for(LENA, FREE) is before


class TestSafeSearch:
    """Homework, and a strict YouTube then; or a loose one."""

    YOUTUBE = from_text("www.youtube.com")
    AT_HOMEWORK = moment("2026-03-05 14:30")

    def child(self, homework: str, **own: object) -> EffectivePolicies:
        window = During(
            "homework", Rule("safe_search"), safe_search=safe("homework", youtube=homework)
        )
        child = PolicyRules("child", during=(window,), safe_search=safe(youtube="moderate"))
        kim = replace(Person("kim", "child", BERLIN), **own)  # type: ignore[arg-type]
        return store(family(people={"kim": kim}, policies={"child": child}))

    def mode(self, held: EffectivePolicies, at: float, *, is_time_known: bool = True) -> str:
        who = Identity("kim", "", ())
        policy = held.policy_for(who, at, is_time_known=is_time_known)
        return policy.safe_search["youtube"].mode.value

    @pytest.mark.parametrize("homework", ["strict", "off"])
    def test_a_window_switches_it_and_the_policy_ends_there(self, homework: str) -> None:
        held = self.child(homework)
        modes = [self.mode(held, at) for at in (self.AT_HOMEWORK, EVENING)]
        assert modes == [homework, "moderate"]
        policy = held.policy_for(Identity("kim", "", ()), self.AT_HOMEWORK)
        assert policy.valid_until == moment("2026-03-05 15:30")

    def test_a_window_that_closes_nothing_costs_no_look_at_a_name(self) -> None:
        policy = self.child("strict").policy_for(Identity("kim", "", ()), self.AT_HOMEWORK)
        assert policy.schedule == ()

    def test_while_the_time_is_not_known_no_window_loosens(self) -> None:
        assert self.mode(self.child("off"), EVENING, is_time_known=False) == "moderate"
        assert self.mode(self.child("strict"), EVENING, is_time_known=False) == "strict"

    def test_what_is_not_known_is_another_content(self) -> None:
        held = self.child("off")
        who = Identity("kim", "", ())
        known = held.policy_for(who, self.AT_HOMEWORK)
        waiting = held.policy_for(who, self.AT_HOMEWORK, is_time_known=False)
        assert known.rules_key != waiting.rules_key

    @pytest.mark.parametrize("own", ["off", "strict"])
    def test_a_wish_of_ones_own_is_content(self, own: str) -> None:
        changed = self.child("strict", safe_search=safe(youtube=own))
        policies = [
            each.policy_for(Identity("kim", "", ()), EVENING)
            for each in (self.child("strict"), changed)
        ]
        assert len({policy.key for policy in policies}) == 2
        assert len({policy.rules_key for policy in policies}) == 2
        assert self.mode(changed, EVENING) == own

    def test_people_with_equal_wishes_share_policy_and_rewrites(self) -> None:
        child = PolicyRules("child", safe_search=safe(youtube="moderate"))
        people = {name: Person(name, "child", BERLIN) for name in ("ann", "bob")}
        people["cem"] = replace(people["ann"], name="cem", allow=selection("chess.example"))
        held = store(family(people=people, policies={"child": child}))
        ann, bob, cem = (held.policy_for(Identity(name, "", ()), FREE) for name in people)
        assert ann is bob
        assert cem is not ann
        assert cem.rewrites is ann.rewrites

    def test_another_list_keeps_it(self) -> None:
        old = self.child("strict")
        who = Identity("kim", "", ())
        policy = old.policy_for(who, EVENING)
        new = store(old.ruleset, old, index_key=b"2")
        at_once(new.twins_of(old))
        assert new.policy_for(who, EVENING).rewrites is policy.rewrites


class TestOwnWindowsAndHolidays:
    """Two brothers with one policy: Ole is at another school, and has no bedtime of his own."""

    CLUB = During("lessons", Rule("block"), block=selection("service:roblox"))
    OLE = Person("ole", "child", BERLIN, holidays=(days("2026-03-04", "2026-03-06"),))
    PIT = Person("pit", "child", BERLIN, during=(CLUB,))

    def brothers(self) -> EffectivePolicies:
        return store(family(people={"ole": self.OLE, "pit": self.PIT}))

    @pytest.mark.parametrize(
        ("who", "text", "row"),
        [
            ("ole", "2026-03-04 21:00", Row.DEFAULT),  # Thursday is a holiday of his: 22:30
            ("ole", "2026-03-04 22:30", Row.SCHEDULE),
            ("ole", "2026-03-06 21:00", Row.DEFAULT),  # Friday has its own line
            ("pit", "2026-03-04 21:00", Row.SCHEDULE),
            ("ole", "2026-12-22 21:00", Row.SCHEDULE),  # the house's holidays are not his
            ("pit", "2026-12-22 21:00", Row.DEFAULT),
        ],
    )
    def test_own_holidays_stand_in_place_of_those_of_the_house(
        self, who: str, text: str, row: Row
    ) -> None:
        policy = self.brothers().policy_for(Identity(who, "", ()), moment(text))
        assert decide(from_text("a.example"), codes.A, policy).row is row

    @pytest.mark.parametrize(("who", "row"), [("ole", Row.DEFAULT), ("pit", Row.SCHEDULE)])
    def test_an_own_window_is_one_of_the_schedules(self, who: str, row: Row) -> None:
        policy = self.brothers().policy_for(Identity(who, "", ()), moment("2026-03-02 09:00"))
        assert decide(from_text("roblox.com"), codes.A, policy).row is row

    def test_an_own_window_counts_while_the_time_is_not_known(self) -> None:
        held = self.brothers()
        policy = held.policy_for(Identity("pit", "", ()), FREE, is_time_known=False)
        assert policy.max_ttl_seconds == WAITING_TTL_SECONDS
        only = decide(from_text("roblox.com"), codes.A, policy).rule
        assert only.schedule in ("lessons", "bedtime")

    @pytest.mark.parametrize(
        ("person", "name", "text"),
        [
            (PIT, "roblox.com", "2026-03-02 09:00"),
            (
                replace(OLE, policy="adults", during=(CHILD.during[0],)),
                "a.example",
                "2026-03-02 23:00",
            ),
        ],
    )
    def test_unknown_devices_meet_own_windows(self, person: Person, name: str, text: str) -> None:
        ruleset = family(policies={"adults": ADULTS, "child": replace(CHILD, during=())})
        held = store(replace(ruleset, people={person.name: person}))
        policy = held.policy_for(STRANGER, moment(text))
        assert decide(from_text(name), codes.A, policy).action is Action.BLOCK

    def test_a_place_has_its_own_holidays(self) -> None:
        room = replace(school().places["room-12"], holidays=(days("2026-03-05"),))
        held = store(replace(school(), places={"room-12": room}))
        here = Identity("lena", "tablet", ("room-12",))
        rows = [
            decide(from_text("a.example"), codes.A, held.policy_for(here, moment(text))).row
            for text in ("2026-03-04 09:00", "2026-03-05 09:00", "2026-12-22 09:00")
        ]
        assert rows == [Row.PLACE, Row.DEFAULT, Row.PLACE]
