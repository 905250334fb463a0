"""Blocked names as dig and kdig see them: every mode, every type, with reason and SOA.

docs/policy.md has the table that these tests are the rows of.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.support.house import House, open_house
from tests.support.households import moment
from tests.support.peers import nsd
from tests.support.reply import Record, Reply

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig", "kdig", "nsd"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
NOON = "2026-03-07 12:00:00"
CLIENT_BY_MODE = {"zero-ip": "127.0.0.2", "nxdomain": "127.0.0.3", "nodata": "127.0.0.4"}
PARENT = "127.0.0.5"
TYPES = ["A", "AAAA", "HTTPS", "MX", "TXT"]

CONFIG = """\
version: 1
timezone: Europe/Berlin
schedules:
  bedtime: {daily: "20:30-06:30"}
policies:
  child:
    block: [gambling, games.example]
    allow: [help.games.example]
    during: {bedtime: {internet: "off"}}
  zero: {extends: child, answer: {mode: zero-ip}}
  nx: {extends: child, answer: {mode: nxdomain}}
  none: {extends: child, answer: {mode: nodata}}
  adults: {block: []}
people:
  zoe: {policy: zero, devices: [{name: phone, ip: 127.0.0.2}]}
  nick: {policy: nx, devices: [{name: phone, ip: 127.0.0.3}]}
  nora: {policy: none, devices: [{name: phone, ip: 127.0.0.4}]}
  parents: {policy: adults, devices: [{name: phone, ip: 127.0.0.5}]}
