"""A real dnsmasq announces on a cable between two network namespaces."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from filterdns.doctor.announcing.listening import Announced, announced_servers
from tests.support.namespaces import CABLE, Namespace, cable
from tests.support.peers import Endpoint, need, running

SECONDS = 3.0


@contextmanager
def network(folder: Path, *options: str) -> Iterator[Namespace]:
    """Give the namespace of a new device in a network where dnsmasq goes by *options*."""
    with cable() as (house, street):
        for address in ("10.77.1.1/24", "fd77::1/64", "fe80::1/64"):
            nodad = ["nodad"] if ":" in address else []
            house.command("address", "add", address, "dev", CABLE, *nodad)
        street.command("address", "add", "fe80::7/64", "dev", CABLE, "nodad")
        command = [need("dnsmasq"), "--no-daemon", "--conf-file=/dev/null", "--user=root"]
        command += ["--pid-file=", "--no-resolv", "--no-hosts", "--leasefile-ro"]
        command += [f"--interface={CABLE}", "--bind-dynamic", *options]
        ready = Endpoint("10.77.1.1", 53)
        with house.inside(), running(command, ready, folder / "dnsmasq.log"):
            yield street


def heard(device: Namespace, interface: str = CABLE, seconds: float = SECONDS) -> list[Announced]:
    with device.inside():
        return asyncio.run(announced_servers(interface, seconds))


@pytest.mark.peer("ip", "dnsmasq")
def test_all_that_a_new_device_is_told_is_heard(tmp_path: Path) -> None:
    options = (
        "--enable-ra",
        "--dhcp-range=10.77.1.50,10.77.1.60",
        "--dhcp-range=fd77::,ra-stateless",
        "--dhcp-option=6,10.77.1.2,192.0.2.53",
        "--dhcp-option=option6:dns-server,[fd77::2],[fe80::]",
    )
    with network(tmp_path, *options) as device:
        assert set(heard(device)) == {
            Announced("10.77.1.2", "DHCP"),
            Announced("192.0.2.53", "DHCP"),
            Announced("fd77::2", "router advertisement"),
            Announced(f"fe80::1%{CABLE}", "router advertisement"),
            Announced("fd77::2", "DHCPv6"),
            Announced(f"fe80::1%{CABLE}", "DHCPv6"),
        }


@pytest.mark.peer("ip", "dnsmasq")
def test_no_address_is_taken(tmp_path: Path) -> None:
    with network(tmp_path, "--dhcp-range=10.77.1.50,10.77.1.50") as device:
        for _ in range(2):  # there is one address, and it is offered again
            assert heard(device) == [Announced("10.77.1.1", "DHCP")]
        assert "10.77.1.50" not in device.command("address")


@pytest.mark.peer("ip")
def test_silence_and_an_interface_that_is_not_there_are_nothing() -> None:
    with cable() as (_, street):
        assert heard(street, seconds=0.3) == []
        assert heard(street, "none0", seconds=0.3) == []


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
def test_nobody_but_root_may_listen() -> None:
    program = (
        "import asyncio, os\n"
        "from filterdns.doctor.announcing.listening import announced_servers\n"
        "os.setuid(65534)\n"
        "try: asyncio.run(announced_servers('lo', 0.1))\n"
        "except PermissionError: print('not allowed')\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout == "not allowed\n"
