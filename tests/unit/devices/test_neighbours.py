"""Real neighbours: machines in namespaces of their own, which the house hears by ARP and NDP."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from filterdns.devices.neighbour import Neighbour
from filterdns.devices.neighbour_messages import watch_entries
from filterdns.devices.neighbours import Neighbours, Source
from tests.support.lan import SWITCH, Lan, lan

pytestmark = pytest.mark.peer("ip")

MIA, BEN, NEW = "3c:22:fb:01:02:03", "98:b6:e9:0a:0b:0c", "0e:11:22:33:44:55"
PATIENCE_SECONDS = 20.0


class Followed:
    """The neighbours of a house, followed; what was told is kept in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[Sequence[Neighbour], Sequence[str]]] = []
        self.neighbours = Neighbours(lambda here, gone: self.told.append((here, gone)))

    def mac_of(self, address: str) -> str:
        found = self.neighbours.find(address)
        return found.mac if found else ""

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, (
                f"{what}: {len(self.neighbours)}, {list(self.neighbours)[:9]}"
            )
            await asyncio.sleep(0.01)

    async def until_known(self, address: str, mac: str) -> None:
        await self.until(lambda: self.mac_of(address) == mac, f"{address} to be {mac or 'gone'}")


@pytest.fixture
def home() -> Iterator[Lan]:
    with lan("mia", "ben") as made:
        made.clients["mia"].set_mac(MIA)
        made.clients["ben"].set_mac(BEN)
        for number, name in enumerate(("mia", "ben")):
            made.clients[name].give(f"10.77.1.2{number}/24")
            made.clients[name].give(f"fd77::2{number}/64")
        yield made


def follow(home: Lan, story: Callable[[Followed], Awaitable[None]]) -> Followed:
    """Follow the neighbours of the house while *story* happens."""

    async def happen() -> Followed:
        followed = Followed()
        running = asyncio.create_task(followed.neighbours.run())
        await followed.until(lambda: followed.neighbours.source is not Source.NONE, "a first look")
        try:
            await story(followed)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        return followed

    with home.house.inside():
        return asyncio.run(happen())


def test_whoever_speaks_is_known_by_both_families(home: Lan) -> None:
    async def story(house: Followed) -> None:
        for name, number, mac in (("mia", 0, MIA), ("ben", 1, BEN)):
            home.clients[name].speak("10.77.1.1")
            home.clients[name].speak("fd77::1")
            await house.until_known(f"10.77.1.2{number}", mac)
            await house.until_known(f"fd77::2{number}", mac)
        assert house.neighbours.source is Source.EVENTS

    follow(home, story)


def test_whoever_spoke_before_is_known_from_the_start(home: Lan) -> None:
    home.clients["mia"].speak("10.77.1.1")

    async def story(house: Followed) -> None:
        await house.until_known("10.77.1.20", MIA)

    follow(home, story)


def test_a_privacy_address_follows_the_device(home: Lan) -> None:
    async def story(house: Followed) -> None:
        home.clients["mia"].speak("fd77::1")
        await house.until_known("fd77::20", MIA)
        home.clients["mia"].give("fd77::5c3a:11ff:fe22:1/64")
        home.clients["mia"].speak("fd77::1", source="fd77::5c3a:11ff:fe22:1")
        await house.until_known("fd77::5c3a:11ff:fe22:1", MIA)
        assert house.mac_of("fd77::20") == MIA

    follow(home, story)


def test_a_link_local_address_carries_its_link(home: Lan) -> None:
    home.clients["mia"].give("fe80::20/64")

    async def story(house: Followed) -> None:
        home.clients["mia"].speak("fe80::1%cable0")
        await house.until_known(f"fe80::20%{SWITCH}", MIA)

    follow(home, story)


