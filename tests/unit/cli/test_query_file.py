"""Files of queries, as people write them and as the log prints them."""

import io
import json
from pathlib import Path

import pytest

from filterdns.cli.query_file import LONGEST_LINE, PlannedQuery, read_queries
from filterdns.errors import ControlError


def read(folder: Path, text: str) -> list[PlannedQuery]:
    path = folder / "q"
    path.write_text(text)
    return [
        query._replace(place=query.place.removeprefix(f"{path}:")) for query in read_queries(path)
    ]


def row(**values: object) -> str:
    return json.dumps(
        {"name": "a.example", "last_seen": 1e9, "count": 3, "person": "mia", **values}
    )


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("07:45 a.example", PlannedQuery("1", "a.example", "A", "07:45")),
        ("7:45 a.example aaaa", PlannedQuery("1", "a.example", "AAAA", "7:45")),
        ("23:59:59\ta.example", PlannedQuery("1", "a.example", "A", "23:59:59")),
        ("a.example", PlannedQuery("1", "a.example")),
        ("  a.example HTTPS  ", PlannedQuery("1", "a.example", "HTTPS")),
        ("bücher.example", PlannedQuery("1", "bücher.example")),
        (row(), PlannedQuery("1", "a.example", "A", "", 1e9, 3)),
    ],
)
def test_a_line_is_a_query(tmp_path: Path, line: str, query: PlannedQuery) -> None:
    assert read(tmp_path, f"{line}\n") == [query]


def test_remarks_and_rows_that_keep_no_name_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, f"# a day\n\n{row(name='')}\na.example\n") == [
        PlannedQuery("4", "a.example")
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("25:00 a.example", '"25:00" is no time of the day'),
        ("7:5 a.example", '"7:5" is no time of the day'),
        ("07:45", "is no query"),
        ("a.example A more", "is no query"),
        ("a.example ANYTHING", "no type that can be asked"),
        ("a..example", "empty label"),
        ("{broken", "no row of `filterdns log --json`"),
        ('{"name": "a.example"}', "no row of `filterdns log --json`"),
        (row(last_seen="soon"), "no row of `filterdns log --json`"),
        (row(name="a..example"), "empty label"),
        ('{"a":' * 1_500, "no row of `filterdns log --json`"),
        (row(last_seen=float("nan")), "no row of `filterdns log --json`"),
        (row(last_seen=-1), "no row of `filterdns log --json`"),
        (row(last_seen=1e300), "no row of `filterdns log --json`"),
        (row(count=0), "no row of `filterdns log --json`"),
        ("a" * (LONGEST_LINE + 1), "no query"),
    ],
)
def test_what_is_no_query_is_told_with_file_and_line(
    tmp_path: Path, line: str, complaint: str
) -> None:
    with pytest.raises(ControlError, match=r"^\S*q:2: ") as error:
        read(tmp_path, f"# a day\n{line}\n")
    assert complaint in str(error.value)
    assert len(str(error.value)) < 1000


def test_stdin_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a.example\n"))
    assert read_queries(Path("-")) == [PlannedQuery("-:1", "a.example")]


@pytest.mark.parametrize("content", [None, b"\xff\xfe a.example"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "q"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ControlError, match="cannot be read"):
        read_queries(path)
