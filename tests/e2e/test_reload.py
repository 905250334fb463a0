"""Reloads under load: nothing is lost, nothing is answered by rules that are not in force."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.house import House, descendants, directory, open_house
from tests.support.messages import extended_errors
from tests.support.peers import Endpoint
from tests.support.plain_client import Ask, ask, ask_all
from tests.support.steady import Seen, steadily_asking
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = pytest.mark.timeout(600)

OPEN = "192.0.2.99"
MIA = "127.0.0.2"
ADA = "127.0.0.9"
TOGGLED = "chat.example"

CONFIG = """\
timezone: Europe/Berlin
policies: {child: {block: [games.example]}, adults: {}}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  ada: {policy: adults, devices: [{name: laptop, ip: 127.0.0.9}]}
"""
STRICTER = CONFIG.replace("[games.example]", f"[games.example, {TOGGLED}]")
BAD = CONFIG.replace("policy: child", "policy: kid")

RELOADS = 100
WARM_UP = 20  # reloads until what is allocated once has been
KIB_AT_MOST = 8 * 1024  # what a process may have grown by in 80 reloads, the allocator's slack
EVERY_SECONDS = 0.008


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endpoint]:
    with ScriptedUpstream(answer_with(OPEN, ttl=3600)) as scripted:
        yield Endpoint(scripted.host, scripted.port)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory, upstream: Endpoint) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("reload")
    with open_house(folder, CONFIG, [upstream], "--workers", "2") as house:
        yield house


@pytest.fixture
def house(two_workers: House) -> Iterator[House]:
    """A house with two workers that goes by `CONFIG`."""
    yield two_workers
    two_workers.write_config(CONFIG)
    assert two_workers.reload().code == 0


class Rule(NamedTuple):
    """Whether `TOGGLED` was blocked for certain from one moment (monotonic) to another."""

    since: float
    until: float
    is_blocked: bool


def reloads(house: House, result: str) -> float:
    return house.metric(f'filterdns_config_reloads_total{{result="{result}"}}')


def reload_by_signal(house: House, result: str) -> None:
    before = reloads(house, result)
    house.process.send_signal(signal.SIGHUP)
    house.wait_until(lambda: reloads(house, result) == before + 1, f"a reload that is {result}")


def reload_by_command(house: House, result: str) -> None:
    said = house.reload()
    assert said.code == (0 if result == "applied" else 2), said
    assert ('"kid" is not a policy' in said.stderr) is (result == "refused")


def count_at_rest(house: House) -> float:
    """Return how many reloads were applied once none has been for two seconds."""
    seen = [(0.0, 0.0)]

    def is_at_rest() -> bool:
        count = reloads(house, "applied")
        if count != seen[-1][0]:
            seen.append((count, time.monotonic()))
        return time.monotonic() - seen[-1][1] > 2

    house.wait_until(is_at_rest, "the last reload", seconds=60)
    return seen[-1][0]


def is_blocked(wire: bytes) -> bool:
    return any(code == 15 for code, _ in extended_errors(wire))


def misjudged(seen: Seen, rules: list[Rule]) -> list[int]:
    """Return the queries of which an answer tells rules that were not in force all the while."""
    return [
        number
        for number, at in seen.answered_at.items()
        for rule in rules
        if rule.since <= seen.sent_at[number] and at <= rule.until
        if is_blocked(seen.answers[number]) is not rule.is_blocked
    ]


class Footprint(NamedTuple):
    """What a process holds."""

    resident_kib: int
    descriptors: int

    @classmethod
    def of(cls, pid: int) -> "Footprint":
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(pages * os.sysconf("SC_PAGE_SIZE") // 1024, descriptors)


def footprints(house: House) -> dict[int, Footprint]:
    """Return the footprint of each process of the filter that lives on."""
    return {pid: Footprint.of(pid) for pid in (house.process.pid, *descendants(house.process.pid))}


def files(house: House) -> list[str]:
    """Return all files of the house but the database's own, which come and go with it."""
    folder = directory(house.folder)
    found = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if "history.db-" not in name)


def memo_answers(house: House) -> float:
    return house.metric('filterdns_queries_total{outcome="memo",transport="udp"}')


def memo_entries(house: House) -> float:
    house.control.get("/api/log")  # has the workers sweep and send what they have counted
    return sum(house.metric(f'filterdns_memo_entries{{worker="{n}"}}') for n in range(2))


