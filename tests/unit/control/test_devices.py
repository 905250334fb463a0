"""The devices of the house in plain values, and who is told."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from filterdns.control.devices import read_devices
from filterdns.control.house_watch import HouseWatch
from filterdns.control.running import RunningFilter
from filterdns.control.seen_file import read_seen
from filterdns.control.status import read_status
from filterdns.control.troubles import Kind, find_troubles
from filterdns.devices.detections import Finding, FindingKind
from filterdns.devices.lease import Lease
from filterdns.devices.neighbour import Neighbour
from tests.support.control import running_filter

TABLET, LAPTOP, STRANGE = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04", "da:a1:19:00:00:01"
HOUSE = f"""\
timezone: Europe/Berlin
listen: {{dns: ["127.0.0.1:5300"]}}
upstreams: {{servers: ["127.0.0.1:5353"]}}
policies: {{child: {{block: [games.example]}}, adults: {{}}}}
people:
  mia:
    policy: child
    devices: [{{name: tablet, mac: "{TABLET}"}}, {{name: tv, ip: 192.168.1.40}}]
  ada: {{policy: adults, devices: [{{name: laptop, mac: "{LAPTOP}"}}]}}
unknown_devices: {{notify: true}}
"""
Scene = Callable[[RunningFilter], Coroutine[Any, Any, None]]


def play(folder: Path, scene: Scene, body: str = HOUSE) -> None:
    async def run() -> None:
        async with running_filter(folder, body) as running:
            await scene(running)

    asyncio.run(run())


def by_mac(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["mac"]: row for row in found["devices"]}


def test_each_device_is_told_with_whose_it_is_and_by_what_it_is_known(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        seen = running.nearby.seen
        seen.see_neighbour(Neighbour("192.168.1.20", TABLET, "eth0"), 10.0)
        seen.see_neighbour(Neighbour("fe80::9%eth0", TABLET, "eth0"), 11.0)
        seen.see_neighbour(Neighbour("192.168.1.99", STRANGE, "eth0"), 12.0)
        seen.see_query(13.0, address="192.168.1.40")
        found = by_mac(await read_devices(running))
        assert found[TABLET]["person"] == "mia"
        assert found[TABLET]["known_by"] == "mac"
        assert found[TABLET]["addresses"] == ["fe80::9%eth0", "192.168.1.20"]
        assert found[TABLET]["asked_at"] is None
        assert (found[""]["person"], found[""]["device"]) == ("mia", "tv")
        assert (found[""]["known_by"], found[""]["asked_at"]) == ("address", 13.0)
        assert (found[STRANGE]["person"], found[STRANGE]["private"]) == ("", True)
        assert (found[LAPTOP]["person"], found[LAPTOP]["last_seen_at"]) == ("ada", None)

    play(tmp_path, scene)


def test_a_newcomer_under_an_old_name_may_be_the_old_one(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        seen = running.nearby.seen
        seen.see_lease(Lease("192.168.1.20", TABLET, "Mias-iPad", None), 10.0)
        seen.see_lease(Lease("192.168.1.21", STRANGE, "Mias-iPad", None), 20.0)
        assert by_mac(await read_devices(running))[STRANGE]["may_be"] == ["mia/tablet"]

    play(tmp_path, scene)


def test_a_new_device_is_told_once_in_the_log_and_the_status(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(running: RunningFilter) -> None:
        watch, seen = HouseWatch(running), running.nearby.seen
        now = running.clock.now()
        seen.see_query(now, address="192.168.1.20", mac=TABLET)
        seen.see_neighbour(Neighbour("192.168.1.98", LAPTOP, "eth0"), now)
        seen.see_query(now, address="192.168.1.99", mac=STRANGE)
        await watch.look()
        await watch.look()
        told = [line for line in caplog.messages if line.startswith("new device")]
        assert len(told) == 1
        assert STRANGE in told[0]
        (new,) = read_status(running)["devices"]["new"]
        assert new["mac"] == STRANGE
        again = HouseWatch(running)
        again.remember(read_seen(running.options.folders.seen))
        await again.look()
        assert len([line for line in caplog.messages if line.startswith("new device")]) == 1

    play(tmp_path, scene)


def test_nobody_is_told_who_does_not_want_to_hear_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(running: RunningFilter) -> None:
        now = running.clock.now()
        running.nearby.seen.see_query(now, address="192.168.1.99", mac=STRANGE)
        await HouseWatch(running).look()
        assert "new device" not in caplog.text

    play(tmp_path, scene, HOUSE.replace("notify: true", "notify: false"))


def test_what_looks_wrong_is_in_status_and_health(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        kind = FindingKind.FOREIGN_DNS
        running.findings.current = [
            Finding(kind, str(number), f"device {number} uses another DNS", "look", is_red=False)
            for number in range(10)
        ]
        running.nearby.askers.take([["192.168.1.1", "", 2, 5, []]], running.clock.now())
        troubles = [each for each in find_troubles(running) if each.kind is Kind.DEVICES]
        assert [each.what for each in troubles] == [
            "device 0 uses another DNS",
            "device 1 uses another DNS",
            "device 2 uses another DNS",
            "7 more are like that",
            "trusted forwarder 192.168.1.1 did not say for which device in 5 questions",
        ]
        assert "add-mac and strip-mac" in troubles[-1].cure

    play(tmp_path, scene)
