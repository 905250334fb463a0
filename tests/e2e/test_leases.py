"""Devices that only a DHCP server's lease file tells apart: behind another router of a school."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.home import OPEN, Home, open_home
from tests.support.lan import SWITCH, behind
from tests.support.namespaces import CABLE

pytestmark = [pytest.mark.untimed, pytest.mark.peer("ip", "dig", "nsd"), pytest.mark.timeout(300)]

TEACHER, PUPIL, NEW = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02", "0e:11:22:33:44:55"
NAME = "www.library.example"
LEASES = "dnsmasq.leases"
CONFIG = f"""\
timezone: Europe/Berlin
listen: {{dns: ["0.0.0.0:53"]}}
lease_files: [{LEASES}]
policies:
  pupils: {{block: [library.example]}}
  staff: {{}}
people:
  pupil:   {{policy: pupils, devices: [{{name: tablet, mac: "{PUPIL}"}}]}}
  teacher: {{policy: staff, devices: [{{name: laptop, mac: "{TEACHER}"}}]}}
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The filter, and a router with a network that the filter is not on."""
    with (
        open_home(tmp_path_factory.mktemp("leases"), CONFIG, "router") as school,
        behind(school.clients["router"], "device") as behind_router,
    ):
        router, device = school.clients["router"], behind_router["device"]
        router.give("10.77.1.2/24")
        router.command("address", "add", "10.99.0.1/24", "dev", SWITCH)
        school.indoors.command("route", "add", "10.99.0.0/24", "via", "10.77.1.2", "dev", SWITCH)
        for number in range(5, 9):
            device.give(f"10.99.0.{number}/24")
        device.command("route", "add", "default", "via", "10.99.0.1", "dev", CABLE)
        yield Home(school.house, school.indoors, behind_router)
        assert "Traceback" not in school.house.log_text()


def lend(school: Home, mac_by_address: dict[str, str]) -> None:
    """Write the lease file as dnsmasq does: from its beginning, in place."""
    lines = (f"0 {mac} {address} * *\n" for address, mac in mac_by_address.items())
    Path(school.house.folder / LEASES).write_text("".join(lines))


def is_open(school: Home, address: str) -> bool:
    return school.ask("device", NAME, "-b", address).addresses == [OPEN]


def troubles(school: Home) -> str:
    return " ".join(school.house.status()["troubles"])


def test_a_lease_tells_whose_an_address_is_as_long_as_it_is_lent(school: Home) -> None:
    assert not is_open(school, "10.99.0.5")
    lend(school, {"10.99.0.5": TEACHER, "10.99.0.6": PUPIL})
    school.house.wait_until(lambda: is_open(school, "10.99.0.5"), "the lease to be read")
    assert not is_open(school, "10.99.0.6")
    lend(school, {"10.99.0.5": PUPIL, "10.99.0.6": PUPIL})
    school.house.wait_until(lambda: not is_open(school, "10.99.0.5"), "the pupil to be seen")
    lend(school, {"10.99.0.6": PUPIL, "10.99.0.7": TEACHER})
    school.house.wait_until(lambda: is_open(school, "10.99.0.7"), "the teacher's new lease")
    assert not is_open(school, "10.99.0.5")


def test_a_card_that_nobody_knows_gets_the_strictest_policy(school: Home) -> None:
    lend(school, {"10.99.0.7": TEACHER, "10.99.0.8": NEW})
    school.house.wait_until(lambda: is_open(school, "10.99.0.7"), "the file to be read")
    assert not is_open(school, "10.99.0.8")


def test_a_file_that_is_missing_is_told_and_read_when_it_comes(school: Home) -> None:
    path = school.house.folder / LEASES
    path.unlink(missing_ok=True)
    missing = f"lease file {path}: there is no such file"
    school.house.wait_until(
        lambda: f"{missing}; start the DHCP server" in troubles(school), "the trouble"
    )
    assert missing in school.house.log_text()
    lend(school, {"10.99.0.5": TEACHER})
    school.house.wait_until(lambda: is_open(school, "10.99.0.5"), "the file to be read")
    assert "lease file" not in troubles(school)