def test_a_hundred_reloads_lose_nothing_and_leave_nothing_behind(house: House) -> None:
    rules: list[Rule] = []
    in_force = False
    since = time.monotonic()
    memos: list[tuple[float, float]] = []
    before: dict[int, Footprint] = {}
    files_before = files(house)
    with (
        steadily_asking(house.server, [MIA], TOGGLED, EVERY_SECONDS) as toggled,
        steadily_asking(house.server, [MIA], "games.example", EVERY_SECONDS) as blocked,
        steadily_asking(house.server, [ADA], "games.example", EVERY_SECONDS) as allowed,
    ):
        house.wait_until(lambda: memo_entries(house) > 0, "the first memos")
        for number in range(RELOADS):
            if number == WARM_UP:
                before = footprints(house)
            reload = reload_by_command if number % 4 >= 2 else reload_by_signal
            if number % 2:
                house.write_config(BAD)
                reload(house, "refused")
                continue
            house.write_config(CONFIG if in_force else STRICTER)
            rules.append(Rule(since, time.monotonic(), in_force))
            reload(house, "applied")
            since, in_force = time.monotonic(), not in_force
            if number % 10 == 0:
                memos.append((memo_entries(house), memo_answers(house)))
        after = footprints(house)
    rules.append(Rule(since, time.monotonic(), in_force))
    for seen in (toggled, blocked, allowed):
        assert (seen.lost, sorted(seen.retried)) == ([], [])
        assert len(seen.sent_at) > 1_000
    assert {is_blocked(wire) for wire in toggled.answers.values()} == {True, False}
    assert misjudged(toggled, rules) == []
    assert all(is_blocked(wire) for wire in blocked.answers.values())
    assert not any(is_blocked(wire) for wire in allowed.answers.values())
    assert min(entries for entries, _ in memos) > 0
    hits = [count for _, count in memos]
    assert all(early < late for early, late in pairwise(hits))
    assert after.keys() == before.keys()  # nobody died
    for pid, footprint in after.items():
        assert footprint.resident_kib - before[pid].resident_kib < KIB_AT_MOST, (before, after)
        assert footprint.descriptors <= before[pid].descriptors + 1, (before, after)
    assert set(files(house)) - set(files_before) <= {"state/last-good", "state/last-seen"}


def test_the_memo_of_a_changed_policy_goes_and_those_of_others_stay(
    upstream: Endpoint, tmp_path: Path
) -> None:
    names = [f"n{number}.library.example" for number in range(20)]

    with open_house(tmp_path, CONFIG, [upstream]) as house:

        def ask_again(client: str) -> None:
            for _ in range(3):  # a memo takes what it sees for the second time
                assert None not in ask_all(house.server, [Ask(client, name) for name in names])

        ask_again(ADA)
        assert memo_entries(house) == len(names)
        ask_again(MIA)
        assert memo_entries(house) == 2 * len(names)
        house.write_config(STRICTER)
        assert house.reload().code == 0
        before = memo_answers(house)
        ask_again(ADA)
        assert memo_entries(house) == len(names)
        assert memo_answers(house) == before + 3 * len(names)


def test_ten_at_once_are_answered_one_after_the_other_and_each_truthfully(house: House) -> None:
    applied = reloads(house, "applied")
    house.write_config(STRICTER)
    with ThreadPoolExecutor(10) as ten:
        answers = list(ten.map(lambda _: house.control.post("/api/reload"), range(10)))
    assert answers == [{"warnings": []}] * 10
    assert reloads(house, "applied") == applied + 10
    assert ask(house.server, MIA, TOGGLED).is_blocked


def test_a_storm_of_signals_is_a_few_reloads(house: House) -> None:
    applied = reloads(house, "applied")
    house.write_config(STRICTER)
    began = time.monotonic()
    for number in range(50):
        while time.monotonic() < began + number / 50:
            ask(house.server, ADA, TOGGLED)  # something to do until the next one is due
        house.process.send_signal(signal.SIGHUP)
    house.write_config(CONFIG)
    house.process.send_signal(signal.SIGHUP)
    house.wait_until(lambda: not ask(house.server, MIA, TOGGLED).is_blocked, "the last one")
    assert 2 <= count_at_rest(house) - applied <= 25


def test_a_reload_while_lists_are_built_is_in_force_when_it_says_so(house: House) -> None:
    with ThreadPoolExecutor(1) as other:
        building = other.submit(house.cli, "lists", "build", seconds=200)
        house.wait_until(lambda: house.status()["lists"]["building"], "the build")
        house.write_config(STRICTER)
        assert house.reload().code == 0
        assert ask(house.server, MIA, TOGGLED).is_blocked
        assert building.result().code == 0
    assert ask(house.server, MIA, TOGGLED).is_blocked


def test_a_reload_while_a_worker_is_started_again_reaches_it(house: House) -> None:
    worker = house.status()["workers"][0]["pid"]
    house.write_config(STRICTER)
    os.kill(worker, signal.SIGKILL)
    assert house.reload().code == 0
    house.wait_until(
        lambda: (
            all(each["ready"] and each["image"] for each in house.status()["workers"])
            and house.status()["workers"][0]["pid"] != worker
        ),
        "the new worker",
    )
    clients = [f"127.0.2.{last}" for last in range(1, 41)]  # enough to meet both
    version = house.status()["image"]["version"]
    assert {each["image"] for each in house.status()["workers"]} == {version}
    assert None not in ask_all(house.server, [Ask(client, TOGGLED) for client in clients])
    for _ in range(40):
        assert ask(house.server, MIA, TOGGLED).is_blocked


def test_a_reload_right_after_the_start_is_not_forgotten(
    upstream: Endpoint, tmp_path: Path
) -> None:
    with open_house(tmp_path, CONFIG, [upstream]) as house:
        old = house.status()["control"]["pid"]
        os.kill(old, signal.SIGKILL)
        house.write_config(STRICTER)
        for _ in range(3):  # while the control process starts anew
            house.process.send_signal(signal.SIGHUP)
        house.wait_until(lambda: ask(house.server, MIA, TOGGLED).is_blocked, "the new config")
        house.wait_until(lambda: house.status()["control"]["pid"] != old, "control")
        assert house.reload().code == 0
        assert ask(house.server, MIA, TOGGLED).is_blocked
