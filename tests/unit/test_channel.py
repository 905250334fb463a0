import os
import socket
from collections.abc import Iterator

import pytest

from filterdns import channel

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with one, other:
        yield one, other


def test_messages_arrive_one_by_one(pair: Pair) -> None:
    channel.send(pair[0], {"t": "image", "version": 1})
    channel.send(pair[0], {"t": "stop"})
    assert channel.receive(pair[1]) == ({"t": "image", "version": 1}, [])
    assert channel.receive(pair[1]) == ({"t": "stop"}, [])


def test_sockets_travel_beside_a_message(pair: Pair) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        channel.send(pair[0], {"t": "sockets"}, [udp.fileno()])
        received = channel.receive(pair[1])
        assert received is not None
        with socket.socket(fileno=received[1][0]) as copy:
            assert copy.getsockname() == udp.getsockname()


def test_received_sockets_are_not_inherited_by_children(pair: Pair) -> None:
    channel.send(pair[0], {"t": "sockets"}, [pair[0].fileno()])
    received = channel.receive(pair[1])
    assert received is not None
    assert not os.get_inheritable(received[1][0])
    os.close(received[1][0])


def test_the_end_of_the_channel_is_told(pair: Pair) -> None:
    pair[0].close()
    assert channel.receive(pair[1]) is None


@pytest.mark.parametrize("wire", [b"\x80\x04N.", b"[1]", b"{", b'"t"', b"[" * 5000])
def test_anything_but_an_object_is_refused(pair: Pair, wire: bytes) -> None:
    pair[0].send(wire)
    with pytest.raises(ValueError, match="no message"):
        channel.receive(pair[1])


def test_a_message_over_the_limit_is_refused(pair: Pair) -> None:
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    channel.send(pair[0], {"t": "x" * channel.MAX_MESSAGE_BYTES})
    with pytest.raises(ValueError, match="no message"):
        channel.receive(pair[1])
