"""Messages as RFC 8415 section 8 draws them; a real server answers ours in test_listening.py."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.announcing.dhcp6 import read_reply, write_request

TRANSACTION = b"abc"
SERVERS = b"\x00\x17\x00\x20" + ip_address("fd00::2").packed + ip_address("fe80::1").packed
OTHER = b"\x00\x02\x00\x03xyz"


def test_the_servers_of_a_reply_are_read() -> None:
    assert read_reply(b"\x07abc" + OTHER + SERVERS, TRANSACTION) == ["fd00::2", "fe80::1"]


@pytest.mark.parametrize(
    "wire",
    [b"", b"\x07abd" + SERVERS, b"\x02abc" + SERVERS, b"\x07abc" + OTHER, b"\x07abc" + SERVERS[:9]],
    ids=["nothing", "to others", "an advertise", "none", "half"],
)
def test_what_is_no_reply_to_us_names_nobody(wire: bytes) -> None:
    assert read_reply(wire, TRANSACTION) == []


def test_a_request_asks_for_dns_servers_and_says_who_asks() -> None:
    wire = write_request(TRANSACTION)
    assert wire.startswith(b"\x0babc" + b"\x00\x01\x00\x12\x00\x04")
    assert b"\x00\x06\x00\x02\x00\x17" in wire


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    for wire in (data, b"\x07abc" + data):
        for address in read_reply(wire, TRANSACTION):
            ip_address(address)
