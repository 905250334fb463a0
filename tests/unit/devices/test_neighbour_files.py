import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.neighbour_files import polled_entries, read_arp, read_neighbours
from filterdns.devices.neighbour_messages import Entry
from tests.support.lan import SWITCH, Lan, lan

LOOPBACK = socket.if_nametoindex("lo")
MAC = "3c:22:fb:01:02:03"
HEAD = "IP address       HW type     Flags       HW address            Mask     Device\n"


def arp(*rows: str) -> list[Entry]:
    return list(read_arp(HEAD + "\n".join(rows)))


def neighbours(*rows: object) -> list[Entry]:
    return list(read_neighbours(json.dumps(rows)))


@pytest.mark.parametrize("flags", ["0x2", "0x6"])
def test_an_entry_of_the_arp_file_is_read(flags: str) -> None:
    row = f"192.168.1.20     0x1         {flags}         {MAC.upper()}     *        lo"
    assert arp(row) == [Entry(LOOPBACK, "192.168.1.20", MAC)]


@pytest.mark.parametrize(
    "row",
    [
        f"192.168.1.20 0x1 0x0 {MAC} * lo",  # nobody has answered yet
        "192.168.1.20 0x1 0x2 00:00:00:00:00:00 * lo",
        f"192.168.1.20 0x1 0x2 {MAC} * gone0",
        f"192.168.1.300 0x1 0x2 {MAC} * lo",
        "192.168.1.20 0x1 0x2 no:mac * lo",
        "192.168.1.20 0x1",
        "",
    ],
)
def test_what_is_no_entry_of_the_arp_file_is_passed_over(row: str) -> None:
    assert arp(row) == []


def test_what_the_ip_command_prints_is_read() -> None:
    rows = [
        {"dst": "192.168.1.20", "dev": "lo", "lladdr": MAC, "state": ["STALE"]},
        {"dst": "FE80::1", "dev": "lo", "lladdr": MAC, "router": None, "state": ["REACHABLE"]},
        {"dst": "192.168.1.21", "dev": "lo", "state": ["FAILED"]},
        {"dst": "192.168.1.22", "dev": "lo", "lladdr": MAC, "state": ["NOARP"]},
        {"dst": 5, "dev": None, "lladdr": [], "state": ["STALE"]},
        {"dst": "192.168.1.23", "dev": "lo", "lladdr": MAC, "state": "STALE"},
        {"dst": "192.168.1.24", "dev": "lo", "lladdr": MAC, "state": [["STALE"]]},
        "text",
    ]
    assert neighbours(*rows) == [
        Entry(LOOPBACK, "192.168.1.20", MAC),
        Entry(LOOPBACK, "fe80::1", MAC, is_router=True),
    ]


@given(st.text(max_size=200))
def test_no_text_stops_the_readers(text: str) -> None:
    list(read_arp(f"\n{text}"))
    list(read_neighbours(text))


def test_lists_in_lists_without_end_do_not_stop_the_reader() -> None:
    assert not list(read_neighbours("[" * 100_000))


@pytest.fixture
def home() -> Iterator[Lan]:
    with lan() as made:
        for address in ("10.77.1.20", "fd77::20"):
            made.house.command("neighbour", "add", address, "lladdr", MAC, "dev", SWITCH)
        yield made


def polled(home: Lan) -> set[tuple[str, str]]:
    with home.house.inside():
        return {(each.address, each.mac) for each in polled_entries()}


@pytest.mark.peer("ip")
def test_with_the_ip_command_both_families_are_known(home: Lan) -> None:
    assert polled(home) == {("10.77.1.20", MAC), ("fd77::20", MAC)}


@pytest.mark.peer("ip")
def test_without_it_at_least_those_of_ipv4_are(home: Lan, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as nothing_installed:
        nothing_installed.setenv("PATH", "/nonexistent")
        with home.house.inside():
            found = {(each.address, each.mac) for each in polled_entries()}
    assert found == {("10.77.1.20", MAC)}
