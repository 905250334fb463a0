"""Answers without keys for Encrypted ClientHello, read by another implementation than ours."""

import struct

import dnslib
from hypothesis import given
from hypothesis import strategies as st

from filterdns.dns.answers import render
from filterdns.dns.ech import without_ech
from filterdns.dns.names import from_text
from tests.support.messages import parsed, query, read, response_bytes
from tests.support.service_records import (
    ECH_CONFIG,
    data_of,
    ech,
    hint,
    hints,
    https_data,
    https_record,
)

NAME = "www.example.com"
ALPN = hint(1, b"\x02h2")
SVC = from_text("svc.example.com")


def stripped(wire: bytes) -> dnslib.DNSRecord:
    answer = without_ech(read(wire), from_text(NAME))
    assert not answer.leads.has_ech
    rendered = render(answer, query(NAME, "HTTPS", payload_size=4096), 10, 300)
    assert ECH_CONFIG not in rendered
    assert read(rendered).leads == answer.leads
    return parsed(rendered)


def test_the_key_goes_and_all_else_stays() -> None:
    record = https_record(SVC, ALPN, hints("192.0.2.1"), ech(), hints("2001:db8::1"))
    [found] = stripped(response_bytes(record, qtype="HTTPS")).rr
    assert data_of(found) == https_data(SVC, ALPN, hints("192.0.2.1"), hints("2001:db8::1"))
    assert (str(found.rname), found.ttl) == (f"{NAME}.", 50)


def test_a_key_that_was_mandatory_is_so_no_more() -> None:
    """RFC 9460 section 8: a client gives up a record that lacks a mandatory parameter."""
    both, one = hint(0, struct.pack("!HH", 1, 5)), hint(0, struct.pack("!H", 1))
    [found] = stripped(response_bytes(https_record(SVC, both, ALPN, ech()), qtype="HTTPS")).rr
    assert data_of(found) == https_data(SVC, one, ALPN)
    alone = hint(0, struct.pack("!H", 5))
    [found] = stripped(response_bytes(https_record(SVC, alone, ech()), qtype="HTTPS")).rr
    assert data_of(found) == https_data(SVC)


def test_names_that_were_compressed_are_right_behind_what_was_cut_out() -> None:
    """The second record's name points into the alias, which stands before the first one."""
    alias = b"\x03cdn\xc0\x10"  # cdn.example.com, by a pointer into the question
    service = https_data(b"\x00", ech())
    records = [
        b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, len(alias)) + alias,
    ]
    start = 12 + len(from_text(NAME)) + 4
    alias_at = start + 12
    for _ in range(2):
        owner = struct.pack("!H", 0xC000 | alias_at)
        records.append(owner + struct.pack("!HHIH", 65, 1, 60, len(service)) + service)
    later = start + sum(map(len, records))
    other = https_data(from_text("a.b.example"), ech())
    records.append(b"\x01x\x01y\x00" + struct.pack("!HHIH", 65, 1, 60, len(other)) + other)
    pointer = struct.pack("!H", 0xC000 | later + 2)  # behind two keys that are cut out
    records.append(pointer + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1]))
    wire = bytearray(response_bytes("", qtype="HTTPS"))
    wire[7] = len(records)
    found = stripped(bytes(wire) + b"".join(records)).rr
    assert [str(record.rname) for record in found] == [
        f"{NAME}.", "cdn.example.com.", "cdn.example.com.", "x.y.", "y.",
    ]  # fmt: skip
    assert str(found[0].rdata) == "cdn.example.com."


def test_what_came_along_is_left_out_and_nothing_counts_as_authentic() -> None:
    soa = "example.com. 60 IN SOA ns.example.com. host.example.com. 1 2 3 4 5"
    wire = bytearray(response_bytes(https_record(SVC, ech()), qtype="HTTPS", authority=soa))
    wire[3] |= 0x20
    answer = read(bytes(wire))
    assert answer.is_authentic
    bare = without_ech(answer, from_text(NAME))
    assert (bare.is_authentic, bare.counts) == (False, (1, 0, 0))


@given(
    st.lists(st.lists(st.integers(0, 9), unique=True).map(sorted), min_size=1, max_size=4),
    st.binary(max_size=20),
)
def test_of_any_record_nothing_goes_but_the_key(keys: list[list[int]], value: bytes) -> None:
    def record(each: list[int]) -> tuple[bytes, ...]:
        return tuple(hint(key, value * {4: 4, 6: 16}.get(key, 1)) for key in each if key)

    zone = "\n".join(https_record(SVC, *record(each)) for each in keys)
    answer = without_ech(read(response_bytes(zone, qtype="HTTPS")), from_text(NAME))
    found = parsed(render(answer, query(NAME, "HTTPS", payload_size=4096), 0, 300)).rr
    kept = [https_data(SVC, *record([key for key in each if key != 5])) for each in keys]
    assert [data_of(record) for record in found] == kept
