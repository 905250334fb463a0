"""What the garbage collector looks through while the worker answers: little, so it is soon done.

An image is a hundred thousand objects that stay. They are frozen (`gc.freeze`) while they are made,
so no round ever goes over all of them. The price: what is frozen alive and later dies in a cycle is
not found again, and asyncio's connections die so. Therefore everything is thawed once in a while.
"""

import gc
from typing import Final, TypeVar

from filterdns.steps import Steps

Made = TypeVar("Made")

STEPS_UNTIL_FROZEN: Final = 100  # some five thousand objects: half a millisecond
LOADS_UNTIL_THAW: Final = 200
CONNECTIONS_UNTIL_THAW: Final = 10_000  # 3 KB each, so 30 MB are lost at most


def frozen(steps: Steps[Made]) -> Steps[Made]:
    """Take *steps* and freeze what they make as they go."""
    taken = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            freeze()
            made: Made = end.value
            return made
        taken += 1
        if taken % STEPS_UNTIL_FROZEN == 0:
            freeze()
        yield


def freeze() -> None:
    """Look through what is young, and let the collector forget whatever lives now."""
    gc.collect(1)
    gc.freeze()


class Thaw:
    """Knows when enough may have been lost to look through everything, in one long piece."""

    def __init__(self) -> None:
        self._loads = 0
        self._connections = 0

    def after_load(self, connections: int) -> None:
        """Note that an image was loaded, *connections* clients having connected so far."""
        self._loads += 1
        is_due = connections - self._connections >= CONNECTIONS_UNTIL_THAW
        if not is_due and self._loads < LOADS_UNTIL_THAW:
            return
        self._loads, self._connections = 0, connections
        gc.unfreeze()
        gc.collect()
        gc.freeze()
