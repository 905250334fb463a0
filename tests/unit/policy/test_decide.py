"""The order of decision, row by row as docs/policy.md has it, and what follows from it."""

import re
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.dns import codes
from filterdns.dns.leads import Leads
from filterdns.dns.names import from_text
from filterdns.policy.client import Identity
from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.ruleset import (
    During,
    Person,
    Place,
    PolicyRules,
    Rebinding,
    Ruleset,
    Selection,
)
from filterdns.policy.verdict import (
    ALLOWED,
    ESSENTIAL,
    LIFELINE,
    SEALED_RULE,
    Action,
    AnswerMode,
    LocalAnswer,
    Row,
    Rule,
    Verdict,
)
from tests.support.households import (
    ADULTS,
    BERLIN,
    BYPASS_RULES,
    CHILD,
    LENA,
    LISTS,
    PARENT,
    STRANGER,
    TOM,
    DictionaryClaims,
    SealedNames,
    family,
    lena_at_bedtime,
    lena_in_the_afternoon,
    moment,
    names,
    parents_in_the_evening,
    policies,
    safe,
    school,
    selection,
    stranger_in_the_afternoon,
)

DOCS = Path(__file__).parents[3] / "docs" / "policy.md"

BEDTIME = moment("2026-03-05 23:00")  # Thursday
HOMEWORK = moment("2026-03-05 14:30")
LESSON = moment("2026-03-05 09:00")
FREE = moment("2026-03-07 15:00")  # Saturday, no window is open

SEALED_NAMES = SealedNames("sealed.example")
LENA_IN_CLASS = Identity("lena", "tablet", ("room-12",))
STRANGER_IN_CLASS = Identity("", "", ("room-12",))


def verdict_of(
    name: str,
    who: Identity = LENA,
    at: float = FREE,
    ruleset: Ruleset | None = None,
    qtype: int = codes.A,
) -> Verdict:
    store = policies(school() if ruleset is None else ruleset, sealed=SEALED_NAMES)
    return decide(from_text(name), qtype, store.policy_for(who, at))


def child(
    name: str = "kim", /, *, policy: PolicyRules = CHILD, **own: object
) -> tuple[Ruleset, Identity]:
    """Return a house with one child, and who that is."""
    person = replace(Person(name, "child", BERLIN), **own)  # type: ignore[arg-type]
    ruleset = family(people={name: person}, policies={"child": policy})
    return ruleset, Identity(name, "", ())


class Case(NamedTuple):
    """A row of the documented table: who asks what and when, and what comes of it.

    Each row is shown against the rows below it: its name would be decided otherwise there.
    """

    row: Row
    name: str
    action: Action
    who: Identity = LENA
    at: float = FREE


CASES = [
    Case(Row.SEALED, "localhost.sealed.example", Action.BLOCK, PARENT),
    Case(Row.SEALED, "printer.home.sealed.example", Action.BLOCK),
    Case(Row.SPECIAL, "localhost", Action.ALLOW, at=BEDTIME),
    Case(Row.SPECIAL, "printer.local", Action.ALLOW, at=BEDTIME),
    Case(Row.LOCAL, "printer.home", Action.ALLOW, at=BEDTIME),
    Case(Row.LOCAL, "1.1.168.192.in-addr.arpa", Action.ALLOW, at=BEDTIME),
    Case(Row.LIFELINE, "www.childline.org.uk", Action.ALLOW, at=BEDTIME),
    Case(Row.LIFELINE, "time.apple.com", Action.ALLOW, at=BEDTIME),
    Case(Row.LIFELINE, "www.childline.org.uk", Action.ALLOW, LENA_IN_CLASS, LESSON),
    Case(Row.BYPASS, "use-application-dns.net", Action.BLOCK),
    Case(Row.BYPASS, "doh.dns.example", Action.BLOCK, at=BEDTIME),
    Case(Row.BYPASS, "tunnel.example", Action.BLOCK, LENA_IN_CLASS, LESSON),
    Case(Row.PLACE, "www.news.example", Action.BLOCK, LENA_IN_CLASS, LESSON),
    Case(Row.PLACE, "www.casino.example", Action.BLOCK, LENA_IN_CLASS, LESSON),
    Case(Row.PLACE, "chess.example", Action.BLOCK, Identity("tom", "phone", ("room-12",)), LESSON),
    Case(Row.SCHEDULE, "www.news.example", Action.BLOCK, at=BEDTIME),
    Case(Row.SCHEDULE, "chess.example", Action.BLOCK, TOM, BEDTIME),
    Case(Row.SCHEDULE, "www.youtube.com", Action.BLOCK, at=HOMEWORK),
    Case(Row.SCHEDULE, "bet.play.example", Action.BLOCK, at=HOMEWORK),
    Case(Row.NAME, "www.reddit.com", Action.BLOCK),
    Case(Row.NAME, "www.tiktok.com", Action.ALLOW, TOM),
    Case(Row.CATEGORY, "www.casino.example", Action.BLOCK),
    Case(Row.CATEGORY, "www.tiktok.com", Action.BLOCK),
    Case(Row.DEFAULT, "www.news.example", Action.ALLOW),
    Case(Row.DEFAULT, "moodle.school.example", Action.ALLOW, at=BEDTIME),
    Case(Row.DEFAULT, "www.casino.example", Action.ALLOW, PARENT),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}-{case.name}")
def test_the_first_row_that_speaks_wins(case: Case) -> None:
    verdict = verdict_of(case.name, case.who, case.at)
    assert (verdict.row, verdict.action) == (case.row, case.action)


def test_every_documented_row_is_tested_or_not_built_yet() -> None:
    stage = DOCS.read_text().split("## Stage A")[1].split("## Stage B")[0]
    documented = re.findall(r"^\| (A\d+) \| (.*?) \|", stage, re.MULTILINE)
    assert [row for row, _ in documented] == [f"A{number}" for number in range(1, 13)]
    unbuilt = {row for row, words in documented if "Not built yet" in words}
    assert unbuilt == {"A6", "A9"}
    assert {row for row, _ in documented} - unbuilt == {case.row.value for case in CASES}


def test_the_cases_stand_in_the_order_of_the_rows() -> None:
    order = list(Row)
    ranks = [order.index(case.row) for case in CASES]
    assert ranks == sorted(ranks)


