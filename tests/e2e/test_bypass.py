"""Every way around the filter that `bypass:` closes, asked with dig: one way a row.

docs/policy.md has the table. The upstream answers everything, so what is closed is closed here.
"""

from collections.abc import Iterator

import pytest

from tests.support.house import House, open_house
from tests.support.peers import nsd

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig", "nsd"), pytest.mark.timeout(300)]

CHILD, PARENT, PUPIL = "127.0.0.2", "127.0.0.3", "127.0.0.4"
LESSON, FREE = "2026-03-05 10:00:00", "2026-03-05 19:00:00"  # a Thursday

CONFIG = """\
version: 1
timezone: Europe/Berlin
schedules: {lessons: {mon-fri: 08:00-13:00}}
policies:
  child:
    allow: [work.nordvpn.com, "dns.adguard.com"]
    bypass:
      {doh: block, vpn: block, proxy: block, private-relay: block, page-fetcher: block, ech: block}
  pupil:
    during: {lessons: {bypass: {doh: block, vpn: block, private-relay: block, ech: block}}}
  adults: {block: []}
people:
  kim: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  parents: {policy: adults, devices: [{name: laptop, ip: 127.0.0.3}]}
  lou: {policy: pupil, devices: [{name: phone, ip: 127.0.0.4}]}
"""
ZONES = {
    ".": (
        "* A 192.0.2.99\n* AAAA 2001:db8::99\n* TXT open\n* HTTPS 1 . alpn=h2\n"
        "resolver A 8.8.8.8\nresolver6 AAAA 2606:4700:4700::1111\n"
        "hint HTTPS 1 . ipv4hint=9.9.9.9\nalias CNAME nordvpn.com.\n"
        "secret HTTPS 1 . alpn=h2 ipv4hint=192.0.2.5 ech=AEX+DQBBpQAgACB/RU5hAC5mXe3uOZtNY58Bc8UU\n"
    )
}

DOH, VPN, RELAY = "Blocked: another DNS service", "Blocked: VPN", "Blocked: Private Relay"
AROUND = "Blocked: a way around the filter"
FETCHED = "Blocked: pages under another name"
WAYS = [
    ("use-application-dns.net", "NXDOMAIN", DOH),
    ("dns.google", "NOERROR", DOH),
    ("mozilla.cloudflare-dns.com", "NOERROR", DOH),
    ("one.one.one.one", "NOERROR", DOH),
    ("dns.quad9.net", "NOERROR", DOH),
    ("abc123.dns.nextdns.io", "NOERROR", DOH),
    ("resolver", "NOERROR", DOH),
    ("alias", "NOERROR", VPN),
    ("nordvpn.com", "NOERROR", VPN),
    ("www.torproject.org", "NOERROR", VPN),
    ("sec-tunnel.com", "NOERROR", VPN),
    ("croxyproxy.com", "NOERROR", AROUND),
    ("mask.icloud.com", "NXDOMAIN", RELAY),
    ("mask-h2.icloud.com", "NXDOMAIN", RELAY),
    ("mask-api.icloud.com", "NXDOMAIN", RELAY),
    ("www-bet365-com.translate.goog", "NOERROR", FETCHED),
    ("archive.ph", "NOERROR", FETCHED),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("bypass")
    with (
        nsd(folder / "nsd", ZONES) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        yield house


@pytest.mark.parametrize(("name", "status", "reason"), WAYS)
def test_a_way_is_closed_for_the_child_and_open_for_the_parent(
    house: House, name: str, status: str, reason: str
) -> None:
    reply = house.dig(name, client=CHILD)
    assert (reply.status, reply.reason) == (status, reason)
    assert not [address for address in reply.addresses if address != "0.0.0.0"]
    reply = house.dig(name, client=PARENT)
    assert (reply.status, reply.is_blocked) == ("NOERROR", False)
    assert reply.addresses


@pytest.mark.parametrize("name", [name for name, status, _ in WAYS if status == "NXDOMAIN"])
@pytest.mark.parametrize("qtype", ["A", "AAAA", "HTTPS", "SVCB", "TXT", "MX", "NS", "SOA", "ANY"])
@pytest.mark.parametrize("option", ["+noedns", "+dnssec", "+cdflag", "+tcp"])
def test_a_check_name_has_never_an_address(
    house: House, name: str, qtype: str, option: str
) -> None:
    reply = house.dig(name, qtype, option, client=CHILD)
    assert (reply.status, reply.answer) == ("NXDOMAIN", ())


@pytest.mark.parametrize("name", ["resolver.arpa", "_dns.resolver.arpa", "a.b.resolver.arpa"])
@pytest.mark.parametrize("qtype", ["SVCB", "A", "AAAA", "HTTPS", "TXT", "NS"])
@pytest.mark.parametrize("client", [CHILD, PARENT])
def test_nobody_is_led_to_the_encrypted_dns_of_others(
    house: House, name: str, qtype: str, client: str
) -> None:
    """RFC 9462 section 4."""
    reply = house.dig(name, qtype, client=client)
    assert (reply.status, reply.answer) == ("NOERROR", ())
    assert reply.authority[0].data.startswith("filterdns.invalid.")


def test_a_name_that_ends_alike_is_another_one(house: House) -> None:
    assert house.dig("fooresolver.arpa", "TXT", client=CHILD).answer


def test_an_address_in_a_hint_or_of_ipv6_is_no_way(house: House) -> None:
    assert house.dig("hint", "HTTPS", client=CHILD).reason == DOH
    assert house.dig("resolver6", "AAAA", client=CHILD).addresses == ["::"]


def test_keys_for_ech_are_taken_out_and_the_rest_stays(house: House) -> None:
    for _ in range(3):
        [stripped] = house.dig("secret", "HTTPS", client=CHILD).answer
        [whole] = house.dig("secret", "HTTPS", client=PARENT).answer
        assert "ech=" in whole.data
        assert "ech=" not in stripped.data
        assert "ipv4hint=192.0.2.5" in stripped.data
    assert "secret" not in house.cli("log", "--json").stdout


def test_only_an_exact_name_lifts_it(house: House) -> None:
    assert not house.dig("work.nordvpn.com", client=CHILD).is_blocked
    assert not house.dig("dns.adguard.com", client=CHILD).is_blocked
    for name in ("a.work.nordvpn.com", "a.dns.adguard.com"):
        assert house.dig(name, client=CHILD).is_blocked


def test_a_window_closes_ways_while_it_is_on(house: House) -> None:
    house.set_time(LESSON)
    assert house.dig("nordvpn.com", client=PUPIL).reason == "Lessons until 13:00: VPN"
    assert house.dig("mask.icloud.com", client=PUPIL).status == "NXDOMAIN"
    assert house.dig("resolver", client=PUPIL).addresses == ["0.0.0.0"]
    assert "ech=" not in house.dig("secret", "HTTPS", client=PUPIL).answer[0].data
    assert not house.dig("croxyproxy.com", client=PUPIL).is_blocked
    house.set_time(FREE)
    assert not house.dig("nordvpn.com", client=PUPIL).is_blocked
    assert house.dig("resolver", client=PUPIL).addresses == ["8.8.8.8"]
    assert "ech=" in house.dig("secret", "HTTPS", client=PUPIL).answer[0].data
