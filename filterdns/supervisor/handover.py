"""From one program to the next in the same process: sockets and workers survive the exec.

What is open is listed in a file without a name, whose descriptor is named in the environment. Other
versions of the program read it, so its keys keep their meaning.
"""

import json
import os
import socket
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn

from filterdns.listeners.binding import Bound, Endpoint
from filterdns.supervisor.child import Child

VARIABLE: Final = "FILTERDNS_HANDOVER"


class Inheritance(NamedTuple):
    """The sockets of the program before, and its workers by number (negative: on the way out)."""

    bound: dict[Endpoint, Bound]
    workers: list[tuple[int, Child]]


def turn_into(
    command: list[str],
    environment: Mapping[str, str],
    inheritance: Inheritance,
    passed: Sequence[socket.socket],
) -> NoReturn:
    """Become *command*, which finds *inheritance*; *passed* are the service manager's own sockets.

    Raises `OSError`; all is as it was then.
    """
    words, descriptors = _described(inheritance)
    descriptors += [one.fileno() for one in passed]
    page = os.memfd_create("filterdns-handover")
    descriptors.append(page)
    try:
        os.write(page, json.dumps(words).encode())
        for each in descriptors:
            os.set_inheritable(each, True)
        os.execve(command[0], command, {**environment, VARIABLE: str(page)})  # noqa: S606
    finally:
        for each in descriptors:
            os.set_inheritable(each, False)
        os.close(page)


def take_over(
    environment: MutableMapping[str, str], silence_seconds: float, now: float
) -> Inheritance | None:
    """Return what the program before has left, once; None where there was none."""
    number = environment.pop(VARIABLE, "")
    if not number.isdecimal():
        return None
    with open(int(number), "rb") as page:  # noqa: PTH123 - it has no path
        page.seek(0)
        words = json.load(page)
    bound = {
        Endpoint(*each["endpoint"]): Bound(
            Endpoint(*each["real"]),
            tuple(_socket(udp) for udp in each["udp"]),
            _socket(each["tcp"]),
        )
        for each in words["sockets"]
    }
    workers = [(each["number"], _child(each, silence_seconds, now)) for each in words["workers"]]
    return Inheritance(bound, workers)


def _described(inheritance: Inheritance) -> tuple[dict[str, Any], list[int]]:
    sockets = [
        {
            "endpoint": endpoint,
            "real": bound.endpoint,
            "udp": [udp.fileno() for udp in bound.udp],
            "tcp": bound.tcp.fileno(),
        }
        for endpoint, bound in inheritance.bound.items()
    ]
    workers = [
        {
            "number": number,
            "pid": child.pid,
            "channel": child.channel.fileno() if child.channel is not None else -1,
            "is_up": child.is_up,
            "is_ready": child.is_ready,
        }
        for number, child in inheritance.workers
    ]
    opened = [one for bound in inheritance.bound.values() for one in (*bound.udp, bound.tcp)]
    opened += [child.channel for _, child in inheritance.workers if child.channel is not None]
    descriptors = [number for one in opened if (number := one.fileno()) >= 0]
    return {"sockets": sockets, "workers": workers}, descriptors


def _child(words: Mapping[str, Any], silence_seconds: float, now: float) -> Child:
    ours = _socket(words["channel"]) if words["channel"] >= 0 else None
    child = Child(f"old worker {words['number']}", words["pid"], ours, silence_seconds, now)
    child.is_up, child.is_ready = words["is_up"], words["is_ready"]
    return child


def _socket(descriptor: int) -> socket.socket:
    """Return the socket *descriptor*, for us alone; a closed one where it is negative."""
    if descriptor < 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
            return closed
    one = socket.socket(fileno=descriptor)
    one.set_inheritable(False)
    one.setblocking(False)
    return one