class TestSpecialNames:
    @pytest.mark.parametrize(
        ("name", "rcode", "addresses"),
        [
            ("localhost", codes.NOERROR, ("127.0.0.1", "::1")),
            ("a.b.localhost", codes.NOERROR, ("127.0.0.1", "::1")),
            ("resolver.arpa", codes.NOERROR, ()),
            ("_dns.resolver.arpa", codes.NOERROR, ()),
            ("test", codes.NXDOMAIN, ()),
            ("x.invalid", codes.NXDOMAIN, ()),
            ("printer.local", codes.NXDOMAIN, ()),
            ("abc.onion", codes.NXDOMAIN, ()),
            ("x.alt", codes.NXDOMAIN, ()),
            ("nas.internal", codes.NXDOMAIN, ()),
            ("home.arpa", codes.NOERROR, ()),
            ("nas.home.arpa", codes.NXDOMAIN, ()),
        ],
    )
    def test_they_are_answered_as_their_rfc_says(
        self, name: str, rcode: int, addresses: tuple[str, ...]
    ) -> None:
        verdict = verdict_of(name)
        assert verdict.row is Row.SPECIAL
        assert verdict.local == LocalAnswer(rcode=rcode, addresses=addresses)

    @pytest.mark.parametrize("name", ["fooresolver.arpa", "mylocalhost", "www.example", "atest"])
    def test_whole_labels_are_compared(self, name: str) -> None:
        assert verdict_of(name) == ALLOWED

    def test_the_ds_record_of_an_empty_zone_belongs_to_its_parent(self) -> None:
        assert verdict_of("home.arpa", qtype=codes.DS).local is None
        assert verdict_of("10.in-addr.arpa", qtype=codes.DS).local is None

    def test_resolver_arpa_answers_no_type_from_outside(self) -> None:
        for qtype in (codes.SVCB, codes.DS, codes.ANY, codes.TXT):
            assert verdict_of("_dns.resolver.arpa", qtype=qtype).local == LocalAnswer()

    def test_a_host_of_the_config_comes_first(self) -> None:
        ruleset = family(hosts={from_text("nas.home.arpa"): ("192.168.1.9",)})
        verdict = verdict_of("nas.home.arpa", ruleset=ruleset)
        assert (verdict.row, verdict.local) == (
            Row.LOCAL,
            LocalAnswer(addresses=("192.168.1.9",)),
        )

    def test_a_name_above_a_host_is_not_denied(self) -> None:
        ruleset = family(hosts={from_text("nas.attic.home.arpa"): ("192.168.1.9",)})
        assert verdict_of("attic.home.arpa", ruleset=ruleset).local == LocalAnswer()
        denied = verdict_of("cellar.home.arpa", ruleset=ruleset).local
        assert denied == LocalAnswer(rcode=codes.NXDOMAIN)


class TestLocalNames:
    def test_a_host_answers_with_its_addresses(self) -> None:
        local = verdict_of("printer.home").local
        assert local == LocalAnswer(addresses=("192.168.1.40", "fd00::40"))

    def test_a_host_comes_before_an_essential(self) -> None:
        ruleset = family(hosts={from_text("time.apple.com"): ("192.168.1.2",)})
        assert verdict_of("time.apple.com", ruleset=ruleset).row is Row.LOCAL

    def test_only_the_exact_name_is_a_host(self) -> None:
        assert verdict_of("www.printer.home") == ALLOWED

    def test_its_addresses_point_back(self) -> None:
        local = verdict_of("40.1.168.192.in-addr.arpa", qtype=codes.PTR).local
        assert local == LocalAnswer(pointer=from_text("printer.home"))

    def test_other_private_addresses_have_no_names(self) -> None:
        for name in ("41.1.168.192.in-addr.arpa", "1.16.172.in-addr.arpa", "1.0.d.f.ip6.arpa"):
            local = verdict_of(name, qtype=codes.PTR).local
            assert local == LocalAnswer(rcode=codes.NXDOMAIN)

    def test_public_addresses_are_asked_outside(self) -> None:
        assert verdict_of("8.8.8.8.in-addr.arpa", qtype=codes.PTR) == ALLOWED
        assert verdict_of("1.32.172.in-addr.arpa", qtype=codes.PTR) == ALLOWED


def giving_up(name: str, allow: Selection | None = None) -> tuple[Ruleset, Identity]:
    """Return a house in which kim's adults have given up the lifeline *name*."""
    person, who = child("kim", block=selection(name), allow=allow or Selection())
    kim = replace(person.people["kim"], given_up={from_text(name): Rule("why", category=LIFELINE)})
    return family(people={**family().people, "kim": kim}), who


class TestLifelines:
    def test_a_verdict_says_whether_it_is_a_lifeline_or_an_essential(self) -> None:
        assert verdict_of("chat.childline.org.uk").rule.category == LIFELINE
        assert verdict_of("time.apple.com").rule.category == ESSENTIAL

    def test_a_name_that_is_both_is_a_lifeline(self) -> None:
        both = names("help.example")
        ruleset = family(lifelines=both, essentials=both)
        assert verdict_of("help.example", ruleset=ruleset).rule.category == LIFELINE

    def test_an_essential_below_a_lifeline_is_a_lifeline(self) -> None:
        ruleset = family(lifelines=names("help.example"), essentials=names("chat.help.example"))
        for name in ("chat.help.example", "www.chat.help.example"):
            assert verdict_of(name, ruleset=ruleset).rule.category == LIFELINE

    @pytest.mark.parametrize("name", ["casino.example", "tunnel.example", "reddit.com"])
    def test_a_listed_or_blocked_lifeline_stays_open(self, name: str) -> None:
        ruleset = family(lifelines=names(name))
        assert verdict_of(name, ruleset=ruleset).row is Row.LIFELINE

    def test_one_that_is_given_up_is_blocked_like_a_name_and_stays_one(self) -> None:
        ruleset, who = giving_up("childline.org.uk")
        for name in ("childline.org.uk", "chat.childline.org.uk"):
            verdict = verdict_of(name, who, ruleset=ruleset)
            assert (verdict.action, verdict.row) == (Action.BLOCK, Row.LIFELINE)
            assert verdict.rule.category == LIFELINE
        assert verdict_of("childline.org.uk", TOM, ruleset=ruleset).action is Action.ALLOW

    def test_to_give_up_what_lies_below_leaves_the_line(self) -> None:
        ruleset, who = giving_up("chat.childline.org.uk")
        assert verdict_of("childline.org.uk", who, ruleset=ruleset).action is Action.ALLOW
        assert verdict_of("chat.childline.org.uk", who, ruleset=ruleset).action is Action.BLOCK

    @pytest.mark.parametrize(
        ("asked", "action"), [("news.example", Action.BLOCK), ("reddit.com", Action.ALLOW)]
    )
    def test_one_that_is_given_up_is_no_good_target(self, asked: str, action: Action) -> None:
        ruleset, who = giving_up("childline.org.uk", allow=selection("reddit.com"))
        policy = policies(ruleset).policy_for(who, FREE)
        name = from_text(asked)
        verdict = decide(name, codes.A, policy)
        leads = Leads((from_text("childline.org.uk"),))
        found = decide_answer(name, codes.A, leads, verdict, policy)
        assert found.action is action
        if action is Action.BLOCK:
            assert (found.row, found.rule.category) == (Row.ANSWER, LIFELINE)


class TestBypass:
    def test_the_check_name_of_firefox_gets_no_address(self) -> None:
        assert CHILD.answer is AnswerMode.ZERO_IP
        assert verdict_of("use-application-dns.net").answer is AnswerMode.NXDOMAIN

    @pytest.mark.parametrize(
        "name", ["mask.icloud.com", "mask-h2.icloud.com", "mask-api.icloud.com"]
    )
    def test_private_relay_is_denied(self, name: str) -> None:
        verdict = verdict_of(name)
        assert (verdict.row, verdict.answer) == (Row.BYPASS, AnswerMode.NXDOMAIN)

    def test_listed_names_are_answered_as_the_policy_says(self) -> None:
        verdict = verdict_of("tunnel.example")
        assert (verdict.row, verdict.answer) == (Row.BYPASS, None)

    def test_what_is_not_switched_on_is_silent(self) -> None:
        only_vpn = replace(CHILD, bypass={"vpn": BYPASS_RULES["vpn"]})
        ruleset, kim = child(policy=only_vpn)
        for name in ("use-application-dns.net", "mask.icloud.com", "dns.example"):
            assert verdict_of(name, kim, ruleset=ruleset) == ALLOWED
        assert verdict_of("tunnel.example", kim, ruleset=ruleset).row is Row.BYPASS

    @pytest.mark.parametrize("name", ["tunnel.example", "use-application-dns.net"])
    def test_an_exact_name_lifts_it(self, name: str) -> None:
        ruleset, kim = child(allow=selection(name))
        assert verdict_of(name, kim, ruleset=ruleset).row is Row.NAME

    def test_a_name_above_does_not_lift_it(self) -> None:
        ruleset, kim = child(allow=selection("tunnel.example"))
        assert verdict_of("de.tunnel.example", kim, ruleset=ruleset).row is Row.BYPASS

    def test_an_allowed_service_does_not_lift_it(self) -> None:
        ruleset, kim = child(allow=selection("service:tunnel"))
        ruleset = replace(ruleset, services={"tunnel": (from_text("tunnel.example"),)})
        assert verdict_of("tunnel.example", kim, ruleset=ruleset).row is Row.BYPASS

    def test_a_person_takes_back_what_the_policy_lifts(self) -> None:
        policy = replace(CHILD, allow=selection("tunnel.example"))
        ruleset, kim = child(policy=policy, block=selection("tunnel.example"))
        assert verdict_of("tunnel.example", kim, ruleset=ruleset).row is Row.BYPASS


