from ipaddress import ip_address
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.name_servers import name_servers, read_name_servers


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


def test_a_system_without_this_file_has_none(tmp_path: Path) -> None:
    assert name_servers(tmp_path / "none", tmp_path / "none") == []


@given(st.text(max_size=200))
def test_a_file_that_is_odd_is_no_trouble(text: str) -> None:
    for odd in (text, f"nameserver {text}"):
        for server in read_name_servers(odd):
            ip_address(server.host)
