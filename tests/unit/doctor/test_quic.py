import asyncio
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.quic import SMALLEST_DATAGRAM, first_packet, offered_versions, read_versions
from filterdns.errors import NoAnswer
from filterdns.upstreams.endpoint import Endpoint
from tests.support.doctor import PATIENCE_SECONDS, SHORT_SECONDS
from tests.support.peers import free_port
from tests.support.quic_responder import quic_responder
from tests.support.upstream import ScriptedUpstream, drop

OURS, THEIRS = b"o" * 8, b"t" * 8


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_server_that_speaks_quic_says_which(host: str) -> None:
    with quic_responder([(host, 0)]) as [(_, port)]:
        assert asyncio.run(offered_versions(Endpoint(host, port), PATIENCE_SECONDS)) == (1,)


def test_a_closed_port_and_silence_are_no_answer() -> None:
    with pytest.raises(NoAnswer, match="refused"):
        asyncio.run(offered_versions(Endpoint("127.0.0.1", free_port()), PATIENCE_SECONDS))
    with ScriptedUpstream(drop) as server, pytest.raises(NoAnswer, match="no answer"):
        asyncio.run(offered_versions(Endpoint(server.host, server.port), SHORT_SECONDS))


def test_the_packet_is_as_long_as_a_server_demands() -> None:
    """RFC 9000 section 14.1; the form and the ids are RFC 8999 section 5.1."""
    packet = first_packet(OURS, THEIRS)
    assert len(packet) == SMALLEST_DATAGRAM
    assert packet[0] & 0xC0 == 0xC0
    assert packet[1:5] == bytes.fromhex("1a2a3a4a")
    assert packet[5:].startswith(b"\x08" + THEIRS + b"\x08" + OURS)


def test_versions_for_somebody_else_are_none() -> None:
    head = b"\x80" + bytes(4)
    for_us = head + b"\x08" + OURS + b"\x08" + THEIRS
    assert read_versions(for_us + bytes.fromhex("000000016b3343cf"), OURS, THEIRS) == (
        1,
        0x6B3343CF,
    )
    assert read_versions(for_us[:-1] + b"x" + bytes(4), OURS, THEIRS) == ()
    assert read_versions(b"\x80\x00\x00\x00\x01" + for_us[5:], OURS, THEIRS) == ()


@given(st.binary(max_size=100))
def test_any_bytes_are_read(data: bytes) -> None:
    ids = b"\x08" + OURS + b"\x08" + THEIRS
    assert read_versions(data, os.urandom(8), os.urandom(8)) == ()
    assert len(read_versions(b"\x80" + bytes(4) + ids + data, OURS, THEIRS)) == len(data) // 4
