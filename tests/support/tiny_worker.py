"""A worker of a few lines: answers each datagram with its own pid and what it was asked.

Asked to `die` it ends, asked to `hang` it does not move any more, asked to `write FILE` it does.
"""

import os
import select
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from filterdns import channel


def main() -> None:
    descriptor = int(sys.argv[sys.argv.index("--fd") + 1])
    supervisor = socket.socket(fileno=descriptor)
    begin = channel.receive(supervisor)
    if begin is None or begin.message["t"] != "begin":
        return
    arguments = begin.message["arguments"]
    if "--broken" in arguments:
        sys.exit(3)
    if "--deaf" in arguments:
        time.sleep(60)
    if "--only-one" in arguments and not is_first(arguments[arguments.index("--only-one") + 1]):
        time.sleep(60)
    is_lazy = "--lazy" in arguments and is_first(arguments[arguments.index("--lazy") + 1])
    asked: list[socket.socket] = []
    channel.send(supervisor, {"t": "standby"})
    while True:
        for one in select.select([supervisor, *asked], [], [], 0.2)[0]:
            if one is not supervisor:
                answer(one)
            elif is_lazy:
                channel.receive(supervisor)
            elif hear(supervisor, asked):
                return
        channel.send(supervisor, {"t": "beat"})


def is_first(path: str) -> bool:
    """Whether no other worker has been here before."""
    try:
        Path(path).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def answer(udp: socket.socket) -> None:
    wire, client = udp.recvfrom(4096)
    if wire == b"die":
        os._exit(7)
    if wire == b"hang":
        time.sleep(60)
    if wire.startswith(b"write "):
        Path(wire.removeprefix(b"write ").decode()).touch()
    udp.sendto(b"%d %s" % (os.getpid(), wire), client)


def hear(supervisor: socket.socket, asked: list[socket.socket]) -> bool:
    """Take sockets; whether it is time to end."""
    received = channel.receive(supervisor)
    if received is None or received.message["t"] == "stop":
        return True
    if received.message["t"] == "sockets":
        taken = [socket.socket(fileno=each) for each in received.descriptors]
        asked += taken[: len(received.message["udp"])]
        channel.send(supervisor, {"t": "ready"})
    if received.message["t"] == "drain":
        for one in (socket.socket(fileno=each) for each in received.descriptors):
            one.setblocking(False)
            with one, suppress(BlockingIOError):
                while True:
                    answer(one)
    return False


if __name__ == "__main__":
    main()
