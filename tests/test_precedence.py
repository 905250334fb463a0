"""Which of two rules wins: each row of docs/precedence.md, asked of program and reference."""

from collections import Counter
from itertools import combinations

import pytest

from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.verdict import Verdict
from tests.support.both_sides import TYPES, Filter, expected, leads, outcome, wire
from tests.support.precedence import PAGE, Row, catalog, page, rows
from tests.support.reference import judging
from tests.support.reference.answers import judge_answer
from tests.support.reference.judging import Decided

ROWS = rows()
BUILT = ("A1", "A2", "A3", "A4", "A5", "A7", "A8", "A10", "A11", "A12")


def judged(row: Row, side: Filter) -> Verdict:
    """Return what the program makes of the question of *row*."""
    policy = side.policy(row.address, row.now)
    qtype = TYPES[row.question.qtype]
    name = wire(row.question.name)
    return decide_answer(name, qtype, leads(row.leading), decide(name, qtype, policy), policy)


def referred(row: Row) -> Decided:
    """Return what the reference makes of it."""
    strict = judging.candidates(row.world(), row.address, row.now)
    decided = judging.judge(strict, row.question)
    return judge_answer(strict, row.question, decided, row.leading)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.one} | {row.other} | {row.asks}")
def test_the_documented_rule_wins(row: Row) -> None:
    side = Filter(row.world(), catalog())
    verdict, decided = judged(row, side), referred(row)
    said = outcome(verdict, side.policy(row.address, row.now))
    assert f"{said.row} {said.action}" == row.wins
    assert said == expected(decided)
    assert not row.named or row.named in (*said, verdict.rule.text)


def test_every_pair_of_rows_that_can_meet_is_there() -> None:
    """A pair is shown where a row's rules belong to both; nothing meets A12 but by being silent."""
    shown = Counter(row.section for row in ROWS)
    for pair in combinations(BUILT, 2):
        assert shown[f"{pair[0]} and {pair[1]}"], pair
    for row in ("A5", "A7", "A8", "A10", "A11"):
        assert shown[f"within {row}"] > 1
    assert len(ROWS) >= 150


def test_no_row_stands_there_twice() -> None:
    asked = Counter((row.one, row.other, row.asks) for row in ROWS)
    assert [each for each, count in asked.items() if count > 1] == []


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text() == page(), (
        "run: python -m tests.support.precedence > docs/precedence.md"
    )
