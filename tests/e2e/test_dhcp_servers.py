"""Lease files as real DHCP servers write them, for clients that really asked for an address."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from filterdns.devices.lease_file import LeaseFile
from filterdns.devices.leases import LeaseFiles
from filterdns.devices.makers import Makers
from filterdns.devices.seen import SeenDevices, offers
from tests.support.dhcp import DHCP_SERVERS, DhcpServer, lent_address
from tests.support.lan import Lan, lan

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "busybox"), pytest.mark.timeout(300)]

MIA, BEN, NEW = "3c:22:fb:01:02:03", "98:b6:e9:0a:0b:0c", "0e:11:22:33:44:55"
PATIENCE_SECONDS = 30.0


@pytest.fixture
def home() -> Iterator[Lan]:
    with lan("mia", "ben") as made:
        made.clients["mia"].set_mac(MIA)
        made.clients["ben"].set_mac(BEN)
        yield made


class Followed:
    """The leases of a server's file, looked at until they are as a test wants them."""

    def __init__(self, path: Path) -> None:
        self.files = LeaseFiles(lambda here, gone: None)
        self.files.set_files([LeaseFile(str(path))])

    def mac_and_name_by_address(self) -> dict[str, tuple[str, str]]:
        """Kea writes names in small letters."""
        asyncio.run(self.files.look())
        return {each.address: (each.mac, each.host_name.lower()) for each in self.files}

    def until(self, expected: dict[str, tuple[str, str]]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.mac_and_name_by_address() != expected:
            assert time.monotonic() < deadline, list(self.files)
            time.sleep(0.05)


@pytest.mark.parametrize("server", DHCP_SERVERS.values(), ids=list(DHCP_SERVERS))
def test_who_has_an_address_is_known_by_card_and_name_until_it_is_given_back(
    home: Lan, tmp_path: Path, server: DhcpServer
) -> None:
    with server(home, tmp_path) as leases, ExitStack() as devices:
        followed = Followed(leases)
        with lent_address(home.clients["mia"], "Mias-iPad", tmp_path) as mia:
            ben = devices.enter_context(lent_address(home.clients["ben"], "Pixel", tmp_path))
            followed.until({mia: (MIA, "mias-ipad"), ben: (BEN, "pixel")})
            lease = followed.files.find(mia)
            assert lease is not None
            assert lease.expires_at is not None
            assert 0 < lease.expires_at - time.time() <= 3_600
        followed.until({ben: (BEN, "pixel")})
        assert [(each.skipped, each.trouble) for each in followed.files.reports()] == [(0, "")]


@pytest.mark.parametrize("server", DHCP_SERVERS.values(), ids=list(DHCP_SERVERS))
def test_a_phone_that_has_forgotten_the_network_comes_back_under_its_name(
    home: Lan, tmp_path: Path, server: DhcpServer
) -> None:
    with server(home, tmp_path) as leases:
        followed, seen = Followed(leases), SeenDevices(Makers())
        with lent_address(home.clients["mia"], "Mias-iPhone", tmp_path) as address:
            followed.until({address: (MIA, "mias-iphone")})
            see(seen, followed, 10)
        home.clients["mia"].set_mac(NEW)
        with lent_address(home.clients["mia"], "Mias-iPhone", tmp_path) as address:
            followed.until({address: (NEW, "mias-iphone")})
            see(seen, followed, 20)
        [offer] = offers(list(seen), {MIA: None})
        assert offer.newcomer.mac == NEW
        assert [each.mac for each in offer.known] == [MIA]


def see(seen: SeenDevices, followed: Followed, at: float) -> None:
    for lease in followed.files:
        seen.see_lease(lease, at)