"""

ZONES = {".": f"* A {OPEN}\n* AAAA 2001:db8::99\n* MX 10 mail\n* TXT open\n* HTTPS 1 ."}

Ask = Callable[..., Reply]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("answers")
    with (
        nsd(folder / "nsd", ZONES) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        yield house


@pytest.fixture(params=["dig", "kdig"])
def ask(house: House, request: pytest.FixtureRequest) -> Ask:
    tool: Ask = getattr(house, request.param)
    return tool


def at_noon(house: House) -> None:
    """Let it be the afternoon of that Saturday, if it is not already."""
    if not 0 <= house.now() - moment(NOON) < 3600:
        house.set_time(NOON)


def soa(owner: str, ttl_seconds: int) -> tuple[Record, ...]:
    """The authority section of a negative answer of ours."""
    numbers = f"1 1800 900 604800 {ttl_seconds}"
    return (Record(owner, ttl_seconds, "SOA", f"filterdns.invalid. nobody.invalid. {numbers}"),)


FORGED = (4, "")
GAMBLING = (15, "Blocked: gambling")


@pytest.mark.parametrize(("qtype", "address"), [("A", "0.0.0.0"), ("AAAA", "::")])
def test_zero_ip_answers_with_an_address_that_is_none(
    house: House, ask: Ask, qtype: str, address: str
) -> None:
    at_noon(house)
    reply = ask("www.bet365.com", qtype, client=CLIENT_BY_MODE["zero-ip"])
    assert reply.status == "NOERROR"
    assert reply.answer == (Record("www.bet365.com.", 30, qtype, address),)
    assert reply.authority == ()
    assert reply.errors == (FORGED, GAMBLING)


@pytest.mark.parametrize("qtype", ["HTTPS", "MX", "TXT"])
def test_zero_ip_has_no_data_of_other_types(house: House, ask: Ask, qtype: str) -> None:
    at_noon(house)
    reply = ask("www.bet365.com", qtype, client=CLIENT_BY_MODE["zero-ip"])
    assert (reply.status, reply.answer) == ("NOERROR", ())
    assert reply.authority == soa("bet365.com.", 30)
    assert reply.errors == (GAMBLING,)


@pytest.mark.parametrize("qtype", TYPES)
@pytest.mark.parametrize(("mode", "status"), [("nxdomain", "NXDOMAIN"), ("nodata", "NOERROR")])
def test_nxdomain_and_nodata_hold_for_every_type(
    house: House, ask: Ask, mode: str, status: str, qtype: str
) -> None:
    at_noon(house)
    reply = ask("www.bet365.com", qtype, client=CLIENT_BY_MODE[mode])
    assert (reply.status, reply.answer) == (status, ())
    assert reply.authority == soa("bet365.com.", 30)
    assert reply.errors == (GAMBLING,)


@pytest.mark.parametrize("qtype", TYPES)
def test_the_same_names_are_open_for_the_parent(house: House, ask: Ask, qtype: str) -> None:
    at_noon(house)
    reply = ask("www.bet365.com", qtype, client=PARENT)
    assert reply.status == "NOERROR"
    assert [record.rtype for record in reply.answer] == [qtype]
    assert reply.errors == ()


@pytest.mark.parametrize("mode", CLIENT_BY_MODE)
def test_flags_are_those_of_a_resolver(house: House, ask: Ask, mode: str) -> None:
    at_noon(house)
    client = CLIENT_BY_MODE[mode]
    assert ask("bet365.com", "A", client=client).flags == {"qr", "rd", "ra"}
    assert ask("bet365.com", "A", "+norec", client=client).flags == {"qr", "ra"}
    assert ask("bet365.com", "A", "+cd", client=client).flags == {"qr", "rd", "ra", "cd"}


def test_a_query_without_edns_is_told_no_reason(house: House) -> None:
    at_noon(house)
    for mode, client in CLIENT_BY_MODE.items():
        reply = house.dig("bet365.com", "TXT", "+noedns", client=client)
        assert reply.errors == (), mode
        assert "OPT PSEUDOSECTION" not in reply.text
        assert reply.authority == soa("bet365.com.", 30)


@pytest.mark.parametrize("option", ["+dnssec", "+cd", "+adflag", "+tcp"])
def test_no_bit_and_no_transport_changes_a_verdict(house: House, ask: Ask, option: str) -> None:
    at_noon(house)
    for client in CLIENT_BY_MODE.values():
        assert ask("bet365.com", "A", option, client=client).errors[-1] == GAMBLING


@pytest.mark.parametrize("mode", CLIENT_BY_MODE)
def test_a_name_closed_by_bedtime_is_answered_by_the_same_table(
    house: House, ask: Ask, mode: str
) -> None:
    house.set_time("2026-03-07 23:00:00")
    reply = ask("www.library.example", "TXT", client=CLIENT_BY_MODE[mode])
    assert reply.status == ("NXDOMAIN" if mode == "nxdomain" else "NOERROR")
    assert reply.authority == soa("www.library.example.", 30)
    assert reply.errors == ((15, "Bedtime until 06:30"),)


@pytest.mark.parametrize("mode", CLIENT_BY_MODE)
def test_a_negative_answer_ends_with_bedtime(house: House, ask: Ask, mode: str) -> None:
    house.set_time("2026-03-08 06:29:48")
    [record] = ask("www.library.example", "TXT", client=CLIENT_BY_MODE[mode]).authority
    minimum = int(record.data.split()[-1])
    assert 0 < record.ttl == minimum <= 12


def test_nxdomain_does_not_deny_what_is_open_below(house: House, ask: Ask) -> None:
    at_noon(house)
    nick = CLIENT_BY_MODE["nxdomain"]
    above = ask("games.example", "A", client=nick)
    assert (above.status, above.answer) == ("NOERROR", ())
    assert above.errors == ((15, "Blocked by a rule for this device"),)
    assert ask("help.games.example", "A", client=nick).addresses == [OPEN]
    beside = ask("play.games.example", "A", client=nick)
    assert beside.status == "NXDOMAIN"


@pytest.mark.parametrize("qtype", ["DS", "DNSKEY"])
def test_what_validation_needs_of_a_blocked_name_is_forwarded(
    house: House, ask: Ask, qtype: str
) -> None:
    at_noon(house)
    for client in CLIENT_BY_MODE.values():
        reply = ask("bet365.com", qtype, client=client)
        assert reply.errors == ()
        assert reply.authority[0].data.startswith("ns.peer.invalid.")


def test_case_is_kept_as_it_was_asked(house: House) -> None:
    at_noon(house)
    blocked = house.dig("wWw.BeT365.cOm", client=CLIENT_BY_MODE["zero-ip"])
    assert blocked.is_blocked
    assert blocked.answer[0].name == "wWw.BeT365.cOm."
    opened = house.dig("wWw.LiBrArY.example", "A", client=PARENT)
    assert opened.answer[0].name == "wWw.LiBrArY.example."