class TestPlaces:
    def test_a_place_restricts_a_known_pupil(self) -> None:
        verdict = verdict_of("www.news.example", LENA_IN_CLASS, LESSON)
        assert verdict.rule.reason == "Not on the list for lessons until 12:15"
        assert verdict.rule.schedule == "lessons"

    def test_it_restricts_adults_too(self) -> None:
        teacher = Identity("parents", "laptop", ("room-12",))
        assert verdict_of("www.news.example", teacher, LESSON).row is Row.PLACE

    def test_what_it_spares_still_meets_the_persons_rules(self) -> None:
        bedtime_in_class = During("lessons", Rule("off"), internet_off=True)
        policy = replace(CHILD, during=(bedtime_in_class,))
        ruleset = school(policies={"child": policy, "adults": ADULTS})
        verdict = verdict_of("wikipedia.org", LENA_IN_CLASS, LESSON, ruleset)
        assert verdict.row is Row.SCHEDULE

    def test_it_comes_before_the_persons_schedules(self) -> None:
        homework_in_class = During("lessons", Rule("off"), internet_off=True)
        policy = replace(CHILD, during=(homework_in_class,))
        ruleset = school(policies={"child": policy, "adults": ADULTS})
        verdict = verdict_of("news.example", LENA_IN_CLASS, LESSON, ruleset)
        assert verdict.row is Row.PLACE

    def test_it_is_silent_between_lessons(self) -> None:
        assert verdict_of("www.news.example", LENA_IN_CLASS, moment("2026-03-05 12:15")) == ALLOWED

    def test_nobody_else_is_restricted(self) -> None:
        assert verdict_of("www.news.example", LENA, LESSON) == ALLOWED


class TestSchedules:
    def test_bedtime_says_until_when(self) -> None:
        assert verdict_of("news.example", at=BEDTIME).rule.reason == "Bedtime until 06:30"

    def test_except_spares_names_of_a_category_and_below(self) -> None:
        for name in ("moodle.school.example", "en.wikipedia.org"):
            assert verdict_of(name, at=BEDTIME) == ALLOWED

    def test_a_spared_name_still_meets_the_windows_that_follow(self) -> None:
        blocked = During("bedtime", Rule("block"), block=selection("wikipedia.org"))
        policy = replace(CHILD, during=(*CHILD.during, blocked))
        ruleset, kim = child(policy=policy)
        assert verdict_of("wikipedia.org", kim, BEDTIME, ruleset).rule.text == "wikipedia.org"

    def test_a_spared_name_still_meets_the_categories(self) -> None:
        spared = During(
            "bedtime", Rule("off"), internet_off=True, exempt=selection("casino.example")
        )
        ruleset, kim = child(policy=replace(CHILD, during=(spared,)))
        assert verdict_of("casino.example", kim, BEDTIME, ruleset).row is Row.CATEGORY

    def test_the_first_window_that_speaks_is_named(self) -> None:
        twice = (
            During("lessons", Rule("first"), block=selection("games")),
            During("bedtime", Rule("second"), internet_off=True),
            During("bedtime", Rule("third"), internet_off=True),
        )
        ruleset, kim = child(policy=replace(CHILD, during=twice))
        assert verdict_of("news.example", kim, BEDTIME, ruleset).rule.text == "second"

    def test_allow_only_spares_what_a_list_has_of_a_category(self) -> None:
        playtime = During("bedtime", Rule("only"), allow_only=selection("games", "service:youtube"))
        ruleset, kim = child(policy=replace(CHILD, during=(playtime,)))
        for name, row in (
            ("www.play.example", Row.DEFAULT),
            ("www.youtube.com", Row.DEFAULT),
            ("news.example", Row.SCHEDULE),
            ("bet.play.example", Row.CATEGORY),
        ):
            assert verdict_of(name, kim, BEDTIME, ruleset).row is row

    def test_a_window_blocks_services_and_categories(self) -> None:
        assert (
            verdict_of("www.youtube.com", at=HOMEWORK).rule.reason
            == "Homework until 15:30: youtube"
        )
        verdict = verdict_of("www.play.example", at=HOMEWORK)
        assert verdict.rule.reason == "Homework until 15:30: games"
        assert (verdict.rule.category, verdict.listed) == ("games", from_text("play.example"))

    def test_a_persons_own_schedule_replaces_the_shared_one(self) -> None:
        at = moment("2026-03-05 21:00")
        assert verdict_of("news.example", LENA, at).row is Row.SCHEDULE
        assert verdict_of("news.example", TOM, at) == ALLOWED


class TestNames:
    def test_the_longest_name_wins(self) -> None:
        ruleset, kim = child(allow=selection("a.b.example"), block=selection("b.example"))
        assert verdict_of("x.a.b.example", kim, ruleset=ruleset).action is Action.ALLOW
        assert verdict_of("x.b.example", kim, ruleset=ruleset).action is Action.BLOCK

    @pytest.mark.parametrize(
        ("policys", "persons", "action"),
        [
            ({"block": selection("b.example")}, {"allow": selection("b.example")}, Action.ALLOW),
            ({"allow": selection("b.example")}, {"block": selection("b.example")}, Action.BLOCK),
        ],
    )
    def test_at_equal_length_the_persons_wins(
        self, policys: dict[str, object], persons: dict[str, object], action: Action
    ) -> None:
        policy = replace(CHILD, **policys)  # type: ignore[arg-type]
        ruleset, kim = child(policy=policy, **persons)
        assert verdict_of("www.b.example", kim, ruleset=ruleset).action is action

    def test_a_longer_name_of_the_policy_beats_the_persons(self) -> None:
        policy = replace(CHILD, block=selection("a.b.example"))
        ruleset, kim = child(policy=policy, allow=selection("b.example"))
        assert verdict_of("a.b.example", kim, ruleset=ruleset).action is Action.BLOCK

    def test_an_allowed_service_counts_as_its_names(self) -> None:
        verdict = verdict_of("v.tiktokcdn.com", TOM)
        assert (verdict.row, verdict.listed) == (Row.NAME, from_text("tiktokcdn.com"))

    def test_a_service_that_the_person_blocks_is_not_allowed_by_the_policy(self) -> None:
        policy = replace(CHILD, allow=selection("service:youtube"))
        ruleset, kim = child(policy=policy, block=selection("service:youtube"))
        assert verdict_of("youtube.com", kim, ruleset=ruleset).row is Row.CATEGORY

    def test_a_blocked_name_says_so_in_child_safe_words(self) -> None:
        assert verdict_of("reddit.com").rule.reason == "Blocked by a rule for this device"

    def test_an_allow_opens_what_a_category_lists(self) -> None:
        policy = replace(CHILD, block=selection("social"))
        ruleset, kim = child(policy=policy, allow=selection("tumblr.com"))
        assert verdict_of("art.tumblr.com", kim, ruleset=ruleset).row is Row.NAME


