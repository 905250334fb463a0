"""What is around the house, followed."""

import asyncio
from pathlib import Path

import pytest

from filterdns.control.nearby import Nearby
from filterdns.control.workers import WorkerLinks
from filterdns.devices.lease import Lease
from filterdns.devices.lease_file import LeaseFile
from filterdns.resolver.bindings import read_bindings
from filterdns.steps import at_once
from filterdns.tasks import Tasks
from tests.support.control import eventually
from tests.support.lan import SWITCH, lan

MIA = "3c:22:fb:00:00:01"


def test_leases_are_known_from_before_the_first_answer(
    tmp_path: Path,
) -> None:
    path, file = tmp_path / "bindings", tmp_path / "dnsmasq.leases"
    file.write_text(f"0 {MIA} 10.99.0.5 tablet *\n")

    async def scene() -> None:
        tasks = Tasks()
        workers = WorkerLinks(tmp_path / "workers.sock", lambda *_: None, lambda _: None)
        nearby = Nearby(path, workers, lambda: 1.0)
        nearby.leases.set_files([LeaseFile(str(file))])
        try:
            await nearby.begin(tasks)
            assert at_once(read_bindings(path)).mac_by_address["10.99.0.5"] == MIA
            file.write_text("")
            assert await eventually(lambda: nearby.bindings.mac_of("10.99.0.5") == "")
        finally:
            await tasks.cancel()

    asyncio.run(scene())


def test_a_lease_that_names_no_card_binds_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        workers = WorkerLinks(tmp_path / "workers.sock", lambda *_: None, lambda _: None)
        nearby = Nearby(tmp_path / "bindings", workers, lambda: 1.0)
        nearby._on_leases([Lease("10.99.0.5", MIA, "tablet", None)], [])
        assert nearby.bindings.mac_of("10.99.0.5") == MIA
        nearby._on_leases([Lease("10.99.0.5", "", "tablet", None)], [])
        assert nearby.bindings.mac_of("10.99.0.5") == ""

    asyncio.run(scene())


@pytest.mark.peer("ip")
def test_devices_and_links_are_followed_from_before_the_first_answer(tmp_path: Path) -> None:
    async def scene() -> None:
        path = tmp_path / "bindings"
        tasks = Tasks()
        workers = WorkerLinks(tmp_path / "workers.sock", lambda *_: None, lambda _: None)
        nearby = Nearby(path, workers, lambda: 1.0)
        try:
            await nearby.begin(tasks)
            first = at_once(read_bindings(path))  # before anybody is told where to find it
            assert first.links == ("10.77.1.0/24", "fd77::/64", "fe80::/64")
            assert first.mac_by_address["10.77.1.20"] == MIA
            assert set(first.mac_by_address) >= {"10.77.1.1", "fd77::1", f"fe80::1%{SWITCH}"}
            await asyncio.to_thread(mia.speak, "fd77::1")
            assert await eventually(lambda: nearby.bindings.mac_of("fd77::20") == MIA)
            house.command("neighbour", "delete", "10.77.1.20", "dev", SWITCH)
            assert await eventually(lambda: nearby.bindings.mac_of("10.77.1.20") == "")
            house.command("address", "add", "10.78.0.1/24", "dev", SWITCH)
            assert await eventually(
                lambda: "10.78.0.0/24" in (at_once(read_bindings(path)).links or ())
            )
        finally:
            await tasks.cancel()

    with lan("mia") as (house, clients):
        mia = clients["mia"]
        mia.set_mac(MIA)
        mia.give("10.77.1.20/24")
        mia.give("fd77::20/64")
        mia.speak()
        with house.inside():
            asyncio.run(scene())
