import asyncio
import logging
import resource
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from filterdns.errors import StateError
from filterdns.history import database, query_log
from filterdns.history.query_log import LogRow
from filterdns.history.recorder import CROWDED_ROWS, LAST_PATIENCE_SECONDS, Recorder
from filterdns.history.retention import Retention
from tests.support.control import eventually
from tests.support.disks import fill, frozen, make_read_only, slow_disk, small_disk

HOUR = 3600
DAY = 24 * HOUR
NOW = 500_000 * HOUR + 60.0


def row(name: str = "x.example", at: float = NOW, count: int = 1, **other: Any) -> list[Any]:
    values = {"person": "mia", "device": "tablet", "category": "adult", "rule": "adult"} | other
    return [
        values["person"], values["device"], name, values["category"], "A11", values["rule"],
        int(at), int(at), count,
    ]  # fmt: skip


def recording(
    folder: Path,
    work: Callable[[Recorder], Awaitable[object]],
    *,
    keep_seconds: int = 14 * DAY,
    at_most_bytes: int = 10**9,
    max_pending_rows: int = 50_000,
) -> list[LogRow]:
    """Do *work* with a recorder in *folder*, close it, and return what is on disk afterwards."""

    async def recorded() -> list[LogRow]:
        path = folder / "history.db"
        recorder = Recorder(path, Retention(keep_seconds, at_most_bytes), max_pending_rows)
        try:
            await recorder.flush(NOW)
            await work(recorder)
        finally:
            await recorder.close(NOW)
        return await on_disk(folder)

    return asyncio.run(recorded())


async def on_disk(folder: Path) -> list[LogRow]:
    return (await query_log.read(folder / "history.db")).rows


# time


def test_while_the_time_is_not_known_rows_wait(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.trust(False, 0)
        recorder.add([row()], NOW)
        await recorder.flush(NOW)
        assert (recorder.pending_rows, await on_disk(tmp_path)) == (1, [])
        recorder.trust(True, 0)

    assert len(recording(tmp_path, work)) == 1


@pytest.mark.parametrize(
    ("is_time_known", "doubt_days", "rows_left"),
    [(False, 0, 1), (True, 0, 0), (True, 17, 1), (True, 15, 0)],
)
def test_a_clock_that_may_be_ahead_deletes_nothing(
    tmp_path: Path, is_time_known: bool, doubt_days: int, rows_left: int
) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)
        await recorder.flush(NOW)
        recorder.trust(is_time_known, doubt_days * DAY)
        await recorder.flush(NOW + 30 * DAY)  # rows are kept for 14

    assert len(recording(tmp_path, work)) == rows_left


def test_a_clock_that_is_not_known_deletes_nothing_at_the_start(tmp_path: Path) -> None:
    recording(tmp_path, add_row)

    async def start() -> int:
        path = tmp_path / "history.db"
        later = NOW + 99 * DAY
        recorder = await Recorder.open(path, 14 * DAY, 10**9, later, is_time_known=False)
        await recorder.close(later)
        return recorder.row_count

    assert asyncio.run(start()) == 1


async def add_row(recorder: Recorder) -> None:
    recorder.add([row()], NOW)


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_clock_that_is_set_stops_no_flush_and_makes_no_row_of_the_future(
    tmp_path: Path, step: int
) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row("before.example")], NOW)
        await recorder.flush(NOW)
        recorder.add([row("after.example", at=NOW)], NOW + step)
        await recorder.flush(NOW + step)
        rows = await on_disk(tmp_path)
        after = next(each for each in rows if each.name == "after.example")
        assert after.first_seen <= after.last_seen <= NOW + max(0, step)
        assert max(rows, key=lambda each: each.change) is after

    assert len(recording(tmp_path, work)) == 2


# aggregation


def test_the_same_within_an_hour_is_one_row_that_grows(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row(at=NOW, count=2), row(at=NOW + 5, count=3)], NOW + 5)
        await recorder.flush(NOW + 30)
        recorder.add([row(at=NOW + 60, count=4)], NOW + 60)

    (only,) = recording(tmp_path, work)
    assert (only.first_seen, only.last_seen, only.count) == (int(NOW), int(NOW) + 60, 9)


def test_another_hour_is_another_row(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row(at=NOW), row(at=NOW + HOUR)], NOW + HOUR)

    assert [each.count for each in recording(tmp_path, work)] == [1, 1]


