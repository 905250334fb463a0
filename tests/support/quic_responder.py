"""A UDP port behind which somebody speaks QUIC, as far as versions are settled.

Any long header of a version that it does not know is answered with a Version Negotiation packet
(RFC 9000 section 6.1), if the datagram has the 1200 bytes that a client has to send (section 14.1).
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

QUIC_1: Final = b"\x00\x00\x00\x01"
LOOK_AGAIN_SECONDS: Final = 0.1


@contextmanager
def quic_responder(
    endpoints: Sequence[tuple[str, int]], says: bytes = b""
) -> Iterator[list[tuple[str, int]]]:
    """Answer at *endpoints* until the block ends; give those, with the ports that were chosen.

    Where it *says* something, it says that instead, to whoever comes.

    The sockets belong to the network namespace that this thread is in.
    """
    has_ended = threading.Event()
    opened = [_bound(*each) for each in endpoints]
    threads = [threading.Thread(target=_serve, args=(each, says, has_ended)) for each in opened]
    for thread in threads:
        thread.start()
    try:
        yield [each.getsockname()[:2] for each in opened]
    finally:
        has_ended.set()
        for thread in threads:
            thread.join()
        for each in opened:
            each.close()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.settimeout(LOOK_AGAIN_SECONDS)
    opened.bind((host, port))
    return opened


def _serve(opened: socket.socket, says: bytes, has_ended: threading.Event) -> None:
    while not has_ended.is_set():
        try:
            data, source = opened.recvfrom(2_000)
        except TimeoutError:
            continue
        if says:
            opened.sendto(says, source)
        elif len(data) >= 1200 and data[0] & 0x80 and data[1:5] not in (QUIC_1, bytes(4)):
            opened.sendto(_negotiation(data), source)


def _negotiation(data: bytes) -> bytes:
    to_length = data[5]
    to_id = data[6 : 6 + to_length]
    from_length = data[6 + to_length]
    from_id = data[7 + to_length : 7 + to_length + from_length]
    swapped = bytes([from_length]) + from_id + bytes([to_length]) + to_id
    return b"\x8f" + bytes(4) + swapped + QUIC_1
