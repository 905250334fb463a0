"""Responses of upstreams, read once."""

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.response import (
    FAILURE_LIFETIME_SECONDS,
    MAX_JUMPS,
    MAX_NEGATIVE_SECONDS,
)
from filterdns.errors import MalformedMessage
from tests.support.messages import read, response_bytes

SOA = "example.com. {ttl} IN SOA ns.example.com. host.example.com. 1 2 3 4 {minimum}"


def test_the_shortest_ttl_of_the_answer_is_its_lifetime() -> None:
    zone = "www.example.com. 300 IN CNAME example.com.\nexample.com. 60 IN A 192.0.2.1"
    assert read(response_bytes(zone)).lifetime_seconds == 60


@pytest.mark.parametrize(
    ("ttl", "minimum", "lifetime_seconds"),
    [(900, 300, 300), (100, 300, 100), (90_000, 90_000, MAX_NEGATIVE_SECONDS)],
)
@pytest.mark.parametrize("rcode", [codes.NOERROR, codes.NXDOMAIN])
def test_a_negative_answer_lives_by_its_soa(
    rcode: int, ttl: int, minimum: int, lifetime_seconds: int
) -> None:
    """RFC 2308 section 5."""
    soa = SOA.format(ttl=ttl, minimum=minimum)
    answer = read(response_bytes("", rcode=rcode, authority=soa))
    assert answer.lifetime_seconds == lifetime_seconds
    assert answer.ttls[0][1] == lifetime_seconds


def test_a_negative_answer_without_soa_is_not_kept() -> None:
    assert read(response_bytes("", rcode=codes.NXDOMAIN)).lifetime_seconds == 0


def test_an_alias_to_nothing_lives_by_alias_and_soa() -> None:
    wire = response_bytes(
        "www.example.com. 30 IN CNAME example.com.", authority=SOA.format(ttl=900, minimum=900)
    )
    assert read(wire).lifetime_seconds == 30


def test_a_failure_is_kept_for_a_second() -> None:
    answer = read(response_bytes("", rcode=codes.SERVFAIL))
    assert answer.lifetime_seconds == FAILURE_LIFETIME_SECONDS


@pytest.mark.parametrize(
    ("record", "qtype", "target"),
    [
        ("www.example.com. 60 IN CNAME Target.Example.NET.", "A", "target.example.net"),
        (rf"example.com. 60 IN DNAME \# 13 {from_text('example.net').hex()}", "A", "example.net"),
    ],
)
def test_alias_targets_are_canonical(record: str, qtype: str, target: str) -> None:
    answer = read(response_bytes(record, qtype=qtype))
    assert answer.leads.targets == (from_text(target),)


def https_record(target: bytes) -> bytes:
    """Return a response to an HTTPS question whose record leads to *target*."""
    data = b"\x00\x01" + target
    base = bytearray(response_bytes("", qtype="HTTPS"))
    base[7] = 1
    return (
        bytes(base)
        + b"\xc0\x0c"
        + bytes.fromhex("0041 0001 0000003c")
        + len(data).to_bytes(2)
        + data
    )


def test_https_targets_are_found_and_the_root_means_the_owner() -> None:
    assert read(https_record(from_text("svc.example.net"))).leads.targets == (
        from_text("svc.example.net"),
    )
    assert read(https_record(b"\x00")).leads.targets == ()


def test_the_opt_record_is_left_out() -> None:
    with_opt = read(response_bytes(with_opt=True))
    assert with_opt == read(response_bytes())
    assert with_opt.counts == (1, 0, 0)


def test_a_ttl_with_the_highest_bit_counts_as_zero() -> None:
    """RFC 2181 section 8."""
    wire = response_bytes("www.example.com. 4294967295 IN A 192.0.2.1")
    assert read(wire).ttls[0][1] == 0


def test_broken_responses_are_refused() -> None:
    whole = response_bytes("www.example.com. 300 IN CNAME a.example.com.")
    for end in range(len(whole)):
        with pytest.raises(MalformedMessage):
            read(whole[:end])


@pytest.mark.parametrize("pointer", [b"\xc0\xff", b"\xc0\x2d", b"\xff\xff"])
def test_pointers_that_lead_forward_or_in_a_circle_are_refused(pointer: bytes) -> None:
    wire = response_bytes("www.example.com. 300 IN CNAME a.example.com.")
    with pytest.raises(MalformedMessage):
        read(wire[:-2] + pointer)


def chain_of_pointers(length: int) -> bytes:
    """Return a response that leads to a name behind so many pointers, each to the one before."""
    base = bytearray(response_bytes(""))
    base[7] = 2
    start = len(base) + 12
    pointers = [start, *range(start + 1, start + 1 + 2 * length, 2)]
    chain = b"\x00" + b"".join((0xC000 | at).to_bytes(2) for at in pointers[:-1])
    link = (0xC000 | pointers[-1]).to_bytes(2)
    message: bytes = (
        bytes(base)
        + b"\xc0\x0c\xff\x00\x00\x01\x00\x00\x00\x3c"  # of a type that nobody looks into
        + len(chain).to_bytes(2)
        + chain
        + b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02"
        + link
    )
    return message


def test_a_chain_of_pointers_costs_no_more_time_than_a_name_can() -> None:
    read(chain_of_pointers(MAX_JUMPS - 1))
    with pytest.raises(MalformedMessage, match="around"):
        read(chain_of_pointers(MAX_JUMPS))


def test_an_extended_response_code_is_refused() -> None:
    wire = response_bytes(with_opt=True)
    at = wire.rindex(b"\x00\x00\x29") + 5
    with pytest.raises(MalformedMessage, match="extended"):
        read(wire[:at] + b"\x01" + wire[at + 1 :])