class TestLockedCategories:
    def test_an_allow_does_not_open_longer_listed_names(self) -> None:
        ruleset, kim = child(allow=selection("tumblr.com"))
        verdict = verdict_of("www.proana-tips.tumblr.com", kim, ruleset=ruleset)
        assert (verdict.action, verdict.row) == (Action.BLOCK, Row.CATEGORY)
        assert verdict.rule.category == "pro-anorexia"
        assert verdict.listed == from_text("proana-tips.tumblr.com")

    @pytest.mark.parametrize("allowed", ["casino.example", "fun.casino.example"])
    def test_an_allow_opens_a_listed_name_that_is_not_longer(self, allowed: str) -> None:
        ruleset, kim = child(allow=selection(allowed))
        assert verdict_of("fun.casino.example", kim, ruleset=ruleset).row is Row.NAME

    def test_a_longer_name_of_an_unlocked_category_does_not_matter(self) -> None:
        policy = replace(CHILD, block=selection("games"))
        ruleset, kim = child(policy=policy, allow=selection("x.example"))
        lists = DictionaryClaims({"play.x.example": ["games"]})
        policy_now = policies(ruleset, lists).policy_for(kim, FREE)
        assert decide(from_text("play.x.example"), codes.A, policy_now).row is Row.NAME

    def test_a_locked_category_that_is_not_blocked_does_not_matter(self) -> None:
        ruleset, kim = child(
            policy=replace(CHILD, block=selection("adult")), allow=selection("tumblr.com")
        )
        assert verdict_of("proana-tips.tumblr.com", kim, ruleset=ruleset).row is Row.NAME


class TestCategories:
    def test_the_verdict_names_category_and_listed_name(self) -> None:
        verdict = verdict_of("www.casino.example")
        assert verdict.rule.category == "gambling"
        assert verdict.rule.reason == "Blocked: gambling"
        assert verdict.listed == from_text("casino.example")

    def test_a_service_is_named(self) -> None:
        verdict = verdict_of("www.tiktok.com")
        assert verdict.rule.reason == "Blocked: tiktok"
        assert verdict.listed == from_text("tiktok.com")

    def test_of_two_categories_the_one_written_first_is_named(self) -> None:
        ruleset, kim = child(policy=replace(CHILD, block=selection("games", "gambling")))
        lists = DictionaryClaims({"both.example": ["gambling", "games"]})
        policy = policies(ruleset, lists).policy_for(kim, FREE)
        assert decide(from_text("both.example"), codes.A, policy).rule.category == "games"

    def test_names_of_the_config_are_claims(self) -> None:
        ruleset, kim = child(policy=replace(CHILD, block=selection("school")))
        assert verdict_of("en.wikipedia.org", kim, ruleset=ruleset).rule.category == "school"

    def test_a_locked_name_of_the_config_is_not_opened_from_above(self) -> None:
        ruleset, kim = child(allow=selection("blogs.example"))
        adult = replace(ruleset.categories["adult"], names=(from_text("x.blogs.example"),))
        ruleset = replace(ruleset, categories={**ruleset.categories, "adult": adult})
        assert verdict_of("x.blogs.example", kim, ruleset=ruleset).row is Row.CATEGORY

    def test_a_person_leaves_a_category_of_the_policy(self) -> None:
        ruleset, kim = child(
            policy=replace(CHILD, block=selection("social")), allow=selection("social")
        )
        assert verdict_of("tumblr.com", kim, ruleset=ruleset) == ALLOWED

    def test_nobody_leaves_a_locked_category(self) -> None:
        ruleset, kim = child(allow=selection("gambling"))
        assert verdict_of("casino.example", kim, ruleset=ruleset).row is Row.CATEGORY

    def test_a_person_may_block_more(self) -> None:
        ruleset, kim = child(block=selection("social", "service:roblox"))
        assert verdict_of("tumblr.com", kim, ruleset=ruleset).rule.category == "social"
        assert verdict_of("roblox.com", kim, ruleset=ruleset).row is Row.CATEGORY


class TestPending:
    """A blocked category that has neither starter entries nor a list yet."""

    @staticmethod
    def ruleset() -> Ruleset:
        return family(pending={"self-harm": FREE + 300, "games": FREE + 600})

    def policy(self, at: float) -> EffectivePolicy:
        blocking = replace(
            CHILD, block=selection("self-harm", "gambling"), allow=selection("chess.example")
        )
        ruleset = replace(self.ruleset(), policies={"child": blocking, "adults": ADULTS})
        return policies(ruleset).policy_for(LENA, at)

    def test_names_that_nothing_claims_wait(self) -> None:
        verdict = decide(from_text("unknown.example"), codes.A, self.policy(FREE))
        assert (verdict.action, verdict.row) == (Action.BLOCK, Row.CATEGORY)
        assert verdict.is_pending
        assert verdict.answer is AnswerMode.NODATA
        assert verdict.rule.category == "self-harm"

    def test_names_that_are_blocked_or_allowed_do_not_wait(self) -> None:
        policy = self.policy(FREE)
        assert not decide(from_text("casino.example"), codes.A, policy).is_pending
        assert decide(from_text("chess.example"), codes.A, policy).row is Row.NAME
        assert decide(from_text("time.apple.com"), codes.A, policy).row is Row.LIFELINE

    def test_the_wait_ends_by_itself(self) -> None:
        assert self.policy(FREE).valid_until == FREE + 300
        late = self.policy(FREE + 300)
        assert late.valid_from == FREE + 300
        assert decide(from_text("unknown.example"), codes.A, late) == ALLOWED

    def test_a_category_that_is_not_blocked_makes_nobody_wait(self) -> None:
        ruleset = family(pending={"games": FREE + 600})
        assert verdict_of("unknown.example", ruleset=ruleset) == ALLOWED


class TestAnswerModes:
    @staticmethod
    def under_nxdomain(name: str, **own: object) -> AnswerMode | None:
        policy = replace(CHILD, answer=AnswerMode.NXDOMAIN)
        ruleset, kim = child(policy=policy, **own)
        return verdict_of(name, kim, BEDTIME, ruleset).answer

    def test_nxdomain_stays_where_nothing_below_is_open(self) -> None:
        assert self.under_nxdomain("news.example") is None

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("school.example", "except: school"),
            ("org", "except: wikipedia.org"),
            ("org.uk", "lifeline childline.org.uk"),
            ("apple.com", "essential time.apple.com"),
            ("home", "host printer.home"),
        ],
    )
    def test_nxdomain_becomes_nodata_above_what_is_open(self, name: str, why: str) -> None:
        assert self.under_nxdomain(name) is AnswerMode.NODATA, why

    def test_an_allowed_name_is_open_below(self) -> None:
        assert self.under_nxdomain("b.example", allow=selection("a.b.example")) is AnswerMode.NODATA

    def test_the_root_is_never_denied(self) -> None:
        policy = replace(CHILD, answer=AnswerMode.NXDOMAIN)
        ruleset, kim = child(policy=policy)
        found = decide(b"\x00", codes.NS, policies(ruleset).policy_for(kim, BEDTIME))
        assert (found.action, found.answer) == (Action.BLOCK, AnswerMode.NODATA)

    def test_a_check_name_becomes_nodata_above_an_allowed_one(self) -> None:
        allowed = selection("x.mask.icloud.com")
        for mode in AnswerMode:
            ruleset, kim = child(policy=replace(CHILD, answer=mode), allow=allowed)
            found = verdict_of("mask.icloud.com", kim, ruleset=ruleset)
            assert (found.answer or mode) is AnswerMode.NODATA

    @pytest.mark.parametrize("qtype", [codes.DS, codes.DNSKEY])
    @pytest.mark.parametrize("name", ["casino.example", "reddit.com", "tunnel.example"])
    def test_ds_and_dnskey_of_blocked_names_are_forwarded(self, name: str, qtype: int) -> None:
        assert verdict_of(name).action is Action.BLOCK
        assert verdict_of(name, qtype=qtype).action is Action.ALLOW

    @pytest.mark.parametrize("qtype", [codes.A, codes.AAAA, codes.HTTPS, codes.TXT, codes.ANY])
    def test_all_other_types_share_one_verdict(self, qtype: int) -> None:
        assert verdict_of("casino.example", qtype=qtype) == verdict_of("casino.example")


