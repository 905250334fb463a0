"""Processes die and hang while clients ask: what they notice of it."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.house import House, open_house
from tests.support.peers import Endpoint
from tests.support.steady import Seen, steadily_asking
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = pytest.mark.timeout(300)

CLIENTS = [f"127.0.1.{last}" for last in range(1, 41)]  # enough for the kernel to spread them
BLOCKED = "www.bet365.com"
GAP_SECONDS = 0.3  # the promise, with a healthy spare
SETTLED = 700  # answers, one every 5 ms: longer than a worker's first 3 s
SILENCE_SECONDS = 2.0  # after which a worker that does not move is replaced

CONFIG = """\
timezone: Europe/Berlin
policies: {child: {block: [gambling]}}
people:
  mia: {policy: child, devices: [{name: room, network: 127.0.1.0/24}]}
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endpoint]:
    with ScriptedUpstream(answer_with("192.0.2.99")) as scripted:
        yield Endpoint(scripted.host, scripted.port)


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def house(
    tmp_path_factory: pytest.TempPathFactory, upstream: Endpoint, request: pytest.FixtureRequest
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("survival")
    with open_house(folder, CONFIG, [upstream], "--workers", str(request.param)) as house:
        yield house


def wait_for_answers(seen: Seen, count: int, house: House) -> None:
    """Wait until so many queries more have been answered."""
    wanted = len(seen.answered_at) + count
    house.wait_until(lambda: len(seen.answered_at) >= wanted, "answers")


def wait_for_spare(house: House) -> int:
    """Wait until all workers answer and a spare stands by; return its pid."""
    house.wait_until(
        lambda: (
            all(worker["ready"] for worker in house.status()["workers"])
            and house.status()["spare"] is not None
            and house.status()["spare"]["ready"]
        ),
        "a spare",
    )
    pid: int = house.status()["spare"]["pid"]
    return pid


def worker_pid(house: House, number: int = 0) -> int:
    pid: int = house.status()["workers"][number]["pid"]
    return pid


def test_with_a_spare_the_death_of_a_worker_is_a_gap_of_less_than_300_ms(house: House) -> None:
    for _ in range(3):
        spare = wait_for_spare(house)
        with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
            wait_for_answers(seen, SETTLED, house)  # or its place would be braked
            os.kill(worker_pid(house), signal.SIGKILL)
            wait_for_answers(seen, 200, house)
        assert worker_pid(house) == spare
        assert seen.lost == []
        assert len(seen.retried) <= 1  # the one that it had in its hands
        assert max(seen.worst_gap, seen.worst_wait if not seen.retried else 0) < GAP_SECONDS


def test_a_worker_that_hangs_is_replaced_and_what_it_left_unread_is_answered(
    house: House,
) -> None:
    spare = wait_for_spare(house)
    with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
        wait_for_answers(seen, 100, house)
        os.kill(worker_pid(house), signal.SIGSTOP)
        house.wait_until(lambda: worker_pid(house) == spare, "the spare")
        wait_for_answers(seen, 100, house)
    assert seen.lost == []
    assert seen.worst_gap < SILENCE_SECONDS + 2 * GAP_SECONDS


def test_the_death_of_all_workers_at_once_is_survived(house: House) -> None:
    wait_for_spare(house)
    with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
        wait_for_answers(seen, 100, house)
        for worker in house.status()["workers"]:
            os.kill(worker["pid"], signal.SIGKILL)
        wait_for_answers(seen, 200, house)
        wait_for_spare(house)
    assert seen.lost == []


def test_a_dead_control_process_costs_no_answer(house: House) -> None:
    wait_for_spare(house)
    control = house.status()["control"]["pid"]
    with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
        wait_for_answers(seen, 100, house)
        os.kill(control, signal.SIGKILL)
        house.wait_until(lambda: house.status()["control"]["pid"] != control, "control")
        wait_for_answers(seen, 100, house)
    assert seen.lost == []
    assert not seen.retried
    assert seen.worst_gap < GAP_SECONDS


def test_of_two_workers_one_in_a_crash_loop_leaves_all_questions_to_the_other(
    tmp_path: Path, upstream: Endpoint
) -> None:
    with open_house(tmp_path, CONFIG, [upstream], "--workers", "2") as house:
        wait_for_spare(house)
        other = worker_pid(house, 0)
        with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
            began_at = time.monotonic()
            kills = 0
            while time.monotonic() < began_at + 20:
                worker = house.status()["workers"][1]
                if worker["pid"]:
                    with suppress(ProcessLookupError):  # killed already
                        os.kill(worker["pid"], signal.SIGKILL)
                        kills += 1
                time.sleep(0.01)  # between two looks
        assert kills > 4
        assert house.status()["workers"][1]["braked"]
        assert worker_pid(house, 0) == other
        assert seen.lost == []
        assert seen.retried_after(began_at + 10) == []
        wait_for_spare(house)
        house.wait_until(lambda: not house.status()["workers"][1]["braked"], "the brake", 30)
