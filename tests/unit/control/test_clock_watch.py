"""What is told of the clock, and what depends on it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from filterdns.clock import WAIT_SECONDS, Clock, Floor
from filterdns.control.clock_watch import ClockWatch
from filterdns.control.in_force import PENDING_SECONDS
from filterdns.control.last_seen import WRITE_SECONDS, read_last_seen
from filterdns.control.running import ReloadOutcome, RunningFilter
from tests.support.control import FAMILY, running_filter

HOUR = 3600
YEAR = 365 * 24 * HOUR
WITH_LIST = FAMILY.replace(
    "categories: {", "categories: {gambling: {sources: ['file:list']}, "
).replace("[games.example, school]", "[games.example, school, gambling]")

Scene = Callable[[RunningFilter, ClockWatch], Awaitable[None]]


@pytest.fixture(autouse=True)
def _looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filterdns.clock.LOOK_AGAIN_SECONDS", 0.0)


def play(folder: Path, scene: Scene, first: str = "0", config: str = FAMILY) -> None:
    """Start with what *first* says of the clock."""

    async def run() -> None:
        (folder / "list").touch()
        set_clock(folder, first)
        async with running_filter(folder, config) as running:
            await scene(running, ClockWatch(running))

    asyncio.run(run())


def set_clock(folder: Path, text: str) -> None:
    fresh = folder / "clock.new"
    fresh.write_text(text)
    fresh.replace(folder / "clock")


def test_a_clock_that_is_right_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(_: RunningFilter, watch: ClockWatch) -> None:
        await watch.look()
        await watch.look()

    with caplog.at_level("INFO"):
        play(tmp_path, scene)
    assert caplog.messages == []


def test_it_is_told_once_that_it_is_waited_for_and_once_that_it_is_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(running: RunningFilter, watch: ClockWatch) -> None:
        await watch.look()
        await watch.look()
        set_clock(tmp_path, str(3 * HOUR))
        await watch.look()
        await watch.look()
        assert running.clock.is_known

    with caplog.at_level("INFO"):
        play(tmp_path, scene, "0 unsynchronised")
    waiting, right = caplog.messages
    assert "every window of the week holds for people with schedules" in waiting
    assert right == "a time server has set the clock, which was 3 h behind"


def test_it_is_told_when_nobody_has_set_it_and_what_to_do_where_it_is_held_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    boot = 1000.0

    async def scene(running: RunningFilter, _: ClockWatch) -> None:
        nonlocal boot
        running.clock = Clock(None, Floor(time.time() + HOUR, boot), lambda: boot, lambda: False)
        watch = ClockWatch(running)
        await watch.look()
        boot += WAIT_SECONDS
        await watch.look()
        await watch.look()

    with caplog.at_level("INFO"):
        play(tmp_path, scene)
    assert len(caplog.messages) == 3
    assert "goes by it as it is" in caplog.messages[1].replace("go by", "goes by")
    assert str(tmp_path / "state" / "last-seen") in caplog.messages[2]


def test_moments_before_the_time_was_known_are_put_right(tmp_path: Path) -> None:
    async def scene(running: RunningFilter, watch: ClockWatch) -> None:
        running.last_reload = ReloadOutcome(running.clock.now(), [])
        await watch.look()
        set_clock(tmp_path, "0")
        await watch.look()
        now = time.time()
        for moment in (running.started_at, running.in_force.since, running.last_reload.at):
            assert now - 60 < moment <= now

    play(tmp_path, scene, f"{YEAR} unsynchronised")


def test_a_right_clock_is_written_down_every_minute(tmp_path: Path) -> None:
    async def scene(running: RunningFilter, watch: ClockWatch) -> None:
        await watch.look()
        assert not running.last_seen.path.exists()
        set_clock(tmp_path, str(WRITE_SECONDS))
        await watch.look()
        assert read_last_seen(running.last_seen.path) == pytest.approx(
            time.time() + WRITE_SECONDS, abs=5
        )

    play(tmp_path, scene)


def test_while_the_time_is_not_known_nothing_is_written_down(tmp_path: Path) -> None:
    async def scene(running: RunningFilter, watch: ClockWatch) -> None:
        running.last_seen.path.write_text("1780000000")
        watch._written_steady -= 10 * WRITE_SECONDS  # so much time has passed
        await watch.look()
        assert running.last_seen.path.read_text() == "1780000000"
        set_clock(tmp_path, "0")
        await watch.look()
        assert read_last_seen(running.last_seen.path) == pytest.approx(time.time(), abs=5)

    play(tmp_path, scene, f"{-YEAR} unsynchronised")


@pytest.mark.parametrize("step", [HOUR, -HOUR, 20 * YEAR])
def test_a_list_is_waited_for_as_long_as_before_whatever_the_clock_is_set_to(
    tmp_path: Path, step: int
) -> None:
    async def scene(running: RunningFilter, watch: ClockWatch) -> None:
        await watch.look()
        assert "gambling" in running.in_force.pending
        set_clock(tmp_path, str(step))  # and it is right from now on: no time has passed
        await watch.look()
        assert "gambling" in running.in_force.pending
        left = running.in_force.rules.ruleset.pending["gambling"] - running.clock.now()
        assert PENDING_SECONDS - 30 < left <= PENDING_SECONDS

    play(tmp_path, scene, "0 unsynchronised", WITH_LIST)
