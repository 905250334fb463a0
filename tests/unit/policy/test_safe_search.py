"""Which mode of safe search holds, and which names are asked instead of which."""

from math import inf

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text, to_text
from filterdns.policy.house import NOTHING_LISTED, House
from filterdns.policy.moment import Moment, OpenWindow
from filterdns.policy.ruleset import During, Person, PolicyRules, Ruleset, SafeMode, SafeWish
from filterdns.policy.safe_search import (
    compile_rewrites,
    looser_kinds,
    rewrite,
    strictest_of_each,
    wishes_at,
)
from filterdns.policy.verdict import ALLOWED, Action, LocalAnswer, Row, Rule, Verdict
from tests.support.households import ENGINES, safe

HOUSE = House(Ruleset(engines=ENGINES), NOTHING_LISTED)
STRICT = safe(search="strict", youtube="strict")
GOOGLE = from_text("www.google.com")


def window(schedule: str, **modes: str) -> OpenWindow:
    """Return an open window that says *modes*."""
    entry = During(schedule, Rule(schedule), safe_search=safe(schedule, **modes))
    return OpenWindow(0, entry, " until 15:30")


def youtube(
    policy: str = "",
    person: str = "",
    windows: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
    *,
    is_time_known: bool = True,
) -> str:
    """Return YouTube's mode where these have spoken; empty where nobody has."""
    moment = Moment(
        tuple(window("lessons", youtube=mode) for mode in places),
        tuple(window("homework", youtube=mode) for mode in windows),
        "",
        -inf,
        inf,
    )
    rules = PolicyRules("child", safe_search=safe(youtube=policy) if policy else {})
    own = Person("mia", "child", "UTC", safe_search=safe(youtube=person) if person else {})
    wishes = wishes_at(rules, own, moment, is_time_known=is_time_known)
    assert "search" not in wishes
    return wishes["youtube"].mode.value if wishes else ""


class TestWhoSpeaks:
    def test_nobody(self) -> None:
        assert youtube() == ""

    @pytest.mark.parametrize("mode", list(SafeMode))
    def test_the_policy(self, mode: str) -> None:
        assert youtube(mode) == mode

    @pytest.mark.parametrize("own", list(SafeMode))
    def test_the_person_comes_before_the_policy(self, own: str) -> None:
        assert youtube("moderate", own) == own

    @pytest.mark.parametrize("mode", list(SafeMode))
    def test_a_window_comes_before_both(self, mode: str) -> None:
        assert youtube("strict", "moderate", (mode,)) == mode

    def test_of_two_windows_the_first_in_the_order_written(self) -> None:
        assert youtube("strict", windows=("moderate", "off")) == "moderate"
        assert youtube("strict", windows=("off", "moderate")) == "off"

    @pytest.mark.parametrize(
        ("mode", "place", "expected"),
        [
            ("off", "moderate", "moderate"),
            ("moderate", "strict", "strict"),
            ("strict", "moderate", "strict"),
            ("", "strict", "strict"),
        ],
    )
    def test_a_place_only_tightens(self, mode: str, place: str, expected: str) -> None:
        assert youtube(mode, places=(place,)) == expected
        assert youtube("off", windows=(mode,) if mode else (), places=(place,)) == expected

    def test_of_two_places_the_stricter_one(self) -> None:
        assert youtube(places=("moderate", "strict", "moderate")) == "strict"

    @pytest.mark.parametrize(
        ("policy", "windows", "expected"),
        [
            ("moderate", ("off",), "moderate"),
            ("strict", ("off", "moderate"), "strict"),
            ("", ("moderate", "strict"), "strict"),
        ],
    )
    def test_while_the_time_is_not_known_the_strictest_of_all(
        self, policy: str, windows: tuple[str, ...], expected: str
    ) -> None:
        assert youtube(policy, windows=windows, is_time_known=False) == expected

    def test_each_kind_for_itself(self) -> None:
        moment = Moment((), (window("homework", youtube="off"),), "", -inf, inf)
        rules = PolicyRules("child", safe_search=STRICT)
        wishes = wishes_at(rules, Person("mia", "child", "UTC"), moment)
        assert {kind: wish.mode.value for kind, wish in wishes.items()} == {
            "search": "strict",
            "youtube": "off",
        }
        assert wishes["youtube"].rule.schedule == "homework"


def test_the_strictest_of_each_kind() -> None:
    found = strictest_of_each(
        [safe(search="off", youtube="moderate"), {}, safe(youtube="strict"), safe(search="strict")]
    )
    assert {kind: wish.mode.value for kind, wish in found.items()} == {
        "search": "strict",
        "youtube": "strict",
    }


