"""Why the row that decided came first, and what of an answer is checked, in words for readers."""

from collections.abc import Mapping
from typing import Final

from filterdns.policy.answer_checks import AnswerCheck, Part
from filterdns.policy.house import House
from filterdns.policy.verdict import Action, Row, Verdict

TITLES: Final[Mapping[Row, str]] = {
    Row.SEALED: "sealed lists",
    Row.SPECIAL: "names that never leave the house",
    Row.LOCAL: "local names",
    Row.LIFELINE: "help lines and what devices need",
    Row.BYPASS: "ways around the filter",
    Row.GRANT: "pauses and grants",
    Row.PLACE: "the place",
    Row.SCHEDULE: "schedules",
    Row.BUDGET: "budgets",
    Row.NAME: "names",
    Row.CATEGORY: "services and categories",
    Row.DEFAULT: "everything else",
    Row.REWRITE: "safe search",
    Row.ANSWER: "where the answer leads",
}


def why(verdict: Verdict, beaten: Verdict | None) -> str:
    """Return in one sentence why *verdict* comes before *beaten*, the rule that is next in order.

    None: nothing else speaks of the name.
    """
    if verdict.row is Row.LIFELINE and verdict.action is Action.BLOCK:
        return "an adult has confirmed to mean this help line, with a reason"
    if beaten is not None and beaten.row is verdict.row:
        return _within(verdict, beaten)
    if verdict.row is Row.CATEGORY and verdict.is_pending:
        return "its list is not there yet, so names that nothing else speaks of wait for it"
    if verdict.row is Row.CATEGORY and beaten is not None and beaten.row is Row.NAME:
        return "an allowed name does not open longer names that a locked category lists"
    return _REASONS[verdict.row]


def check_words(check: AnswerCheck, house: House) -> str:
    """Return in one sentence what *check* does to an answer; not by which rules."""
    if check.part is Part.ECH:
        return "keys for Encrypted ClientHello are taken out of the answer"
    if check.part is Part.LISTED:
        kinds = dict.fromkeys(house.title_of(rule.category) for rule in check.rules)
        return f"an address on a list of {' or '.join(kinds)} blocks the answer"
    done = "is let through" if check.passes else "from outside blocks the answer"
    return f"a private address {done}"


def _within(verdict: Verdict, beaten: Verdict) -> str:
    """Return why of two rules of one row *verdict* is the first."""
    if verdict.row is not Row.NAME:
        return _WITHIN.get(verdict.row, "the first that speaks wins")
    if len(verdict.listed) > len(beaten.listed):
        return "of two names the longer one wins, because it is more exact"
    if verdict.action is Action.BLOCK and beaten.action is Action.BLOCK:
        return "both block the name"
    return "the nearer one wins: what stands with the person, before what stands in the policy"


_WITHIN: Final[Mapping[Row, str]] = {
    Row.PLACE: "of several windows that are on, the first in the order written wins",
    Row.SCHEDULE: "of several windows that are on, the first in the order written wins",
    Row.CATEGORY: "both block the name; services come before categories",
}
_REASONS: Final[Mapping[Row, str]] = {
    Row.SEALED: "sealed lists come first, and nobody may lift them",
    Row.SPECIAL: "names of this kind mean nothing outside, whatever the rules say",
    Row.LOCAL: "the house's own names come before all rules for people",
    Row.LIFELINE: "help, and what devices need to work, is never closed",
    Row.BYPASS: "ways around the filter are closed before anything is opened; only an `allow:` of"
    " exactly this name lifts that",
    Row.GRANT: "an adult's latest word comes before the timetable",
    Row.PLACE: "a place restricts whoever is in it, before their own rules count",
    Row.SCHEDULE: "a schedule that is on comes before single names and categories",
    Row.BUDGET: "what is used up is closed, whatever else is allowed",
    Row.NAME: "a name that is written out comes before services and categories",
    Row.CATEGORY: "what is blocked stays blocked where no name, grant or place says otherwise",
    Row.DEFAULT: "what no rule speaks against is open",
    Row.REWRITE: "safe search holds for whatever is allowed",
    Row.ANSWER: "an answer may not lead to what is blocked",
}
