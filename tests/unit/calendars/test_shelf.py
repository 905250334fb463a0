"""What was read of calendars, on disk."""

from pathlib import Path

import pytest

from filterdns.calendars.occurrences import Horizon, Occurrences
from filterdns.calendars.shelf import Read, Shelf
from tests.support.calendars import source

READ = Read(Occurrences(((0, 86_400),), ((5, 7),), 2, 3, "odd"), "ab12", Horizon(1, 9), 12.5)
TERMS = source("/etc/terms.ics", "*ferien*")


def test_what_was_put_there_is_found_again(tmp_path: Path) -> None:
    Shelf(tmp_path / "calendars").put(TERMS, READ)
    assert Shelf(tmp_path / "calendars").get(TERMS) == READ
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "calendars").iterdir()] == [0o600]


def test_other_events_of_the_same_calendar_are_another_thing(tmp_path: Path) -> None:
    Shelf(tmp_path).put(TERMS, READ)
    assert Shelf(tmp_path).get(source("/etc/terms.ics", "*exam*")) is None
    assert Shelf(tmp_path).get(source("/etc/others.ics", "*ferien*")) is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1}', "\x00"])
def test_what_is_damaged_is_not_there(tmp_path: Path, text: str) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TERMS, READ)
    [file] = tmp_path.iterdir()
    file.write_text(text)
    assert shelf.get(TERMS) is None


def test_one_of_another_format_is_not_used(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(TERMS, READ)
    [file] = tmp_path.iterdir()
    file.write_text(file.read_text().replace('"format": 1', '"format": 2'))
    assert shelf.get(TERMS) is None


def test_what_nobody_wants_any_more_goes(tmp_path: Path) -> None:
    shelf, others = Shelf(tmp_path), source("/etc/others.ics")
    shelf.put(TERMS, READ)
    shelf.put(others, READ)
    (tmp_path / "something-else").touch()
    shelf.keep_only((others,))
    assert shelf.get(TERMS) is None
    assert shelf.get(others) == READ
    assert (tmp_path / "something-else").exists()


def test_without_a_folder_nothing_is_kept() -> None:
    shelf = Shelf(None)
    shelf.put(TERMS, READ)
    shelf.keep_only(())
    assert shelf.get(TERMS) is None
