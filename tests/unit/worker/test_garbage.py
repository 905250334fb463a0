import gc
import weakref
from collections.abc import Iterator

import pytest

from filterdns.steps import Steps, at_once
from filterdns.worker.garbage import (
    CONNECTIONS_UNTIL_THAW,
    LOADS_UNTIL_THAW,
    STEPS_UNTIL_FROZEN,
    Thaw,
    freeze,
    frozen,
)


class Knot:
    """What dies in a cycle, as asyncio's connections do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_made_in_steps_is_frozen_on_the_way() -> None:
    def making() -> Steps[list[Knot]]:
        made = []
        for _ in range(10 * STEPS_UNTIL_FROZEN):
            made.append(Knot())
            yield
        return made

    gc.unfreeze()
    steps = frozen(making())
    for _ in range(5 * STEPS_UNTIL_FROZEN):
        next(steps)
    assert gc.get_freeze_count() > 4 * STEPS_UNTIL_FROZEN
    made = at_once(steps)
    assert gc.get_freeze_count() > 10 * STEPS_UNTIL_FROZEN
    assert len(made) == 10 * STEPS_UNTIL_FROZEN


@pytest.mark.parametrize(
    ("loads", "connections"), [(LOADS_UNTIL_THAW, 0), (1, CONNECTIONS_UNTIL_THAW)]
)
def test_what_was_frozen_alive_and_died_in_a_cycle_is_found_in_the_end(
    loads: int, connections: int
) -> None:
    knot = Knot()
    is_left = weakref.ref(knot)
    freeze()
    del knot
    thaw = Thaw()
    for _ in range(loads - 1):
        thaw.after_load(connections)
    gc.collect()
    assert is_left()
    thaw.after_load(connections)
    assert not is_left()


def test_a_thaw_is_for_new_connections_alone() -> None:
    thaw = Thaw()
    thaw.after_load(CONNECTIONS_UNTIL_THAW)
    knot = Knot()
    is_left = weakref.ref(knot)
    freeze()
    del knot
    thaw.after_load(2 * CONNECTIONS_UNTIL_THAW - 1)
    assert is_left()
    thaw.after_load(2 * CONNECTIONS_UNTIL_THAW)
    assert not is_left()
