"""Answers as they leave, read back by another implementation."""

import pytest

from filterdns.dns import answers, codes
from filterdns.dns.names import from_text
from tests.support.messages import parsed, query, query_bytes, read, response_bytes

ENTRY = read(
    response_bytes(
        "www.example.com. 300 IN CNAME example.com.\nexample.com. 40 IN A 192.0.2.1",
        authority="example.com. 900 IN NS ns.example.com.",
    )
)


def test_id_question_and_flags_are_the_clients() -> None:
    wire = answers.render(ENTRY, query("wWw.eXample.com", message_id=7), 0, 3600)
    message = parsed(wire)
    assert message.header.id == 7
    assert b"\x03wWw\x07eXample\x03com\x00" in wire
    assert (message.header.qr, message.header.aa, message.header.ra, message.header.rd) == (
        1, 0, 1, 1,
    )  # fmt: skip
    assert parsed(answers.render(ENTRY, query(recursion_desired=False), 0, 9)).header.rd == 0


@pytest.mark.parametrize(
    ("age_seconds", "cap_seconds", "ttls"),
    [(0, 3600, [300, 40, 900]), (30, 3600, [270, 10, 870]), (0, 60, [60, 40, 60]),
     (50, 60, [60, 0, 60]), (0, 0, [0, 0, 0])],
)  # fmt: skip
def test_ttls_are_aged_and_capped_in_every_section(
    age_seconds: int, cap_seconds: int, ttls: list[int]
) -> None:
    message = parsed(answers.render(ENTRY, query(), age_seconds, cap_seconds))
    assert [rr.ttl for rr in (*message.rr, *message.auth)] == ttls


def test_an_opt_record_comes_only_to_those_who_sent_one() -> None:
    assert parsed(answers.render(ENTRY, query(), 0, 60)).ar == []
    message = parsed(answers.render(ENTRY, query(payload_size=4096, dnssec_ok=True), 0, 60))
    assert message.ar[0].rtype == codes.OPT
    assert message.ar[0].edns_do == 1


def test_ad_is_said_only_to_those_who_asked() -> None:
    """RFC 6840 section 5.8."""
    authentic = ENTRY._replace(is_authentic=True)
    wire = query_bytes()
    asks = query()._replace(wire=wire[:3] + b"\x20" + wire[4:], flags=codes.RD | codes.AD)
    assert parsed(answers.render(authentic, asks, 0, 60)).header.ad == 1
    dnssec_ok = query(payload_size=1232, dnssec_ok=True)
    assert parsed(answers.render(authentic, dnssec_ok, 0, 60)).header.ad == 1
    assert parsed(answers.render(authentic, query(), 0, 60)).header.ad == 0
    assert parsed(answers.render(ENTRY, asks, 0, 60)).header.ad == 0


def many(count: int) -> bytes:
    zone = "\n".join(f"www.example.com. 60 IN A 192.0.2.{number}" for number in range(count))
    return response_bytes(zone)


@pytest.mark.parametrize("payload_size", [None, 700, 1232])
def test_truncation_cuts_between_records_and_says_tc(payload_size: int | None) -> None:
    asked = query(payload_size=payload_size)
    wire = answers.render(read(many(100)), asked, 0, 60)
    message = parsed(wire)
    assert len(wire) <= asked.size_limit
    assert len(wire) > asked.size_limit - 16
    assert message.header.tc == 1
    assert len(message.ar) == (0 if payload_size is None else 1)


def test_dropping_additional_records_alone_needs_no_tc() -> None:
    """RFC 2181 section 9."""
    entry = read(many(30))
    additional = entry._replace(counts=(1, 0, 29))
    message = parsed(answers.render(additional, query(), 0, 60))
    assert message.header.tc == 0
    assert len(message.rr) == 1
    assert len(message.ar) < 29


def test_an_upstreams_refusal_becomes_servfail() -> None:
    entry = read(response_bytes("", rcode=codes.REFUSED))
    assert parsed(answers.render(entry, query(), 0, 60)).header.rcode == codes.SERVFAIL


def test_addresses_of_the_questions_family_are_given() -> None:
    packed = (bytes([192, 0, 2, 1]), bytes(15) + b"\x01")
    message = parsed(answers.addresses(query(qtype="AAAA"), packed, 30))
    assert [(rr.rtype, rr.ttl, str(rr.rdata)) for rr in message.rr] == [(codes.AAAA, 30, "::1")]
    assert parsed(answers.addresses(query(qtype="MX"), packed, 30)).rr == []


def test_a_negative_answer_carries_an_soa_whose_minimum_is_its_ttl() -> None:
    """RFC 2308 section 3."""
    wire = answers.negative(
        query(payload_size=1232),
        codes.NXDOMAIN,
        17,
        apex=from_text("example.com"),
        errors=((codes.EDE_BLOCKED, "Blocked: gambling"),),
    )
    message = parsed(wire)
    assert message.header.rcode == codes.NXDOMAIN
    (soa,) = message.auth
    assert str(soa.rname) == "example.com."
    assert soa.ttl == soa.rdata.times[4] == 17
    assert wire.endswith(b"Blocked: gambling")


def test_a_pointer_names_the_host() -> None:
    message = parsed(
        answers.pointer(query("1.2.0.192.in-addr.arpa", "PTR"), from_text("a.home"), 9)
    )
    assert str(message.rr[0].rdata) == "a.home."


def test_any_gets_one_hinfo_record() -> None:
    """RFC 8482 section 4.2."""
    message = parsed(answers.minimal_any(query(qtype="ANY"), 60))
    assert [rr.rtype for rr in message.rr] == [codes.HINFO]


def test_error_texts_give_way_to_the_answer_when_room_is_short() -> None:
    asked = query("a" * 60 + ".example.com", payload_size=512)
    errors = tuple((codes.EDE_BLOCKED, "x" * 120) for _ in range(4))
    wire = answers.addresses(asked, [bytes(4)], 30, errors)
    assert len(wire) <= 512
    assert len(parsed(wire).rr) == 1


def test_a_later_edns_is_answered_with_badvers() -> None:
    """RFC 6891 section 6.1.3."""
    asked = query(payload_size=1232)
    message = parsed(answers.failure(asked, codes.BADVERS))
    assert message.ar[0].edns_rcode << 4 | message.header.rcode == codes.BADVERS


def test_what_cannot_be_read_gets_a_bare_header_and_responses_get_nothing() -> None:
    assert answers.header_only(query_bytes()[:14], codes.FORMERR) == bytes.fromhex(
        "1234 8181 0000 0000 0000 0000"
    )
    assert answers.header_only(response_bytes(), codes.FORMERR) == b""
    assert answers.header_only(b"\x00" * 11, codes.FORMERR) == b""


def test_an_empty_answer_with_tc_is_no_longer_than_the_query_needs() -> None:
    wire = answers.truncated(query())
    assert parsed(wire).header.tc == 1
    assert len(wire) == len(query_bytes())
