"""Finished answers for repeated identical queries: the shortest road there is.

A memo belongs to one effective policy and dies with it. Admitted are plain queries alone: RD 1,
one IN question, no other record but an OPT of version 0 without data; answers of NOERROR or
NXDOMAIN with a TTL that fit the client's size; on second sight. An entry ends with the cached
answer that it was made from, and its TTLs are aged and capped anew in every second that it is asked
for. Lifelines are never admitted: nothing of them is kept.
"""

from typing import Final

from filterdns.dns import codes
from filterdns.dns.answers import render
from filterdns.dns.question import Query
from filterdns.policy.effective import EffectivePolicy
from filterdns.resolver.answer import Answer, ttl_cap
from filterdns.resolver.record import BlockedRecord

ENTRY_OVERHEAD_BYTES: Final = 900  # key, tail, query and the objects around them
MAX_SEEN: Final = 4096
MAX_WIRE_LENGTH: Final = 300  # a name of 255 bytes, a header, an empty OPT record


class MemoEntry:
    """One finished answer. *tail* is all of it behind the id, true for *second* (Unix).

    *expires_second* is the first second in which it may not be used, *ends_at* the same in steady
    seconds: the one comes sooner if the clock is set forward, the other if it is set back.
    """

    __slots__ = ("answer", "ends_at", "expires_second", "query", "record", "second", "tail")

    def __init__(self, answer: Answer, query: Query, now: float, steady: float) -> None:
        self.answer = answer
        self.query = query
        self.record: BlockedRecord | None = answer.record
        self.tail = answer.wire[2:]
        self.second = int(now)
        self.expires_second = int(answer.expires_at)
        self.ends_at = steady + answer.expires_at - now

    def refresh(self, policy: EffectivePolicy, now: float, steady: float) -> bool:
        """Make the tail true for the second of *now*; False where the entry has ended."""
        second = int(now)
        if second >= self.expires_second or steady >= self.ends_at:
            return False
        cached = self.answer.cached
        if cached is not None:
            age_seconds = cached.age_seconds(now, steady)
            wire = render(cached.answer, self.query, age_seconds, ttl_cap(policy, now))
            self.tail = wire[2:]
        self.second = second
        return True


class Memo:
    """The entries of one effective policy, by the query's bytes behind the id."""

    __slots__ = ("entries", "grown_bytes", "is_linked", "policy", "seen", "used_bytes")

    def __init__(self, policy: EffectivePolicy) -> None:
        self.policy = policy
        self.entries: dict[bytes, MemoEntry] = {}
        self.seen: set[int] = set()
        self.used_bytes = 0
        self.grown_bytes = 0
        self.is_linked = True

    def discard(self, key: bytes) -> int:
        """Take the entry under *key* out and return the bytes that this gives back."""
        entry = self.entries.pop(key, None)
        if entry is None:
            return 0
        size = _size(key, entry)
        self.used_bytes -= size
        return size

    def clear(self) -> int:
        """Take all entries out and return the bytes that this gives back."""
        freed = self.used_bytes
        self.entries.clear()
        self.seen.clear()
        self.used_bytes = self.grown_bytes = 0
        return freed


class Memos:
    """All memos under one budget of *limit_bytes*; when it is spent, what grew most is cleared."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._memo_by_key: dict[bytes, Memo] = {}

    @property
    def entries(self) -> int:
        """How many entries all memos hold."""
        return sum(len(memo.entries) for memo in self._memo_by_key.values())

    def memo_for(self, policy: EffectivePolicy) -> Memo:
        """Return the memo of *policy*, an empty one if it has none."""
        memo = self._memo_by_key.get(policy.key)
        if memo is None:
            memo = self._memo_by_key[policy.key] = Memo(policy)
        memo.is_linked = True
        return memo

    def consider(self, memo: Memo, query: Query, answer: Answer, now: float, steady: float) -> None:
        """Admit *answer* if the contract allows and the query has been seen before."""
        key = query.wire[2:]
        if not _is_admissible(query, answer, now) or key in memo.entries:
            return
        sight = hash(key)
        if sight not in memo.seen:
            if len(memo.seen) >= MAX_SEEN:
                memo.seen.clear()
            memo.seen.add(sight)
            return
        entry = MemoEntry(answer, query, now, steady)
        memo.entries[key] = entry
        size = _size(key, entry)
        memo.used_bytes += size
        memo.grown_bytes += size
        self.used_bytes += size
        if self.used_bytes > self.limit_bytes:
            self.used_bytes -= max(
                self._memo_by_key.values(), key=lambda grown: grown.grown_bytes
            ).clear()

    def discard(self, memo: Memo, key: bytes) -> None:
        """Take one entry out of *memo*."""
        self.used_bytes -= memo.discard(key)

    def clear(self) -> None:
        """Take all entries out of all memos: the seconds that they are true for come again."""
        for memo in self._memo_by_key.values():
            self.used_bytes -= memo.clear()

    def unlink(self) -> None:
        """Mark every memo as asked for by nobody: a new ruleset is in force."""
        for memo in self._memo_by_key.values():
            memo.is_linked = False

    def sweep(self, now: float) -> None:
        """Drop the memos that nobody has linked since `unlink`, and those whose policy ended."""
        for key, memo in list(self._memo_by_key.items()):
            if not memo.is_linked or now >= memo.policy.valid_until:
                self.used_bytes -= memo.clear()
                del self._memo_by_key[key]


def _is_admissible(query: Query, answer: Answer, now: float) -> bool:
    if int(answer.expires_at) <= int(now) or len(query.wire) > MAX_WIRE_LENGTH:
        return False
    if query.flags & (codes.RD | codes.OPCODE_MASK | codes.QR) != codes.RD:
        return False
    edns = query.edns
    if edns is None:
        has_rest = len(query.wire) != query.question_end
    else:
        has_rest = edns.has_options or len(query.wire) != query.question_end + 11
    if has_rest or query.question.qclass != codes.IN:
        return False
    return not answer.wire[2] & codes.TC >> 8


def _size(key: bytes, entry: MemoEntry) -> int:
    # Counted by what stays the same while the entry lives: a tail keeps its length.
    return ENTRY_OVERHEAD_BYTES + 2 * len(key) + len(entry.tail)
