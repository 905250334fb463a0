import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Command, typed_to
from tests.support.control import family

DAY = """\
# Mia's Christmas Eve
07:45 games.example
12:00 www.example
12:30 www.example
21:00 www.example
news.example AAAA
"""


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "day.txt"
    path.write_text(DAY)
    return path


def played(command: Command, folder: Path, *arguments: str | Path, who: str = "mia") -> Any:
    family(folder)
    config = folder / "config.yaml"
    typed = command("simulate", who, "--config", config, "--json", *arguments)
    assert typed.code == 0, typed.err
    return json.loads(typed.out)


def rows(found: Any) -> list[tuple[str, str, str, str, int]]:
    keys = ("from", "until", "name", "verdict", "count")
    return [tuple(row[key] for key in keys) for row in found["rows"]]


def test_a_day_is_played_in_the_order_of_its_times(
    command: Command, tmp_path: Path, queries: Path
) -> None:
    found = played(command, tmp_path, "--day", "2026-12-24", "--queries", queries)
    assert (found["day"], found["timezone"]) == ("2026-12-24", "Europe/Berlin")
    assert rows(found) == [
        ("00:00", "06:30", "news.example", "blocked", 1),
        ("06:30", "20:30", "news.example", "allowed", 1),
        ("07:45", "07:45", "games.example", "blocked", 1),
        ("12:00", "12:30", "www.example", "allowed", 2),
        ("20:30", "24:00", "news.example", "blocked", 1),
        ("21:00", "21:00", "www.example", "blocked", 1),
    ]


def test_totals_tell_how_much_and_by_what(command: Command, tmp_path: Path, queries: Path) -> None:
    found = played(command, tmp_path, "--day", "2026-12-24", "--queries", queries)
    assert (found["queries"], found["blocked"]) == (7, 4)
    assert found["by_category"] == {"bedtime": 3, "a name": 1}
    assert [rule["row"] for rule in found["by_rule"]] == ["A8", "A10"]


def test_the_day_is_that_of_the_person(command: Command, tmp_path: Path, queries: Path) -> None:
    found = played(command, tmp_path, "--day", "2026-12-24", "--queries", queries, who="ben/tablet")
    assert found["timezone"] == "America/Denver"
    assert ("07:45", "07:45", "games.example", "blocked", 1) in rows(found)


def test_on_the_day_when_clocks_go_back_the_stretches_fill_the_day(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "q"
    path.write_text("a.example\n")
    found = played(command, tmp_path, "--day", "2026-10-25", "--queries", path)
    assert [(row["from"], row["until"]) for row in found["rows"]] == [
        ("00:00", "06:30"),
        ("06:30", "20:30"),
        ("20:30", "24:00"),
    ]


def test_only_what_is_blocked_is_shown_where_it_is_wished(
    command: Command, tmp_path: Path, queries: Path
) -> None:
    found = played(
        command, tmp_path, "--blocked", "--day", "2026-12-24", "--queries", queries, who="ada"
    )
    assert found["rows"] == []
    assert (found["queries"], found["blocked"]) == (5, 0)


def test_rows_of_the_log_are_played_at_their_time_of_day(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "log"
    seen = 1772737200  # 2026-03-05 20:00 in Berlin
    path.write_text(json.dumps({"name": "a.example", "last_seen": seen, "count": 12}) + "\n")
    found = played(command, tmp_path, "--day", "2026-12-24", "--queries", path)
    assert rows(found) == [("20:00", "20:00", "a.example", "allowed", 12)]


def test_the_running_filter_is_asked_without_a_config(
    command: Command, tmp_path: Path, queries: Path
) -> None:
    typed = typed_to(
        tmp_path, command, "simulate", "mia", "--day", "2026-12-24", "--queries", queries
    )
    assert (typed.code, typed.err) == (0, "")
    lines = typed.out.splitlines()
    assert lines[0] == "mia on Thu 2026-12-24: 7 queries, 4 blocked"
    assert lines[2].split()[:2] == ["00:00-06:30", "news.example"]
    assert "A8 bedtime, internet: off" in lines[2]
    assert lines[-1] == "blocked by: bedtime 3, a name 1"


@pytest.mark.parametrize(
    ("who", "day", "text", "complaint"),
    [
        ("nobody", "", "a.example\n", 'nobody is called "nobody"'),
        ("mia", "Christmas", "a.example\n", '"Christmas" is no date'),
        ("mia", "0001-01-01", "a.example\n", "in a year that nobody means"),
        ("mia", "9999-12-31", "a.example\n", "in a year that nobody means"),
        ("mia", "", "# nothing\n", "there is no query in it"),
        ("mia", "", "a.example\n26:00 b.example\n", "q:2: "),
    ],
)
def test_what_cannot_be_played_is_told(
    command: Command, tmp_path: Path, who: str, day: str, text: str, complaint: str
) -> None:
    family(tmp_path)
    (tmp_path / "q").write_text(text)
    typed = command(
        *("simulate", who, "--day", day, "--queries", tmp_path / "q"),
        *("--config", tmp_path / "config.yaml"),
    )
    assert (typed.code, typed.out) == (2, "")
    assert complaint in typed.err
