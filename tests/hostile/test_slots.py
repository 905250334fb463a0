"""Ten thousand addresses cannot push out the slot of somebody who asks all the time."""

import socket
import time
from collections.abc import Iterator

import pytest

from soak.outcomes import count_outcomes
from tests.support.hostile import NEIGHBOUR, SLOTS, Flood, open_small_house, question
from tests.support.house import House
from tests.support.peers import Endpoint

pytestmark = pytest.mark.timeout(300)

STRANGERS = 10_000
EVERY = 50  # of them, the one with a slot asks once
BURST = 20


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_small_house(tmp_path_factory.mktemp("slots"), rate=1, burst=BURST) as (house, _):
        yield house


def ask_as_stranger(server: Endpoint, number: int, tail: bytes) -> bytes:
    """Ask once from an address that nobody else has; return the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}", 0))
        sock.settimeout(5)
        sock.sendto(b"\x00\x01" + tail, server)
        return sock.recv(4096)


def test_nobody_gets_new_tokens_by_having_their_slot_pushed_out(house: House) -> None:
    started = time.monotonic()
    with Flood(house.server, NEIGHBOUR, at_once=1) as steady:
        answers = steady.ask([question("localhost")] * BURST)
        assert len(answers) == BURST
        for number in range(STRANGERS):
            ask_as_stranger(house.server, number, question("localhost"))
            if number % EVERY == 0:
                answers += steady.ask([question("localhost")], seconds=0.005)
    whole = sum(not answer[2] & 0x02 for answer in answers)
    assert whole <= BURST + 2 + (time.monotonic() - started)
    count_outcomes(house)
    assert house.metric('filterdns_client_slots{worker="0"}') <= SLOTS
