from pathlib import Path

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import SourceSpec
from filterdns.control.rules import (
    MOST_ASKERS,
    Rules,
    entries_by_category,
    lists_of,
    missing_categories,
)
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from filterdns.policy.address import read_address
from filterdns.policy.client import Identity
from filterdns.policy.decide import decide
from filterdns.policy.verdict import Action
from tests.support.control import FAMILY, family
from tests.support.households import moment

NOW = moment("2026-03-05 12:00")


@pytest.fixture
def index(tmp_path: Path) -> Index:
    (tmp_path / "list").write_text("casino.example\npoker.example\n")
    sources = [SourceSpec("gambling", "file:list", tmp_path / "list")]
    return Index.open(build_index(sources, tmp_path / "runs", tmp_path).index)


def test_rules_decide_with_the_index(tmp_path: Path, index: Index) -> None:
    body = FAMILY.replace("games.example", "games.example, gambling")
    rules = Rules(family(tmp_path, body), index, {})
    identity = rules.identifier.identify(read_address("127.0.0.2"))
    policy = rules.policies_of(identity).policy_for(identity, NOW)
    verdict = decide(from_text("www.casino.example"), codes.A, policy)
    assert (verdict.action, verdict.rule.category) == (Action.BLOCK, "gambling")
    rules.close()


def test_rules_decide_without_an_index(tmp_path: Path) -> None:
    rules = Rules(family(tmp_path), None, {})
    identity = rules.identifier.identify(read_address("127.0.0.2"))
    policy = rules.policies_of(identity).policy_for(identity, NOW)
    assert decide(from_text("www.casino.example"), codes.A, policy).action is Action.ALLOW


def test_policies_of_many_askers_are_not_all_kept(tmp_path: Path) -> None:
    rules = Rules(family(tmp_path), None, {})
    nobody = Identity("", "", ())
    first = rules.policies_of(nobody)
    assert rules.policies_of(nobody) is first
    for number in range(MOST_ASKERS):
        rules.policies_of(Identity(f"pupil-{number}", "", ()))
    assert rules.policies_of(nobody) is not first


def test_a_category_whose_list_has_not_come_is_missing(tmp_path: Path, index: Index) -> None:
    sources = [
        SourceSpec("gambling", "file:list", tmp_path / "list"),
        SourceSpec("adult", "file:list", tmp_path / "list"),
    ]
    assert missing_categories(sources, index) == ["adult"]
    assert missing_categories(sources, None) == ["adult", "gambling"]
    sealed = SourceSpec("illegal", "file:list", tmp_path / "list", is_sealed=True)
    assert missing_categories([sealed], index) == []  # nobody waits for what blocks by itself
    assert entries_by_category(index) == {"gambling": 2}
    index.close()


def test_no_index_lists_nothing() -> None:
    assert lists_of(None).claims(suffixes(from_text("casino.example")), codes.A) == ()
    assert lists_of(None).categories == frozenset()