class TestStrictest:
    def test_an_unknown_device_is_blocked_by_any_policy(self) -> None:
        policy = stranger_in_the_afternoon()
        for name in ("casino.example", "tiktok.com", "tunnel.example"):
            assert decide(from_text(name), codes.A, policy).action is Action.BLOCK

    def test_it_is_blocked_by_any_persons_own_rule(self) -> None:
        verdict = decide(from_text("reddit.com"), codes.A, stranger_in_the_afternoon())
        assert (verdict.action, verdict.row) == (Action.BLOCK, Row.NAME)

    def test_it_has_the_earliest_bedtime(self) -> None:
        assert verdict_of("news.example", STRANGER, moment("2026-03-05 20:30")).row is Row.SCHEDULE

    def test_it_has_the_latest_morning(self) -> None:
        late = moment("2026-12-24 08:30")  # lena's holidays end at 09:00, tom has none
        assert verdict_of("news.example", TOM, late) == ALLOWED
        assert verdict_of("news.example", STRANGER, late).row is Row.SCHEDULE

    def test_nobodys_allow_helps_it(self) -> None:
        assert verdict_of("tiktok.com", STRANGER).row is Row.CATEGORY

    def test_what_all_allow_is_allowed(self) -> None:
        assert verdict_of("news.example", STRANGER) == ALLOWED

    def test_what_only_some_allow_by_name_is_looked_at_as_closely_as_for_the_others(self) -> None:
        trusting = replace(ADULTS, allow=selection("news.example"))
        for order in ({"adults": trusting, "child": CHILD}, {"child": CHILD, "adults": trusting}):
            assert verdict_of("news.example", STRANGER, ruleset=family(policies=order)) == ALLOWED

    def test_a_person_in_another_zone_has_another_bedtime(self) -> None:
        people = {"kim": Person("kim", "child", "America/Denver")}
        at = moment("2026-03-05 23:00", "America/Denver")  # seven in the morning in Berlin
        assert verdict_of("news.example", STRANGER, at, family(people=people)).row is Row.SCHEDULE

    def test_lifelines_are_open_to_it(self) -> None:
        assert verdict_of("childline.org.uk", STRANGER, BEDTIME).rule.category == LIFELINE

    def test_a_place_restricts_it_too(self) -> None:
        assert verdict_of("news.example", STRANGER_IN_CLASS, LESSON).row is Row.PLACE

    def test_it_is_answered_as_the_blocking_policy_says(self) -> None:
        shown = replace(CHILD, answer=AnswerMode.NXDOMAIN)
        ruleset = family(policies={"adults": ADULTS, "child": shown})
        verdict = verdict_of("casino.example", STRANGER, ruleset=ruleset)
        assert verdict.answer is AnswerMode.NXDOMAIN
        assert verdict_of("casino.example", LENA, ruleset=ruleset).answer is None

    def test_lists_are_asked_once_for_all_members(self) -> None:
        lists = DictionaryClaims(LISTS)
        policy = policies(family(), lists).policy_for(STRANGER, FREE)
        assert len(policy.members) > 1
        decide(from_text("news.example"), codes.A, policy)
        assert lists.asked == 1


class TestAskingTheLists:
    @pytest.mark.parametrize(
        ("who", "name", "at", "expected"),
        [
            (PARENT, "news.example", FREE, 0),
            (LENA, "news.example", FREE, 1),
            (LENA, "casino.example", HOMEWORK, 1),
            (LENA, "childline.org.uk", FREE, 0),
            (LENA, "printer.home", FREE, 0),
        ],
    )
    def test_they_are_asked_only_when_needed_and_at_most_once(
        self, who: Identity, name: str, at: float, expected: int
    ) -> None:
        lists = DictionaryClaims(LISTS)
        policy = policies(family(), lists).policy_for(who, at)
        decide(from_text(name), codes.A, policy)
        assert lists.asked == expected

    def test_a_category_that_nothing_feeds_is_not_asked_about(self) -> None:
        lists = DictionaryClaims({"porn.example": ["adult"]})
        ruleset, kim = child(policy=PolicyRules("child", block=selection("self-harm")))
        policy = policies(ruleset, lists).policy_for(kim, FREE)
        decide(from_text("news.example"), codes.A, policy)
        assert lists.asked == 0