def test_a_device_with_a_new_address_is_the_same_device(home: Lan) -> None:
    async def story(house: Followed) -> None:
        home.clients["mia"].speak()
        await house.until_known("10.77.1.20", MIA)
        home.clients["mia"].take("10.77.1.20/24")
        home.clients["mia"].give("10.77.1.90/24")
        home.clients["mia"].speak()
        await house.until_known("10.77.1.90", MIA)

    follow(home, story)


def test_an_address_that_another_device_takes_is_that_device(home: Lan) -> None:
    async def story(house: Followed) -> None:
        home.clients["mia"].speak()
        await house.until_known("10.77.1.20", MIA)
        home.clients["mia"].take("10.77.1.20/24")
        home.clients["ben"].take("10.77.1.21/24")
        home.clients["ben"].give("10.77.1.20/24")
        home.clients["ben"].speak()
        await house.until_known("10.77.1.20", BEN)

    told = follow(home, story).told
    macs = [each.mac for here, _ in told for each in here if each.address == "10.77.1.20"]
    assert macs == [MIA, BEN]


def test_a_device_with_a_new_card_is_told_as_that_card(home: Lan) -> None:
    async def story(house: Followed) -> None:
        home.clients["mia"].speak()
        await house.until_known("10.77.1.20", MIA)
        home.clients["mia"].set_mac(NEW)
        # It has forgotten the house (the cable was unplugged), and asks for it with its new MAC.
        home.clients["mia"].command("neighbour", "flush", "all")
        home.clients["mia"].speak()
        await house.until_known("10.77.1.20", NEW)

    follow(home, story)


def test_what_the_kernel_forgets_is_told(home: Lan) -> None:
    async def story(house: Followed) -> None:
        home.clients["mia"].speak()
        await house.until_known("10.77.1.20", MIA)
        home.house.command("neighbour", "flush", "all")
        await house.until_known("10.77.1.20", "")

    assert ((), ("10.77.1.20",)) in follow(home, story).told


def test_more_events_than_the_socket_holds_leave_the_truth(home: Lan, tmp_path: Path) -> None:
    addresses = [f"10.77.1.{number}" for number in range(100, 200)]

    def batch(verb: str) -> str:
        path = tmp_path / verb
        mac = f"lladdr {MIA}" if verb == "replace" else ""
        lines = (f"neighbour {verb} {each} {mac} dev {SWITCH}\n" for each in addresses)
        path.write_text("".join(lines))
        return str(path)

    async def story(house: Followed) -> None:
        with watch_entries() as full:
            for _ in range(30):  # nobody reads meanwhile: the loop stands still
                for verb in ("replace", "delete"):
                    home.house.command("-batch", batch(verb))
            home.house.command("-batch", batch("replace"))
            with pytest.raises(OSError, match="No buffer space"):
                full.recv(4096)
        await house.until(lambda: len(house.neighbours) == len(addresses), "all of them")
        assert {each.mac for each in house.neighbours} == {MIA}

    follow(home, story)


WITHOUT_NETLINK = """
import asyncio
from filterdns.devices.neighbour_messages import watch_entries
from filterdns.devices.neighbours import Neighbours

async def look():
    neighbours = Neighbours(lambda here, gone: told.set())
    told = asyncio.Event()
    running = asyncio.create_task(neighbours.run())
    async with asyncio.timeout(20):
        await told.wait()
    print(neighbours.source, *(f"{each.address}={each.mac}" for each in neighbours))

asyncio.run(look())
"""


def test_where_netlink_is_refused_the_neighbours_of_ipv4_are_known(home: Lan) -> None:
    home.clients["mia"].speak("10.77.1.1")
    home.clients["mia"].speak("fd77::1")
    with home.house.inside():
        command = [sys.executable, "-m", "tests.support.without_netlink"]
        said = subprocess.run(
            [*command, sys.executable, "-c", WITHOUT_NETLINK],
            capture_output=True,
            text=True,
            check=True,
        )
    assert said.stdout == f"polled 10.77.1.20={MIA}\n"
    assert "no rtnetlink" in said.stderr
