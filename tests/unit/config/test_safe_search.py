"""`safe_search:` of policies, people and windows, as written and as understood."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from filterdns.config.check import check
from filterdns.dns.names import from_text
from filterdns.policy.ruleset import SafeWish
from tests.support.configs import compiled, complaints
from tests.support.households import DictionaryClaims, moment

SCHEDULES = "schedules: {homework: {daily: 14:00-16:00}}\n"
NOW = moment("2026-03-02 12:00")  # Monday


def modes(wishes: Mapping[str, SafeWish]) -> dict[str, str]:
    return {kind: wish.mode.value for kind, wish in wishes.items()}


def test_nothing_is_wished_by_default(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, "policies: {a: {}}\npeople: {mia: {policy: a}}\n").ruleset
    assert ruleset.policies["a"].safe_search == {}
    assert ruleset.people["mia"].safe_search == {}


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ("{}", {"search": "strict", "youtube": "moderate"}),
        ("{youtube: strict}", {"search": "strict", "youtube": "strict"}),
        ("{search: off}", {"search": "off", "youtube": "moderate"}),
        ("{search: 'off', youtube: off}", {"search": "off", "youtube": "off"}),
    ],
)
def test_the_nearer_policy_wins_kind_by_kind(
    tmp_path: Path, near: str, expected: dict[str, str]
) -> None:
    body = (
        f"policies:\n  near: {{extends: far, safe_search: {near}}}\n"
        "  far: {safe_search: {search: strict, youtube: moderate}}\n"
    )
    assert modes(compiled(tmp_path, body).ruleset.policies["near"].safe_search) == expected


def test_a_person_has_what_differs(tmp_path: Path) -> None:
    body = (
        "policies: {child: {safe_search: {search: strict, youtube: moderate}}}\n"
        "people: {mia: {policy: child, safe_search: {youtube: strict}}}\n"
    )
    assert modes(compiled(tmp_path, body).ruleset.people["mia"].safe_search) == {
        "youtube": "strict"
    }


@pytest.mark.parametrize("mode", ["strict", "moderate", "off"])
def test_a_window_may_switch_it_either_way(tmp_path: Path, mode: str) -> None:
    body = (
        f"{SCHEDULES}policies: {{child: {{during: {{homework: "
        f"{{safe_search: {{youtube: {mode}}}}}}}}}}}\n"
    )
    [entry] = compiled(tmp_path, body).ruleset.policies["child"].during
    wish = entry.safe_search["youtube"]
    assert (wish.mode, wish.rule.schedule, entry.closes_something) == (mode, "homework", False)


def test_a_rule_has_its_words_and_its_place(tmp_path: Path) -> None:
    body = "policies:\n  child:\n    safe_search:\n      search: strict\n"
    rule = compiled(tmp_path, body).ruleset.policies["child"].safe_search["search"].rule
    assert (rule.text, rule.where) == ("safe_search: search: strict", "config.yaml:6:15")


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("{search: moderate}", 'policies.child.safe_search.search: "moderate" is not possible'),
        ("{youtube: stric}", 'did you mean "strict"?'),
        ("{youtub: strict}", 'did you mean "youtube"?'),
        ("strict", "policies.child.safe_search"),
        ("{search: true}", "policies.child.safe_search.search"),
    ],
)
def test_what_is_no_mode_is_told(tmp_path: Path, section: str, complaint: str) -> None:
    [found] = complaints(tmp_path, f"policies: {{child: {{safe_search: {section}}}}}\n")
    assert complaint in found


def test_a_window_in_which_nothing_happens_is_an_error_still(tmp_path: Path) -> None:
    body = f"{SCHEDULES}policies: {{child: {{during: {{homework: {{safe_search: {{}}}}}}}}}}\n"
    [found] = complaints(tmp_path, body)
    assert "nothing happens in this time" in found


def group(section: str) -> str:
    return (
        f"{SCHEDULES}groups:\n  room:\n    networks: 10.1.0.0/16\n"
        f"    during: {{homework: {{safe_search: {section}}}}}\n"
    )


@pytest.mark.parametrize("kind", ["search", "youtube"])
def test_a_place_cannot_loosen(tmp_path: Path, kind: str) -> None:
    [found] = complaints(tmp_path, group(f"{{{kind}: off}}"))
    assert found.startswith("config.yaml:7:")
    assert f"groups.room.during.homework.safe_search.{kind}: a place only tightens" in found


def test_a_place_tightens(tmp_path: Path) -> None:
    ruleset = compiled(tmp_path, group("{search: strict, youtube: moderate}")).ruleset
    [entry] = ruleset.places["room"].during
    assert modes(entry.safe_search) == {"search": "strict", "youtube": "moderate"}


def test_the_engines_of_the_catalogue_are_those_of_the_rules(tmp_path: Path) -> None:
    engines = compiled(tmp_path, "").ruleset.engines
    assert len(engines) == 9
    assert from_text("www.google.de") in engines["google"].names
    assert engines["youtube"].moderate == from_text("restrictmoderate.youtube.com")


@pytest.mark.parametrize("by", ["B", "homework", "youtube: strict"])
def test_what_is_rewritten_is_allowed_to_an_expectation(tmp_path: Path, by: str) -> None:
    body = (
        f"{SCHEDULES}policies:\n  child: {{during: {{homework: {{safe_search: "
        "{youtube: strict}}}}\n"
        "people: {mia: {policy: child, devices: [{name: a, ip: 10.0.0.1}]}}\n"
        f"expect: [{{who: mia, at: Tue 15:00, name: www.youtube.com, is: allowed, by: '{by}'}}]\n"
    )
    assert check(compiled(tmp_path, body), DictionaryClaims({}), NOW).problems == ()


def test_unknown_devices_may_not_be_held_less_than_a_child(tmp_path: Path) -> None:
    body = (
        "policies: {child: {safe_search: {search: strict}}, guest: {}}\n"
        "people: {mia: {policy: child, devices: [{name: a, ip: 10.0.0.1}]}}\n"
        "unknown_devices: {policy: guest}\n"
    )
    [problem] = check(compiled(tmp_path, body), DictionaryClaims({}), NOW).problems
    assert "www.google.com is not held to B safe_search: search: strict" in problem.message
