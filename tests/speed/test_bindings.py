"""A device that comes, goes or moves costs control the same, however many others there are."""

import asyncio
from functools import partial
from pathlib import Path

from filterdns.control.nearby import Nearby
from filterdns.control.workers import WorkerLinks
from filterdns.devices.neighbour import Neighbour
from tests.support.steps import Steps, count_steps

FEW, MANY = 30, 3_000
CHANGES = 10


def card(number: int) -> str:
    return f"3c:22:fb:10:{number >> 8:02x}:{number & 255:02x}"


def address(number: int) -> str:
    return f"10.80.{number // 250}.{number % 250 + 1}"


def neighbour(number: int, mac: str) -> Neighbour:
    return Neighbour(address(number), mac, "eth0")


async def cost_of_changes(folder: Path, devices: int) -> Steps:
    """Return what it costs that some of *devices* have another card than before."""
    workers = WorkerLinks(folder / "workers.sock", lambda *_: None, lambda _: None)
    nearby = Nearby(folder / "bindings", workers, lambda: 1_000_000.0)
    tell = partial(nearby._on_neighbours, gone=())
    tell([neighbour(number, card(number)) for number in range(devices)])
    await nearby.bindings.write()
    moved = [neighbour(number, card(devices + number)) for number in range(CHANGES)]
    steps = count_steps(lambda: [tell([each]) for each in moved])
    await nearby.bindings.write()
    assert nearby.bindings.mac_of(address(0)) == card(devices)
    assert len(nearby.bindings) == devices
    return steps


def test_a_change_costs_the_same_among_thousands(tmp_path: Path) -> None:
    for name in ("few", "many"):
        (tmp_path / name).mkdir()
    few = asyncio.run(cost_of_changes(tmp_path / "few", FEW))
    many = asyncio.run(cost_of_changes(tmp_path / "many", MANY))
    print(f"{few.opcodes / CHANGES:.0f} and {many.opcodes / CHANGES:.0f} bytecodes a change")
    assert 0 < many.opcodes < 1.1 * few.opcodes
