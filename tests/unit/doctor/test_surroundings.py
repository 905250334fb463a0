from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.surroundings import default_routes, name_servers
from tests.support.namespaces import CABLE, cable

ROUTE_HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"


def test_the_name_servers_of_the_system_are_read_each_once(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text(
        "# nameserver 192.0.2.9\nsearch home\nnameserver 192.168.1.2\nnameserver fe80::1%eth0\n"
        "nameserver   192.168.1.2\nnameserver nonsense\nnameserver\n  nameserver fd00::2 # mine\n"
    )
    found = name_servers(file, tmp_path / "none")
    assert [each.host for each in found] == ["192.168.1.2", "fe80::1%eth0", "fd00::2"]
    assert {each.port for each in found} == {53}


def test_the_servers_behind_a_stub_of_systemd_are_those_that_count(tmp_path: Path) -> None:
    stub, behind = tmp_path / "resolv.conf", tmp_path / "behind"
    stub.write_text("nameserver 127.0.0.53\noptions edns0\n")
    assert [each.host for each in name_servers(stub, behind)] == ["127.0.0.53"]
    behind.write_text("nameserver 192.168.1.2\nnameserver 192.0.2.1\n")
    assert [each.host for each in name_servers(stub, behind)] == ["192.168.1.2", "192.0.2.1"]


def test_a_system_without_these_files_has_none(tmp_path: Path) -> None:
    assert name_servers(tmp_path / "none", tmp_path / "none") == []
    assert default_routes(tmp_path / "none", tmp_path / "none") == []


@pytest.mark.peer("ip")
def test_the_routers_are_those_that_the_kernel_uses() -> None:
    with cable() as (house, _):
        house.command("address", "add", "10.77.1.1/24", "dev", CABLE)
        house.command("address", "add", "fe80::9/64", "dev", CABLE, "nodad")
        house.command("address", "add", "fd77::9/64", "dev", CABLE, "nodad")
        house.command("route", "add", "default", "via", "10.77.1.254")
        house.command("route", "add", "192.0.2.0/24", "via", "10.77.1.253")
        for via, metric in (("fe80::1", "100"), ("fd77::1", "200")):
            house.command(
                "-6", "route", "add", "default", "via", via, "dev", CABLE, "metric", metric
            )
        with house.inside():
            own = Path("/proc/thread-self/net")
            found = default_routes(own / "route", own / "ipv6_route")
    assert [each.router.host for each in found] == ["10.77.1.254", f"fe80::1%{CABLE}", "fd77::1"]
    assert {each.interface for each in found} == {CABLE}


@given(st.text(max_size=200))
def test_files_that_are_odd_are_no_trouble(text: str) -> None:
    class Odd(type(Path())):  # type: ignore[misc]
        def read_text(self, *_: object, **__: object) -> str:
            return text

    name_servers(Odd("x"), Odd("x"))
    default_routes(Odd("x"), Odd("x"))
