"""What control knows of bindings, and how workers hear of it."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from filterdns.control import bindings as bindings_module
from filterdns.control.bindings import PAIRS_A_MESSAGE, KnownBindings, Origin
from filterdns.control.workers import WorkerLinks
from filterdns.policy.client import Doubt, Identifier, Identity
from filterdns.policy.ruleset import Device, Person, Ruleset
from filterdns.resolver.bindings import Bindings, read_bindings
from filterdns.steps import at_once
from tests.support.control import ScriptedWorker, eventually

TABLET, PHONE = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"


class Stage:
    """Known bindings beside the link to the workers, both in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bindings"
        self.socket = folder / "workers.sock"
        self.workers = WorkerLinks(self.socket, lambda *_: None, lambda _: None)
        self.workers.open()
        self.known = KnownBindings(self.path, self.workers)

    def read(self) -> Bindings:
        return at_once(read_bindings(self.path))

    async def worker(self) -> ScriptedWorker:
        worker = ScriptedWorker(self.socket)
        assert await eventually(lambda: self.workers.connected)
        return worker


Scene = Callable[[Stage], Coroutine[Any, Any, None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        async def inside() -> None:
            stage = Stage(tmp_path)
            try:
                await scene(stage)
            finally:
                stage.workers.close()

        asyncio.run(inside())

    return run


def pairs(worker: ScriptedWorker) -> list[list[str]]:
    return [pair for each in worker.heard for pair in each.get("pairs", ())]


def test_what_changes_reaches_the_workers_at_once_and_the_file(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        known = stage.known
        known.follow_links(("192.168.1.0/24",))
        await known.write()
        worker = await stage.worker()
        known.tell(Origin.NEIGHBOUR, [("192.168.1.20", TABLET), ("192.168.1.21", PHONE)])
        known.tell(Origin.NEIGHBOUR, [("192.168.1.20", TABLET), ("192.168.1.21", "")])
        wanted = [["192.168.1.20", TABLET], ["192.168.1.21", PHONE], ["192.168.1.21", ""]]
        assert await eventually(lambda: pairs(worker) == wanted)
        await known.write()
        assert stage.read().mac_by_address == {"192.168.1.20": TABLET}
        assert stage.read().links == ("192.168.1.0/24",)
        worker.close()

    play(scene)


def test_who_comes_hears_of_the_file_and_what_is_not_in_it_yet(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        early = await stage.worker()
        stage.known.tell(Origin.NEIGHBOUR, [("192.168.1.20", TABLET)])
        await stage.known.write()
        stage.known.tell(Origin.NEIGHBOUR, [("192.168.1.21", PHONE)])
        late = ScriptedWorker(stage.socket, 1)
        assert await eventually(lambda: len(late.heard) == 2)
        assert late.heard[0] == {"t": "bindings", "path": str(stage.path)}
        assert late.heard[1]["pairs"] == [["192.168.1.21", PHONE]]
        assert {"t": "bindings", "path": str(stage.path)} in early.heard
        early.close()
        late.close()

    play(scene)


def test_the_kernel_is_believed_before_a_lease_and_we_before_both(
    play: Callable[..., None],
) -> None:
    async def scene(stage: Stage) -> None:
        known = stage.known
        known.tell(Origin.LEASE, [("192.168.1.20", TABLET)])
        assert known.mac_of("192.168.1.20") == TABLET
        known.tell(Origin.NEIGHBOUR, [("192.168.1.20", PHONE)])
        assert known.mac_of("192.168.1.20") == PHONE
        known.tell(Origin.NEIGHBOUR, [("192.168.1.20", "")])
        assert known.mac_of("192.168.1.20") == TABLET
        known.replace(Origin.OWN, {"192.168.1.20": PHONE})
        assert known.mac_of("192.168.1.20") == PHONE
        known.replace(Origin.OWN, {})
        known.replace(Origin.LEASE, {})
        assert len(known) == 0

    play(scene)


def test_beyond_our_links_a_lease_is_believed_and_not_whoever_shouts_an_address(
    play: Callable[..., None],
) -> None:
    """Each machine on the link can say in ARP that it has an address of another network."""

    async def scene(stage: Stage) -> None:
        known = stage.known
        known.follow_links(("192.168.1.0/24",))
        known.tell(Origin.NEIGHBOUR, [("10.99.0.5", PHONE), ("2001:db8::5", PHONE)])
        assert (known.mac_of("10.99.0.5"), known.mac_of("2001:db8::5")) == ("", PHONE)
        known.tell(Origin.LEASE, [("10.99.0.5", TABLET), ("2001:db8::5", TABLET)])
        assert (known.mac_of("10.99.0.5"), known.mac_of("2001:db8::5")) == (TABLET, TABLET)
        known.follow_links(("10.99.0.0/16", "2001:db8::/64"))  # now they are ours
        assert (known.mac_of("10.99.0.5"), known.mac_of("2001:db8::5")) == (PHONE, PHONE)
        known.follow_links(("192.168.1.0/24",))
        assert (known.mac_of("10.99.0.5"), known.mac_of("2001:db8::5")) == (TABLET, TABLET)

    play(scene)


def test_a_house_full_is_told_in_messages_of_bounded_size(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        worker = await stage.worker()
        many = [(f"fe80::{n:x}:1234:5678:9abc%wlan-of-a-school", TABLET) for n in range(1200)]
        stage.known.tell(Origin.NEIGHBOUR, many)
        assert await eventually(lambda: len(pairs(worker)) == len(many))
        assert [len(each["pairs"]) for each in worker.heard] == [500, 500, 200]
        assert PAIRS_A_MESSAGE == 500
        worker.close()

    play(scene)


def test_a_file_that_grows_is_written_anew(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bindings_module, "_SLACK", 10)

    async def scene(stage: Stage) -> None:
        for number in range(100):
            stage.known.tell(Origin.NEIGHBOUR, [("10.0.0.1", TABLET if number % 2 else PHONE)])
            await stage.known.write()
            assert len(stage.path.read_text().splitlines()) < 20
        assert stage.read().mac_by_address == {"10.0.0.1": TABLET}

    play(scene)


def test_what_a_disk_did_not_take_is_written_when_it_does(
    play: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stage: Stage) -> None:
        stage.path.mkdir()
        stage.known.tell(Origin.NEIGHBOUR, [("10.0.0.1", TABLET)])
        await stage.known.write()
        await stage.known.write()
        assert "cannot be written" in stage.known.trouble
        assert len(caplog.messages) == 1
        stage.path.rmdir()
        await stage.known.write()
        assert stage.known.trouble == ""
        assert stage.read().mac_by_address == {"10.0.0.1": TABLET}

    play(scene)


def test_what_a_disk_does_not_take_for_long_is_kept_once_for_each_address(
    play: Callable[..., None],
) -> None:
    async def scene(stage: Stage) -> None:
        await stage.known.write()  # who comes now hears of this file
        stage.path.unlink()
        stage.path.mkdir()
        for number in range(3 * PAIRS_A_MESSAGE):
            mac = TABLET if number % 2 else PHONE
            stage.known.tell(Origin.NEIGHBOUR, [("10.0.0.1", mac)])
        await stage.known.write()
        worker = await stage.worker()
        assert await eventually(lambda: pairs(worker))
        assert pairs(worker) == [["10.0.0.1", TABLET]]
        stage.path.rmdir()
        await stage.known.write()
        assert stage.read().mac_by_address == {"10.0.0.1": TABLET}

    play(scene)


def test_it_is_written_as_it_changes(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        keeping = asyncio.create_task(stage.known.keep())
        stage.known.tell(Origin.NEIGHBOUR, [("10.0.0.1", TABLET)])
        assert await eventually(lambda: stage.path.exists() and stage.read().mac_by_address)
        stage.known.follow_links(("10.0.0.0/8",))
        assert await eventually(lambda: stage.read().links == ("10.0.0.0/8",))
        keeping.cancel()

    play(scene)


def test_control_sees_who_asks_as_the_workers_do(play: Callable[..., None]) -> None:
    async def scene(stage: Stage) -> None:
        devices = (Device("tablet", macs=(TABLET,)),)
        people = {"mia": Person("mia", "child", "UTC", devices)}
        identifier, known = Identifier(Ruleset(people=people)), stage.known
        known.follow_links(("10.0.0.0/8",))
        known.tell(Origin.NEIGHBOUR, [("10.0.0.1", TABLET)])
        assert known.identify("10.0.0.1", identifier) == Identity("mia", "tablet", ())
        assert known.identify("10.0.0.2", identifier).doubt is Doubt.AWAITED
        assert known.identify("192.0.2.1", identifier) == Identity("", "", ())
        assert dict(known.items()) == {"10.0.0.1": TABLET}

    play(scene)
