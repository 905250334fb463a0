"""The workers: their places, who stands by for one, and who is on the way out.

Every worker is born without sockets, is told where the image lies, and stands by once it has loaded
that. A place that is empty takes the first that stands by, in the same turn of the loop; one more
than there are places is kept, so that this is at once. Whose process does not even come to stand by
is nobody's fault but the image's or the program's: such starts are spaced out. One that dies in its
place is the place's (`place.Place`).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from filterdns.channel import MAX_DESCRIPTORS
from filterdns.listeners.binding import Endpoint
from filterdns.listeners.endpoints import Change, Endpoints
from filterdns.supervisor.back_off import BackOff
from filterdns.supervisor.child import Child, start_child
from filterdns.supervisor.place import Place

log: Final = logging.getLogger("filterdns")

SILENCE_SECONDS: Final = 2.0
UNREAD_SECONDS: Final = 2.0  # the longest that queries wait for a process while others could answer
READY_SECONDS: Final = 5.0  # to begin to answer once it has sockets
LEAVING_SECONDS: Final = 5.0  # to finish what is in flight


class Workplaces:
    """*count* places whose processes run *program* with *arguments* and answer on *endpoints*.

    *early* is a worker that was started before all that was known. *predecessors* are workers of
    the program before this one, by number: each goes when its place is served anew, one that had no
    place (a negative number) at once. *starts* tells of the starts that failed in a row. Times are
    monotonic seconds.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        program: str,
        arguments: Sequence[str],
        count: int,
        predecessors: Sequence[tuple[int, Child]],
        now: float,
        early: Child | None = None,
    ) -> None:
        self.places = [Place(number, now) for number in range(count)]
        self.predecessors = list(predecessors)
        self.starts = BackOff(0.05, 5.0)
        self._endpoints = endpoints
        self._program = program
        self._arguments = [*arguments, "--index", str(count)]
        self._standing_by: list[Child] = []
        self._leaving: list[Child] = []
        self._has_served = False
        for number, child in predecessors:
            if number < 0:
                self._bid_farewell(child, now)
        if early is not None:
            early.heard_at = now  # it had nothing to say until now
            self._begin(early)

    @property
    def is_served(self) -> bool:
        """Whether every place is; from the first time on a spare is kept."""
        return all(place.is_served for place in self.places)

    @property
    def is_answering(self) -> bool:
        """Whether anybody answers."""
        return any(place.is_served for place in self.places) or bool(self.predecessors)

    @property
    def spare(self) -> Child | None:
        """Who stands by, or will."""
        return next(iter(self._standing_by), None)

    def children(self) -> Iterator[Child]:
        """Give every process that has not ended."""
        yield from (place.child for place in self.places if place.child is not None)
        yield from self._standing_by
        yield from (child for _, child in self.predecessors)
        yield from self._leaving

    def hear(self, child: Child, now: float) -> None:
        """Take what *child* says."""
        for message in child.hear(now):
            if message.get("t") == "standby" and not child.is_up:
                child.is_up = True
                self.starts.succeed()
            elif message.get("t") == "ready" and not child.is_ready:
                child.is_ready = True
                self._on_ready(child, now)

    def tend(self, now: float) -> None:
        """Do all that is due."""
        for child in list(self.children()):
            if self._is_stuck(child, now):
                log.error("%s (pid %d) does not move any more; it is killed", child.name, child.pid)
                child.kill()
                self._bid_farewell(child, now)  # the kernel may hold it for long (a frozen disk)
            if (code := child.reap()) is not None:
                self._on_end(child, code, now)
        for child in self._leaving:
            if now - child.since > LEAVING_SECONDS:
                child.kill()
        for place in self.places:
            place.free(now)
        self._fill_places(now)
        self._close_unread(now)
        self._start_children(now)

    def follow(self, change: Change, has_new_networks: bool) -> None:
        """Let every worker know what became of the addresses."""
        networks = {"t": "prefixes", "values": self._endpoints.networks}
        for child in self.children():
            if has_new_networks:
                child.tell(networks)
            if change.gone:
                child.tell({"t": "drop", "udp": change.gone, "tcp": change.gone})
        if change.added:
            for number, child in self._readers():
                self._hand_over(number, child, change.added)

    def stop(self) -> None:
        """Ask everybody to end in order."""
        for child in self.children():
            child.stop()

    def kill(self) -> None:
        """End everybody at once."""
        for child in self.children():
            child.kill()

    def reap(self, now: float) -> None:
        """Forget those who have ended after `stop`."""
        for child in list(self.children()):
            if child.reap() is not None:
                self._forget(child, now)

    def heirlooms(self) -> list[tuple[int, Child]]:
        """Return all processes for the program after this one, as its *predecessors*."""
        readers = list(self._readers())
        read_by = [child for _, child in readers]
        return [*readers, *((-1, child) for child in self.children() if child not in read_by)]

    def _readers(self) -> Iterator[tuple[int, Child]]:
        yield from ((place.number, place.child) for place in self.places if place.child is not None)
        yield from self.predecessors

    # Birth.

    def _start_children(self, now: float) -> None:
        empty = [place for place in self.places if place.child is None]
        wanted = sum(self._is_due(place, now) for place in empty) + self._has_served
        while self.starts.due_at <= now and len(self._standing_by) < wanted:
            try:
                child = start_worker(self._program, now)
            except OSError as error:
                log.error("no worker can be started: %s", error.strerror)
                self.starts.fail(now)
                return
            self._begin(child)

    def _begin(self, child: Child) -> None:
        child.tell({"t": "begin", "arguments": self._arguments})
        child.tell({"t": "prefixes", "values": self._endpoints.networks})
        self._standing_by.append(child)

    def _fill_places(self, now: float) -> None:
        ready = [child for child in self._standing_by if child.is_up]
        # Those without a brake first: theirs are the queries that somebody waits for.
        for place in sorted(self.places, key=lambda place: place.is_braked):
            if not ready or place.child is not None or not self._is_due(place, now):
                continue
            child = ready.pop(0)
            self._standing_by.remove(child)
            place.fill(child, now)
            self._endpoints.open_worker(place.number)
            child.tell({"t": "become", "worker": place.number})
            self._hand_over(place.number, child, list(self._endpoints.bound))

    def _is_due(self, place: Place, now: float) -> bool:
        # Where nobody else answers there is nothing to wait for.
        return place.is_due(now) or not any(each.is_served for each in self.places)

    def _hand_over(self, number: int, child: Child, endpoints: Sequence[Endpoint]) -> None:
        if number < len(self.places):
            for message, descriptors in self._endpoints.parcels(number, endpoints):
                child.tell(message, descriptors)

    def _on_ready(self, child: Child, now: float) -> None:
        place = next((place for place in self.places if place.child is child), None)
        if place is not None and place.restarts:
            log.info("%s answers again", child.name)
        self._has_served |= self.is_served
        for number, old in list(self.predecessors):
            if self.is_served or (number < len(self.places) and self.places[number].is_served):
                self._bid_farewell(old, now)
        if self.is_served:
            for number in self._endpoints.workers_beyond:
                self._drain(number)

    # Death.

    def _is_stuck(self, child: Child, now: float) -> bool:
        """Whether *child* is silent, or does not begin to answer in the place that it has."""
        if child in self._leaving:
            return False
        is_late = any(
            place.child is child and not child.is_ready and now - place.since > READY_SECONDS
            for place in self.places
        )
        return is_late or child.is_silent(now)

    def _on_end(self, child: Child, code: int, now: float) -> None:
        is_expected = child in self._leaving
        was_standing_by = child in self._standing_by
        self._forget(child, now)
        if is_expected:
            return
        if was_standing_by:
            self.starts.fail(now)
        next_one = "another one is started"
        if not was_standing_by and any(each.is_up for each in self._standing_by):
            next_one = "the spare takes its place"
        log.error("%s ended with %d; %s", child.name, code, next_one)

    def _forget(self, child: Child, now: float) -> None:
        self._bid_farewell(child, now)
        self._leaving.remove(child)

    def _bid_farewell(self, child: Child, now: float) -> None:
        """Let *child* have no part any more, whenever it ends."""
        for place in self.places:
            if place.child is child:
                place.vacate(now)
        if child in self._standing_by:
            self._standing_by.remove(child)
        self.predecessors = [each for each in self.predecessors if each[1] is not child]
        if child not in self._leaving:
            child.stop()
            child.since = now
            self._leaving.append(child)

    # Queues that nobody reads.

    def _close_unread(self, now: float) -> None:
        """Let no share of the queries lie in a queue that nobody reads while others answer.

        The kernel hands each worker's socket its share whether it is read or not.
        """
        read = {number for number, _ in self._readers()}
        for place in self.places:
            if place.number in read or not self._endpoints.has_udp(place.number):
                continue
            if place.is_braked or now - place.since > UNREAD_SECONDS:
                self._drain(place.number)

    def _drain(self, number: int) -> None:
        """Close the UDP sockets of *number*, if another worker reads what lies in them."""
        reader = next(
            (
                place.child
                for place in self.places
                if place.number != number
                and place.is_served
                and self._endpoints.has_udp(place.number)
            ),
            None,
        )
        if reader is None:
            return
        descriptors = [udp.fileno() for udp in self._endpoints.turn_away(number)]
        for at in range(0, len(descriptors), MAX_DESCRIPTORS):
            reader.tell({"t": "drain"}, descriptors[at : at + MAX_DESCRIPTORS])
        self._endpoints.close_worker(number)


def start_worker(program: str, now: float) -> Child:
    """Start a worker, which waits for its arguments; raises `OSError` as `start_child` does."""
    return start_child("a worker", program, (), SILENCE_SECONDS, now)


def state_of(workplaces: Workplaces) -> Mapping[str, Any]:
    """Return the part of the state message that tells of the workers."""
    spare = workplaces.spare
    return {
        "workers": [
            [
                place.child.pid if place.child is not None else 0,
                place.is_served,
                place.restarts,
                place.is_braked,
            ]
            for place in workplaces.places
        ],
        "spare": None if spare is None else [spare.pid, spare.is_up],
    }
