"""What was said of one name becomes what is said of its alias, whoever asks."""

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.dns import codes
from filterdns.dns.alias import with_alias
from filterdns.dns.answers import render
from filterdns.dns.names import from_text
from filterdns.dns.response import CachedAnswer
from filterdns.errors import MalformedMessage
from tests.support.messages import parsed, query, read, response_bytes

TARGET = "safe.search.example"
ADDRESSES = f"{TARGET}. 300 IN A 192.0.2.1\n{TARGET}. 200 IN A 192.0.2.2"
CHAIN = (
    f"{TARGET}. 3600 IN CNAME pool.{TARGET}.\n"
    f"pool.{TARGET}. 60 IN CNAME pool.search.example.\n"
    "pool.search.example. 100 IN A 192.0.2.3"
)
SOA = "search.example. 900 IN SOA ns.search.example. host.search.example. 1 2 3 4 30"


def said(zone: str = ADDRESSES, qtype: str = "A", **others: object) -> CachedAnswer:
    """Return what an upstream says of the target, names compressed."""
    return read(response_bytes(zone, name=TARGET, qtype=qtype, **others))  # type: ignore[arg-type]


def answer(
    entry: CachedAnswer, name: str = "www.search.example", qtype: str = "A", **options: object
) -> dnslib.DNSRecord:
    """Return what *entry* becomes for an alias, as another implementation reads it."""
    made = with_alias(entry, from_text(TARGET))
    return parsed(render(made, query(name, qtype, **options), 0, 300))


def records(message: dnslib.DNSRecord) -> list[str]:
    return [
        f"{str(one.rname).rstrip('.')} {one.ttl} {dnslib.QTYPE[one.rtype]} "
        f"{str(one.rdata).rstrip('.')}"
        for one in (*message.rr, *message.auth)
    ]


@pytest.mark.parametrize("name", ["a", "www.search.example", "a.quite.long.name.of.another.test"])
def test_the_alias_comes_first_however_long_the_asked_name_is(name: str) -> None:
    assert records(answer(said(), name)) == [
        f"{name} 200 CNAME {TARGET}",
        f"{TARGET} 300 A 192.0.2.1",
        f"{TARGET} 200 A 192.0.2.2",
    ]


def test_a_chain_behind_the_target_stays_whole() -> None:
    assert records(answer(said(CHAIN))) == [
        f"www.search.example 60 CNAME {TARGET}",
        f"{TARGET} 300 CNAME pool.{TARGET}",
        f"pool.{TARGET} 60 CNAME pool.search.example",
        "pool.search.example 100 A 192.0.2.3",
    ]


def test_addresses_of_both_kinds() -> None:
    found = answer(said(f"{TARGET}. 300 IN AAAA 2001:db8::1", "AAAA"), qtype="AAAA")
    assert records(found)[1] == f"{TARGET} 300 AAAA 2001:db8::1"


@pytest.mark.parametrize("rcode", [codes.NOERROR, codes.NXDOMAIN])
def test_a_negative_answer_keeps_its_proof(rcode: int) -> None:
    found = answer(said("", "AAAA", authority=SOA, rcode=rcode), qtype="AAAA")
    assert found.header.rcode == rcode
    assert records(found) == [
        f"www.search.example 30 CNAME {TARGET}",
        "search.example 30 SOA ns.search.example. host.search.example. 1 2 3 4 30",
    ]


def test_authorities_and_other_types_are_left_out() -> None:
    zone = f'{ADDRESSES}\n{TARGET}. 60 IN TXT "x"'
    found = answer(said(zone, authority="search.example. 60 IN NS ns.search.example."))
    assert len(found.rr) == 3
    assert found.auth == []


def test_signatures_are_kept() -> None:
    zone = (
        f"{TARGET}. 300 IN A 192.0.2.1\n"
        f"{TARGET}. 300 IN RRSIG A 8 3 300 20300101000000 20200101000000 1 search.example. AAAA"
    )
    assert [one.rtype for one in answer(said(zone)).rr] == [codes.CNAME, codes.A, codes.RRSIG]


def test_nothing_of_it_is_authentic() -> None:
    entry = said()._replace(is_authentic=True)
    assert not with_alias(entry, from_text(TARGET)).is_authentic


def test_the_target_leads_what_is_judged() -> None:
    found = with_alias(said(CHAIN), from_text(TARGET)).leads.targets
    assert found == tuple(map(from_text, (TARGET, f"pool.{TARGET}", "pool.search.example")))


def test_it_lives_as_long_as_what_was_said() -> None:
    entry = said()
    assert with_alias(entry, from_text(TARGET)).lifetime_seconds == entry.lifetime_seconds == 200


def test_a_failure_stays_one() -> None:
    entry = said("", rcode=codes.SERVFAIL)
    assert with_alias(entry, from_text(TARGET)) is entry


def test_it_is_truncated_behind_a_record() -> None:
    zone = "\n".join(f"{TARGET}. 300 IN A 192.0.2.{last}" for last in range(1, 40))
    found = answer(said(zone))
    assert found.header.tc
    assert 2 < len(found.rr) < 39
    assert found.rr[0].rtype == codes.CNAME


@pytest.mark.parametrize("pointer", [b"\xc0\xff", b"\xff\xff"])
def test_a_name_that_leads_nowhere_is_malformed(pointer: bytes) -> None:
    entry = said()
    broken = entry._replace(body=pointer + entry.body[2:])
    with pytest.raises(MalformedMessage):
        with_alias(broken, from_text(TARGET))


@given(st.binary(min_size=30, max_size=120))
def test_no_body_raises_anything_else(body: bytes) -> None:
    wire = response_bytes(ADDRESSES, name=TARGET)
    start = 12 + len(from_text(TARGET)) + 4
    try:
        entry = read(wire[:start] + body)
    except MalformedMessage:
        return
    try:
        made = with_alias(entry, from_text(TARGET))
    except MalformedMessage:
        return
    render(made, query("www.search.example"), 0, 300)
