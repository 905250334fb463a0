import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.neighbour_messages import (
    Entry,
    all_entries,
    read_entries,
    watch_entries,
)
from tests.support.lan import SWITCH, lan

NEW, DELETED = 28, 29  # RTM_NEWNEIGH, RTM_DELNEIGH
INCOMPLETE, REACHABLE, STALE, FAILED, NOARP, PERMANENT = 0x01, 0x02, 0x04, 0x20, 0x40, 0x80
PROXY, ROUTER = 0x08, 0x80
MAC = bytes.fromhex("3c22fb010203")


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def message(
    address: str, state: int = REACHABLE, flags: int = 0, mac: bytes = MAC, kind: int = NEW
) -> bytes:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    body = struct.pack("=BBHiHBB", family, 0, 0, 7, state, flags, 1)
    body += attribute(1, socket.inet_pton(family, address))
    body += attribute(2, mac) if mac else b""
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body


def test_neighbours_of_both_families_are_read_in_their_order() -> None:
    wire = (
        message("192.168.1.20") + message("fe80::1", STALE, ROUTER) + message("fd00::a", PERMANENT)
    )
    assert list(read_entries(wire)) == [
        Entry(7, "192.168.1.20", "3c:22:fb:01:02:03"),
        Entry(7, "fe80::1", "3c:22:fb:01:02:03", is_router=True),
        Entry(7, "fd00::a", "3c:22:fb:01:02:03"),
    ]


@pytest.mark.parametrize("state", [0, INCOMPLETE, FAILED, NOARP])
def test_an_address_that_nobody_has_answered_for_belongs_to_nobody(state: int) -> None:
    assert list(read_entries(message("192.168.1.20", state))) == [Entry(7, "192.168.1.20", "")]


def test_an_entry_that_is_deleted_belongs_to_nobody() -> None:
    wire = message("192.168.1.20", kind=DELETED)
    assert list(read_entries(wire)) == [Entry(7, "192.168.1.20", "")]


@pytest.mark.parametrize("mac", [b"", bytes(6), bytes(20), b"\x33\x33\0\0\0\1"])
def test_what_is_no_mac_of_a_device_is_nobody(mac: bytes) -> None:
    assert [each.mac for each in read_entries(message("fd00::a", mac=mac))] == [""]


def test_the_time_of_the_last_sign_of_life_is_the_later_one() -> None:
    info = attribute(3, struct.pack("=IIII", 9_000, 1, 1_200, 0))
    body = struct.pack("=BBHiHBB", socket.AF_INET, 0, 0, 7, STALE, 0, 1)
    body += attribute(1, socket.inet_pton(socket.AF_INET, "10.0.0.1")) + attribute(2, MAC) + info
    wire = struct.pack("=IHHII", 16 + len(body), NEW, 0, 1, 0) + body
    assert [each.confirmed_seconds for each in read_entries(wire)] == [12.0]


@pytest.mark.parametrize(
    "wire",
    [
        message("192.168.1.20", kind=20),  # an address of our own
        message("192.168.1.20", flags=PROXY),
        struct.pack("=IHHII", 18, NEW, 0, 1, 0) + b"ab",
        # What a bridge forwards (AF_BRIDGE), a family that we do not know, an address cut short.
        struct.pack("=IHHIIBBHiHBB", 28, NEW, 0, 1, 0, 7, 0, 0, 7, REACHABLE, 0, 0),
        struct.pack("=IHHIIBBHiHBB", 34, NEW, 0, 1, 0, 2, 0, 0, 7, 2, 0, 0) + attribute(1, b"ab"),
    ],
)
def test_what_is_no_neighbour_is_passed_over(wire: bytes) -> None:
    assert list(read_entries(wire)) == []


@given(st.binary(max_size=120), st.sampled_from([2, 7, 10]))
def test_no_bytes_stop_the_reader(tail: bytes, family: int) -> None:
    body = bytes([family]) + tail
    list(read_entries(struct.pack("=IHHII", 16 + len(body), NEW, 0, 1, 0) + body))


@pytest.mark.peer("ip")
def test_the_kernel_tells_its_neighbours_when_asked_and_when_they_come() -> None:
    with lan() as home, home.house.inside(), watch_entries() as watch:
        assert not [each for each in all_entries() if each.mac]
        for address in ("10.77.1.20", "fd77::20"):
            entry = (address, "lladdr", "3c:22:fb:01:02:03", "dev", SWITCH)
            home.house.command("neighbour", "add", *entry)
        number = socket.if_nametoindex(SWITCH)
        expected = {
            (number, "10.77.1.20", "3c:22:fb:01:02:03"),
            (number, "fd77::20", "3c:22:fb:01:02:03"),
        }
        assert {each[:3] for each in all_entries() if each.mac} == expected
        told = {each[:3] for _ in expected for each in read_entries(watch.recv(4096))}
        assert told == expected
