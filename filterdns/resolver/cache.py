"""What upstreams said, shared by all people: whole messages under their own question.

Policy comes before the cache, so the cache knows nobody and survives every reload. It is bounded in
bytes; when it is full the entry that came first goes, unless it was asked for since: then it gets a
second turn.

Times are steady seconds (`clock.Clock.steady`): a clock that is set keeps no answer longer, and an
answer ages while the machine sleeps.
"""

from collections import OrderedDict
from typing import NamedTuple

from filterdns.dns.leads import NOWHERE, Leads
from filterdns.dns.question import Question
from filterdns.dns.response import CachedAnswer

LEAD_BYTES = 60  # the objects around a target or an address
ENTRY_OVERHEAD_BYTES = 700  # the objects around a message, measured with sys.getsizeof
TTL_BYTES = 130  # the same for one record
_SECOND_TURNS = 16
_new = tuple.__new__  # what a named tuple's own __new__ does in twice the time
_BETWEEN_TWO_CLOCKS = 0.001  # seconds: they are read one after the other


class Cached(NamedTuple):
    """An answer with the times (steady seconds) between which it may be served.

    *size_bytes* is what it takes, all objects around it included.
    """

    answer: CachedAnswer
    stored_at: float
    expires_at: float
    size_bytes: int = 0

    def age_seconds(self, now: float, steady: float) -> int:
        """Return how old the answer is at *steady*, the same for all of a second of *now* (Unix).

        A memo repeats an answer until that second ends.
        """
        return age_seconds(self.stored_at, now, steady)


def age_seconds(stored_at: float, now: float, steady: float) -> int:
    """Return how old is what was stored at *stored_at* (steady); see `Cached.age_seconds`."""
    stored_second = int(now - (steady - stored_at) + _BETWEEN_TWO_CLOCKS)
    return max(0, int(now) - stored_second)


def leads_bytes(leads: Leads) -> int:
    """Return what the targets and addresses of *leads* take."""
    each = leads.targets + leads.addresses
    return LEAD_BYTES * len(each) + sum(map(len, each))


class Cache:
    """A bounded table of answers by question. *limit_bytes* is an estimate of all it holds."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self.hits = 0
        self.misses = 0
        self.evictions = 0
        self._entries: OrderedDict[Question, Cached] = OrderedDict()
        self._asked: set[Question] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, question: Question, steady: float) -> Cached | None:
        """Return the answer under *question* if it holds at *steady*."""
        entry = self._entries.get(question)
        if entry is None:
            self.misses += 1
            return None
        if steady < entry.expires_at:
            self.hits += 1
            self._asked.add(question)
            return entry
        self.misses += 1
        self._remove(question, entry)
        return None

    def put(self, question: Question, answer: CachedAnswer, steady: float) -> Cached:
        """Keep *answer* for its lifetime and return it with its times."""
        size_bytes = _size(question, answer)
        lifetime, entries = answer.lifetime_seconds, self._entries
        entry = _new(Cached, (answer, steady, steady + lifetime, size_bytes))
        old = entries.get(question)
        if old is not None:
            self._remove(question, old)
        if lifetime > 0 and size_bytes <= self.limit_bytes:
            entries[question] = entry
            self.used_bytes += size_bytes
            while self.used_bytes > self.limit_bytes:
                self._evict()
        return entry

    def resize(self, limit_bytes: int) -> None:
        """Change the bound; what is too much goes at once."""
        self.limit_bytes = limit_bytes
        while self.used_bytes > self.limit_bytes:
            self._evict()

    def _evict(self) -> None:
        for _ in range(_SECOND_TURNS):
            question, entry = next(iter(self._entries.items()))
            if question not in self._asked:
                break
            self._asked.discard(question)
            self._entries.move_to_end(question)
        self._remove(question, entry)
        self.evictions += 1

    def _remove(self, question: Question, entry: Cached) -> None:
        del self._entries[question]
        self._asked.discard(question)
        self.used_bytes -= entry.size_bytes


def _size(question: Question, answer: CachedAnswer) -> int:
    return (
        ENTRY_OVERHEAD_BYTES
        + len(question[0])
        + len(answer.body)
        + TTL_BYTES * len(answer.ttls)
        + (0 if answer.leads is NOWHERE else leads_bytes(answer.leads))
    )