@pytest.mark.parametrize(
    ("first", "second", "kinds"),
    [
        ({}, {}, []),
        (STRICT, {}, []),
        ({}, STRICT, ["search", "youtube"]),
        (safe(search="off"), safe(search="strict"), ["search"]),
        (safe(youtube="moderate"), safe(youtube="strict"), ["youtube"]),
        (safe(youtube="moderate"), safe(youtube="moderate"), []),
        ({}, safe(youtube="off"), []),
    ],
)
def test_looser_is_who_holds_less(
    first: dict[str, SafeWish], second: dict[str, SafeWish], kinds: list[str]
) -> None:
    assert looser_kinds(first, second) == kinds


class TestRewrites:
    @pytest.mark.parametrize(
        ("modes", "expected"),
        [
            ({}, {}),
            ({"search": "off", "youtube": "off"}, {}),
            (
                {"search": "strict"},
                {
                    "www.google.com": "forcesafesearch.google.com",
                    "www.google.de": "forcesafesearch.google.com",
                },
            ),
            (
                {"youtube": "moderate"},
                {
                    "www.youtube.com": "restrictmoderate.youtube.com",
                    "m.youtube.com": "restrictmoderate.youtube.com",
                },
            ),
            (
                {"youtube": "strict"},
                {
                    "www.youtube.com": "restrict.youtube.com",
                    "m.youtube.com": "restrict.youtube.com",
                },
            ),
        ],
    )
    def test_each_name_has_the_target_of_the_mode(
        self, modes: dict[str, str], expected: dict[str, str]
    ) -> None:
        found = compile_rewrites(safe(**modes), HOUSE)
        assert {
            to_text(name): to_text(verdict.instead) for name, verdict in found.items()
        } == expected

    def test_an_engine_without_the_moderate_mode_is_held_strictly(self) -> None:
        wishes = {"search": safe(youtube="moderate")["youtube"]}
        verdict = compile_rewrites(wishes, HOUSE)[GOOGLE]
        assert to_text(verdict.instead) == "forcesafesearch.google.com"

    def test_the_rule_is_told(self) -> None:
        verdict = compile_rewrites(STRICT, HOUSE)[GOOGLE]
        assert (verdict.action, verdict.row) == (Action.REWRITE, Row.REWRITE)
        assert (verdict.rule.text, verdict.listed) == ("search: strict", GOOGLE)


class TestTypes:
    REWRITES = compile_rewrites(STRICT, HOUSE)

    def of(self, qtype: int, name: bytes = GOOGLE) -> Verdict:
        return rewrite(ALLOWED, name, qtype, self.REWRITES)

    @pytest.mark.parametrize("qtype", [codes.A, codes.AAAA, codes.CNAME])
    def test_addresses_and_the_alias_are_those_of_the_target(self, qtype: int) -> None:
        verdict = self.of(qtype)
        assert verdict.action is Action.REWRITE
        assert (verdict.instead, verdict.local) == (ENGINES["google"].strict, None)

    @pytest.mark.parametrize(
        "qtype", [codes.HTTPS, codes.SVCB, codes.SRV, codes.NAPTR, codes.ANY, codes.RRSIG, 65_280]
    )
    def test_what_might_lead_around_is_answered_with_nothing(self, qtype: int) -> None:
        verdict = self.of(qtype)
        assert verdict.action is Action.REWRITE
        assert (verdict.instead, verdict.local) == (b"", LocalAnswer())

    @pytest.mark.parametrize(
        "qtype",
        [codes.MX, codes.TXT, codes.NS, codes.SOA, codes.CAA, codes.DS, codes.DNSKEY],
    )
    def test_mail_and_signatures_are_left_alone(self, qtype: int) -> None:
        assert self.of(qtype) is ALLOWED

    @pytest.mark.parametrize(
        "name", ["google.com", "mail.google.com", "a.www.google.com", "forcesafesearch.google.com"]
    )
    def test_names_are_met_exactly(self, name: str) -> None:
        assert self.of(codes.A, from_text(name)) is ALLOWED


def test_an_engine_is_part_of_the_key_of_the_house() -> None:
    google = ENGINES["google"]._replace(strict=from_text("safe.google.example"))
    other = {**ENGINES, "google": google}
    assert House(Ruleset(engines=other), NOTHING_LISTED).frame_key != HOUSE.frame_key
