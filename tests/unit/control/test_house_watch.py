"""Who was here is written down; see `test_devices` for who is told."""

import asyncio
from pathlib import Path

import pytest

from filterdns.control.house_watch import MOST_LINES, HouseWatch, name
from filterdns.control.seen_file import read_seen
from filterdns.devices.seen import MAX_STRAYS, SeenDevice
from tests.support.control import FAMILY, eventually, running_filter

MIA = "3c:22:fb:01:02:03"


def test_who_was_here_is_known_after_a_restart(tmp_path: Path) -> None:
    async def first() -> None:
        async with running_filter(tmp_path) as running:
            now = running.clock.now()
            running.nearby.seen.see_query(now, address="192.168.1.20", mac=MIA)
            await HouseWatch(running).look()

    async def second() -> None:
        async with running_filter(tmp_path) as running:
            running.tasks.spawn(HouseWatch(running).run())
            assert await eventually(lambda: running.nearby.seen.find(MIA))
            assert [each.mac for each in read_seen(running.options.folders.seen)] == [MIA]
            await running.tasks.cancel()

    asyncio.run(first())
    asyncio.run(second())


def test_a_disk_that_takes_nothing_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with running_filter(tmp_path) as running:
            running.options.folders.seen.mkdir()
            watch = HouseWatch(running)
            await watch.write()
            await watch.write()
            assert len([line for line in caplog.messages if "a restart forgets" in line]) == 1

    asyncio.run(scene())


def test_addresses_that_somebody_makes_up_fill_neither_the_memory_nor_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        body = f"{FAMILY}unknown_devices: {{notify: true}}\n"
        async with running_filter(tmp_path, body) as running:
            watch, seen = HouseWatch(running), running.nearby.seen
            for minute in range(3):
                for number in range(MAX_STRAYS):
                    address = f"10.{minute}.{number >> 8}.{number & 255}"
                    seen.see_query(running.clock.now(), address=address)
                await watch.look()
            assert len(watch.told) <= MAX_STRAYS
            assert len(caplog.messages) <= 3 * (MOST_LINES + 1)
            assert f"{MAX_STRAYS - MOST_LINES} more new devices" in caplog.text

    asyncio.run(scene())


def test_a_device_is_told_by_what_is_known_of_it() -> None:
    device = SeenDevice(MIA, ("10.0.0.1",), "ipad", "Apple", False, False, 1.0, 1.0, None)
    assert name(device) == f"ipad, Apple, {MIA}"
    assert name(device._replace(mac="", host_name="", maker="")) == "10.0.0.1"
