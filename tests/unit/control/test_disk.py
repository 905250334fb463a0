import asyncio
import logging
import time
from pathlib import Path

import pytest

from filterdns.control.disk import Disk, DiskState
from tests.support.disks import fill, frozen, make_read_only, slow_disk, small_disk


def look_at(folder: Path) -> DiskState:
    disk = Disk(folder)
    asyncio.run(disk.look())
    return disk.state


def test_a_disk_with_room_is_no_trouble(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as folder:
        state = look_at(folder)
    assert state == DiskState(str(folder), state.free_bytes, 8 << 20, "")
    assert 7 << 20 < state.free_bytes <= 8 << 20


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as folder:
        fill(folder)
        state = look_at(folder)
    assert (state.free_bytes, state.total_bytes) == (0, 8 << 20)
    assert state.trouble == "it is full, 0 bytes are free"


def test_a_disk_that_can_only_be_read_is_told(tmp_path: Path) -> None:
    with slow_disk(tmp_path / "disk") as folder:
        make_read_only(folder)
        state = look_at(folder)
    assert state.trouble == "it cannot be written: Read-only file system"


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    assert "No such file" in look_at(tmp_path / "gone").trouble


def test_a_disk_that_does_not_answer_is_told_in_time_and_again_when_it_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def look() -> None:
        disk = Disk(folder)
        await disk.look()
        before = disk.state
        with frozen(folder):
            started = time.monotonic()
            await disk.look(0.2)
            await disk.look(0.2)
            assert time.monotonic() - started < 2
            assert disk.state == before._replace(trouble="it does not answer")
        await disk.look()
        assert not disk.state.trouble

    with slow_disk(tmp_path / "disk") as folder:
        asyncio.run(look())
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
