"""What the control process says of bindings, brought to the client slots in small steps.

All of them lie in a file; what has changed since comes over the link. While the file is read, what
comes waits: it is said after what the file holds, and to say a thing twice does no harm.
"""

import logging
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from filterdns.errors import StateError
from filterdns.resolver.bindings import Bindings, Pair, read_bindings, read_pair
from filterdns.resolver.client_slots import ClientSlots
from filterdns.steps import in_turns

logger: Final = logging.getLogger(__name__)

Message = dict[str, Any]


class BindingsReader:
    """Keeps the bindings of *slots* as control tells them; *spawn* starts a task."""

    def __init__(
        self, slots: ClientSlots, spawn: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._slots = slots
        self._spawn = spawn
        self._path: Path | None = None
        self._is_loading = False
        self._waiting: deque[Pair] = deque()

    def hear(self, message: Message) -> None:
        """Take a message: `path` names the file with all of them, `pairs` are what has changed."""
        if "path" in message:
            self._path = Path(message["path"])
            self._waiting.clear()
            if not self._is_loading:
                self._is_loading = True
                self._spawn(self._load())
            return
        pairs = [read_pair(each) for each in message["pairs"]]
        if self._is_loading:
            self._waiting += pairs
        else:
            self._bind(pairs)

    async def _load(self) -> None:
        while (path := self._path) is not None:
            self._path = None
            try:
                bindings = await in_turns(read_bindings(path))
                await in_turns(self._slots.replace_bindings(bindings))
            except StateError as error:
                logger.error("%s; those that were known before stay", error)
        self._is_loading = False
        while self._waiting:
            self._slots.bind(*self._waiting.popleft())

    def _bind(self, pairs: list[Pair]) -> None:
        for address, mac in pairs:
            self._slots.bind(address, mac)


async def known_bindings(path: Path | None) -> Bindings:
    """Return the bindings under *path*, so that a worker that is born has them at once.

    None where the file is missing or damaged: then every MAC is waited for.
    """
    if path is None:
        return Bindings()
    try:
        return await in_turns(read_bindings(path))
    except StateError as error:
        logger.error("%s; they are waited for", error)
        return Bindings()
