import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from filterdns.clock import BUILT_AT, LOOK_AGAIN_SECONDS, WAIT_SECONDS, Clock, ClockState, Floor
from filterdns.kernel_time import boot_seconds

HOUR = 3600.0
YEAR = 365 * 24 * HOUR


@dataclass
class Machine:
    """A machine whose clock and whose time since boot a test moves, and a clock that runs on it.

    It looks at the file of the tests anew whenever it is asked.
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    boot: float = 20.0
    _looks: int = field(default=0)

    def set(self, offset: float, word: str = "") -> None:
        """Let the wall clock be *offset* seconds from the true time."""
        self._looks += 1
        fresh = self.folder / f"clock.{self._looks}"  # another file has another time of change
        fresh.write_text(f"{offset} {word}")
        fresh.replace(self.folder / "clock")

    def start(self, floor: float = BUILT_AT) -> Clock:
        clock = Clock(self.folder / "clock", Floor(floor, self.boot), lambda: self.boot)
        self.monkeypatch.setattr("filterdns.clock.LOOK_AGAIN_SECONDS", 0.0)
        return clock


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("filterdns.clock.LOOK_AGAIN_SECONDS", 0.0)
    return Machine(tmp_path, monkeypatch)


def about(moment: float) -> object:
    return pytest.approx(moment, abs=2)


class TestRight:
    def test_without_a_file_the_clock_is_the_system_clock(self) -> None:
        assert Clock().now() == about(time.time())
        assert Clock().steady() == about(boot_seconds())

    def test_a_synchronised_clock_is_told_as_it_is(self, machine: Machine) -> None:
        machine.set(-YEAR)
        clock = machine.start(floor=time.time() + YEAR)  # seen by a clock that was once wrong
        assert (clock.state, clock.is_known) == (ClockState.SYNCHRONISED, True)
        assert clock.now() == about(time.time() - YEAR)
        assert (clock.off_by_seconds, clock.doubt_seconds) == (about(0), 0)

    def test_the_program_is_not_written_in_the_future(self) -> None:
        assert time.time() > BUILT_AT


class TestWaiting:
    def test_it_is_never_earlier_than_what_was_last_seen(self, machine: Machine) -> None:
        machine.set(-20 * YEAR, "unsynchronised")
        seen = time.time() - HOUR
        clock = machine.start(seen)
        assert (clock.state, clock.is_known) == (ClockState.WAITING, False)
        assert clock.now() == about(seen)

    def test_what_passes_counts_from_there(self, machine: Machine) -> None:
        machine.set(-20 * YEAR, "unsynchronised")
        seen = time.time() - HOUR
        clock = machine.start(seen)
        machine.boot += 90
        assert clock.now() == about(seen + 90)

    def test_nobody_has_seen_a_time_before_the_program_was_written(self, machine: Machine) -> None:
        machine.set(-time.time(), "unsynchronised")
        clock = Clock(machine.folder / "clock", None, lambda: machine.boot)
        assert clock.now() == about(BUILT_AT)

    def test_a_later_wall_clock_is_told_as_it_is(self, machine: Machine) -> None:
        machine.set(YEAR, "unsynchronised")
        assert machine.start().now() == about(time.time() + YEAR)

    def test_the_right_time_is_taken_at_once(self, machine: Machine) -> None:
        machine.set(-20 * YEAR, "unsynchronised")
        clock = machine.start(time.time() - HOUR)
        machine.boot += 30
        machine.set(30)
        assert (clock.state, clock.is_known) == (ClockState.SYNCHRONISED, True)
        assert clock.now() == about(time.time() + 30)
        assert clock.off_by_seconds == about(HOUR)

    def test_a_last_seen_time_in_the_future_does_not_stick(self, machine: Machine) -> None:
        machine.set(0, "unsynchronised")
        clock = machine.start(time.time() + YEAR)
        assert clock.now() == about(time.time() + YEAR)
        machine.set(0)
        assert clock.now() == about(time.time())
        assert clock.off_by_seconds == about(-YEAR)

    def test_what_is_known_once_stays_known(self, machine: Machine) -> None:
        machine.set(0)
        clock = machine.start()
        machine.set(-YEAR, "unsynchronised")
        assert clock.state is ClockState.SYNCHRONISED
        assert clock.now() == about(time.time() - YEAR)


class TestGivingUp:
    def test_after_five_minutes_the_clock_is_taken_as_it_is(self, machine: Machine) -> None:
        machine.set(0, "unsynchronised")
        clock = machine.start()
        machine.boot += WAIT_SECONDS - 1
        assert not clock.is_known
        machine.boot += 1
        assert (clock.state, clock.is_known) == (ClockState.UNSYNCHRONISED, True)

    def test_it_is_still_never_earlier_than_what_was_seen(self, machine: Machine) -> None:
        machine.set(-YEAR, "unsynchronised")
        seen = time.time() - HOUR
        clock = machine.start(seen)
        machine.boot += WAIT_SECONDS
        assert clock.state is ClockState.UNSYNCHRONISED
        assert clock.now() == about(seen + WAIT_SECONDS)

    def test_a_time_server_that_comes_late_is_still_heard(self, machine: Machine) -> None:
        machine.set(-YEAR, "unsynchronised")
        clock = machine.start(time.time() - HOUR)
        machine.boot += WAIT_SECONDS
        clock.now()
        machine.set(0)
        assert clock.state is ClockState.SYNCHRONISED
        assert clock.now() == about(time.time())

    def test_the_doubt_is_how_far_the_clock_is_ahead_of_what_is_certain(
        self, machine: Machine
    ) -> None:
        machine.set(YEAR, "unsynchronised")
        clock = machine.start(time.time() - HOUR)
        assert clock.doubt_seconds == about(YEAR + HOUR)


class Unsaid:
    """A machine whose kernel never says that its clock is right, as in a container."""

    def __init__(self, boot: float) -> None:
        self.boot = boot

    def start(self, seen: float, seen_at_boot: float) -> Clock:
        floor = Floor(seen, seen_at_boot)
        return Clock(floor=floor, boot=lambda: self.boot, is_right=lambda: False)


class TestWithoutTimeServer:
    def test_a_machine_that_has_run_for_long_is_not_waited_for(self) -> None:
        machine = Unsaid(boot=7 * HOUR)
        clock = machine.start(time.time() - HOUR, machine.boot)
        assert clock.state is ClockState.UNSYNCHRONISED

    def test_one_that_has_just_been_started_is(self) -> None:
        machine = Unsaid(boot=20)
        clock = machine.start(time.time() - HOUR, machine.boot)
        assert not clock.is_known
        machine.boot = WAIT_SECONDS  # since the start of the machine, not of the program
        assert clock.is_known

    def test_a_clock_that_is_seen_to_be_wrong_is_waited_for_whenever_we_start(self) -> None:
        machine = Unsaid(boot=7 * HOUR)
        clock = machine.start(time.time() + HOUR, machine.boot)
        assert not clock.is_known
        machine.boot += WAIT_SECONDS
        assert clock.is_known

    def test_a_worker_that_is_born_later_waits_no_longer_than_the_others(self) -> None:
        machine = Unsaid(boot=7 * HOUR + WAIT_SECONDS)
        clock = machine.start(time.time() + HOUR, 7 * HOUR)
        assert clock.state is ClockState.UNSYNCHRONISED
        assert clock.now() == about(time.time() + HOUR + WAIT_SECONDS)

    def test_the_kernel_is_asked_once_a_second_and_then_no_more(self) -> None:
        boot, asked = 20.0, [0]

        def is_right() -> bool:
            asked[0] += 1
            return boot >= 23

        clock = Clock(boot=lambda: boot, is_right=is_right)
        for tenth in range(100):
            boot = 20 + tenth / 10
            clock.now()
        assert asked == [4]


class TestFloor:
    def test_it_is_carried_as_text(self) -> None:
        floor = Floor(1_772_740_800.5, 99.25)
        assert Floor.from_text(str(floor)) == floor

    @pytest.mark.parametrize("text", ["", "1", "1@", "soon@2"])
    def test_other_texts_are_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="could not convert"):
            Floor.from_text(text)

    def test_time_passes_over_it_but_never_back(self) -> None:
        assert Floor(1000.0, 50.0).after(60.0) == 1010.0
        assert Floor(1000.0, 50.0).after(40.0) == 1000.0


class TestFileOfTests:
    def test_the_offset_moves_the_clock(self, tmp_path: Path) -> None:
        file = tmp_path / "offset"
        file.write_text("-86400.5\n")
        assert Clock(file).now() == about(time.time() - 86400.5)

    def test_a_changed_offset_is_seen_after_a_moment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "offset"
        file.write_text("0")
        clock = Clock(file)
        clock.now()
        file.write_text("3600")
        assert clock.now() == about(time.time())
        later = time.monotonic() + LOOK_AGAIN_SECONDS
        monkeypatch.setattr(time, "monotonic", lambda: later)
        assert clock.now() == about(time.time() + 3600)

    @pytest.mark.parametrize("content", [b"soon", b"", b"\xff\xfe"])
    def test_a_broken_file_leaves_the_offset_as_it_was(
        self, machine: Machine, content: bytes
    ) -> None:
        machine.set(3600)
        clock = machine.start()
        (machine.folder / "clock").write_bytes(content)
        assert clock.now() == about(time.time() + 3600)

    def test_a_missing_file_means_no_offset(self, tmp_path: Path) -> None:
        clock = Clock(tmp_path / "none")
        assert clock.now() == about(time.time())
        assert clock.state is ClockState.SYNCHRONISED

    def test_time_moved_forward_has_passed_and_time_moved_back_has_not(
        self, machine: Machine
    ) -> None:
        machine.set(0)
        clock = machine.start()
        first = clock.steady()
        machine.set(HOUR)
        assert clock.steady() - first == HOUR
        machine.set(-HOUR)
        assert clock.steady() - first == HOUR
        machine.set(0)
        assert clock.steady() - first == 2 * HOUR


def test_a_clock_is_held_back_where_it_is_earlier_than_what_is_certain() -> None:
    def held_back(floor: float) -> bool:
        return Clock(None, Floor(floor, 1000.0), lambda: 1000.0, lambda: False).is_held_back

    assert held_back(time.time() + 3600)
    assert not held_back(time.time() + 1)  # a hair's breadth is not worth a word
    assert not held_back(time.time() - 3600)