@pytest.mark.parametrize("field", ["person", "device", "category", "rule"])
def test_a_row_that_differs_in_one_thing_is_another_row(tmp_path: Path, field: str) -> None:
    async def work(recorder: Recorder) -> None:
        other: dict[str, Any] = {field: "other"}
        recorder.add([row(), row(**other)], NOW)

    assert len(recording(tmp_path, work)) == 2


def test_a_reader_finds_what_was_flushed_for_it(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)
        assert await on_disk(tmp_path) == []
        await recorder.flush(NOW)
        assert [each.name for each in await on_disk(tmp_path)] == ["x.example"]

    recording(tmp_path, work)


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)

    assert len(recording(tmp_path, work)) == 1


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    recording(tmp_path, lambda recorder: recorder.close(NOW))


def test_opening_makes_the_database(tmp_path: Path) -> None:
    async def opened() -> None:
        recorder = await Recorder.open(tmp_path / "history.db", DAY, 10**9, NOW)
        await recorder.close(NOW)

    asyncio.run(opened())
    assert (tmp_path / "history.db").stat().st_size


def test_a_crowd_does_not_wait_for_its_time(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        flushed = asyncio.Event()

        def clock() -> float:
            flushed.set()
            return NOW

        running = asyncio.create_task(recorder.run(clock))
        recorder.add(
            [row(f"{number}.example", device=str(number)) for number in range(CROWDED_ROWS)], NOW
        )
        await asyncio.wait_for(flushed.wait(), 5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert len(recording(tmp_path, work)) == 1000


def test_a_flush_that_is_cancelled_counts_once(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)
        flushing = asyncio.create_task(recorder.flush(NOW))
        assert await eventually(lambda: not recorder.pending_rows)  # it is being written
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await recorder.flush(NOW)

    assert [each.count for each in recording(tmp_path, work)] == [1]


def test_sizes_are_told(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row("x.example"), row("y.example")], NOW)
        assert recorder.pending_rows == 2
        await recorder.flush(NOW)
        assert (recorder.pending_rows, recorder.row_count) == (0, 2)
        assert recorder.byte_count > 4096

    recording(tmp_path, work)


# what workers send


@pytest.mark.parametrize("wrong", [None, {}, "rows", 7])
def test_what_is_no_batch_is_refused(tmp_path: Path, wrong: object) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add(wrong, NOW)
        assert recorder.refused == 1

    assert recording(tmp_path, work) == []


def test_bad_rows_are_counted_and_good_ones_kept(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row(), ["junk"], row(count=-1), row("y.example")], NOW)
        assert recorder.refused == 2

    assert [each.name for each in recording(tmp_path, work)] == ["x.example", "y.example"]


# the flood bound


def test_a_flood_is_200_names_and_one_row_for_each_category(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        for number in range(500):
            recorder.add([row(f"{number}.example", category="ads")], NOW)
        recorder.add([row("bet.example", category="gambling", count=7)], NOW)

    rows = recording(tmp_path, work)
    nameless = {(each.category, each.count) for each in rows if not each.name}
    assert len(rows) == 202
    assert nameless == {("ads", 300), ("gambling", 7)}


def test_the_flood_bound_outlives_a_restart(tmp_path: Path) -> None:
    async def flood(recorder: Recorder) -> None:
        recorder.add([row(f"{number}.example") for number in range(200)], NOW)

    async def more(recorder: Recorder) -> None:
        recorder.add([row("more.example"), row("0.example")], NOW)

    recording(tmp_path, flood)
    rows = recording(tmp_path, more)
    assert "more.example" not in {each.name for each in rows}
    assert {each.name: each.count for each in rows}["0.example"] == 2


# retention


def test_old_rows_go_at_the_next_flush(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row("old.example", at=NOW - 2 * DAY), row("new.example")], NOW)
        await recorder.flush(NOW)

    assert [each.name for each in recording(tmp_path, work, keep_seconds=DAY)] == ["new.example"]


def test_the_files_stay_below_their_limit(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        for hour in range(20):
            at = NOW - (20 - hour) * HOUR
            recorder.add([row(f"{n}.example", at, device=f"d{n % 50}") for n in range(1000)], NOW)
            await recorder.flush(NOW)
            assert database.bytes_on_disk(tmp_path / "history.db") <= 500_000

    rows = recording(tmp_path, work, at_most_bytes=500_000)
    assert rows[-1].last_seen == int(NOW) - HOUR


def test_a_reload_changes_the_retention(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row("old.example", at=NOW - 2 * DAY)], NOW)
        await recorder.flush(NOW)
        assert recorder.row_count == 1
        recorder.retain(DAY, 10**9)
        await recorder.flush(NOW)
        assert recorder.row_count == 0

    recording(tmp_path, work)


