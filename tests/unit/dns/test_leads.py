"""Where answers lead: names, addresses and hints, read from whole messages."""

import struct
from ipaddress import ip_address

import pytest

from filterdns.dns.leads import NOWHERE, Leads
from filterdns.dns.names import from_text
from filterdns.dns.response import MAX_ADDRESSES
from filterdns.errors import MalformedMessage
from tests.support.messages import read, response_bytes
from tests.support.service_records import ech, hint, hints, https_data, https_record


def packed(*texts: str) -> tuple[bytes, ...]:
    return tuple(ip_address(text).packed for text in texts)


def leads_of(zone: str, **options: str) -> Leads:
    return read(response_bytes(zone, **options)).leads  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", ["", "www.example.com. 60 IN TXT hello"])
def test_an_answer_without_addresses_leads_nowhere(zone: str) -> None:
    assert leads_of(zone, qtype="TXT") is NOWHERE


def test_addresses_are_read_behind_an_alias() -> None:
    zone = (
        "www.example.com. 60 IN CNAME cdn.example.\n"
        "cdn.example. 60 IN A 192.0.2.1\ncdn.example. 60 IN A 192.168.1.1"
    )
    assert leads_of(zone) == Leads(
        (from_text("cdn.example"),), packed("192.0.2.1", "192.168.1.1"), is_private=True
    )


def test_an_ipv4_address_within_another_one_is_read_as_well() -> None:
    found = leads_of("www.example.com. 60 IN AAAA 64:ff9b::808:808", qtype="AAAA")
    assert found == Leads((), packed("64:ff9b::808:808", "8.8.8.8"))


def test_hints_are_addresses() -> None:
    record = https_record(
        from_text("svc.example"), hints("192.0.2.1", "192.0.2.2"), hints("fd00::1")
    )
    found = leads_of(record, qtype="HTTPS")
    addresses = packed("192.0.2.1", "192.0.2.2", "fd00::1")
    assert found == Leads((from_text("svc.example"),), addresses, is_private=True)


def test_a_key_for_ech_is_seen() -> None:
    assert leads_of(https_record(b"\x00", ech()), qtype="HTTPS") == Leads(has_ech=True)


def test_what_comes_along_with_an_https_answer_counts() -> None:
    """RFC 9460 section 4.1: the client uses it without asking again."""
    wire = bytearray(response_bytes(https_record(from_text("svc.example")), qtype="HTTPS"))
    name = from_text("svc.example")
    wire += name + struct.pack("!HHIH", 1, 1, 60, 4) + packed("10.0.0.1")[0]
    wire[11] = 1  # additional records
    assert read(bytes(wire)).leads == Leads((name,), packed("10.0.0.1"), is_private=True)


def test_what_comes_along_with_other_answers_does_not() -> None:
    wire = bytearray(response_bytes())
    wire += from_text("ns.example") + struct.pack("!HHIH", 1, 1, 60, 4) + packed("10.0.0.1")[0]
    wire[11] = 1
    assert read(bytes(wire)).leads == Leads((), packed("192.0.2.1"))


@pytest.mark.parametrize(
    "data",
    [
        https_data(b"\x00", hint(4, b"\x01\x02\x03")),  # no whole address
        https_data(b"\x00", struct.pack("!HH", 4, 8) + bytes(4)),  # longer than the record
        https_data(b"\x00", b"\x00\x04\x00"),  # half a parameter
        struct.pack("!H", 1) + b"\x07",  # half a name
    ],
)
def test_a_record_that_cannot_be_read_is_not_passed_on(data: bytes) -> None:
    zone = rf"www.example.com. 60 IN TYPE65 \# {len(data)} {data.hex()}"
    with pytest.raises(MalformedMessage):
        leads_of(zone, qtype="HTTPS")


def test_an_address_of_the_wrong_length_is_not_passed_on() -> None:
    wire = bytearray(response_bytes())
    wire[-6:] = struct.pack("!H", 3) + bytes(3)
    with pytest.raises(MalformedMessage, match="wrong length"):
        read(bytes(wire))


def test_more_addresses_than_anybody_needs_are_not_passed_on() -> None:
    many = hint(4, b"".join(struct.pack("!I", number) for number in range(MAX_ADDRESSES + 1)))
    with pytest.raises(MalformedMessage, match="too many addresses"):
        leads_of(https_record(b"\x00", many), qtype="HTTPS")
