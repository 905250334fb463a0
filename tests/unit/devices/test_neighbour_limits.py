import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.neighbour_limits import NeighbourLimits, neighbour_limits, read_limits
from tests.support.lan import SWITCH, lan

NEW_TABLE = 64  # RTM_NEWNEIGHTBL


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def message(name: bytes, *attributes: bytes) -> bytes:
    body = bytes(4) + attribute(1, name + b"\0") + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), NEW_TABLE, 0, 1, 0) + body


CONFIG = attribute(5, struct.pack("=HHI", 4, 336, 17) + bytes(24))
THRESHOLDS = attribute(3, struct.pack("=I", 512)) + attribute(4, struct.pack("=I", 1_024))
STATISTICS = attribute(7, struct.pack("=11Q", *range(10), 99))


def test_a_table_is_read_with_how_often_it_was_full() -> None:
    wire = message(b"arp_cache", THRESHOLDS, CONFIG, STATISTICS)
    assert list(read_limits(wire)) == [NeighbourLimits(4, 17, 512, 1_024, 99)]


@pytest.mark.parametrize(
    "wire",
    [
        message(b"arp_cache"),  # about one interface
        message(b"dn_neigh_cache", THRESHOLDS, CONFIG),
        struct.pack("=IHHII", 16, NEW_TABLE, 0, 1, 0),
    ],
)
def test_what_is_no_table_is_passed_over(wire: bytes) -> None:
    assert list(read_limits(wire)) == []


@given(st.binary(max_size=150))
def test_no_bytes_stop_the_reader(body: bytes) -> None:
    list(read_limits(struct.pack("=IHHII", 16 + len(body), NEW_TABLE, 0, 1, 0) + body))


@pytest.mark.peer("ip")
def test_the_kernel_counts_its_neighbours_of_both_families() -> None:
    with lan() as home, home.house.inside():
        for number in range(2, 60):
            for address in (f"10.77.1.{number}", f"fd77::{number}"):
                entry = (address, "lladdr", f"02:00:00:00:00:{number:02x}", "dev", SWITCH)
                home.house.command("neighbour", "add", *entry)
        limits = neighbour_limits()
    assert [each.version for each in limits] == [4, 6]
    for each in limits:
        assert each.entries >= 58  # of the whole machine, so there may be more
        assert 0 < each.kept <= each.at_most
