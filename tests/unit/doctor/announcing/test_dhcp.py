"""Messages as RFC 2131 figure 1 draws them; a real server answers ours in test_listening.py."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.doctor.announcing.dhcp import (
    make_mac,
    read_datagram,
    read_offer,
    write_datagram,
    write_discover,
)

TRANSACTION = b"\x01\x02\x03\x04"
COOKIE = bytes.fromhex("63825363")
OFFERED = b"\x35\x01\x02"
SERVERS = bytes.fromhex("06 08 c0a80102 c0000235")
END = b"\xff"


def offer(*options: bytes, transaction: bytes = TRANSACTION, op: int = 2) -> bytes:
    head = bytes([op, 1, 6, 0]) + transaction
    return head + bytes(236 - len(head)) + COOKIE + b"".join(options)


def test_the_servers_of_an_offer_are_read() -> None:
    assert read_offer(offer(OFFERED, b"\x00", SERVERS, END), TRANSACTION) == [
        "192.168.1.2",
        "192.0.2.53",
    ]


def test_a_list_in_two_parts_is_one() -> None:
    """RFC 3396 section 5."""
    parts = bytes.fromhex("06 02 c0a8 06 02 0102")
    assert read_offer(offer(OFFERED, parts, END), TRANSACTION) == ["192.168.1.2"]


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        offer(OFFERED, SERVERS, END, transaction=b"abcd"),
        offer(OFFERED, SERVERS, END, op=1),
        offer(b"\x35\x01\x05", SERVERS, END),
        offer(SERVERS, END),
        offer(OFFERED, END, SERVERS),
        offer(OFFERED, b"\x06\x02\xc0\xa8", END),
        offer(OFFERED, SERVERS)[:236] + bytes(4) + OFFERED + SERVERS,
    ],
    ids=["nothing", "to others", "a request", "an ACK", "no type", "none", "half", "no cookie"],
)
def test_what_is_no_offer_to_us_names_nobody(wire: bytes) -> None:
    assert read_offer(wire, TRANSACTION) == []


def test_a_discover_is_broadcast_by_somebody_new() -> None:
    mac = make_mac()
    assert mac[0] & 0x03 == 0x02
    assert make_mac() != mac
    wire = write_discover(TRANSACTION, mac)
    assert wire[:8] == b"\x01\x01\x06\x00" + TRANSACTION
    assert wire[10:12] == b"\x80\x00"
    assert wire[28:34] == mac
    assert wire[236:240] == COOKIE


def test_a_packet_has_the_checksum_of_its_header() -> None:
    """RFC 1071: with its checksum, a header sums up to all ones."""
    packet = write_datagram(b"abc")
    total = sum(int.from_bytes(packet[at : at + 2]) for at in range(0, 20, 2))
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
    assert packet[16:20] == b"\xff" * 4
    assert packet[20:28] == bytes.fromhex("0044 0043 000b 0000")


def test_only_what_a_server_says_to_a_client_is_read() -> None:
    ours = bytearray(write_datagram(b"abc"))
    assert read_datagram(bytes(ours)) == b""
    ours[20:24] = bytes.fromhex("0043 0044")
    assert read_datagram(bytes(ours)) == b"abc"
    ours[9] = 6
    assert read_datagram(bytes(ours)) == b""


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    read_datagram(data)
    for wire in (data, offer(OFFERED, data), offer(data)):
        for address in read_offer(wire, TRANSACTION):
            ip_address(address)
