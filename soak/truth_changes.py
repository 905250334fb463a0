"""What changes while the truth is asked: rules, a list, and the time, each in a thread of its own.

Every change is noted before anybody can hear of it, and acknowledged when whoever made it is told
that it has taken effect.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Final

from filterdns.errors import ControlError, FilterUnavailable
from soak.judge import OLD_TIME_SECONDS
from soak.timeline import Timeline
from soak.truth_house import FIRST_HOUR, Rules, config, other_list, other_rules, write_list
from soak.truth_judge import MINUTE, InForce
from tests.support.house import House

DAY: Final = datetime(2026, 3, 5, FIRST_HOUR, tzinfo=UTC).timestamp()
BEFORE_MINUTE_SECONDS: Final = 1.5  # how long before a minute ends the clock is set to
AFTER_MINUTE_SECONDS: Final = 1.0  # and how long after it is set forward
LONGEST_PAUSE_SECONDS: Final = 0.6
JOIN_SECONDS: Final = 60.0


class Changes:
    """Changes what *house* goes by. *complaints* say what it refused, *minutes* counts bedtimes."""

    def __init__(self, house: House, seed: int) -> None:
        self.complaints: list[str] = []
        self.minutes = 0
        offset = Timeline(house.now() - time.monotonic())
        self.in_force = InForce(Timeline(Rules()), Timeline(frozenset()), offset)
        self._house = house
        self._lists = house.folder / "lists"
        self._random = Random(seed)
        self._is_over = threading.Event()
        self._set_clock(MINUTE - BEFORE_MINUTE_SECONDS)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Let everything change until the block ends."""
        works = (self._change_rules, self._change_list, self._change_minute)
        threads = [threading.Thread(target=self._repeat, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            for thread in threads:
                thread.join(JOIN_SECONDS)
                assert not thread.is_alive(), "a change does not come to its end"

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._is_over.is_set():
            try:
                work()
            except (ControlError, FilterUnavailable, OSError) as error:
                self.complaints.append(f"{work.__name__.strip('_')}: {error}")
                return

    def _change_rules(self) -> None:
        rules = other_rules(self.in_force.rules.latest, self._random)
        self.in_force.rules.begin(rules)
        self._house.write_config(config(self._lists, rules))
        self._house.control.post("/api/reload")
        self.in_force.rules.acknowledge()
        self._pause()

    def _change_list(self) -> None:
        listed = other_list(self.in_force.listed.latest, self._random)
        self.in_force.listed.begin(listed)
        write_list(self._lists, listed)
        *_, last = self._house.control.follow("POST", "/api/lists/build")
        if last["t"] != "report":
            raise ControlError(f"a build ends with {last}")
        self.in_force.listed.acknowledge()
        self._pause()

    def _pause(self) -> None:
        self._is_over.wait(self._random.uniform(0.0, LONGEST_PAUSE_SECONDS))

    def _change_minute(self) -> None:
        """Let a minute end by itself, then go to the end of the next one.

        That step changes nothing for anybody: it begins and ends in one minute, or in one an hour
        before.
        """
        self._is_over.wait(BEFORE_MINUTE_SECONDS + AFTER_MINUTE_SECONDS)
        self.minutes += 1
        second = (self.minutes + 1) * MINUTE - BEFORE_MINUTE_SECONDS
        self._set_clock(second % 3600)

    def _set_clock(self, second: float) -> None:
        """Let it be *second* of the hour; for a while nobody knows whether all have seen it."""
        wanted = DAY + second
        self.in_force.offset.begin(wanted - time.monotonic())
        self._house.set_clock(f"{wanted - time.time():.6f}")
        self.in_force.offset.acknowledge(time.monotonic() + OLD_TIME_SECONDS)
