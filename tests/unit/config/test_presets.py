"""Policies that ship: what each contains, and how a config uses them."""

import re
from pathlib import Path

import pytest

from filterdns.blocklists.ages import AGE_GROUPS, AgeDefault
from filterdns.config.check import check
from filterdns.config.model import Bypass
from filterdns.config.presets import FILE, PRESETS, preset_texts
from filterdns.config.vocabulary import BYPASS_WORDS
from filterdns.policy.ruleset import PolicyRules, SafeMode
from tests.support.configs import catalog, compiled, complaints
from tests.support.households import DictionaryClaims, moment

EVERY_CATEGORY = DictionaryClaims({"listed.example": list(catalog().categories)})
CHILDREN = (*AGE_GROUPS, "students", "exam-room")


def preset(folder: Path, name: str) -> PolicyRules:
    return compiled(folder, f"people: {{mia: {{policy: {name}}}}}\n").ruleset.policies[name]


def proposed(group: str, default: AgeDefault) -> list[str]:
    return [each.id for each in catalog().categories.values() if each.ages[group] is default]


def test_the_file_has_the_presets_that_there_are() -> None:
    assert tuple(preset_texts()) == PRESETS


@pytest.mark.parametrize("group", AGE_GROUPS)
def test_a_child_is_kept_from_what_the_catalogue_proposes_for_its_age(
    tmp_path: Path, group: str
) -> None:
    blocked = [each for each in proposed(group, AgeDefault.BLOCK) if each not in BYPASS_WORDS]
    assert list(preset(tmp_path, group).block.categories) == blocked


@pytest.mark.parametrize("group", AGE_GROUPS)
def test_what_closes_at_some_hours_is_told_above_a_preset(group: str) -> None:
    told = re.search(r"^  # At some hours only.*: (.*)\.$", preset_texts()[group], re.MULTILINE)
    assert (told[1].split(", ") if told else []) == proposed(group, AgeDefault.TIMETABLE)


@pytest.mark.parametrize("name", CHILDREN)
def test_no_child_has_a_way_around_the_filter(tmp_path: Path, name: str) -> None:
    kinds = {field.alias or key for key, field in Bypass.model_fields.items()}
    kinds -= {"page-fetcher", "ech"}  # schools use the one, and this filter needs not the other
    assert preset(tmp_path, name).bypass.keys() == kinds


@pytest.mark.parametrize("name", CHILDREN)
def test_a_childs_search_engines_are_locked(tmp_path: Path, name: str) -> None:
    wishes = preset(tmp_path, name).safe_search
    assert wishes["search"].mode is SafeMode.STRICT
    assert ("youtube" in wishes) is (name != "16-17")


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_blocks_stands_with_its_title(name: str) -> None:
    entries = re.findall(r"^ +(?:- )?([\w-]+)(?:: block)? +# (.*)$", preset_texts()[name], re.M)
    assert len(entries) > 5
    for category, title in entries:
        assert title == catalog().categories[category].title


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_right_and_raises_no_doubt(tmp_path: Path, name: str) -> None:
    body = f"people: {{mia: {{policy: {name}, devices: [{{name: pc, ip: 127.0.0.2}}]}}}}\n"
    report = check(compiled(tmp_path, body), EVERY_CATEGORY, moment("2026-03-05 12:00"))
    assert report == ((), ())


def test_schools_are_stricter_where_they_say_so(tmp_path: Path) -> None:
    students = preset(tmp_path, "students").block.categories
    exam = preset(tmp_path, "exam-room").block.categories
    assert students.keys() < exam.keys()
    assert {"ai-chat", "chat", "streaming"} <= exam.keys() - students.keys()
    assert preset(tmp_path, "staff").block.categories.keys() < students.keys()


def test_only_what_a_config_names_becomes_part_of_it(tmp_path: Path) -> None:
    """Every policy counts for unknown devices."""
    body = "policies: {teen: {extends: 12-15}}\npeople: {mia: {policy: teen}}\n"
    assert list(compiled(tmp_path, body).ruleset.policies) == ["teen", "12-15"]
    assert not compiled(tmp_path, "people: {}\n").ruleset.policies
    assert list(compiled(tmp_path, "unknown_devices: {policy: staff}\n").ruleset.policies) == [
        "staff"
    ]


def test_a_policy_of_ones_own_comes_before_the_preset_of_that_name(tmp_path: Path) -> None:
    body = "policies: {7-11: {block: [games]}}\npeople: {mia: {policy: 7-11}}\n"
    rules = compiled(tmp_path, body).ruleset.policies["7-11"]
    assert list(rules.block.categories) == ["games"]


def test_what_extends_a_preset_adds_and_opens(tmp_path: Path) -> None:
    body = (
        "policies: {teen: {extends: 12-15, block: [streaming], allow: [crypto], "
        "bypass: {vpn: allow}}}\npeople: {mia: {policy: teen}}\n"
    )
    policies = compiled(tmp_path, body).ruleset.policies
    theirs, ours = policies["12-15"].block.categories, policies["teen"].block.categories
    assert ours.keys() == {*theirs, "streaming"} - {"crypto"}
    assert "vpn" not in policies["teen"].bypass


def test_a_rule_of_a_preset_tells_where_it_stands(tmp_path: Path) -> None:
    rule = preset(tmp_path, "7-11").block.categories["gambling"]
    file, line, _ = rule.where.split(":")
    assert file == FILE
    written = (Path(__file__).parents[3] / "blocklists" / FILE).read_text().splitlines()
    assert "gambling" in written[int(line) - 1]


def test_a_misspelt_preset_is_told_with_the_nearest(tmp_path: Path) -> None:
    [found] = complaints(tmp_path, "people: {mia: {policy: 7-1}}\n")
    assert '"7-1" is not a policy; did you mean "7-11"?' in found


@pytest.mark.parametrize("body", ["policies: 3\n", "people: [7-11]\n", "policies: {a: [7-11]}\n"])
def test_a_config_that_is_wrong_around_a_preset_is_told_so(tmp_path: Path, body: str) -> None:
    assert complaints(tmp_path, body)


def doubts(folder: Path, body: str) -> list[str]:
    lists = DictionaryClaims({"bet.example": ["gambling", "adult"]})
    report = check(compiled(folder, body), lists, moment("2026-03-05 12:00"))
    return [str(warning) for warning in report.warnings]


MIA = "people: {mia: {policy: 7-11, devices: [{name: pc, ip: 127.0.0.2}]}}\n"


def test_what_a_preset_cannot_close_alone_is_told_once_where_it_is_named(tmp_path: Path) -> None:
    [found] = doubts(tmp_path, MIA + "policies: {b: {extends: 12-15}}\n")[:1]
    assert found.startswith("config.yaml:3:24 people.mia.policy: it blocks ads, ")
    assert "add public lists" in found


def test_who_has_added_one_list_is_told_no_more(tmp_path: Path) -> None:
    body = MIA + "categories: {malware: {sources: ['https://lists.example/a']}}\n"
    assert not doubts(tmp_path, body)
