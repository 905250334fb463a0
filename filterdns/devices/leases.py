"""The leases of the DHCP servers whose files can be read, followed as they change.

    leases = LeaseFiles(changed)                       # told of batches, see `Changed`
    leases.set_files([LeaseFile("/var/lib/misc/dnsmasq.leases")])
    tasks.spawn(leases.run())                          # endless

A file is looked at every second, in a thread: a disk that does not answer holds up nobody. One that
is missing may come later. Of two files that lend one address, the lease that ends later counts.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Final, NamedTuple

from filterdns.devices.lease import Lease
from filterdns.devices.lease_file import (
    NOT_READ,
    Content,
    LeaseFile,
    Marks,
    marks_of,
    read_lease_file,
)

log: Final = logging.getLogger("filterdns")

LOOK_SECONDS: Final = 1.0
READING_SHARE: Final = 0.05  # of all time, at most: a school's file is large, and changes all day

Changed = Callable[[Sequence[Lease], Sequence[Lease]], None]
"""Takes a batch: leases that are new or different, and those that have ended or were taken back.

No address is in both.
"""


class LeaseFileReport(NamedTuple):
    """How a lease file is at the moment, for those who look after it.

    *skipped* counts what should have been leases and made no sense. *trouble* says why nothing can
    be read, and *cure* what helps; empty while all is well, and for a file that nobody has named.
    """

    path: str
    leases: int
    skipped: int
    trouble: str
    cure: str


class LeaseFiles:
    """Tells *changed* what is lent; *now* returns Unix seconds.

    *has_looked* is set as soon as all has been told that is lent at the start.
    """

    def __init__(self, changed: Changed, now: Callable[[], float] = time.time) -> None:
        self.has_looked = asyncio.Event()
        self._changed = changed
        self._now = now
        self._content_by_file: dict[LeaseFile, Content] = {}
        self._lease_by_address: dict[str, Lease] = {}
        self._doubted: dict[LeaseFile, Marks] = {}

    def __len__(self) -> int:
        return len(self._lease_by_address)

    def __iter__(self) -> Iterator[Lease]:
        return iter(self._lease_by_address.values())

    def find(self, address: str) -> Lease | None:
        """Return the lease of *address* (canonical text), if there is one now."""
        return self._lease_by_address.get(address)

    def set_files(self, files: Iterable[LeaseFile]) -> None:
        """Follow *files* from the next look on, and no others."""
        known = self._content_by_file
        self._content_by_file = {each: known.get(each, NOT_READ) for each in files}

    def reports(self) -> Sequence[LeaseFileReport]:
        """Return how each file is; of those that are not expected, each that there is."""
        return [
            LeaseFileReport(
                file.path,
                len(content.leases),
                content.skipped,
                content.trouble if file.is_expected else "",
                content.cure if file.is_expected else "",
            )
            for file, content in self._content_by_file.items()
            if file.is_expected or content.marks
        ]

    async def run(self) -> None:
        """Follow the files until cancelled."""
        while True:
            began = time.monotonic()
            await self.look()
            spent = time.monotonic() - began
            await asyncio.sleep(max(LOOK_SECONDS, spent / READING_SHARE))

    async def look(self) -> None:
        """Look at all files once, and tell what is different since."""
        news = await asyncio.to_thread(_read_changed, dict(self._content_by_file))
        for file, content in news.items():
            if file in self._content_by_file and not self._is_doubtful(file, content):
                self._speak_of(file, content)
                self._content_by_file[file] = content
        self._settle()
        self.has_looked.set()

    def _is_doubtful(self, file: LeaseFile, content: Content) -> bool:
        """Whether most leases are lost at once, and that for the first time.

        dnsmasq empties its file before it writes it anew.
        """
        before = self._content_by_file[file]
        if len(content.leases) * 2 > len(before.leases) or not before.leases:
            self._doubted.pop(file, None)
            return False
        if self._doubted.get(file) == content.marks:
            return False
        self._doubted[file] = content.marks
        return True

    def _speak_of(self, file: LeaseFile, content: Content) -> None:
        before = self._content_by_file[file].trouble
        if not file.is_expected:
            return
        if content.trouble and content.trouble != before:
            log.warning("lease file %s: %s", file.path, content.trouble)
        elif before and not content.trouble:
            log.info("lease file %s is read", file.path)

    def _settle(self) -> None:
        before, after = self._lease_by_address, self._in_force()
        self._lease_by_address = after
        here = [lease for address, lease in after.items() if before.get(address) != lease]
        gone = [lease for address, lease in before.items() if address not in after]
        if here or gone:
            self._changed(here, gone)

    def _in_force(self) -> dict[str, Lease]:
        now = self._now()
        found: dict[str, Lease] = {}
        for content in self._content_by_file.values():
            for address, lease in content.leases.items():
                known = found.get(address)
                if _end(lease) > now and (known is None or _end(lease) > _end(known)):
                    found[address] = lease
        return found


def _read_changed(content_by_file: Mapping[LeaseFile, Content]) -> dict[LeaseFile, Content]:
    """Return what has changed of the files; one that is just being written waits for its turn."""
    found = {}
    for file, known in content_by_file.items():
        # Of one that is missing there is nothing to see of why, so that is asked each time.
        if known is not NOT_READ and known.marks and marks_of(file) == known.marks:
            continue
        content = read_lease_file(file)
        if marks_of(file) == content.marks:
            found[file] = content
    return found


def _end(lease: Lease) -> float:
    return inf if lease.expires_at is None else lease.expires_at
