"""Since when a list has a name is known for names that came with an update that is written down."""

from pathlib import Path

import pytest

from filterdns.blocklists import added
from filterdns.blocklists.added import Since, added_path, note_update, since
from filterdns.blocklists.run import Run
from tests.support.few_names import HASH, names, run_of


class List:
    """A list with its updates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = added_path(folder, "ads", "file:x")
        self.run: Run | None = None

    def update(self, text: str, at: float) -> None:
        new = run_of(self.folder, text)
        note_update(self.path, self.run, new, at)
        self.run = new

    def since(self, text: str) -> Since | None:
        [hashed] = HASH(names(text))
        return since(self.path, hashed)


@pytest.fixture
def a_list(tmp_path: Path) -> List:
    return List(tmp_path)


def test_names_of_the_first_copy_are_as_old_at_least(a_list: List) -> None:
    a_list.update("a.example", 100.0)
    assert a_list.since("a.example") == Since(100.0, is_exact=False)


def test_a_name_is_as_old_as_the_update_that_brought_it_last(a_list: List) -> None:
    a_list.update("a.example", 100.0)
    a_list.update("a.example b.example full:c.example", 200.0)
    a_list.update("a.example", 300.0)
    a_list.update("a.example b.example", 400.0)
    assert a_list.since("a.example") == Since(100.0, is_exact=False)
    assert a_list.since("b.example") == Since(400.0, is_exact=True)
    assert a_list.since("c.example") == Since(200.0, is_exact=True)


def test_the_oldest_updates_are_forgotten(a_list: List, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added, "MOST_UPDATES", 2)
    for number in range(5):
        a_list.update(" ".join(f"n{each}.example" for each in range(number + 1)), 100.0 * number)
    assert a_list.since("n1.example") == Since(200.0, is_exact=False)
    assert a_list.since("n4.example") == Since(400.0, is_exact=True)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-3], lambda data: b"", lambda data: data[1:]]
)
def test_a_damaged_file_begins_anew(a_list: List, damage: object) -> None:
    a_list.update("a.example", 100.0)
    a_list.update("a.example b.example", 200.0)
    assert callable(damage)
    a_list.path.write_bytes(damage(a_list.path.read_bytes()))
    a_list.update("a.example b.example c.example", 300.0)
    assert a_list.since("b.example") == Since(300.0, is_exact=False)
    assert a_list.since("c.example") == Since(300.0, is_exact=True)


def test_without_a_file_nothing_is_known(a_list: List) -> None:
    assert a_list.since("a.example") is None