class TestAnswers:
    """Stage C: where an answer leads."""

    @staticmethod
    def after(asked: str, *targets: str, policy: EffectivePolicy) -> Verdict:
        name, leads = from_text(asked), Leads(tuple(map(from_text, targets)))
        return decide_answer(name, codes.A, leads, decide(name, codes.A, policy), policy)

    def test_an_alias_of_a_blocked_name_is_blocked_for_the_child_and_open_for_the_parent(
        self,
    ) -> None:
        aliases = ("cdn.example", "www.casino.example")
        blocked = self.after("innocent.example", *aliases, policy=lena_in_the_afternoon())
        assert (blocked.action, blocked.row) == (Action.BLOCK, Row.ANSWER)
        assert blocked.rule.category == "gambling"
        assert self.after("innocent.example", *aliases, policy=parents_in_the_evening()) == ALLOWED

    @pytest.mark.parametrize(
        "target",
        ["tunnel.example", "use-application-dns.net", "reddit.com", "tiktok.com", "porn.example"],
    )
    def test_after_a12_all_blocks_are_met(self, target: str) -> None:
        verdict = self.after("news.example", target, policy=lena_in_the_afternoon())
        assert (verdict.action, verdict.row) == (Action.BLOCK, Row.ANSWER)

    def test_after_a12_the_blocks_of_a_window_are_met(self) -> None:
        policy = policies(family()).policy_for(LENA, HOMEWORK)
        assert self.after("news.example", "youtube.com", policy=policy).row is Row.ANSWER

    def test_after_a12_the_blocks_of_a_place_are_met(self) -> None:
        room = school().places["room-12"]
        entry = During("lessons", Rule("block"), block=selection("service:youtube"))
        ruleset = replace(school(), places={"room-12": replace(room, during=(entry,))})
        policy = policies(ruleset).policy_for(LENA_IN_CLASS, LESSON)
        assert self.after("news.example", "youtube.com", policy=policy).row is Row.ANSWER

    def test_a_spared_name_may_lead_anywhere_that_is_not_blocked(self) -> None:
        assert self.after("wikipedia.org", "cdn.example", policy=lena_at_bedtime()) == ALLOWED

    def test_an_allow_only_site_may_use_a_machine_that_is_not_on_its_list(self) -> None:
        policy = policies(school()).policy_for(LENA_IN_CLASS, LESSON)
        assert self.after("wikipedia.org", "cdn.example", policy=policy) == ALLOWED
        assert self.after("wikipedia.org", "casino.example", policy=policy).row is Row.ANSWER

    @pytest.mark.parametrize("target", ["childline.org.uk", "time.apple.com", "chess.example"])
    def test_a_target_that_is_protected_or_allowed_is_fine(self, target: str) -> None:
        ruleset = family(lifelines=names("childline.org.uk"))
        lists = DictionaryClaims({target: ["gambling"]})
        policy = policies(ruleset, lists).policy_for(TOM, FREE)
        assert self.after("news.example", target, policy=policy) == ALLOWED

    def test_after_a10_only_the_bypass_kit_is_met(self) -> None:
        policy = policies(family()).policy_for(TOM, FREE)
        assert self.after("chess.example", "casino.example", policy=policy).row is Row.NAME
        assert self.after("chess.example", "tunnel.example", policy=policy).row is Row.ANSWER

    @pytest.mark.parametrize(
        "asked", ["childline.org.uk", "time.apple.com", "printer.home", "localhost"]
    )
    def test_after_a2_to_a4_nothing_is_met(self, asked: str) -> None:
        policy = lena_at_bedtime()
        verdict = self.after(asked, "tunnel.example", "casino.example", policy=policy)
        assert verdict.action is Action.ALLOW

    def test_a_longer_locked_name_below_an_allowed_target_is_blocked(self) -> None:
        ruleset, kim = child(allow=selection("tumblr.com"))
        policy = policies(ruleset).policy_for(kim, FREE)
        assert self.after("me.example", "proana-tips.tumblr.com", policy=policy).row is Row.ANSWER

    def test_a_blocked_question_stays_as_it_is(self) -> None:
        policy = lena_in_the_afternoon()
        assert self.after("casino.example", "time.apple.com", policy=policy).row is Row.CATEGORY

    def test_no_alias_denies_the_asked_name(self) -> None:
        ruleset, kim = child(policy=replace(CHILD, answer=AnswerMode.NXDOMAIN))
        policy = policies(ruleset).policy_for(kim, FREE)
        for target in ("casino.example", "mask.icloud.com"):
            assert self.after("news.example", target, policy=policy).answer is AnswerMode.NODATA

    def test_pending_lists_do_not_hold_targets_back(self) -> None:
        policy = policies(family(pending={"dating": FREE + 300})).policy_for(TOM, FREE)
        assert self.after("chess.example", "cdn.example", policy=policy).row is Row.NAME

    def test_the_strictest_member_judges_the_targets(self) -> None:
        verdict = self.after("news.example", "casino.example", policy=stranger_in_the_afternoon())
        assert verdict.row is Row.ANSWER

    @pytest.mark.parametrize("qtype", [codes.DS, codes.DNSKEY])
    def test_keys_are_forwarded_wherever_they_lie_unless_sealed(self, qtype: int) -> None:
        ruleset, sealed = family(), SealedNames("bad.example")
        policy = policies(ruleset, sealed=sealed).policy_for(LENA, FREE)
        name = from_text("casino.example")
        verdict = decide(name, qtype, policy)
        for target, action in (("porn.example", Action.ALLOW), ("bad.example", Action.BLOCK)):
            leads = Leads((from_text(target),))
            assert decide_answer(name, qtype, leads, verdict, policy).action is action


NETWORKS = {"8.8.8.0/24": ["doh"], "2001:db8:bad::/48": ["gambling"], "198.51.100.7": ["games"]}


class TestAddresses:
    """Stage C: the addresses of an answer, against lists of addresses and against rebinding."""

    DOH, BET, GAME = "8.8.8.8", "2001:db8:bad::1", "198.51.100.7"
    HOME = "192.168.1.1"

    @classmethod
    def after(
        cls, asked: str, *texts: str, policy: EffectivePolicy, is_private: bool = False
    ) -> Verdict:
        name = from_text(asked)
        leads = Leads((), tuple(ip_address(text).packed for text in texts), is_private)
        return decide_answer(name, codes.A, leads, decide(name, codes.A, policy), policy)

    @classmethod
    def policy(
        cls, ruleset: Ruleset | None = None, who: Identity = TOM, now: float = FREE
    ) -> EffectivePolicy:
        lists = DictionaryClaims(LISTS, NETWORKS)
        return policies(ruleset or family(), lists).policy_for(who, now)

    @pytest.mark.parametrize(
        ("asked", "address", "row", "category"),
        [
            ("news.example", DOH, Row.ANSWER, "doh"),
            ("news.example", BET, Row.ANSWER, "gambling"),
            ("news.example", GAME, Row.DEFAULT, ""),  # nobody blocks games now
            ("news.example", "8.8.4.4", Row.DEFAULT, ""),
            ("chess.example", DOH, Row.NAME, ""),  # tom's own exact name: it lifts A5
            ("www.chess.example", DOH, Row.ANSWER, "doh"),
            ("www.chess.example", BET, Row.NAME, "chess.example"),
            ("www.tiktok.com", DOH, Row.ANSWER, "doh"),  # an allowed service is no exact name
            ("childline.org.uk", DOH, Row.LIFELINE, LIFELINE),
            ("time.apple.com", BET, Row.LIFELINE, ESSENTIAL),
        ],
    )
    def test_lists_of_addresses_are_met_as_those_of_names(
        self, asked: str, address: str, row: Row, category: str
    ) -> None:
        verdict = self.after(asked, "203.0.113.1", address, policy=self.policy())
        assert verdict.row is row
        if row is Row.ANSWER:
            assert (verdict.action, verdict.rule.category) == (Action.BLOCK, category)

    def test_a_window_blocks_the_addresses_of_its_categories(self) -> None:
        policy = self.policy(who=LENA, now=HOMEWORK)
        assert self.after("news.example", self.GAME, policy=policy).rule.schedule == "homework"

    def test_a_place_blocks_the_addresses_of_its_categories(self) -> None:
        room = school().places["room-12"]
        entry = During("lessons", Rule("block"), block=selection("games"))
        ruleset = replace(school(), places={"room-12": replace(room, during=(entry,))})
        policy = self.policy(ruleset, LENA_IN_CLASS, LESSON)
        assert self.after("news.example", self.GAME, policy=policy).rule.schedule == "lessons"

    def test_who_blocks_no_category_that_lists_addresses_is_not_asked_for_any(self) -> None:
        policy = self.policy(who=PARENT)
        assert not policy.checks_addresses
        assert self.after("news.example", self.DOH, self.BET, policy=policy) == ALLOWED

    def test_the_strictest_member_judges_the_addresses(self) -> None:
        policy = self.policy(who=STRANGER)
        assert self.after("news.example", self.BET, policy=policy).row is Row.ANSWER

    def test_a_locked_category_that_has_addresses_alone_is_blocked(self) -> None:
        lists = DictionaryClaims({}, {"192.0.2.9": ["gambling"]})
        policy = policies(family(), lists).policy_for(LENA, FREE)
        assert self.after("news.example", "192.0.2.9", policy=policy).row is Row.ANSWER

    @pytest.mark.parametrize(
        ("asked", "row"),
        [
            ("news.example", Row.ANSWER),
            ("chess.example", Row.ANSWER),  # an allowed name says nothing of the way home
            ("childline.org.uk", Row.LIFELINE),
            ("time.apple.com", Row.LIFELINE),
            ("192-168-1-1.abc.plex.direct", Row.DEFAULT),
            ("plex.direct.example", Row.ANSWER),
            ("nas.own.example", Row.DEFAULT),
            ("notown.example", Row.ANSWER),
            ("nas", Row.DEFAULT),  # nobody outside owns a single label
        ],
    )
    @pytest.mark.parametrize("who", [TOM, PARENT], ids=lambda who: who.person)
    def test_a_private_answer_from_outside_is_blocked(
        self, asked: str, row: Row, who: Identity
    ) -> None:
        own = Rebinding(allow=names("own.example"))
        ruleset = family(
            private_answers=names("plex.direct"),
            policies={
                "child": replace(CHILD, rebinding=own),
                "adults": PolicyRules("adults", rebinding=own),
            },
        )
        policy = self.policy(ruleset, who)
        verdict = self.after(asked, self.HOME, policy=policy, is_private=True)
        is_blocked = row is Row.ANSWER
        assert (verdict.action is Action.BLOCK) is is_blocked
        assert (verdict.row is Row.ANSWER) is is_blocked

    def test_an_alias_to_an_allowed_name_gets_no_private_address(self) -> None:
        policy = self.policy(family(private_answers=names("plex.direct")))
        name = from_text("evil.example")
        leads = Leads((from_text("192-168-1-1.x.plex.direct"),), (), is_private=True)
        verdict = decide(name, codes.A, policy)
        assert decide_answer(name, codes.A, leads, verdict, policy).row is Row.ANSWER

    def test_a_policy_may_let_private_answers_through(self) -> None:
        adults = PolicyRules("adults", rebinding=Rebinding(mode=Rule("rebinding: allow")))
        policy = self.policy(family(policies={"child": CHILD, "adults": adults}), PARENT)
        assert self.after("news.example", self.HOME, policy=policy, is_private=True) == ALLOWED