def test_erasing_a_person_takes_what_waits_what_is_written_and_what_was_set_aside(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "history.db.damaged-20260101T000000Z"

    async def work(recorder: Recorder) -> None:
        recorder.add([row(), row(person="ben")], NOW)
        await recorder.flush(NOW)
        recorder.add([row("y.example"), row("y.example", person="ben")], NOW)
        copy.write_bytes(b"damaged")
        assert await recorder.erase("mia") == 2

    assert {each.person for each in recording(tmp_path, work)} == {"ben"}
    assert not copy.exists()


# trouble


def test_a_folder_that_vanishes_costs_only_what_lay_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    caplog.set_level(logging.INFO)

    async def work(recorder: Recorder) -> None:
        shutil.rmtree(folder)
        recorder.add([row(count=2)], NOW)
        await recorder.flush(NOW)
        await recorder.flush(NOW + 30)
        assert "history is not written" in recorder.trouble
        assert recorder.pending_rows == 1
        folder.mkdir()
        recorder.add([row(count=3)], NOW)
        await recorder.flush(NOW + 60)
        assert not recorder.trouble

    assert [each.count for each in recording(folder, work)] == [5]
    assert [each.levelname for each in caplog.records] == ["ERROR", "INFO"]


def test_a_full_disk_costs_nothing_once_it_has_room_again(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row(f"{n}.example", device=str(n)) for n in range(2000)], NOW)
        with no_file_above(100_000):
            await recorder.flush(NOW)
        assert recorder.trouble
        assert recorder.pending_rows == 2000
        await recorder.flush(NOW)
        assert not recorder.trouble
        assert recorder.row_count == 2000

    recording(tmp_path, work)


def test_a_frozen_disk_holds_up_nobody_and_costs_nothing(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)
        with frozen(disk):
            started = time.monotonic()
            await recorder.flush(NOW, 0.2)
            await recorder.flush(NOW, 0.2)  # nothing queues up
            assert time.monotonic() - started < 2
            assert recorder.is_held_up
            assert recorder.trouble == "history is not written: the disk does not answer"
            recorder.add([row(count=2), row("y.example")], NOW)
        await recorder.flush(NOW)
        assert (recorder.is_held_up, recorder.trouble) == (False, "")

    with slow_disk(tmp_path / "disk") as disk:
        assert [each.count for each in recording(disk, work)] == [3, 1]


def test_the_end_does_not_wait_for_a_frozen_disk(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def ended() -> float:
        recorder = await Recorder.open(disk / "history.db", DAY, 10**9, NOW)
        recorder.add([row()], NOW)
        with frozen(disk):
            started = time.monotonic()
            await recorder.close(NOW)
            seconds = time.monotonic() - started
        await recorder.close(NOW)
        return seconds

    with slow_disk(tmp_path / "disk") as disk:
        assert asyncio.run(ended()) < LAST_PATIENCE_SECONDS + 1
    assert "rows of the history are lost" in caplog.text


def test_a_disk_that_becomes_read_only_is_said(tmp_path: Path) -> None:
    async def read_only() -> tuple[str, int]:
        recorder = await Recorder.open(disk / "history.db", DAY, 10**9, NOW)
        make_read_only(disk)
        recorder.add([row()], NOW)
        await recorder.flush(NOW)
        said = recorder.trouble, recorder.pending_rows
        await recorder.close(NOW)
        return said

    with slow_disk(tmp_path / "disk") as disk:
        trouble, pending_rows = asyncio.run(read_only())
    assert trouble.startswith("history is not written: ")
    assert pending_rows == 1


def test_a_disk_full_of_old_rows_makes_room_by_itself(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        old = [row(f"{n}.example", device=str(n)) for n in range(1500)]
        recorder.add(old, NOW)
        await recorder.flush(NOW)
        with closing(sqlite3.connect(disk / "history.db")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the log needs room, too
        filler = fill(disk)
        recorder.add([row("new.example", at=NOW + DAY)], NOW + DAY)
        await recorder.flush(NOW + DAY)
        assert (recorder.trouble, recorder.row_count) == ("", 1)
        filler.unlink()

    with small_disk(tmp_path / "disk", "4m") as disk:
        rows = recording(disk, work, keep_seconds=DAY - HOUR)
    assert [each.name for each in rows] == ["new.example"]


def test_memory_is_bounded_while_the_disk_is_gone(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row("x.example"), row("y.example"), row("z.example", count=5)], NOW)
        assert (recorder.pending_rows, recorder.lost) == (2, 5)

    recording(tmp_path, work, max_pending_rows=2)


def test_erasing_says_when_it_could_not(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()

    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)
        shutil.rmtree(folder)
        with pytest.raises(StateError, match="history of mia is not erased"):
            await recorder.erase("mia")
        folder.mkdir()

    recording(folder, work)


def test_junk_in_place_of_the_database_is_set_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "history.db").write_bytes(b"junk" * 5000)

    async def work(recorder: Recorder) -> None:
        assert not recorder.trouble
        recorder.add([row()], NOW)

    assert len(recording(tmp_path, work)) == 1
    (copy,) = tmp_path.glob("history.db.damaged-*")
    assert copy.read_bytes() == b"junk" * 5000
    assert str(copy) in caplog.text


def test_a_database_that_breaks_while_it_runs_is_begun_anew_with_what_waits(
    tmp_path: Path,
) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row(f"{n}.example", device=str(n)) for n in range(2000)], NOW)
        await recorder.flush(NOW)
        await recorder.close(NOW)
        overwrite(tmp_path / "history.db", from_byte=4096)
        recorder.add([row("after.example")], NOW)
        await recorder.flush(NOW)
        assert not recorder.trouble

    assert [each.name for each in recording(tmp_path, work)] == ["after.example"]
    assert list(tmp_path.glob("history.db.damaged-*"))


