"""A machine without a clock of its own: it starts years behind, and a time server comes late.

What is true is noon of a day in Berlin, far from bedtime. The clock of the machine says what the
test's file says.
"""

import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from filterdns.clock import BUILT_AT
from tests.support.house import BERLIN, House, directory, open_house
from tests.support.peers import Endpoint, nsd

pytestmark = [pytest.mark.peer("dig", "nsd"), pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
MIA, ADA, STRANGER, PUPIL = (f"127.0.0.{last}" for last in (2, 5, 77, 12))
HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400
SWITCH_SECONDS = 2.0  # the promise, for every worker
TIMES = 12  # from so many ports that each worker is met
WORDS = "Waiting for the right time"

CONFIG = """\
timezone: Europe/Berlin
schedules:
  bedtime: {daily: "20:30-06:30"}
  lessons: {daily: "20:30-21:30"}
policies:
  child: {block: [gambling], during: {bedtime: {internet: "off"}}}
  adults: {}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  ada: {policy: adults, devices: [{name: laptop, ip: 127.0.0.5}, {name: desk, ip: 127.0.0.12}]}
groups:
  room-12: {networks: [127.0.0.12/32], during: {lessons: {allow-only: [wikipedia.org]}}}
history: {keep: 14d}
"""


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with nsd(tmp_path_factory.mktemp("nsd"), {".": f"* A {OPEN}"}) as upstream:
        yield upstream


def noon_offset() -> float:
    """Return how far noon is from the true time, so that it is noon where the test says so."""
    now = datetime.now(ZoneInfo(BERLIN))
    return now.replace(hour=12, minute=0, second=0).timestamp() - now.timestamp()


def last_seen_file(folder: Path) -> Path:
    return directory(folder) / "state" / "last-seen"


def last_seen(folder: Path) -> float:
    return float(last_seen_file(folder).read_text())


def see(folder: Path, moment: float) -> None:
    """Let *moment* (Unix seconds) be what a filter in *folder* has seen before the power cut."""
    last_seen_file(folder).parent.mkdir(parents=True)
    last_seen_file(folder).write_text(f"{moment:.0f}\n")


def reasons(house: House, client: str, name: str = "www.library.example") -> set[str]:
    """Why *name* is blocked for *client*, asked from many ports; empty texts where it is open."""
    return {house.dig(name, client=client).reason for _ in range(TIMES)}


def put_right(house: House, offset: float) -> None:
    """Let a time server set the clock, and wait as long as every worker may take to see it."""
    house.set_clock(f"{offset:.3f}")
    deadline = time.monotonic() + SWITCH_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.05)  # what is promised is measured from here on


def test_years_behind_it_comes_right_by_itself_and_writes_nothing_wrong(
    tmp_path: Path, upstream: Endpoint
) -> None:
    right = noon_offset()
    seen = int(time.time() + right - DAY)
    see(tmp_path, seen)
    wrong = f"{right - 20 * YEAR:.3f} unsynchronised"
    with open_house(tmp_path, CONFIG, [upstream], "--workers", "2", clock=wrong) as house:
        began = time.time() + right

        # While nobody knows the time, it is no earlier than what was seen, and rules are strict.
        status = house.status()
        assert status["clock"]["state"] == "waiting"
        assert seen <= status["now"] < seen + 300
        for client in (MIA, STRANGER, PUPIL):
            assert reasons(house, client) == {WORDS}
        assert reasons(house, ADA) == {""}
        for client in (MIA, PUPIL):
            for name in ("0.pool.ntp.org", "time.apple.com"):
                assert house.dig(name, client=client).addresses == [OPEN]
        assert house.dig("childline.org.uk", client=STRANGER).addresses == [OPEN]

        # Everybody who asks is told.
        explained = house.cli("explain", "mia", "www.library.example").stdout
        assert WORDS in explained
        assert "clock     not known to be right yet" in explained
        assert "every window of the week holds" in house.log_text()
        assert house.status()["clock"]["state"] == "waiting"

        # Nothing is written down: neither rows nor the time.
        assert house.dig("www.bet365.com", client=MIA).is_blocked
        reached_at = began + 30  # by then everything that is written now and then has had its turn
        house.wait_until(lambda: time.time() + right >= reached_at, "the time server", 40)
        assert house.log_rows() == []
        assert last_seen(tmp_path) == seen
        assert reasons(house, MIA) == {WORDS}

        put_right(house, right)
        assert reasons(house, MIA) == {""}
        assert reasons(house, PUPIL) == {""}
        house.wait_until(lambda: house.status()["clock"]["state"] == "synchronised", "the clock")
        status = house.status()
        assert abs(status["now"] - house.now()) < 1
        assert began - 60 < status["started_at"] <= status["now"]
        assert "a time server has set the clock, which was 24 h behind" in house.log_text()

        # What was blocked meanwhile is on record at its true time.
        rows = {row["name"]: row for row in house.log_rows("mia")}
        assert {"www.bet365.com", "www.library.example"} <= rows.keys()
        for row in rows.values():
            assert began - 60 <= row["first_seen"] <= row["last_seen"] <= house.now()
        house.stop()
        assert abs(last_seen(tmp_path) - house.now()) < 30


