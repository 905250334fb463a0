"""What the records of a response policy zone say of names."""

import pytest

from filterdns.blocklists.formats.item import Address, Entry, Item, Reason
from filterdns.blocklists.formats.rpz import Zone, ZoneReader, zone_in
from filterdns.blocklists.layout import Kind
from filterdns.dns.names import from_text

X = from_text("x.example")


@pytest.mark.parametrize(
    ("line", "items"),
    [
        ("x.example cname .", [Entry(Kind.EXACT, X)]),
        ("x.example 60 in cname . ; why", [Entry(Kind.EXACT, X)]),
        ("x.example in 60 cname *.", [Entry(Kind.EXACT, X)]),
        ("x.example cname rpz-drop.", [Entry(Kind.EXACT, X)]),
        ("x.example a 0.0.0.0", [Entry(Kind.EXACT, X)]),
        ("*.x.example cname .", [Entry(Kind.BELOW, X)]),
        ("*.x.example aaaa ::", [Entry(Kind.BELOW, X)]),
        ("x.example.rpz.test. cname .", [Entry(Kind.EXACT, X)]),
        ("x.example cname rpz-passthru.", [Entry(Kind.EXACT_EXCEPTION, X)]),
        ("*.x.example cname rpz-passthru.", [Entry(Kind.EXCEPTION, X)]),
        ("x.example cname rpz-tcp-only.", [Reason.OPTION]),
        ("x.example cname walled.garden.example.", [Reason.MAPPING]),
        ("x.example a 192.0.2.7", [Reason.MAPPING]),
        ("x.example txt why", [Reason.MAPPING]),
        ("24.0.2.0.192.rpz-ip cname .", [Address("192.0.2.0/24")]),
        ("128.1.zz.db8.2001.rpz-ip cname .", [Address("2001:db8::1/128")]),
        ("48.zz.1.db8.2001.rpz-ip cname .", [Address("2001:db8:1::/48")]),
        ("99.0.2.0.192.rpz-ip cname .", [Reason.BAD_NAME]),
        ("ns.x.example.rpz-nsdname cname .", [Reason.OPTION]),
        ("32.1.2.0.192.rpz-client-ip cname .", [Reason.OPTION]),
        ("x..example cname .", [Reason.BAD_NAME]),
        ("x.example", [Reason.OTHER_FORMAT]),
        ("$include other.zone", [Reason.INCLUDE]),
        ("$ttl 60", []),
        ("; a comment", []),
        ("", []),
        ("  ns localhost.", []),
        ("@ ns localhost.", []),
    ],
)
def test_a_record_says_what_the_zone_would_do(line: str, items: list[Item]) -> None:
    assert ZoneReader(Zone("rpz.test", "rpz.test")).read(line) == items


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("$ttl 60\n@ soa localhost. root. 1 2 3 4 5\n", Zone("", "")),
        ("rpz.test. 60 in soa localhost. root. 1 2 3 4 5\n", Zone("rpz.test", "rpz.test")),
        ("$origin rpz.test.\n@ in soa localhost. root. (\n", Zone("rpz.test", "rpz.test")),
        ("$origin .\nrpz.test in soa localhost. root. (\n", Zone("rpz.test", "")),
    ],
)
def test_a_zone_is_known_by_its_soa_record(start: str, zone: Zone) -> None:
    assert zone_in(start) == zone


@pytest.mark.parametrize("start", ["x.example\n", "# the soa\n", "0.0.0.0 soa.example\n", ""])
def test_other_texts_are_no_zones(start: str) -> None:
    assert zone_in(start) is None


def test_an_soa_record_over_several_lines_is_one() -> None:
    zone = ZoneReader(Zone("", ""))
    lines = ["@ soa localhost. root. (", " 1 ; serial", " 2 3 4", " 5 )", "x.example cname ."]
    assert [zone.read(line) for line in lines] == [[], [], [], [], [Entry(Kind.EXACT, X)]]


def test_a_later_origin_holds_for_the_names_behind_it() -> None:
    zone = ZoneReader(Zone("rpz.test", "rpz.test"))
    assert zone.read("$origin example.rpz.test.") == []
    assert zone.read("x cname .") == [Entry(Kind.EXACT, X)]
    assert zone.read("  txt why") == [Reason.MAPPING]
    assert zone.read("$origin x") == []
    assert zone.read("* cname .") == [Entry(Kind.BELOW, X)]
