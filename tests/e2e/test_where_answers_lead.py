"""Stage C with real servers: where answers lead decides for each person, from one shared cache.

docs/policy.md has the table that these tests are the rows of.
"""

from collections.abc import Iterator

import pytest

from tests.support.house import House, open_house
from tests.support.peers import nsd, unbound

pytestmark = [
    pytest.mark.untimed,
    pytest.mark.peer("dig", "nsd", "unbound"),
    pytest.mark.timeout(300),
]

CHILD, PARENT, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.9"

CONFIG = """\
version: 1
timezone: Europe/Berlin
categories:
  gambling: {sources: ["file:bets.txt"]}
policies:
  child:
    block: [gambling, blocked.example]
    allow: [work.example, dns.work.example]
    bypass: {doh: block, vpn: block, private-relay: block}
    rebinding: {allow: [nas.example]}
  adults: {block: []}
people:
  kim: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  parents: {policy: adults, devices: [{name: laptop, ip: 127.0.0.3}]}
"""
BETS = "198.51.100.0/25  # a house of bets\n2001:db8:bad::/48\nbets.example\n"

ZONES = {
    "example": """\
plain A 192.0.2.1
alias CNAME blocked
blocked A 192.0.2.2
chain CNAME one
one CNAME two
two CNAME three
three CNAME bets
bets A 192.0.2.3
tree DNAME blocked
listed A 198.51.100.7
listed AAAA 2001:db8:bad:1::7
service HTTPS 1 blocked.example. alpn=h2
bare HTTPS 0 bets.example.
hinted HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1,198.51.100.9
hinted6 HTTPS 1 . alpn=h2 ipv6hint=2001:db8:bad::1
router A 192.168.1.1
loop A 127.0.0.1
zero A 0.0.0.0
cgn A 100.64.1.1
link A 169.254.169.254
ula AAAA fd00::1
mapped AAAA ::ffff:192.168.1.1
sixtofour AAAA 2002:c0a8:101::1
nat64 AAAA 64:ff9b::192.168.1.1
hintedhome HTTPS 1 . ipv4hint=10.0.0.1
*.nas A 192.168.1.40
doh A 8.8.8.8
doh6 AAAA 2001:4860:4860::8888
doh64 AAAA 64:ff9b::8.8.8.8
work CNAME nordvpn.com.
dns.work A 9.9.9.9
both A 192.0.2.1
both A 198.51.100.7
""",
    "nordvpn.com": "@ A 192.0.2.9",
    "childline.org.uk": "@ A 198.51.100.7\nwww CNAME blocked.example.\nchat A 10.0.0.7",
    "plex.direct": "*.abc A 192.168.1.5",
}


@pytest.fixture(scope="module", params=["nsd", "unbound"])
def house(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("leads")
    (folder / "bets.txt").write_text(BETS)
    serve = {"nsd": nsd, "unbound": unbound}[request.param]
    with (
        serve(folder / "upstream", ZONES) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        yield house


def blocked(address: str) -> str:
    return "::" if ":" in address else "0.0.0.0"


@pytest.mark.parametrize(
    ("name", "qtype", "reason"),
    [
        ("alias.example", "A", "Blocked by a rule for this device"),
        ("chain.example", "A", "Blocked: gambling"),
        ("x.tree.example", "A", "Blocked by a rule for this device"),
        ("service.example", "HTTPS", "Blocked by a rule for this device"),
        ("bare.example", "HTTPS", "Blocked: gambling"),
        ("listed.example", "A", "Blocked: gambling"),
        ("listed.example", "AAAA", "Blocked: gambling"),
        ("both.example", "A", "Blocked: gambling"),
        ("hinted.example", "HTTPS", "Blocked: gambling"),
        ("hinted6.example", "HTTPS", "Blocked: gambling"),
        ("doh.example", "A", "Blocked: another DNS service"),
        ("doh6.example", "AAAA", "Blocked: another DNS service"),
        ("doh64.example", "AAAA", "Blocked: another DNS service"),
        ("work.example", "A", "Blocked: VPN"),
    ],
)
def test_the_child_is_kept_from_where_the_parent_may_go(
    house: House, name: str, qtype: str, reason: str
) -> None:
    for _ in range(2):
        reply = house.dig(name, qtype, client=CHILD)
        assert (reply.status, reply.reason) == ("NOERROR", reason)
        assert all(address == blocked(address) for address in reply.addresses)
        assert not [each for each in reply.answer if each.rtype not in ("A", "AAAA")]
        assert house.dig(name, qtype, client=STRANGER).is_blocked
        reply = house.dig(name, qtype, client=PARENT)
        assert not reply.is_blocked
        assert reply.answer


@pytest.mark.parametrize(
    ("name", "qtype"),
    [
        ("router.example", "A"), ("loop.example", "A"), ("zero.example", "A"), ("cgn.example", "A"),
        ("link.example", "A"), ("ula.example", "AAAA"), ("mapped.example", "AAAA"),
        ("sixtofour.example", "AAAA"), ("nat64.example", "AAAA"), ("hintedhome.example", "HTTPS"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("client", [CHILD, PARENT, STRANGER])
def test_nobody_is_led_into_the_own_network_from_outside(
    house: House, name: str, qtype: str, client: str
) -> None:
    reply = house.dig(name, qtype, client=client)
    assert (reply.status, reply.reason) == ("NOERROR", "Blocked: points to a device at home")
    assert all(address == blocked(address) for address in reply.addresses)


@pytest.mark.parametrize(
    ("name", "address", "client"),
    [
        ("plain.example", "192.0.2.1", CHILD),
        ("dns.work.example", "9.9.9.9", CHILD),  # allowed by its exact name
        ("childline.org.uk", "198.51.100.7", CHILD),
        ("www.childline.org.uk", "192.0.2.2", CHILD),
        ("chat.childline.org.uk", "10.0.0.7", CHILD),
        ("192-168-1-5.abc.plex.direct", "192.168.1.5", CHILD),
        ("disk.nas.example", "192.168.1.40", CHILD),
        ("childline.org.uk", "198.51.100.7", STRANGER),
    ],
)
def test_these_are_open(house: House, name: str, address: str, client: str) -> None:
    reply = house.dig(name, client=client)
    assert (reply.addresses, reply.errors) == ([address], ())


def test_a_name_that_one_policy_spares_is_closed_for_the_others(house: House) -> None:
    assert house.dig("disk.nas.example", client=PARENT).is_blocked


@pytest.mark.parametrize("option", ["+cdflag", "+dnssec"])
def test_no_flag_opens_the_way(house: House, option: str) -> None:
    for name in ("chain.example", "listed.example", "doh.example", "router.example"):
        assert house.dig(name, "A", option, client=CHILD).is_blocked
