"""One outstanding question per question: who asks the same meanwhile waits for the same answer."""

import asyncio
from collections.abc import Callable
from typing import Final

from filterdns.dns.question import Question
from filterdns.resolver.cache import Cached

Tell = Callable[[Cached | Exception], None]
"""Hears what an upstream has said, or why there is nothing: an `UpstreamError`, else a bug."""

ASKERS_PER_QUESTION: Final = 2  # on average: many who ask the same cost memory, too


class InFlight:
    """Who waits for what. *limit* bounds the questions, and a multiple of it who asks them."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.merged = 0
        self._askers = 0
        self._askers_by_question: dict[Question, list[Tell]] = {}
        self._drained: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._askers_by_question)

    def is_crowded(self, question: Question) -> bool:
        """Whether there is no room for one more who asks for *question*."""
        if self._askers >= self.limit * ASKERS_PER_QUESTION:
            return True
        return (
            len(self._askers_by_question) >= self.limit and question not in self._askers_by_question
        )

    def join(self, question: Question, tell: Tell) -> bool:
        """Let *tell* wait for *question*; whether it is the first, and is to be asked."""
        self._askers += 1
        askers = self._askers_by_question.get(question)
        if askers is None:
            self._askers_by_question[question] = [tell]
            return True
        self.merged += 1
        askers.append(tell)
        return False

    def settle(self, question: Question, said: Cached | Exception) -> None:
        """Tell all who wait for *question*, in the order in which they came."""
        askers = self._askers_by_question.pop(question)
        self._askers -= len(askers)
        for tell in askers:
            tell(said)
        if self._drained is not None and not self._askers_by_question:
            self._drained.set_result(None)
            self._drained = None

    async def drained(self) -> None:
        """Wait until nobody waits."""
        while self._askers_by_question:
            if self._drained is None:
                self._drained = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drained)
