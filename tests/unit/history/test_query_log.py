import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from filterdns.errors import StateError
from filterdns.history import query_log
from filterdns.history.query_log import LogRow, Page
from filterdns.history.recorder import Recorder

NOW = 500_000 * 3600.0

# person, device, name, category, first and last seen in seconds after NOW
SEEN = [
    ("mia", "tablet", "a.example", "adult", 0, 10),
    ("mia", "phone", "b.example", "ads", 20, 30),
    ("ben", "console", "c.example", "adult", 40, 50),
    ("", "192.0.2.9", "d.example", "ads", 60, 70),
]


def row(person: str, device: str, name: str, category: str, first: int, last: int) -> list[Any]:
    return [person, device, name, category, "A11", category, NOW + first, NOW + last, 1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record(tmp_path / "history.db", SEEN)
    return tmp_path / "history.db"


def record(path: Path, seen: list[tuple[str, str, str, str, int, int]]) -> None:
    async def recorded() -> None:
        recorder = await Recorder.open(path, 10**6, 10**9, NOW + 100)
        recorder.add([row(*each) for each in seen], NOW + 100)
        await recorder.close(NOW + 100)

    asyncio.run(recorded())


def read(path: Path, **selection: Any) -> Page:
    return asyncio.run(query_log.read(path, **selection))


def names(page: Page) -> str:
    return "".join(each.name[0] for each in page.rows)


def test_a_row_is_whole(path: Path) -> None:
    first = read(path).rows[0]
    assert first == LogRow(
        "mia", "tablet", "a.example", "adult", "A11", "adult",
        int(NOW), int(NOW) + 10, 1, first.change,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, "abcd"),
        ({"who": "mia"}, "ab"),
        ({"who": "console"}, "c"),
        ({"who": "192.0.2.9"}, "d"),
        ({"who": "nobody"}, ""),
        ({"category": "adult"}, "ac"),
        ({"category": "adult", "who": "ben"}, "c"),
        ({"since": NOW + 30}, "bcd"),
        ({"since": NOW + 31}, "cd"),
        ({"until": NOW + 20}, "a"),
        ({"until": NOW + 21}, "ab"),
        ({"since": NOW + 25, "until": NOW + 45}, "bc"),
        ({"limit": 2}, "cd"),
        ({"limit": 1, "who": "mia"}, "b"),
    ],
)
def test_rows_are_selected_and_the_newest_is_last(
    path: Path, selection: dict[str, Any], expected: str
) -> None:
    assert names(read(path, **selection)) == expected


def test_a_name_is_no_pattern_and_no_sql(path: Path) -> None:
    assert names(read(path, who="' OR 1=1 --")) == ""
    assert names(read(path, who="%")) == ""


def test_nothing_follows_where_nothing_changed(path: Path) -> None:
    cursor = read(path).cursor
    assert read(path, after=cursor) == Page([], cursor)


def test_new_rows_and_rows_that_grew_follow(path: Path) -> None:
    cursor = read(path).cursor
    record(path, [("mia", "tablet", "e.example", "ads", 80, 80), SEEN[0]])
    page = read(path, after=cursor)
    assert [(each.name, each.count) for each in page.rows] == [("e.example", 1), ("a.example", 2)]
    assert read(path, after=page.cursor).rows == []


def test_following_in_pages_misses_nothing(path: Path) -> None:
    seen, cursor = "", 0
    while (page := read(path, after=cursor, limit=3)).rows:
        seen, cursor = seen + names(page), page.cursor
    assert seen == "abcd"


def test_following_one_person_passes_over_the_others(path: Path) -> None:
    cursor = read(path, who="ben").cursor
    record(path, [("mia", "tablet", "e.example", "ads", 80, 80)])
    page = read(path, who="ben", after=cursor)
    assert page.rows == []
    assert page.cursor == read(path).cursor


def test_whoever_follows_sees_what_a_database_begun_anew_gets(path: Path) -> None:
    cursor = read(path).cursor
    path.unlink()

    async def later() -> None:
        recorder = await Recorder.open(path, 10**6, 10**9, NOW + 200)
        recorder.add([row("mia", "tablet", "e.example", "ads", 150, 150)], NOW + 200)
        await recorder.close(NOW + 200)

    asyncio.run(later())
    assert names(read(path, after=cursor)) == "e"


def test_export_is_every_row_of_one_person(path: Path) -> None:
    async def exported() -> list[str]:
        return [each.name async for each in query_log.export(path, "mia")]

    assert asyncio.run(exported()) == ["a.example", "b.example"]


def missing(path: Path) -> None:
    path.unlink()


def junk(path: Path) -> None:
    path.write_bytes(b"junk" * 5000)


@pytest.mark.parametrize("break_it", [missing, junk])
def test_a_log_that_cannot_be_read_is_said(path: Path, break_it: Callable[[Path], None]) -> None:
    break_it(path)
    with pytest.raises(StateError, match="history cannot be read"):
        read(path)


def test_reading_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    read(path)
    assert path.read_bytes() == before
