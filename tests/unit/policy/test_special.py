"""Names that never leave the house."""

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text, to_text
from filterdns.policy.special import host_verdicts, reverse_zones, special_zones
from filterdns.policy.verdict import Action, LocalAnswer, Row
from filterdns.steps import at_once


def test_every_zone_says_which_document_asks_for_it() -> None:
    for zone in [*special_zones().values(), *reverse_zones().values()]:
        text = zone.below.rule.text
        assert "RFC " in text or "ICANN" in text
        assert zone.below.action is Action.ALLOW


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("home.arpa", True), ("test", True), ("localhost", False), ("resolver.arpa", False)],
)
def test_some_zones_deny_all_below_them(zone: str, expected: bool) -> None:
    assert special_zones()[from_text(zone)].denies_all is expected


# RFC 6303 section 4 and RFC 7793 section 2, as zone names.
LOCALLY_SERVED = {
    "10.in-addr.arpa", "168.192.in-addr.arpa", "0.in-addr.arpa", "127.in-addr.arpa",
    "254.169.in-addr.arpa", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa", "255.255.255.255.in-addr.arpa",
    "d.f.ip6.arpa", "8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa", "b.e.f.ip6.arpa",
    "8.b.d.0.1.0.0.2.ip6.arpa", "0." * 32 + "ip6.arpa", "1." + "0." * 31 + "ip6.arpa",
    *(f"{number}.172.in-addr.arpa" for number in range(16, 32)),
    *(f"{number}.100.in-addr.arpa" for number in range(64, 128)),
}  # fmt: skip


def test_the_reverse_zones_are_those_of_the_registry() -> None:
    assert {to_text(name) for name in reverse_zones()} == LOCALLY_SERVED


def test_an_empty_zone_has_data_at_its_apex_only() -> None:
    zone = reverse_zones()[from_text("10.in-addr.arpa")]
    assert zone.below.local == LocalAnswer(rcode=codes.NXDOMAIN)
    assert zone.apex is not None
    assert zone.apex.local == LocalAnswer()
    assert zone.apex.row is Row.LOCAL


def test_an_address_of_two_hosts_points_to_the_first() -> None:
    hosts = {from_text(name): ("192.168.1.40", "fd00::1") for name in ("a.home", "b.home")}
    verdicts = at_once(host_verdicts(hosts))
    reverse = verdicts[from_text("40.1.168.192.in-addr.arpa")].local
    assert reverse == LocalAnswer(pointer=from_text("a.home"))
    assert len(verdicts) == 4


def test_a_host_that_is_a_reverse_name_keeps_its_own_answer() -> None:
    reverse = from_text("1.0.0.10.in-addr.arpa")
    hosts = {reverse: ("10.0.0.9",), from_text("a.home"): ("10.0.0.1",)}
    verdicts = at_once(host_verdicts(hosts))
    assert verdicts[reverse].local == LocalAnswer(addresses=("10.0.0.9",))
