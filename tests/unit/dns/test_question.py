"""Queries, read by hand."""

import pytest

from filterdns.dns import codes
from filterdns.dns.question import Edns, Question, read_question
from filterdns.errors import MalformedMessage
from tests.support.messages import query_bytes

OPT = bytes.fromhex("00 0029 04d0 00 00 0000 0000")
HEADER = bytes.fromhex("1234 0100 0001 0000 0000 0000")
EXAMPLE = bytes.fromhex("07 6578616d706c65 03 636f6d 00 0001 0001")


def with_counts(additional: int, authority: int = 0) -> bytes:
    return HEADER[:8] + authority.to_bytes(2) + additional.to_bytes(2) + EXAMPLE


def test_a_plain_query_is_read() -> None:
    query = read_question(query_bytes("WWW.Example.com", "AAAA"))
    name = b"\x03www\x07example\x03com\x00"
    assert query.question == Question(name, codes.AAAA, dnssec_ok=False, checking_disabled=False)
    assert query.qclass == codes.IN
    assert query.flags == codes.RD
    assert query.edns is None
    assert query.question_end == len(query.wire)


def test_the_names_case_is_kept_in_the_bytes() -> None:
    assert b"WWW" in read_question(query_bytes("WWW.example.com")).wire


@pytest.mark.parametrize(
    ("payload_size", "size_limit"),
    [(None, 512), (100, 512), (512, 512), (1000, 1000), (1232, 1232), (4096, 1232)],
)
def test_a_datagrams_size_limit_is_the_clients_and_at_most_ours(
    payload_size: int | None, size_limit: int
) -> None:
    assert read_question(query_bytes(payload_size=payload_size)).size_limit == size_limit


def test_a_stream_takes_messages_of_any_size() -> None:
    assert read_question(query_bytes(), is_datagram=False).size_limit == 65_535


def test_edns_is_read() -> None:
    query = read_question(query_bytes(payload_size=1232, dnssec_ok=True))
    assert query.edns == Edns(1232, 0, dnssec_ok=True, has_options=False)


def test_options_are_seen() -> None:
    cookie = bytes.fromhex("000a0008 0011223344556677")
    opt = OPT[:-2] + len(cookie).to_bytes(2) + cookie
    edns = read_question(with_counts(1) + opt).edns
    assert edns is not None
    assert edns.has_options


def test_an_opt_record_behind_another_record_is_found() -> None:
    other = b"\xc0\x0c" + bytes.fromhex("0001 0001 00000000 0004 7f000001")
    edns = read_question(with_counts(2) + other + OPT).edns
    assert edns is not None


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"", "header"),
        (HEADER[:11], "header"),
        (HEADER, "ends too early"),
        (HEADER + EXAMPLE[:-1], "within the question"),
        (HEADER[:2] + b"\x81\x00" + HEADER[4:] + EXAMPLE, "response"),
        (HEADER[:5] + b"\x02" + HEADER[6:] + EXAMPLE * 2, "one question"),
        (HEADER[:5] + b"\x00" + HEADER[6:], "one question"),
        (HEADER[:7] + b"\x01" + HEADER[8:] + EXAMPLE, "one question"),
        (HEADER + b"\xc0\x0c" + EXAMPLE[-4:], "compressed"),
        (HEADER + b"\x40" + b"a" * 64 + EXAMPLE, "compressed"),
        (HEADER + (b"\x3f" + b"a" * 63) * 4 + EXAMPLE, "255"),
        (with_counts(1), "ends too early"),
        (with_counts(1) + OPT[:-1], "within a record"),
        (with_counts(1) + OPT[:-2] + b"\x00\x05abc", "within a record"),
        (with_counts(2) + OPT + OPT, "more than one OPT"),
        (with_counts(1) + b"\x01a" + OPT, "OPT"),
        (with_counts(5) + OPT, "one question"),
    ],
)
def test_malformed_queries_are_refused(wire: bytes, why: str) -> None:
    with pytest.raises(MalformedMessage, match=why) as caught:
        read_question(wire)
    assert caught.value.rcode == codes.FORMERR


def test_other_operations_are_not_implemented() -> None:
    with pytest.raises(MalformedMessage) as caught:
        read_question(HEADER[:2] + b"\x28\x00" + HEADER[4:] + EXAMPLE)
    assert caught.value.rcode == codes.NOTIMP
