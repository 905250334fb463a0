"""Asks 127.0.0.1 for a blocked name until SIGTERM; prints its pid, and in the end the figures.

Standard library only, and no import from the project: it runs where only the installed program is.
"""

import json
import os
import signal
import socket
import time

ASK_EVERY_SECONDS = 0.02
PATIENCE_SECONDS = 5.0
# "bet365.com", A, IN; the identifier is put before it.
QUESTION = b"\x01\x00\x00\x01" + bytes(6) + b"\x06bet365\x03com\x00\x00\x01\x00\x01"
BLOCKED = socket.inet_aton("0.0.0.0")


class Stopped(Exception):
    """The test wants to see the figures."""


def main() -> None:
    """Ask until told to stop."""
    signal.signal(signal.SIGTERM, stop)
    figures = {"asked": 0, "lost": 0, "wrong": 0}
    worst = 0.0
    print(os.getpid(), flush=True)
    try:
        while True:
            figures["asked"] += 1
            began = time.monotonic()
            answer = ask(figures["asked"] % 65536)
            worst = max(worst, time.monotonic() - began)
            figures["lost"] += answer is None
            figures["wrong"] += answer is not None and BLOCKED not in answer
            time.sleep(ASK_EVERY_SECONDS)
    except Stopped:
        print(json.dumps({**figures, "worst_seconds": round(worst, 3)}), flush=True)


def ask(number: int) -> bytes | None:
    """Return the answer, from a port of its own as a client's question comes; None without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE_SECONDS)
        client.connect(("127.0.0.1", 53))
        try:
            client.send(number.to_bytes(2, "big") + QUESTION)
            return client.recv(4096)
        except OSError:
            return None


def stop(*_: object) -> None:
    """End the loop, wherever it is."""
    raise Stopped


if __name__ == "__main__":
    main()
