import socket
import struct

import pytest

from filterdns.listeners.addresses import (
    OwnAddress,
    own_addresses,
    read_addresses,
    watch_addresses,
)

LOOPBACK = socket.if_nametoindex("lo")
NEW_ADDRESS = 20  # RTM_NEWADDR
TENTATIVE, FAILED = 0x40, 0x08


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def message(family: int, prefix_length: int, *attributes: bytes, kind: int = NEW_ADDRESS) -> bytes:
    body = struct.pack("=BBBBI", family, prefix_length, 0, 0, LOOPBACK) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body


def ipv4(text: str) -> bytes:
    return socket.inet_pton(socket.AF_INET, text)


def ipv6(text: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6, text)


def test_addresses_of_both_families_are_read() -> None:
    wire = message(socket.AF_INET, 24, attribute(1, ipv4("192.168.1.2")))
    wire += message(socket.AF_INET6, 64, attribute(1, ipv6("fd00::2")))
    assert list(read_addresses(wire)) == [
        OwnAddress("192.168.1.2", 24, True, LOOPBACK),
        OwnAddress("fd00::2", 64, True, LOOPBACK),
    ]


def test_on_a_point_to_point_link_our_own_end_counts() -> None:
    ends = attribute(1, ipv4("10.0.0.1")), attribute(2, ipv4("10.0.0.2"))
    assert [each.host for each in read_addresses(message(socket.AF_INET, 32, *ends))] == [
        "10.0.0.2"
    ]


def test_a_link_local_address_names_its_interface() -> None:
    wire = message(socket.AF_INET6, 64, attribute(1, ipv6("fe80::1")))
    assert [each.host for each in read_addresses(wire)] == ["fe80::1%lo"]


@pytest.mark.parametrize("flag", [TENTATIVE, FAILED])
def test_an_address_that_may_be_a_duplicate_is_not_ready(flag: int) -> None:
    flags = attribute(8, struct.pack("=I", flag))
    wire = message(socket.AF_INET6, 64, attribute(1, ipv6("fd00::2")), flags)
    assert [each.is_ready for each in read_addresses(wire)] == [False]


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"\x00" * 40,
        message(socket.AF_INET, 24),
        message(socket.AF_INET, 24, attribute(1, ipv4("10.0.0.1")), kind=21),
        message(17, 24, attribute(1, ipv4("10.0.0.1"))),
    ],
)
def test_what_is_no_new_address_is_passed_over(wire: bytes) -> None:
    assert list(read_addresses(wire)) == []


def test_the_network_is_told_without_the_interface() -> None:
    assert OwnAddress("192.168.1.2", 24, True).network == "192.168.1.0/24"
    assert OwnAddress("fe80::1%eth0", 64, True).network == "fe80::/64"


def test_the_kernel_tells_the_loopback_address() -> None:
    assert OwnAddress("127.0.0.1", 8, True, LOOPBACK) in own_addresses()


def test_a_watch_is_silent_while_nothing_changes() -> None:
    with watch_addresses() as watch, pytest.raises(BlockingIOError):
        watch.recv(100)
