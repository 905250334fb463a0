"""On which links devices have MACs."""

import socket

import pytest

from filterdns.control import links
from filterdns.control.links import card_of, read_links
from tests.support.lan import SWITCH, lan
from tests.support.namespaces import CABLE


@pytest.mark.peer("ip")
def test_a_switch_is_a_link_and_a_tunnel_is_none() -> None:
    with lan("mia") as home:
        home.house.command("link", "add", "tunnel0", "type", "veth", "peer", "name", "tunnel1")
        home.house.command("link", "set", "tunnel0", "arp", "off", "up")
        home.house.command("address", "add", "10.88.0.1/24", "dev", "tunnel0")
        home.house.command("link", "set", "tunnel1", "up")
        home.house.command("link", "set", SWITCH, "address", "02:00:00:00:00:77")
        with home.house.inside():
            found = read_links()
    assert found.networks == ("10.77.1.0/24", "fd77::/64", "fe80::/64")
    assert "10.88.0.1" not in found.own_macs
    for address in ("10.77.1.1", "fd77::1", f"fe80::1%{SWITCH}"):
        assert found.own_macs[address] == "02:00:00:00:00:77"


def test_loopback_is_no_link() -> None:
    assert card_of(socket.if_nametoindex("lo")) == ""
    assert not [each for each in read_links().networks if each.startswith("127.")]


def test_an_interface_that_is_gone_has_no_card() -> None:
    assert card_of(1 << 30) == ""


@pytest.mark.peer("ip")
def test_without_rtnetlink_every_network_is_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("no rtnetlink")

    monkeypatch.setattr(links, "own_addresses", refuse)
    with lan("mia") as home:
        home.clients["mia"].give("10.77.1.20/24")
        with home.clients["mia"].inside():
            found = read_links()
        assert CABLE  # its only interface but loopback
    assert found.networks == ("10.77.1.0/24",)
    assert found.own_macs == {}
