"""The frames here are written by RFC 9113 section 4.1; elsewhere unbound reads ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.http2 import LARGEST_BODY, BodyReader, write_post
from filterdns.errors import MalformedMessage


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


SETTINGS, SETTINGS_ACK = frame(4, 0, 0, b""), frame(4, 1, 0, b"")
HEADERS = frame(1, 4, 1, b"\x88")


def test_an_answer_comes_in_pieces() -> None:
    reader = BodyReader()
    wire = SETTINGS + HEADERS + frame(0, 0, 1, b"ab") + frame(0, 1, 1, b"c")
    sent = b"".join(reader.feed(wire[at : at + 1]) for at in range(len(wire)))
    assert (reader.body, reader.is_complete) == (b"abc", True)
    assert sent == SETTINGS_ACK


def test_a_ping_is_answered_and_an_acknowledgement_is_not() -> None:
    reader = BodyReader()
    assert reader.feed(frame(6, 0, 0, b"12345678")) == frame(6, 1, 0, b"12345678")
    assert reader.feed(frame(6, 1, 0, b"12345678") + SETTINGS_ACK) == b""


def test_padding_and_other_streams_are_left_out() -> None:
    reader = BodyReader()
    reader.feed(frame(0, 8, 1, b"\x02ab\x00\x00") + frame(0, 0, 3, b"no"))
    assert reader.body == b"ab"


def test_an_answer_without_a_body_is_complete() -> None:
    reader = BodyReader()
    reader.feed(frame(1, 5, 1, b"\x8d"))
    assert (reader.body, reader.is_complete) == (b"", True)


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        frame(7, 0, 0, bytes(8)),
        frame(3, 0, 1, bytes(4)),
        HEADERS + frame(0, 0, 1, bytes(16_000)) * (LARGEST_BODY // 16_000 + 1),
    ],
    ids=["HTTP/1.1", "go away", "reset", "too much"],
)
def test_what_is_no_answer_is_malformed(wire: bytes) -> None:
    with pytest.raises(MalformedMessage):
        BodyReader().feed(wire)


def test_a_request_begins_as_every_client_does() -> None:
    wire = write_post("dns.example", "/dns-query", b"12345")
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    assert wire.startswith(preface + SETTINGS)
    assert wire.endswith(frame(0, 1, 1, b"12345"))
    headers = wire[len(preface) + len(SETTINGS) :]
    assert headers[3:9] == b"\x01\x04\x00\x00\x00\x01"
    assert b"\x0bdns.example" in headers


def test_a_long_value_has_a_long_length() -> None:
    """RFC 7541 section 5.1: 1000 is 127, then 873 in groups of seven bits."""
    assert b"\x7f\xe9\x06" + b"/" * 1000 in write_post("a", "/" * 1000, b"")


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(one: bytes, two: bytes) -> None:
    reader = BodyReader()
    try:
        reader.feed(frame(one[0] if one else 0, 0, 1, one) + two)
        reader.feed(two)
    except MalformedMessage:
        return
    assert len(reader.body) <= LARGEST_BODY