OPEN_NAMES = ("news.example", "www.chess.example", "wikipedia.org", "www.tiktok.com")
BLOCKED_TARGETS = ("tunnel.example", "use-application-dns.net", "a.mask.icloud.com")
SEALED_TARGETS = ("sealed.example", "x.y.sealed.example")
HARMLESS = ("cdn.example.net", "time.apple.com", "deep.cdn.example", "printer.home")


@given(
    asked=st.sampled_from((*OPEN_NAMES, "childline.org.uk", "a.nummergegenkummer.de")),
    targets=st.lists(st.sampled_from((*BLOCKED_TARGETS, *SEALED_TARGETS, *HARMLESS)), max_size=8),
    addresses=st.lists(st.sampled_from(("8.8.8.8", "203.0.113.1", "2001:db8:bad::1")), max_size=5),
    is_private=st.booleans(),
    who=st.sampled_from((LENA, TOM, STRANGER)),
    qtype=st.sampled_from((codes.A, codes.AAAA, codes.HTTPS, codes.TXT)),
)
def test_wherever_an_answer_leads_no_blocked_target_is_reached_and_no_lifeline_is_closed(
    asked: str,
    targets: list[str],
    addresses: list[str],
    is_private: bool,
    who: Identity,
    qtype: int,
) -> None:
    lists = DictionaryClaims(LISTS, NETWORKS)
    policy = policies(family(), lists, SealedNames("sealed.example")).policy_for(who, FREE)
    name = from_text(asked)
    leads = Leads(
        tuple(map(from_text, targets)),
        tuple(ip_address(text).packed for text in addresses),
        is_private,
    )
    verdict = decide(name, qtype, policy)
    found = decide_answer(name, qtype, leads, verdict, policy)
    is_sealed = not set(SEALED_TARGETS).isdisjoint(targets)
    if asked not in OPEN_NAMES:
        assert (found.action is Action.BLOCK) is is_sealed
    elif (
        verdict.action is Action.BLOCK
        or is_sealed
        or is_private
        or "8.8.8.8" in addresses
        or not set(BLOCKED_TARGETS).isdisjoint(targets)
    ):
        assert found.action is Action.BLOCK


class TestA1Sealed:
    """Sealed lists: nobody may lift them, and nothing is told of them."""

    SEALED = SealedNames("bad.example", "printer.home", "time.apple.com", "childline.org.uk")
    ROWS = ("printer.home", "time.apple.com", "www.childline.org.uk", "a.b.bad.example")

    @pytest.mark.parametrize("name", ROWS)
    @pytest.mark.parametrize("who", [LENA, TOM, PARENT, STRANGER], ids=lambda who: who.person)
    @pytest.mark.parametrize("qtype", [codes.A, codes.HTTPS, codes.DS, codes.DNSKEY, codes.ANY])
    def test_it_comes_before_every_other_row(self, name: str, who: Identity, qtype: int) -> None:
        policy = policies(school(), sealed=self.SEALED).policy_for(who, FREE)
        verdict = decide(from_text(name), qtype, policy)
        assert (verdict.action, verdict.row) == (Action.BLOCK, Row.SEALED)
        assert (verdict.listed, verdict.rule) == (b"", SEALED_RULE)

    def test_no_allowed_name_and_no_host_lifts_it(self) -> None:
        ruleset, who = child(
            policy=replace(CHILD, allow=selection("bad.example")),
            allow=selection("www.bad.example"),
        )
        ruleset = replace(ruleset, hosts={from_text("www.bad.example"): ("192.0.2.1",)})
        policy = policies(ruleset, sealed=self.SEALED).policy_for(who, FREE)
        assert decide(from_text("www.bad.example"), codes.A, policy).row is Row.SEALED

    @pytest.mark.parametrize("mode", [AnswerMode.ZERO_IP, AnswerMode.NXDOMAIN, AnswerMode.NODATA])
    def test_it_is_answered_as_the_policy_says(self, mode: AnswerMode) -> None:
        ruleset, who = child(policy=replace(CHILD, answer=mode))
        policy = policies(ruleset, sealed=self.SEALED).policy_for(who, FREE)
        verdict = decide(from_text("bad.example"), codes.A, policy)
        assert (verdict.answer or policy.answer) is mode

    @pytest.mark.parametrize(
        "asked", ["www.news.example", "www.childline.org.uk", "time.apple.com", "www.tiktok.com"]
    )
    def test_no_alias_leads_there(self, asked: str) -> None:
        sealed = SealedNames("bad.example")
        policy = policies(family(), sealed=sealed).policy_for(TOM, FREE)
        name = from_text(asked)
        verdict = decide(name, codes.A, policy)
        assert verdict.action is Action.ALLOW
        targets = (from_text("cdn.example.net"), from_text("x.bad.example"))
        found = decide_answer(name, codes.A, Leads(targets), verdict, policy)
        assert (found.action, found.row, found.rule) == (Action.BLOCK, Row.ANSWER, SEALED_RULE)
        assert decide_answer(name, codes.A, Leads(targets[:1]), verdict, policy) is verdict

    def test_the_words_are_for_a_child_and_name_nothing(self) -> None:
        assert SEALED_RULE.reason == "Blocked by this filter"
        assert (SEALED_RULE.where, SEALED_RULE.category) == ("", "")


