"""A day of queries put together."""

from typing import Any

from filterdns.control.simulation import Played, merged, totals

OPEN = {"verdict": "allowed", "row": "A12", "schedule": "", "rule": "nothing", "where": ""}
GAMES = {"verdict": "blocked", "row": "A8", "schedule": "homework", "rule": "block: games"}


def said(name: str, outcome: dict[str, str], category: str = "", qtype: str = "A") -> Any:
    return {"where": "c:1:1", "name": name, "type": qtype, "category": category, **outcome}


def test_what_is_asked_again_with_the_same_outcome_is_one() -> None:
    rows = merged(
        [
            Played(30, 30, 2, said("a.example", OPEN)),
            Played(10, 20, 1, said("a.example", OPEN)),
            Played(15, 15, 1, said("b.example", OPEN)),
        ]
    )
    assert [(row.start, row.end, row.times, row.explained["name"]) for row in rows] == [
        (10, 30, 3, "a.example"),
        (15, 15, 1, "b.example"),
    ]


def test_another_outcome_or_type_in_between_is_told_apart() -> None:
    rows = merged(
        [
            Played(1, 1, 1, said("a.example", OPEN)),
            Played(2, 2, 1, said("a.example", GAMES)),
            Played(3, 3, 1, said("a.example", OPEN)),
            Played(3, 3, 1, said("a.example", OPEN, qtype="AAAA")),
        ]
    )
    assert [row.start for row in rows] == [1, 2, 3, 3]


def test_totals_count_what_was_asked_how_often_and_what_blocked_it() -> None:
    found = totals(
        [
            Played(1, 1, 4, said("a.example", GAMES, "games")),
            Played(2, 2, 1, said("b.example", GAMES)),
            Played(3, 3, 2, said("c.example", OPEN)),
        ]
    )
    assert (found["queries"], found["blocked"]) == (7, 5)
    assert found["by_category"] == {"games": 4, "homework": 1}
    assert found["by_rule"] == [
        {**{key: GAMES[key] for key in ("row", "schedule", "rule")}, "where": "c:1:1", "count": 5}
    ]


def test_a_blocked_name_of_no_category_and_no_schedule_is_counted_as_a_name() -> None:
    rule = {"verdict": "blocked", "row": "A10", "schedule": "", "rule": "block: a.example"}
    assert totals([Played(1, 1, 1, said("a.example", rule))])["by_category"] == {"a name": 1}