def test_a_clock_that_runs_ahead_lifts_no_bedtime_and_erases_no_history(
    tmp_path: Path, upstream: Endpoint
) -> None:
    right = noon_offset()
    with open_house(tmp_path, CONFIG, [upstream], clock=str(right)) as house:
        assert house.dig("www.bet365.com", client=MIA).is_blocked
        assert [row["name"] for row in house.log_rows()] == ["www.bet365.com"]
    ahead = f"{right + 20 * YEAR:.3f} unsynchronised"
    with open_house(tmp_path, CONFIG, [upstream], clock=ahead) as house:
        assert reasons(house, MIA) == {WORDS}
        house.set_clock(f"{right + 20 * YEAR + 9 * HOUR:.3f} unsynchronised")
        house.wait_until(lambda: house.status()["now"] > house.now() - 5, "the clock to go on")
        assert reasons(house, MIA) == {WORDS}
        assert [row["name"] for row in house.log_rows()] == ["www.bet365.com"]
        put_right(house, right)
        assert reasons(house, MIA) == {""}
        assert "www.bet365.com" in {row["name"] for row in house.log_rows()}
    assert abs(last_seen(tmp_path) - time.time() - right) < 60


def test_a_last_seen_time_in_the_future_does_not_stick(tmp_path: Path, upstream: Endpoint) -> None:
    right = noon_offset()
    see(tmp_path, time.time() + YEAR)
    with open_house(tmp_path, CONFIG, [upstream], clock=str(right)) as house:
        assert abs(house.status()["now"] - house.now()) < 1
        assert reasons(house, MIA) == {""}
    assert abs(last_seen(tmp_path) - time.time() - right) < 60


def test_a_worker_that_is_born_while_control_is_held_up_waits_like_the_others(
    tmp_path: Path, upstream: Endpoint
) -> None:
    """It knows what was seen as well: a Friday, which the program's own day is not."""
    right = noon_offset()
    see(tmp_path, BUILT_AT + 36 * HOUR)
    wrong = f"{right - 20 * YEAR:.3f} unsynchronised"
    config = CONFIG.replace('bedtime: {daily: "20:30-06:30"}', 'bedtime: {fri: "20:30-23:00"}')
    with open_house(tmp_path, config, [upstream], clock=wrong) as house:
        status = house.status()
        control, worker = status["control"]["pid"], status["workers"][0]["pid"]
        ask = ("www.library.example", "A", "+timeout=2")
        os.kill(control, signal.SIGSTOP)
        try:
            os.kill(worker, signal.SIGKILL)
            house.wait_until(lambda: is_answered(house, ask), "the next worker")
            assert house.dig(*ask, client=MIA).reason == WORDS
        finally:
            os.kill(control, signal.SIGCONT)
        put_right(house, right)
        assert reasons(house, MIA) == {""}


def test_a_clock_set_back_by_an_hour_brings_bedtime_back_and_keeps_no_answer_longer(
    tmp_path: Path, upstream: Endpoint
) -> None:
    with open_house(tmp_path, CONFIG, [upstream]) as house:
        house.set_time("2026-03-07 06:29:30")
        assert house.dig("www.library.example", client=MIA).is_blocked
        first = house.dig("www.library.example", client=ADA).ttl
        house.set_time("2026-03-07 06:40:00")
        assert not house.dig("www.library.example", client=MIA).is_blocked
        house.set_time("2026-03-07 05:40:00")
        assert house.dig("www.library.example", client=MIA).is_blocked
        assert house.dig("www.library.example", client=ADA).ttl <= first
        house.set_time("2026-03-07 06:40:00")
        assert not house.dig("www.library.example", client=MIA).is_blocked


def is_answered(house: House, ask: tuple[str, ...]) -> bool:
    return "status: " in house.dig(*ask, client=MIA).text
