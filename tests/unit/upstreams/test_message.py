"""The bytes of our queries, and which responses fit them."""

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.dns import codes
from filterdns.dns.question import Question
from filterdns.upstreams import message

NAME = b"\x03www\x07example\x03org\x00"
SECTION = message.write_question(Question(NAME, codes.A, False, False))
RESPONSE = b"\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" + SECTION


def parsed(*, dnssec_ok: bool = False, checking_disabled: bool = False) -> dnslib.DNSRecord:
    question = Question(NAME, codes.A, dnssec_ok, checking_disabled)
    return dnslib.DNSRecord.parse(message.write_query(b"\x12\x34", SECTION, question))


def test_a_query_holds_the_question_and_asks_for_recursion() -> None:
    query = parsed()
    assert (query.header.id, query.header.rd, query.header.qr) == (0x1234, 1, 0)
    assert str(query.q.qname) == "www.example.org."
    assert (query.q.qtype, query.q.qclass) == (codes.A, codes.IN)


def test_a_query_asks_whether_the_answer_is_authentic() -> None:
    assert parsed().header.ad == 1


@pytest.mark.parametrize("dnssec_ok", [False, True])
def test_the_opt_record_takes_1232_bytes_and_has_do_as_asked(dnssec_ok: bool) -> None:
    (opt,) = parsed(dnssec_ok=dnssec_ok).ar
    assert (opt.rtype, opt.rclass, opt.ttl) == (codes.OPT, 1232, codes.DO if dnssec_ok else 0)


@pytest.mark.parametrize("checking_disabled", [False, True])
def test_cd_is_as_asked(checking_disabled: bool) -> None:
    assert parsed(checking_disabled=checking_disabled).header.cd == checking_disabled


def test_the_response_to_the_question_fits() -> None:
    assert message.fits(RESPONSE, SECTION)


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(RESPONSE[:12], id="no question"),
        pytest.param(RESPONSE[:-1], id="cut in the question"),
        pytest.param(RESPONSE[:2] + b"\x01" + RESPONSE[3:], id="a query"),
        pytest.param(RESPONSE[:2] + b"\xa9" + RESPONSE[3:], id="another operation"),
        pytest.param(RESPONSE[:5] + b"\x02" + RESPONSE[6:], id="two questions"),
        pytest.param(RESPONSE.replace(b"www", b"wwv"), id="another name"),
        pytest.param(RESPONSE[:-3] + b"\x1c" + RESPONSE[-2:], id="another type"),
        pytest.param(RESPONSE[:-1] + b"\x03", id="another class"),
    ],
)
def test_what_does_not_answer_the_question_does_not_fit(response: bytes) -> None:
    assert not message.fits(response, SECTION)
    assert not message.fits_in_any_case(response, SECTION)


def test_another_case_fits_only_where_case_does_not_count() -> None:
    response = RESPONSE.replace(b"example", b"eXaMPle")
    assert not message.fits(response, SECTION)
    assert message.fits_in_any_case(response, SECTION)


def test_the_case_of_type_and_class_is_not_a_case() -> None:
    https = message.write_question(Question(NAME, codes.HTTPS, False, False))  # 65 is "A"
    assert not message.fits_in_any_case(RESPONSE[:-3] + b"a" + RESPONSE[-2:], https)


@given(st.binary(max_size=64), st.integers(0, len(RESPONSE)), st.integers(0, len(RESPONSE)))
def test_no_bytes_make_the_first_look_fail(junk: bytes, start: int, end: int) -> None:
    for received in (junk, RESPONSE[:start] + junk + RESPONSE[end:]):
        message.fits(received, SECTION)
        message.fits_in_any_case(received, SECTION)


def test_a_settled_answer_has_id_0_and_the_canonical_name() -> None:
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x01"
    settled = message.settle(RESPONSE.replace(b"org", b"ORG") + record, NAME)
    assert settled == b"\x00\x00" + RESPONSE[2:] + record


def test_truncation_and_the_response_code_are_read_from_the_header() -> None:
    response = RESPONSE[:2] + b"\x83\x83" + RESPONSE[4:]
    assert message.is_truncated(response)
    assert message.rcode(response) == codes.NXDOMAIN
    assert not message.is_truncated(RESPONSE)
