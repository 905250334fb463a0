"""Why a row comes before another, in words."""

import re
from pathlib import Path

import pytest

from filterdns.control.why import TITLES, check_words, why
from filterdns.policy.answer_checks import AnswerCheck, Part
from filterdns.policy.house import NOTHING_LISTED, House
from filterdns.policy.ruleset import Category, Ruleset
from filterdns.policy.verdict import Action, Row, Rule, Verdict

ROOT = Path(__file__).parents[3]


def verdict(row: Row, action: Action = Action.BLOCK, listed: bytes = b"") -> Verdict:
    return Verdict(action, row, Rule("a rule"), listed=listed)


@pytest.mark.parametrize("row", list(Row))
def test_every_row_has_a_title_and_a_reason_without_a_full_stop(row: Row) -> None:
    assert TITLES[row]
    reason = why(verdict(row), None)
    assert reason[0].islower()
    assert not reason.endswith(".")


def test_the_documented_table_has_the_rows_that_have_titles() -> None:
    stage = (ROOT / "docs" / "policy.md").read_text().split("## Stage A")[1].split("## Stage B")[0]
    assert set(re.findall(r"^\| (A\d+) \|", stage, re.MULTILINE)) == {
        row.value for row in TITLES if row.value.startswith("A")
    }


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (
            verdict(Row.NAME, Action.ALLOW, b"\x01b\x01a\x00"),
            verdict(Row.NAME, listed=b"\x01a\x00"),
            "the longer one wins",
        ),
        (verdict(Row.NAME), verdict(Row.NAME), "both block the name"),
        (verdict(Row.NAME), verdict(Row.NAME, Action.ALLOW), "the nearer one wins"),
        (verdict(Row.SCHEDULE), verdict(Row.SCHEDULE), "the first in the order written wins"),
        (verdict(Row.CATEGORY), verdict(Row.CATEGORY), "both block the name"),
        (verdict(Row.CATEGORY), verdict(Row.NAME, Action.ALLOW), "does not open longer names"),
        (verdict(Row.SCHEDULE), verdict(Row.NAME), "a schedule that is on comes before"),
    ],
)
def test_the_reason_speaks_of_both_rules(first: Verdict, second: Verdict, words: str) -> None:
    assert words in why(first, second)


def test_a_list_that_is_not_there_yet_is_told() -> None:
    assert "its list is not there yet" in why(verdict(Row.CATEGORY)._replace(is_pending=True), None)


def test_a_lifeline_that_is_closed_was_confirmed() -> None:
    said = why(verdict(Row.LIFELINE), verdict(Row.LIFELINE, Action.ALLOW))
    assert said == "an adult has confirmed to mean this help line, with a reason"


def test_what_lists_of_addresses_block_is_told_by_the_titles_of_their_categories() -> None:
    categories = {"doh": Category("doh", title="DNS over HTTPS")}
    house = House(Ruleset("UTC", categories=categories), NOTHING_LISTED)
    rules = (Rule("bypass: doh", category="doh"), Rule("block: vpn", category="vpn"))
    words = check_words(AnswerCheck(Part.LISTED, False, rules), house)
    assert words == "an address on a list of DNS over HTTPS or vpn blocks the answer"