class TestStageB:
    """Safe search: whatever lets a question through, and only what is let through."""

    SAFE = replace(CHILD, safe_search=safe(search="strict", youtube="moderate"))
    GOOGLE = from_text("www.google.com")

    @pytest.mark.parametrize(
        ("policy", "own", "lists"),
        [
            (  # A5, lifted by the exact name
                replace(SAFE, allow=selection("www.google.com")),
                {},
                {"google.com": ["doh"]},
            ),
            (  # A8, spared by `except`
                replace(
                    SAFE,
                    during=(
                        During(
                            "bedtime",
                            Rule("off"),
                            internet_off=True,
                            exempt=selection("www.google.com"),
                        ),
                    ),
                ),
                {},
                {},
            ),
            (  # A8, spared by `allow-only`
                replace(
                    SAFE,
                    during=(During("bedtime", Rule("only"), allow_only=selection("google.com")),),
                ),
                {},
                {},
            ),
            # A10, allowed by the person and by the policy, by its own name and from above
            (SAFE, {"allow": selection("www.google.com", "google.com")}, {}),
            (SAFE, {"allow": selection("google.com")}, {"google.com": ["gambling"]}),
            (replace(SAFE, allow=selection("google.com")), {}, {}),
            # A11, a category that the person leaves
            (
                replace(SAFE, block=selection("games")),
                {"allow": selection("games")},
                {"google.com": ["games"]},
            ),
            (SAFE, {}, {}),  # A12
        ],
        ids=["A5", "A8-except", "A8-only", "A10", "A10-listed", "A10-policy", "A11", "A12"],
    )
    def test_it_holds_for_whatever_is_allowed(
        self, policy: PolicyRules, own: dict[str, object], lists: dict[str, list[str]]
    ) -> None:
        when = BEDTIME if policy.during != CHILD.during else FREE
        ruleset, who = child(policy=policy, **own)
        found = policies(ruleset, DictionaryClaims(lists)).policy_for(who, when)
        assert decide(self.GOOGLE, codes.A, replace(found, rewrites={})).action is Action.ALLOW
        verdict = decide(self.GOOGLE, codes.A, found)
        assert (verdict.action, verdict.row) == (Action.REWRITE, Row.REWRITE)
        assert verdict.instead == from_text("forcesafesearch.google.com")

    def test_it_holds_for_what_a_place_spares(self) -> None:
        ruleset, _ = child(policy=self.SAFE)
        room = During("lessons", Rule("only"), allow_only=selection("google.com"))
        ruleset = replace(ruleset, places={"room": Place("room", ("10.0.0.0/8",), (room,))})
        verdict = verdict_of("www.google.com", Identity("kim", "", ("room",)), LESSON, ruleset)
        assert verdict.action is Action.REWRITE

    @pytest.mark.parametrize(
        ("change", "row"),
        [
            ({"hosts": {GOOGLE: ("192.168.1.40",)}}, Row.LOCAL),
            ({"essentials": names("google.com")}, Row.LIFELINE),
            ({"lifelines": names("google.com")}, Row.LIFELINE),
        ],
    )
    def test_what_the_house_keeps_open_stays_as_it_is(
        self, change: dict[str, object], row: Row
    ) -> None:
        ruleset, who = child(policy=self.SAFE)
        verdict = verdict_of("www.google.com", who, ruleset=replace(ruleset, **change))  # type: ignore[arg-type]
        assert (verdict.action, verdict.row) == (Action.ALLOW, row)

    @pytest.mark.parametrize(
        ("policy", "own", "lists", "at", "row"),
        [
            (SAFE, {}, {"google.com": ["doh"]}, FREE, Row.BYPASS),
            (SAFE, {}, {}, BEDTIME, Row.SCHEDULE),
            (SAFE, {"block": selection("google.com")}, {}, FREE, Row.NAME),
            (SAFE, {}, {"google.com": ["gambling"]}, FREE, Row.CATEGORY),
            (replace(SAFE, block=selection("service:youtube")), {}, {}, FREE, Row.CATEGORY),
        ],
    )
    def test_what_is_blocked_stays_blocked(
        self,
        policy: PolicyRules,
        own: dict[str, object],
        lists: dict[str, list[str]],
        at: float,
        row: Row,
    ) -> None:
        ruleset, who = child(policy=policy, **own)
        found = policies(ruleset, DictionaryClaims(lists)).policy_for(who, at)
        name = "www.youtube.com" if policy.block.services != CHILD.block.services else None
        verdict = decide(from_text(name) if name else self.GOOGLE, codes.A, found)
        assert (verdict.action, verdict.row) == (Action.BLOCK, row)

    def test_the_strictest_of_all_has_the_strictest_mode(self) -> None:
        strict = replace(CHILD, name="strict", safe_search=safe(youtube="strict"))
        moderate = replace(CHILD, name="moderate", safe_search=safe(youtube="moderate"))
        rules = {each.name: each for each in (ADULTS, moderate, strict)}
        ruleset = family(people={}, policies=rules)
        verdict = verdict_of("www.youtube.com", STRANGER, ruleset=ruleset)
        assert verdict.instead == from_text("restrict.youtube.com")
        del rules["strict"]
        verdict = verdict_of("www.youtube.com", STRANGER, ruleset=replace(ruleset, policies=rules))
        assert verdict.instead == from_text("restrictmoderate.youtube.com")

    def test_the_strictest_of_all_is_as_strict_as_anybodys_own_wish(self) -> None:
        own = Person("kim", "adults", BERLIN, safe_search=safe(search="strict"))
        ruleset = family(people={"kim": own}, policies={"adults": ADULTS})
        verdict = verdict_of("www.google.com", STRANGER, ruleset=ruleset)
        assert verdict.action is Action.REWRITE

    @pytest.mark.parametrize("qtype", [codes.DS, codes.DNSKEY, codes.MX])
    def test_types_that_are_left_alone_are_decided_by_stage_a(self, qtype: int) -> None:
        ruleset, who = child(policy=self.SAFE)
        assert verdict_of("www.google.com", who, ruleset=ruleset, qtype=qtype) is ALLOWED

    @pytest.mark.parametrize(
        ("target", "action", "row"),
        [
            ("sealed.example", Action.BLOCK, Row.ANSWER),
            ("doh.dns.example", Action.BLOCK, Row.ANSWER),
            ("www.casino.example", Action.REWRITE, Row.REWRITE),  # we chose it
            ("cdn.youtube.com", Action.REWRITE, Row.REWRITE),
        ],
    )
    def test_where_it_leads_meets_only_what_nobody_may_reach(
        self, target: str, action: Action, row: Row
    ) -> None:
        policy = replace(self.SAFE, block=selection("gambling", "youtube.com"))
        ruleset, who = child(policy=policy)
        held = policies(ruleset, sealed=SEALED_NAMES).policy_for(who, FREE)
        verdict = decide(self.GOOGLE, codes.A, held)
        leads = Leads((verdict.instead, from_text(target)))
        found = decide_answer(self.GOOGLE, codes.A, leads, verdict, held)
        assert (found.action, found.row) == (action, row)


def test_unknown_devices_reach_a_lifeline_until_all_have_given_it_up() -> None:
    ruleset, _ = giving_up("childline.org.uk")
    assert verdict_of("childline.org.uk", STRANGER, ruleset=ruleset).action is Action.ALLOW
    everybody = {
        name: replace(
            rules,
            block=selection("childline.org.uk"),
            given_up={from_text("childline.org.uk"): Rule("why", category=LIFELINE)},
        )
        for name, rules in ruleset.policies.items()
    }
    ruleset = replace(ruleset, policies=everybody)
    verdict = verdict_of("childline.org.uk", STRANGER, ruleset=ruleset)
    assert (verdict.action, verdict.row) == (Action.BLOCK, Row.LIFELINE)