def test_a_database_that_readers_find_broken_is_looked_at(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row(f"{n}.example", device=str(n)) for n in range(2000)], NOW)
        await recorder.flush(NOW)
        await recorder.close(NOW)
        page = leaf_of_table(tmp_path / "history.db")
        overwrite(tmp_path / "history.db", from_byte=page, to_byte=page + 4096)
        await recorder.flush(NOW)
        assert not recorder.broken_copy  # nothing that the writer needs is broken
        recorder.doubt()
        await recorder.flush(NOW)
        assert not recorder.trouble
        assert recorder.broken_copy
        assert recorder.row_count == 0

    assert recording(tmp_path, work) == []


def test_a_doubt_without_reason_changes_nothing(tmp_path: Path) -> None:
    async def work(recorder: Recorder) -> None:
        recorder.add([row()], NOW)
        await recorder.flush(NOW)
        recorder.doubt()
        await recorder.flush(NOW)
        assert not recorder.broken_copy

    assert len(recording(tmp_path, work)) == 1


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "history.db") as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()

    async def opened() -> str:
        recorder = await Recorder.open(tmp_path / "history.db", DAY, 10**9, NOW)
        await recorder.close(NOW)
        return recorder.trouble

    assert "is of a newer filterdns (schema 9" in asyncio.run(opened())
    assert not list(tmp_path.glob("*.damaged-*"))


def overwrite(path: Path, from_byte: int, to_byte: int | None = None) -> None:
    """Write junk over a part of a file, the size as it was."""
    whole = path.read_bytes()
    end = len(whole) if to_byte is None else to_byte
    path.write_bytes(whole[:from_byte] + b"\xff" * (end - from_byte) + whole[end:])


def leaf_of_table(path: Path) -> int:
    """Return where the first page begins that has rows and is no part of an index (type 13)."""
    whole = path.read_bytes()
    return next(at for at in range(4096, len(whole), 4096) if whole[at] == 13)


@contextmanager
def no_file_above(size_bytes: int) -> Iterator[None]:
    """No file of this process can grow beyond *size_bytes*: a disk that is full, for real."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_after_its_end_nothing_is_opened_by_itself_any_more(tmp_path: Path) -> None:
    async def ended() -> None:
        recorder = await Recorder.open(tmp_path / "history.db", DAY, 10**9, NOW)
        await recorder.close(NOW)
        (tmp_path / "history.db").unlink()
        recorder.add([row(f"{n}.example", device=str(n)) for n in range(CROWDED_ROWS)], NOW)
        async with asyncio.timeout(10):
            await recorder.run(lambda: NOW)

    asyncio.run(ended())
    assert not (tmp_path / "history.db").exists()
