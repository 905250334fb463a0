"""The last time that was seen, on disk."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from filterdns.clock import BUILT_AT, Floor
from filterdns.control.last_seen import LastSeen, floor_from, read_last_seen
from filterdns.tasks import Tasks
from tests.support.control import eventually

MOMENT = 1_790_000_000.7


def test_what_is_written_is_what_is_read_at_the_next_start(tmp_path: Path) -> None:
    async def run() -> None:
        seen = LastSeen(tmp_path / "last-seen", Tasks())
        assert seen.at == 0
        await seen.write(MOMENT)
        assert seen.at == int(MOMENT)

    asyncio.run(run())
    assert read_last_seen(tmp_path / "last-seen") == int(MOMENT)
    assert floor_from(tmp_path / "last-seen", 12.5) == Floor(int(MOMENT), 12.5)
    assert [path.name for path in tmp_path.iterdir()] == ["last-seen"]


@pytest.mark.parametrize("content", [b"", b"soon", b"\xff", b"-5", b"nan", b"inf", b"1e300"])
def test_nonsense_means_that_nothing_was_seen(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "last-seen"
    path.write_bytes(content)
    assert read_last_seen(path) == 0
    assert floor_from(path, 12.5) == Floor(BUILT_AT, 12.5)


def test_an_earlier_time_is_written_like_any_other(tmp_path: Path) -> None:
    """It comes from a clock that is right, and the one before did not."""

    async def run() -> None:
        seen = LastSeen(tmp_path / "last-seen", Tasks())
        await seen.write(MOMENT)
        await seen.write(MOMENT - 86_400)

    asyncio.run(run())
    assert read_last_seen(tmp_path / "last-seen") == int(MOMENT - 86_400)


def test_a_folder_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "file").touch()
        seen = LastSeen(tmp_path / "file" / "last-seen", Tasks())
        await seen.write(MOMENT)
        assert seen.at == 0

    asyncio.run(run())


def test_a_disk_that_stalls_holds_up_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "last-seen"
        half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        seen = LastSeen(path, Tasks())
        is_over = threading.Event()
        loop = asyncio.get_running_loop()
        # So many wait for the disk that no thread is left.
        stalled = [loop.run_in_executor(None, is_over.wait, 60) for _ in range(40)]
        started = loop.time()
        for _ in range(3):
            await seen.write(MOMENT)
        assert loop.time() - started < 5
        assert not path.exists()
        assert not half.exists()
        is_over.set()
        await asyncio.gather(*stalled)
        assert await eventually(path.exists)

    asyncio.run(run())
