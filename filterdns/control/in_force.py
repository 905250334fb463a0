"""What is in force: rules and index as one, replaced whole or not at all."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Final

from filterdns.blocklists.armory import Armory
from filterdns.blocklists.index import Index
from filterdns.blocklists.sealed import Sealed
from filterdns.clock import Clock
from filterdns.clock_steps import STEP_SECONDS
from filterdns.config.compile import Meaning
from filterdns.control.rules import Rules, missing_categories
from filterdns.control.workers import WorkerLinks
from filterdns.errors import BlocklistError, StateError
from filterdns.resolver.image import Image, write_image

logger = logging.getLogger(__name__)

SEALED_LOOK_SECONDS: Final = 2.0
PENDING_SECONDS: Final = 300.0  # docs/policy.md: at most 5 minutes, then the list is missing


class InForce:
    """The rules that workers answer by. Nothing is in force before the first `replace`.

    *image_path* is the file that workers start with. The sealed lists of *armory* are in force with
    any rules.
    """

    def __init__(
        self, image_path: Path, workers: WorkerLinks, clock: Clock, armory: Armory
    ) -> None:
        self.version = 0
        self.since = 0.0
        self._rules: Rules | None = None
        self._image: Image | None = None
        self._image_path = image_path
        self._workers = workers
        self._clock = clock
        self._armory = armory
        self.sealed: Sealed | None = None
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
        or the image cannot be written, `BlocklistError` when the sealed lists cannot be kept on
        disk: then all is as it was before.
        """
        async with self._lock:
            sealed = await self._open_sealed(index)
            pending = self._pending(compiled, index)
            rules = Rules(compiled, index, pending, sealed)
            image = Image(
                version=max(self.version + 1, int(self._clock.now() * 1000)),
                ruleset=rules.ruleset,
                upstreams=compiled.upstreams,
                allow_clients=compiled.allow_clients,
                trusted_forwarders=compiled.process.devices.forwarders,
                limits=compiled.limits,
                index_path=str(index.path) if index is not None else "",
                sealed_paths=sealed.paths if sealed is not None else (),
                probe_key=self._probe_key,
            )
            try:
                await self._hand_out(image)
            except StateError:
                self._let_go(index, sealed)
                raise
            old, self._rules = self._rules, rules
            self._image, self.version, self.since = image, image.version, self._clock.now()
            if old is not None and old.index is not index:
                old.close()
            if sealed is not self.sealed:
                await self._succeed(sealed)

    async def mend_sealed(self) -> None:
        """Write anew what is gone or damaged of the armed lists: a new worker opens them.

        Raises `BlocklistError` if the disk refuses.
        """
        async with self._lock:
            if self.sealed is not None:
                for path in await asyncio.to_thread(self._armory.restore, self.sealed):
                    logger.error("%s was damaged or gone, and is written anew", path)

    async def keep_sealed(self) -> None:
        """Look every other second whether the armed lists are on disk, until cancelled."""
        told = ""
        while True:
            await asyncio.sleep(SEALED_LOOK_SECONDS)
            sealed, trouble = self.sealed, ""
            if sealed is not None and not await asyncio.to_thread(self._armory.has, sealed):
                try:
                    await self.mend_sealed()
                except BlocklistError as error:
                    trouble = str(error)
            if trouble and trouble != told:
                logger.error("sealed lists are not written: %s", trouble)
            told = trouble

    def close(self) -> None:
        """Let go of all lists. May be called twice."""
        if self._rules is not None:
            self._rules.close()
        if self.sealed is not None:
            self.sealed.close()

    async def _open_sealed(self, index: Index | None) -> Sealed | None:
        """Return the armed lists, the same object where nothing has changed.

        What is in force stays, though somebody has removed it meanwhile.
        """
        try:
            if self.sealed is not None:
                await asyncio.to_thread(self._armory.restore, self.sealed)
        except BlocklistError:
            self._let_go(index, None)
            raise
        found = await asyncio.to_thread(self._armory.open)
        if found is not None and self.sealed is not None and found.key == self.sealed.key:
            found.close()
            return self.sealed
        return found

    async def _succeed(self, sealed: Sealed | None) -> None:
        """Let *sealed*, which all workers have, take the place of what there was."""
        if self.sealed is not None:
            self.sealed.close()
        self.sealed = sealed
        if sealed is not None:
            await asyncio.to_thread(self._armory.drop_older, sealed)

    def _let_go(self, index: Index | None, sealed: Sealed | None) -> None:
        """Close what was not put in force."""
        if index is not None and (self._rules is None or index is not self._rules.index):
            index.close()
        if sealed is not None and sealed is not self.sealed:
            sealed.close()

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
