"""What is in force: rules and index as one, replaced whole or not at all."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Final

from filterdns.blocklists.index import Index
from filterdns.clock import Clock
from filterdns.clock_steps import STEP_SECONDS
from filterdns.config.compile import Meaning
from filterdns.control.rules import Rules, missing_categories
from filterdns.control.workers import WorkerLinks
from filterdns.errors import StateError
from filterdns.resolver.image import Image, write_image

logger = logging.getLogger(__name__)

PENDING_SECONDS: Final = 300.0  # docs/policy.md: at most 5 minutes, then the list is missing


class InForce:
    """The rules that workers answer by. Nothing is in force before the first `replace`.

    *image_path* is the file that workers start with.
    """

    def __init__(self, image_path: Path, workers: WorkerLinks, clock: Clock) -> None:
        self.version = 0
        self.since = 0.0
        self._rules: Rules | None = None
        self._image: Image | None = None
        self._image_path = image_path
        self._workers = workers
        self._clock = clock
        self._probe_key = os.urandom(16)
        self._waited_for_since: dict[str, float] = {}
        self._lock = asyncio.Lock()

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        assert self._rules is not None
        return self._rules

    @property
    def pending(self) -> list[str]:
        """The categories whose lists are still waited for."""
        now = self._clock.now()
        return [name for name, until in self.rules.ruleset.pending.items() if now < until]

    @property
    def waits_for_lists(self) -> bool:
        """Whether a list may still be waited for, whatever the clock has been set to."""
        steady = self._clock.steady()
        return any(steady < since + PENDING_SECONDS for since in self._waited_for_since.values())

    async def replace(self, compiled: Meaning, index: Index | None) -> None:
        """Let *compiled* and *index* decide from now on; takes ownership of *index*.

        Returns when every worker answers by them. Raises `StateError` when one of them would not,
        or the image cannot be written: then all is as it was before.
        """
        async with self._lock:
            rules = Rules(compiled, index, self._pending(compiled, index), self._rules)
            image = Image(
                version=max(self.version + 1, int(self._clock.now() * 1000)),
                ruleset=rules.ruleset,
                upstreams=compiled.upstreams,
                allow_clients=compiled.allow_clients,
                limits=compiled.limits,
                index_path=str(index.path) if index is not None else "",
                probe_key=self._probe_key,
            )
            try:
                await self._hand_out(image)
            except StateError:
                if index is not None and (self._rules is None or index is not self._rules.index):
                    index.close()
                raise
            old, self._rules = self._rules, rules
            self._image, self.version, self.since = image, image.version, self._clock.now()
            if old is not None and old.index is not index:
                old.close()

    def close(self) -> None:
        """Let go of the index. May be called twice."""
        if self._rules is not None:
            self._rules.close()

    async def _hand_out(self, image: Image) -> None:
        await asyncio.to_thread(write_image, image, self._image_path)
        refusals = await self._workers.offer(self._image_path, image.version)
        if not refusals:
            return
        if self._image is not None:
            await asyncio.to_thread(write_image, self._image, self._image_path)
            await self._workers.offer(self._image_path, self._image.version)
        raise StateError("; ".join(refusals))

    def _pending(self, compiled: Meaning, index: Index | None) -> dict[str, float]:
        """Return until when each category without a list is waited for, from its first sight."""
        now, steady = self._clock.now(), self._clock.steady()
        missing = missing_categories(compiled.sources, index)
        self._waited_for_since = {
            category: self._waited_for_since.get(category, steady) for category in missing
        }
        before = self._rules.ruleset.pending if self._rules is not None else {}
        found = {}
        for category, since in self._waited_for_since.items():
            until = now + since + PENDING_SECONDS - steady
            known = before.get(category, until)
            # To the digit as before if it can be: policies that have not changed are kept.
            found[category] = known if abs(until - known) < STEP_SECONDS else until
        return found
