import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from filterdns.errors import StateError
from filterdns.history import query_log
from filterdns.history.retention import Retention
from filterdns.history.rows import Key, Tally
from filterdns.history.store import DISK_ERRORS, Store

HOUR = 3600
NOW = 500_000.0 * HOUR
KEPT = Retention(14 * 24 * HOUR, 10**9)


def batch(*names: str, at: float = NOW) -> dict[Key, Tally]:
    tally = Tally(int(at), int(at), 1)
    return {
        Key(int(at) // HOUR, "mia", "tablet", name, "adult", "A11", "adult"): tally
        for name in names
    }


def storing(
    path: Path, work: Callable[[Store], Awaitable[object]], max_log_bytes: int = 10**9
) -> list[tuple[int, str, str, str]]:
    """Do *work* with a store at *path*; return what it remembered of the names on disk."""
    remembered: list[tuple[int, str, str, str]] = []

    async def stored() -> None:
        store = Store(path, lambda *known: remembered.append(known), max_log_bytes)
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(stored())
    return remembered


def names(path: Path) -> list[str]:
    return [row.name for row in asyncio.run(query_log.read(path)).rows]


def test_what_is_written_is_remembered_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    assert storing(path, lambda store: store.write(batch("x.example"), NOW)) == []
    again = storing(path, lambda store: store.write(batch("y.example"), NOW))
    assert again == [(500_000, "mia", "tablet", "x.example")]
    assert names(path) == ["x.example", "y.example"]


def test_sizes_are_those_of_the_last_look(tmp_path: Path) -> None:
    async def work(store: Store) -> None:
        await store.write(batch("x.example"), NOW)
        assert store.row_count == 0
        await store.keep_only(KEPT, NOW)
        assert store.row_count == 1
        assert store.byte_count > 4096

    storing(tmp_path / "history.db", work)


def test_a_file_that_is_replaced_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "history.db"

    async def work(store: Store) -> None:
        await store.write(batch("x.example"), NOW)
        shutil.rmtree(tmp_path)
        path.parent.mkdir()
        await store.write(batch("y.example"), NOW)

    storing(path, work)
    assert names(path) == ["y.example"]


@pytest.mark.parametrize("end", ["", "-wal"])
def test_a_folder_in_the_way_is_set_aside_and_stays(tmp_path: Path, end: str) -> None:
    path = tmp_path / "history.db"
    (tmp_path / f"history.db{end}").mkdir()
    (tmp_path / f"history.db{end}" / "theirs").touch()

    async def work(store: Store) -> None:
        for _ in range(2):
            await store.mend(NOW, partial(store.write, batch("x.example"), NOW))
            await store.keep_only(Retention(1, 10**9), NOW + 10)

    storing(path, work)
    assert list(tmp_path.glob("history.db.damaged-*/theirs"))


@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_junk_beside_the_database_costs_no_row_of_it(tmp_path: Path, end: str) -> None:
    path = tmp_path / "history.db"
    storing(path, lambda store: store.write(batch("x.example"), NOW))
    (tmp_path / f"history.db{end}").write_bytes(b"junk" * 5000)

    async def work(store: Store) -> None:
        await store.mend(NOW, partial(store.write, batch("y.example"), NOW))

    storing(path, work)
    assert names(path) == ["x.example", "y.example"]


def test_a_header_that_is_junk_is_set_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "history.db"
    storing(path, lambda store: store.write(batch("x.example"), NOW))
    whole = path.read_bytes()
    path.write_bytes(b"\xff" * 100 + whole[100:])

    async def work(store: Store) -> None:
        await store.mend(NOW, partial(store.write, batch("y.example"), NOW))
        await store.keep_only(KEPT, NOW)
        assert store.broken_copy is not None
        assert store.broken_copy.name.startswith("history.db.damaged-")

    storing(path, work)
    assert names(path) == ["y.example"]
    assert "history was damaged" in caplog.text


def test_a_database_that_another_program_holds_is_no_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    storing(path, lambda store: store.write(batch("x.example"), NOW))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        async def work(store: Store) -> None:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                await store.mend(NOW, partial(store.write, batch("y.example"), NOW))
            other.execute("COMMIT")
            await store.mend(NOW, partial(store.write, batch("y.example"), NOW))

        storing(path, work)
    assert names(path) == ["x.example", "y.example"]


def test_a_reader_that_never_ends_does_not_let_the_log_grow_without_end(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    at_most = 300_000
    log = tmp_path / "history.db-wal"

    async def work(store: Store) -> None:
        await store.write(batch("first.example"), NOW)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM blocked").fetchall()
            with pytest.raises(StateError, match="another program keeps reading"):
                for turn in range(100):
                    await store.write(batch(*(f"{turn}-{n}.example" for n in range(100))), NOW)
            assert log.stat().st_size < 2 * at_most
        await store.write(batch("last.example"), NOW)
        assert log.stat().st_size < at_most

    storing(path, work, max_log_bytes=at_most)
    assert "last.example" in names(path)


def test_the_errors_of_a_disk_are_known() -> None:
    assert issubclass(StateError, DISK_ERRORS)
    assert issubclass(sqlite3.OperationalError, DISK_ERRORS)
