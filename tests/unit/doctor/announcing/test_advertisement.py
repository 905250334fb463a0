"""Messages as RFC 4861 section 4.2 and RFC 8106 section 5.1 draw them."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.announcing.advertisement import read_advertisement, write_solicitation

HEAD = bytes.fromhex("86 00 0000 40 40 0708 00000000 00000000")
MAC = bytes.fromhex("01 01 020000000001")
LIFE = 1200


def rdnss(*addresses: str, life: int = LIFE) -> bytes:
    data = b"".join(ip_address(each).packed for each in addresses)
    return bytes([25, 1 + 2 * len(addresses), 0, 0]) + life.to_bytes(4) + data


def test_the_servers_of_an_advertisement_are_read() -> None:
    wire = HEAD + MAC + rdnss("2001:db8::1", "fe80::1") + rdnss("fd00::2")
    assert read_advertisement(wire) == ["2001:db8::1", "fe80::1", "fd00::2"]


def test_a_server_that_is_withdrawn_is_none() -> None:
    assert read_advertisement(HEAD + rdnss("2001:db8::1", life=0)) == []


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        HEAD[:15],
        b"\x87" + HEAD[1:] + rdnss("2001:db8::1"),
        HEAD + rdnss("2001:db8::1") + b"\x01\x00",
        HEAD + rdnss("2001:db8::1") + b"\x01\x02" + bytes(6),
    ],
    ids=[
        "nothing",
        "short",
        "another message",
        "an empty option",
        "an option cut off",
    ],
)
def test_what_makes_no_sense_names_nobody(wire: bytes) -> None:
    assert read_advertisement(wire) == []


def test_a_solicitation_is_as_short_as_can_be() -> None:
    assert write_solicitation() == bytes.fromhex("85 00 0000 00000000")


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    for wire in (data, HEAD + data):
        for address in read_advertisement(wire):
            ip_address(address)
