from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filterdns.dns import answers, codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question, read_question
from filterdns.doctor.reply import MARK, Reply, is_reply, make_query, rcode_word, read_reply
from filterdns.errors import MalformedMessage
from tests.support.upstream import Asked, record, response

NAME: Final = from_text("www.example.com")
QUESTION: Final = Question(NAME, codes.A, False, False)
LEFT_TO_ITSELF: Final = b"\x00\x01\x00"  # priority 1, the owner itself


def reply(*records: bytes, qtype: int = codes.A, rcode: int = 0) -> Reply:
    question = QUESTION._replace(qtype=qtype)
    query = make_query(question)
    asked = Asked("udp", query, NAME, qtype, ("127.0.0.1", 1), 0)
    return read_reply(response(asked, records=records, rcode=rcode), question)


def test_filterdns_is_known_by_the_answer_for_a_name_that_it_keeps_to_itself() -> None:
    query = make_query(MARK)
    said = answers.negative(read_question(query), codes.NOERROR, 5)
    assert is_reply(said, query, MARK)
    assert read_reply(said, MARK).is_filterdns


def test_another_server_is_not_taken_for_filterdns() -> None:
    soa = b"\x01a\x0croot-servers\x03net\x00" + b"\x05nstld\x00" + bytes(20)
    assert not reply(record(codes.SOA, soa)).is_filterdns


def test_addresses_of_both_families_are_read() -> None:
    assert reply(record(codes.A, bytes([192, 0, 2, 1]))).addresses == ("192.0.2.1",)
    found = reply(record(codes.AAAA, bytes(15) + b"\x01"), qtype=codes.AAAA)
    assert found.addresses == ("::1",)


def test_a_service_tells_its_hints_and_whether_it_has_keys() -> None:
    hint = b"\x00\x04\x00\x08" + bytes([192, 0, 2, 1, 192, 0, 2, 2])
    ech = b"\x00\x05\x00\x02ab"
    hint6 = b"\x00\x06\x00\x10" + bytes(15) + b"\x01"
    data = LEFT_TO_ITSELF + hint + ech + hint6
    [service] = reply(record(codes.HTTPS, data), qtype=codes.HTTPS).services
    assert service.hints == ("192.0.2.1", "192.0.2.2", "::1")
    assert service.has_ech
    [plain] = reply(record(codes.HTTPS, LEFT_TO_ITSELF + hint), qtype=codes.HTTPS).services
    assert not plain.has_ech


@pytest.mark.parametrize(
    "broken",
    [
        record(codes.A, b"\x01\x02"),
        record(codes.HTTPS, LEFT_TO_ITSELF + b"\x00\x05\x00\x09ab"),
        record(codes.HTTPS, LEFT_TO_ITSELF + b"\x00\x04\x00\x03abc"),
    ],
)
def test_what_ends_too_early_is_malformed(broken: bytes) -> None:
    with pytest.raises(MalformedMessage):
        reply(broken, qtype=codes.HTTPS)


def test_an_answer_to_another_question_or_id_is_none() -> None:
    query = make_query(QUESTION)
    asked = Asked("udp", query, NAME, codes.A, ("127.0.0.1", 1), 0)
    right = response(asked)
    assert is_reply(right, query, QUESTION)
    assert not is_reply(bytes([right[0] ^ 1]) + right[1:], query, QUESTION)
    assert not is_reply(right, query, MARK)
    assert not is_reply(right[:11], query, QUESTION)


def test_codes_are_told_by_their_names() -> None:
    assert rcode_word(codes.REFUSED) == "REFUSED"
    assert rcode_word(9) == "code 9"


@given(st.binary(max_size=300), st.sampled_from([codes.A, codes.AAAA, codes.SVCB, codes.HTTPS]))
@example(b"\x00\x01\x00\x00\x04\x00\x00", codes.HTTPS)
def test_no_record_does_more_than_be_malformed(data: bytes, rtype: int) -> None:
    try:
        reply(record(rtype, data), qtype=rtype)
    except MalformedMessage:
        return


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_malformed(data: bytes) -> None:
    query = make_query(MARK)
    for wire in (data, query[:2] + b"\x81\x80" + query[4:] + data):
        if is_reply(wire, query, MARK):
            try:
                read_reply(wire, MARK)
            except MalformedMessage:
                continue
