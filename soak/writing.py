"""All that makes a filter write, at the same time: blocked questions, reloads, lists, the log."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from filterdns.errors import ControlError, FilterUnavailable
from soak import household
from soak.stage import BEN, Stage
from tests.support.plain_client import Ask, ask_all

NAMES: Final = 12  # a round, each asked again and again
JOIN_SECONDS: Final = 30.0
MISTAKE: Final = "people: [\n"


class Written:
    """What was acknowledged so far, and what may be there because it was under way.

    *toggled* holds the one or two answers that are right for the toggled name; *listed* is the last
    name that a list had when it was acknowledged; *rows* are names that a reader of the log saw.
    """

    def __init__(self) -> None:
        self.toggled = {False}
        self.listed = ""
        self.rows: set[str] = set()
        self.changes = 0


@contextmanager
def writing(stage: Stage, written: Written, number: int) -> Iterator[None]:
    """Write until the block ends, in which the filter may die; *number* is that of the round."""
    is_over = threading.Event()
    works: list[Callable[[], None]] = [
        lambda: _ask(stage, number),
        lambda: _read_log(stage, written, number),
        _changes(stage, written, number),
    ]
    threads = [threading.Thread(target=_repeat, args=(work, stage, is_over)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(JOIN_SECONDS)
            assert not thread.is_alive(), "somebody still waits for a filter that is dead"


def _repeat(work: Callable[[], None], stage: Stage, is_over: threading.Event) -> None:
    while not is_over.is_set():
        try:
            work()
        except (FilterUnavailable, OSError):
            continue  # it has died meanwhile
        except ControlError as error:
            stage.complain(str(error))


def _ask(stage: Stage, number: int) -> None:
    asks = [Ask(BEN, _name(number, each)) for each in range(NAMES)]
    ask_all(stage.house.server, asks, seconds=0.2)
    time.sleep(0.01)


def _read_log(stage: Stage, written: Written, number: int) -> None:
    rows = stage.house.control.get("/api/log", limit=100)["rows"]
    ours = {_name(number, each) for each in range(NAMES)}
    written.rows |= ours & {row["name"] for row in rows}


def _name(number: int, each: int) -> str:
    return f"round{number}-{each}.bet365.com"


def _changes(stage: Stage, written: Written, number: int) -> Callable[[], None]:
    """Return what makes the next change: a good config, a bad one, a list, in turn."""
    turn = number  # so that rounds begin with different ones

    def change() -> None:
        nonlocal turn
        turn += 1
        kind = turn % 3
        if kind == 0:
            _reload_good(stage, written)
        elif kind == 1:
            stage.write_config(toggled=written.toggled != {True}, mistake=MISTAKE)
            if not stage.reload():
                stage.complain("a config with a mistake was taken")
        else:
            _reload_list(stage, written, f"round{number}-{turn}.pill.example")

    return change


def _reload_good(stage: Stage, written: Written) -> None:
    toggled = written.toggled != {True}
    written.toggled = {True, False}
    stage.write_config(toggled=toggled)
    stage.house.control.post("/api/reload")
    written.toggled = {toggled}
    written.changes += 1


def _reload_list(stage: Stage, written: Written, name: str) -> None:
    household.write_lists(stage.folder / "lists", more=tuple(filter(None, (written.listed, name))))
    lines = list(stage.house.control.follow("POST", "/api/lists/build"))
    if lines and lines[-1]["t"] == "report":
        written.listed = name
        written.changes += 1
