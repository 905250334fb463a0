import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.devices.gateways import (
    Gateway,
    default_gateways,
    read_ipv6_route,
    read_route,
    read_routes,
)
from tests.support.lan import SWITCH, Lan, lan

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
NEW_ROUTE = 24


@pytest.fixture(scope="module")
def home() -> Iterator[Lan]:
    with lan() as made:
        for route in (
            ("default", "via", "10.77.1.254"),
            ("default", "via", "10.77.1.253", "metric", "500"),
            ("192.168.0.0/16", "via", "10.77.1.250"),
            ("default", "via", "inet6", "fd77::fd", "metric", "900"),
        ):
            made.house.command("route", "add", *route, "dev", SWITCH)
        made.house.command("-6", "route", "add", "default", "via", "fe80::fe", "dev", SWITCH)
        hops = ("nexthop", "via", "fd77::fe", "nexthop", "via", "fd77::fc")
        made.house.command("-6", "route", "add", "default", "metric", "2000", *hops)
        yield made


@pytest.mark.peer("ip")
def test_the_kernel_tells_the_ways_out(home: Lan) -> None:
    with home.house.inside():
        found = default_gateways()
    assert all(each.interface == SWITCH for each in found)
    assert {each.address for each in found} == {
        "10.77.1.254",
        "10.77.1.253",
        f"fe80::fe%{SWITCH}",
        "fd77::fe",
        "fd77::fc",
        "fd77::fd",  # the way out for IPv4, by a hop of IPv6
    }
    assert len(set(found)) == len(found)


@pytest.mark.peer("ip")
def test_where_netlink_is_refused_the_files_tell_them(home: Lan) -> None:
    program = "from filterdns.devices.gateways import *\n"
    program += "print(*sorted(each.address for each in default_gateways()))"
    with home.house.inside():
        said = subprocess.run(
            [sys.executable, "-m", "tests.support.without_netlink", sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
        )
    assert {"10.77.1.254", "10.77.1.253", f"fe80::fe%{SWITCH}"} <= set(said.stdout.split())


@pytest.mark.peer("ip")
def test_where_no_way_leads_out_there_is_none() -> None:
    with lan() as cut_off, cut_off.house.inside():
        assert default_gateways() == []


def test_the_file_of_ipv4_is_read() -> None:
    address = struct.unpack("=I", socket.inet_aton("192.168.1.1"))[0]
    text = HEAD + f"eth0\t00000000\t{address:08X}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    text += f"eth0\t0000FEA9\t{address:08X}\t0003\t0\t0\t100\t0000FFFF\t0\t0\t0\n"
    text += "tun0\t00000000\t00000000\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"  # without a gateway
    text += "eth0\t00000000\tnothing!\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    text += "eth0\t00000000\t-0000001\t0003\t0\t0\t100\t00000000\t0\t0\t0\nshort\n"
    assert list(read_route(text)) == [Gateway("192.168.1.1", "eth0")]


def test_the_file_of_ipv6_is_read() -> None:
    zero, gateway = "0" * 32, "fe80" + "0" * 27 + "1"
    rest = "00000400 00000001 00000000 00000003     eth0"
    text = f"{zero} 00 {zero} 00 {gateway} {rest}\n"
    text += f"{zero} 08 {zero} 00 {gateway} {rest}\n"
    text += f"{zero} 00 {zero} 00 {zero} {rest}\n"
    text += f"{zero} 00 {zero} 00 nonsense {rest}\nshort\n"
    assert list(read_ipv6_route(text)) == [Gateway("fe80::1%eth0", "eth0")]


@given(st.binary(max_size=150), st.sampled_from([2, 10, 28]))
def test_no_bytes_stop_the_reader(tail: bytes, family: int) -> None:
    body = bytes([family, 0, 0, 0, 254, 3, 0, 1]) + tail
    list(read_routes(struct.pack("=IHHII", 16 + len(body), NEW_ROUTE, 0, 1, 0) + body))


@given(st.text())
def test_no_text_stops_the_readers(text: str) -> None:
    list(read_route(f"\n{text}"))
    list(read_ipv6_route(text))
