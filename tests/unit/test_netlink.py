import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.netlink import dump, read_attributes, read_messages, watch

GET_LINKS, NEW_LINK = 18, 16  # RTM_GETLINK, RTM_NEWLINK
ADDRESSES_OF_IPV4 = 0x10  # RTMGRP_IPV4_IFADDR


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body + bytes(-len(body) % 4)


def test_all_there_is_is_told_by_the_kernel() -> None:
    kinds = {kind for wire in dump(GET_LINKS, bytes(16)) for kind, _ in read_messages(wire)}
    assert NEW_LINK in kinds


def test_a_request_that_the_kernel_refuses_raises_its_reason() -> None:
    with pytest.raises(OSError, match="Operation not supported") as caught:
        list(dump(GET_LINKS + 4 * 1000, bytes(16)))
    assert caught.value.errno == errno.EOPNOTSUPP


def test_a_watch_is_silent_while_nothing_changes() -> None:
    with watch(ADDRESSES_OF_IPV4) as netlink, pytest.raises(BlockingIOError):
        netlink.recv(100)


def test_messages_of_one_packet_are_read_one_by_one() -> None:
    wire = message(16, b"abcde") + message(17, b"")
    assert list(read_messages(wire)) == [(16, b"abcde"), (17, b"")]


def test_attributes_are_read_up_to_one_that_makes_no_sense() -> None:
    wire = struct.pack("=HH", 7, 1) + b"abc\0" + struct.pack("=HH", 3, 2) + b"rest"
    assert list(read_attributes(wire)) == [(1, b"abc")]


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_readers(wire: bytes) -> None:
    for _, body in read_messages(wire):
        list(read_attributes(body))


def test_the_socket_of_a_watch_is_one_of_the_routing_family() -> None:
    with watch(ADDRESSES_OF_IPV4) as netlink:
        assert netlink.family == socket.AF_NETLINK
