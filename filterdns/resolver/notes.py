"""What the log gets of what was blocked: counted in the slots of clients, without whom it harms.

Nothing is kept of lifelines and sealed names, and no name for ten minutes after a lifeline.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from filterdns.clock_steps import Step
from filterdns.policy.client import Owner
from filterdns.policy.verdict import LogMode
from filterdns.resolver.client_slot import ClientSlot
from filterdns.resolver.record import MAX_NAMES_PER_HOUR, Cause, Hit, Row, row

QUIET_SECONDS: Final = 600  # after a lifeline, blocked names of the client are not written down
MAX_HITS_PER_SLOT: Final = 1000
MAX_DEPARTED_ROWS: Final = 10_000
MAX_QUIET_DEVICES: Final = 10_000
_HOUR_SECONDS: Final = 3600


class Notes:
    """What was blocked, counted in the slots until the log takes it.

    *steady* is a clock that nobody can set. *device_of* tells which device is behind a slot: most
    have several addresses, and who looks for help is left alone at all of them.
    """

    def __init__(
        self, steady: Callable[[], float], device_of: Callable[[ClientSlot], Owner]
    ) -> None:
        self._steady = steady
        self._device_of = device_of
        self._with_hits: dict[Owner, set[ClientSlot]] = {}
        self._departed: list[Row] = []
        # The one that asked for help last stands last. A slot that stays knows it by itself, too.
        self.quiet_until_by_device: OrderedDict[Owner, float] = OrderedDict()
        self.dropped_rows = 0
        self.sealed_hits = 0

    def hit(self, slot: ClientSlot, name: bytes, cause: Cause, now: float) -> None:
        """Count a question of the client behind *slot*: *name* was blocked for *cause*."""
        if cause.is_sealed:  # for nobody's log
            self.sealed_hits += 1
            return
        if cause.is_lifeline:  # who looks for help is left alone, though it was closed
            self.lifeline(slot)
            return
        hit = slot.hits.get((name, cause))
        if hit is None:
            if slot.policy.log is LogMode.NONE:
                return
            name = self._bounded(slot, name, cause, now)
            hit = slot.hits.get((name, cause))
        if hit is not None:
            hit.count += 1
            hit.last_seen = now
        elif len(slot.hits) < MAX_HITS_PER_SLOT:
            slot.hits[name, cause] = Hit(now)
            self._enlist(slot)
        else:
            slot.is_full = True
            self.dropped_rows += 1

    def lifeline(self, slot: ClientSlot) -> None:
        """From now on count the device's blocked questions without names, for ten minutes."""
        device, until = self._device_of(slot), self._steady() + QUIET_SECONDS
        # What is counted under names there may not go on: neither here nor at its other addresses.
        for other in (slot, *self._with_hits.get(device, ())):
            self.depart(other)
        slot.quiet_until = until
        quiet = self.quiet_until_by_device
        quiet[device] = until
        quiet.move_to_end(device)
        if len(quiet) > MAX_QUIET_DEVICES:
            quiet.popitem(last=False)

    def name_anew(self, slot: ClientSlot) -> None:
        """Take what *slot* has done as done by the device that is behind it as it turns out."""
        if self._steady() < slot.quiet_until:  # it is left alone at its other addresses, too
            self.lifeline(slot)
        elif self._is_quiet(slot):
            self.drop(slot)
        elif slot.noted_as is not None:
            hits = slot.hits
            self.drop(slot)
            slot.hits = hits
            self._enlist(slot)

    def take_rows(self, settle: Callable[[ClientSlot], None]) -> Iterator[Row]:
        """Yield all rows since the last call and begin anew; a slow caller holds up nobody.

        *settle* is told each slot before its rows are made.
        """
        departed, self._departed = self._departed, []
        yield from departed
        for slot in list(chain.from_iterable(self._with_hits.values())):
            settle(slot)
            rows = list(_rows(slot, slot.hits))  # none if it has departed meanwhile
            self.drop(slot)
            yield from rows

    def move(self, step: Step) -> None:
        """Take all that is counted as happened when it did: the clock was wrong until *step*."""
        for slot in chain.from_iterable(self._with_hits.values()):
            for hit in slot.hits.values():
                hit.first_seen = step.corrected(hit.first_seen)
                hit.last_seen = step.corrected(hit.last_seen)
        self._departed = [
            (*each[:6], int(step.corrected(each[6])), int(step.corrected(each[7])), each[8])
            for each in self._departed
        ]

    def depart(self, slot: ClientSlot) -> None:
        """Keep the hits of *slot* as rows: the slot goes, or somebody else is behind it."""
        rows = list(_rows(slot, slot.hits))
        room = MAX_DEPARTED_ROWS - len(self._departed)
        self._departed += rows[:room]
        self.dropped_rows += max(0, len(rows) - room)
        self.drop(slot)

    def drop(self, slot: ClientSlot) -> None:
        """Forget the hits of *slot*."""
        if slot.noted_as is None:
            return
        slots = self._with_hits[slot.noted_as]
        slots.discard(slot)
        if not slots:
            del self._with_hits[slot.noted_as]
        slot.hits = {}
        slot.is_full = False
        slot.noted_as = None

    def _enlist(self, slot: ClientSlot) -> None:
        if slot.noted_as is None:
            slot.noted_as = self._device_of(slot)
            self._with_hits.setdefault(slot.noted_as, set()).add(slot)

    def _bounded(self, slot: ClientSlot, name: bytes, cause: Cause, now: float) -> bytes:
        """Return *name* as it may be written down: see `policy.md` on privacy and floods."""
        if self._is_quiet(slot):
            return b""
        hour = int(now) // _HOUR_SECONDS
        if hour != slot.hour:
            slot.hour = hour
            slot.names = set()
        if name not in slot.names:
            if len(slot.names) >= MAX_NAMES_PER_HOUR:
                return cause.listed(name)
            slot.names.add(name)
        return name

    def _is_quiet(self, slot: ClientSlot) -> bool:
        quiet = self.quiet_until_by_device
        if not quiet:  # nearly always
            return False
        steady = self._steady()
        while quiet and next(iter(quiet.values())) <= steady:
            quiet.popitem(last=False)  # nobody is to learn later who it was
        return steady < max(slot.quiet_until, quiet.get(self._device_of(slot), 0.0))


def _rows(slot: ClientSlot, hits: dict[tuple[bytes, Cause], Hit]) -> Iterator[Row]:
    identity = slot.identity
    device = identity.device or slot.mac or slot.address
    for (name, cause), hit in hits.items():
        yield row(identity.person, device, name, cause, hit)
