"""The words of a decision."""

from filterdns.policy.verdict import ALLOWED, Action, Row


def test_the_rows_stand_in_the_order_in_which_they_are_asked() -> None:
    stage_a = [row.value for row in Row if row.value.startswith("A")]
    assert stage_a == [f"A{number}" for number in range(1, 13)]


def test_what_nothing_speaks_against_is_allowed() -> None:
    assert (ALLOWED.action, ALLOWED.row) == (Action.ALLOW, Row.DEFAULT)
    assert ALLOWED.answer is None
    assert ALLOWED.local is None
