"""`filterdns doctor` in a home with holes: it names each, and what it prints closes them.

Client, router, filter and internet are network namespaces; the servers in the internet are real.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.leaky_home import (
    BRIDGE_PORT,
    CLOSED_CONFIG,
    FILTER,
    OPEN_CONFIG,
    PUBLIC,
    PUBLIC_QUIC,
    ROUTER,
    SITE,
    LeakyHome,
    load_into,
    open_leaky_home,
)

# Mostly it waits, for servers that must not answer.
pytestmark = [
    pytest.mark.untimed,
    pytest.mark.peer("ip", "nft", "unbound", "dnsmasq", "dig", "openssl"),
    pytest.mark.timeout(300),
]

PLAIN = {"udp", "tcp", "second-resolver", "announced", "router"}
ENCRYPTED = {"dot", "doq", "doh", "doh3"}
BY_ROUTER = PLAIN | ENCRYPTED
BY_CONFIG = {"doh-names", "firefox", "private-relay", "vpn", "proxy"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeakyHome]:
    with open_leaky_home(tmp_path_factory.mktemp("home")) as home:
        yield home


def test_every_hole_is_named_then_closed_by_what_was_printed(home: LeakyHome) -> None:
    home.configure(OPEN_CONFIG)
    before = home.examine()
    assert set(before["open"]) == BY_ROUTER | BY_CONFIG
    assert before["code"] == 1
    assert before["lines"]["nftables"] == home.lines()
    assert told(before, "safe-search") == "www.google.com: is not led to its safe twin"
    assert_both_families_got_through(before)

    home.load(before["lines"]["nftables"])
    half = home.examine()
    assert set(half["open"]) == BY_CONFIG

    home.configure(CLOSED_CONFIG)
    after = home.examine()
    assert after["open"] == []
    assert (after["code"], after["summary"]) == (0, "All ways round are closed.")
    assert told(after, "safe-search") == "www.google.com: leads to its safe twin"

    for server in (*FILTER, *PUBLIC, *ROUTER[:2]):
        for transport in ("+notcp", "+tcp"):
            assert home.dig(server, "example.com", transport).addresses == [SITE]
            assert home.dig(server, "www.bet365.com", transport).is_blocked


def told(found: dict[str, Any], key: str) -> str:
    """What was seen on a way."""
    [way] = [each for each in found["ways"] if each["way"] == key]
    return str(way["seen"])


def assert_both_families_got_through(found: dict[str, Any]) -> None:
    ways = {way["way"]: way for way in found["ways"]}
    for key in ("udp", "tcp", "dot", "doq", "doh", "doh3"):
        through = {each["target"] for each in ways[key]["tries"] if each["state"] == "open"}
        assert through >= set(PUBLIC_QUIC if key in ("doq", "doh3") else PUBLIC), key
    routers = {each["target"]: each["state"] for each in ways["router"]["tries"]}
    expected = [
        f"{host} ({over})" for over in ("UDP", "TCP") for host in (ROUTER[0], "fe80::1%eth0")
    ]
    assert routers == dict.fromkeys(expected, "open")


def test_a_line_that_is_missing_is_noticed(home: LeakyHome) -> None:
    home.configure(CLOSED_CONFIG)
    lines = home.lines()
    home.load(lines)
    home.load("flush chain inet filterdns encrypted_dns")
    assert set(home.examine()["open"]) == ENCRYPTED
    home.load(lines)
    home.load("flush chain inet filterdns plain_dns")
    assert set(home.examine()["open"]) == PLAIN


def test_a_filter_without_an_address_of_ipv6_leaves_no_plain_dns_over_ipv6(home: LeakyHome) -> None:
    home.configure(CLOSED_CONFIG)
    said = home.doctor("--firewall", "nftables", "--server", FILTER[0], "--interface", "lan0")
    assert said.code == 0
    home.load(said.out)
    assert home.examine()["open"] == []
    assert home.dig(FILTER[0], "example.com").addresses == [SITE]


def test_a_filter_in_the_network_of_the_children_closes_all_and_knows_who_asks_it(
    tmp_path: Path,
) -> None:
    """What is led back into the same network has to come back through the router."""
    with open_leaky_home(tmp_path, is_filter_in_lan=True) as home:
        before = home.examine()
        assert set(before["open"]) == BY_ROUTER | BY_CONFIG
        home.load(before["lines"]["nftables"])
        home.configure(CLOSED_CONFIG)
        after = home.examine()
        assert (after["open"], after["code"]) == ([], 0)
        for server in (*home.addresses, *PUBLIC):
            for transport in ("+notcp", "+tcp"):
                assert home.dig(server, "example.com", transport).addresses == [SITE]
        assert home.dig(home.addresses[0], "www.bet365.com").is_blocked
        assert home.dig(PUBLIC[0], "www.bet365.com").is_blocked
        home.house.wait_until(lambda: asked(home) == {"mia", "unknown"}, "both rows of the log")


def asked(home: LeakyHome) -> set[str]:
    """Who has asked for the casino."""
    rows = home.house.log_rows()
    return {row["person"] or "unknown" for row in rows if row["name"] == "www.bet365.com"}


def test_a_router_that_is_the_filter_closes_all(tmp_path: Path) -> None:
    with open_leaky_home(tmp_path, is_filter_on_router=True) as home:
        before = home.examine()
        assert set(before["open"]) == (BY_ROUTER | BY_CONFIG) - {"router", "announced"}
        home.load(before["lines"]["nftables"])
        home.configure(CLOSED_CONFIG)
        after = home.examine()
        assert (after["open"], after["code"]) == ([], 0)
        for server in (*home.addresses, *PUBLIC):
            assert home.dig(server, "example.com").addresses == [SITE]


def test_a_bridge_between_the_client_and_its_router_closes_all(tmp_path: Path) -> None:
    with open_leaky_home(tmp_path, is_bridged=True) as home:
        before = home.examine(BRIDGE_PORT)
        assert set(before["open"]) == BY_ROUTER | BY_CONFIG
        load_into(home.rooms.bridge, before["lines"]["nftables-bridge"])
        home.configure(CLOSED_CONFIG)
        after = home.examine(BRIDGE_PORT)
        assert (after["open"], after["code"]) == ([], 0)
        for server in home.addresses:
            for transport in ("+notcp", "+tcp"):
                assert home.dig(server, "example.com", transport).addresses == [SITE]


def test_a_device_is_told_in_words(home: LeakyHome) -> None:
    home.configure(CLOSED_CONFIG)
    home.load(home.lines())
    home.load("flush chain inet filterdns encrypted_dns")
    said = home.doctor("--server", FILTER[0], "--interface", "lan0", "--patience", "5")
    assert said.code == 1
    assert "4 ways round are open." in said.out
    assert "DNS over TLS" in said.out
    assert "udp dport { 853, 784, 8853 } reject" in said.out
    assert "uci set firewall" in said.out
    assert "FRITZ!Box" in said.out
    assert "\x1b" not in said.out
