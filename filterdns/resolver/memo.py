"""Finished answers for repeated identical queries: the shortest road there is.

A memo belongs to one effective policy and dies with it. Admitted are plain queries alone: RD 1,
one IN question in lower case, no other record but an OPT of version 0 without data; answers of
NOERROR or NXDOMAIN with a TTL that fit the client's size; on second sight. An entry ends with the
cached answer that it was made from, and its TTLs are aged and capped anew in every second that it
is asked for. Memos whose policies cap TTLs alike share such entries: a school ages each of them
once a second, not once for every class. Lifelines are never admitted: nothing of them is kept.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final
from weakref import WeakValueDictionary

from filterdns.dns import codes
from filterdns.dns.answers import aged
from filterdns.dns.question import DATAGRAM_SIZE, HEADER_LENGTH, Query
from filterdns.policy.effective import EffectivePolicy
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.blocked import BlockedForm, BlockedForms
from filterdns.resolver.cache import TTL_BYTES, Cached, age_seconds, leads_bytes
from filterdns.resolver.sights import Sights
from filterdns.resolver.ttl import ttl_cap
from filterdns.steps import Steps

PASSED_ON_BYTES: Final = 520  # an entry of its own: the objects around key and tail
BLOCKED_BYTES: Final = 100  # a key alone: the form is shared
MAX_WIRE_LENGTH: Final = 300  # a name of 255 bytes, a header, an empty OPT record
# The front of a dictionary is found only behind all that has left it.
MAX_EVICTED_AT_ONCE: Final = 128


class MemoEntry:
    """One answer that was passed on. *tail* is all of it behind the id, true for *second* (Unix).

    *leads* tells where a client goes from here. It ends in the first second in which it may not be
    used, or in steady seconds: the one comes sooner if the clock is set forward, the other if it is
    set back.
    """

    __slots__ = (
        "__weakref__",
        "_ends_at",
        "_expires_second",
        "_start",
        "_stored_at",
        "_ttls",
        "leads",
        "second",
        "tail",
    )  # fmt: skip

    cause = None  # see `BlockedForm`

    def __init__(
        self, answer: Answer, cached: Cached, query: Query, now: float, steady: float
    ) -> None:
        self.tail = answer.wire[2:]
        self.second = int(now)
        self.leads = cached.answer.leads
        self._ttls = cached.answer.ttls
        self._stored_at = cached.stored_at
        self._start = query.question_end - 2
        self._expires_second = int(answer.expires_at)
        self._ends_at = steady + answer.expires_at - now

    def is_of(self, cached: Cached) -> bool:
        """Whether it was made of *cached*, and not of what the upstreams said before.

        Nor of what they said of another name: for some askers a question is rewritten, for others
        not, and both may have been stored at the same time.
        """
        return self._stored_at == cached.stored_at and self._ttls is cached.answer.ttls

    @property
    def size_bytes(self) -> int:
        """What it takes without its key; the cache may let go of its share in it before."""
        size = PASSED_ON_BYTES + len(self.tail) + TTL_BYTES * len(self._ttls)
        return size + leads_bytes(self.leads)

    @property
    def name_end(self) -> int:
        """Where the asked name ends in the entry's key."""
        return self._start - _TYPE_AND_CLASS_LENGTH

    def refresh(self, policy: EffectivePolicy, now: float, steady: float) -> bool:
        """Make the tail true for the second of *now*; False where the entry has ended."""
        second = int(now)
        if second >= self._expires_second or steady >= self._ends_at:
            return False
        age = age_seconds(self._stored_at, now, steady)
        self.tail = aged(self.tail, self._start, self._ttls, age, ttl_cap(policy, now))
        self.second = second
        return True


Shared = WeakValueDictionary[bytes, MemoEntry]
"""Entries by their keys, as long as any memo has them."""


class Memo:
    """The entries of one effective policy, by the query's bytes behind the id.

    Those of blocked names are its *forms*, which many share; those that were passed on are *shared*
    by all memos whose policies cap TTLs alike.
    """

    __slots__ = ("entries", "forms", "is_linked", "policy", "shared", "used_bytes")

    def __init__(self, policy: EffectivePolicy, shared: Shared) -> None:
        self.policy = policy
        self.shared = shared
        self.entries: dict[bytes, MemoEntry | BlockedForm] = {}
        self.forms = BlockedForms()
        self.used_bytes = 0
        self.is_linked = True

    def put(self, key: bytes, entry: MemoEntry | BlockedForm) -> int:
        """Keep *entry* and return the bytes that this takes."""
        self.entries[key] = entry
        size = _size(key, entry)
        self.used_bytes += size
        return size

    def discard(self, key: bytes) -> int:
        """Take the entry under *key* out and return the bytes that this gives back."""
        entry = self.entries.pop(key, None)
        if entry is None:
            return 0
        size = _size(key, entry)
        self.used_bytes -= size
        return size

    def evict(self, wanted_bytes: int, second: int) -> int:
        """Take out what came first, some *wanted_bytes* at a time, and return what that gives back.

        What was passed on in this very *second* gets another turn, if not all of them were.
        """
        freed = 0
        oldest = list(islice(self.entries.items(), MAX_EVICTED_AT_ONCE))
        for key, entry in oldest:
            if freed >= wanted_bytes:
                break
            if entry.cause is None and entry.second == second:
                del self.entries[key]
                self.entries[key] = entry
            else:
                freed += self.discard(key)
        return freed or sum(self.discard(key) for key, _ in oldest[:1])

    def empty(self) -> Steps[None]:
        """Take all entries out, some at a time."""
        while self.entries:
            self.evict(self.used_bytes, -1)
            yield

    def clear(self) -> int:
        """Take all entries out and return the bytes that this gives back."""
        freed = self.used_bytes
        self.entries.clear()
        self.forms.clear()
        self.used_bytes = 0
        return freed


_Cap = tuple[int, float, bool]


class Memos:
    """All memos under one budget of *limit_bytes*; the largest gives first.

    *steady* is a clock that nobody can set.
    """

    def __init__(self, limit_bytes: int, steady: Callable[[], float]) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self.clears = 0
        self._steady = steady
        self._sights = Sights()
        self._memo_by_key: dict[bytes, Memo] = {}
        self._shared_by_cap: WeakValueDictionary[tuple[int, float, bool], Shared] = (
            WeakValueDictionary()
        )

    @property
    def entries(self) -> int:
        """How many entries all memos hold."""
        return sum(len(memo.entries) for memo in self._memo_by_key.values())

    def memo_for(self, policy: EffectivePolicy) -> Memo:
        """Return the memo of *policy*, an empty one if it has none."""
        memo = self._memo_by_key.get(policy.key)
        if memo is None:
            # All that `ttl_cap` looks at, and what else answers differ by.
            cap = (policy.max_ttl_seconds, policy.valid_until, policy.ech is not None)
            shared = self._shared_by_cap.setdefault(cap, WeakValueDictionary())
            memo = self._memo_by_key[policy.key] = Memo(policy, shared)
        memo.is_linked = True
        return memo

    def apart(self, policy: EffectivePolicy) -> Memo:
        """Return a memo that nothing is ever put in, for who is not known by the address alone.

        Its forms of blocked names are those of the others under *policy*.
        """
        memo = Memo(policy, WeakValueDictionary())
        memo.forms = self.memo_for(policy).forms
        return memo

    def consider(self, memo: Memo, query: Query, answer: Answer, now: float) -> None:
        """Admit *answer* if the contract allows and the query has been seen before.

        What came from the cache has been asked for before, in these bytes or others.
        """
        form, cached = answer.form, answer.cached
        if not _is_plain(query) or (key := query.wire[2:]) in memo.entries:
            return
        if form is not None:
            if form.is_repeatable and self._sights.is_second(key):
                self._admit(memo, key, form, now)
        elif cached is not None and _is_whole(query, answer, cached, now):
            entry = memo.shared.get(key)
            if entry is None or not entry.is_of(cached):
                entry = memo.shared[key] = MemoEntry(answer, cached, query, now, self._steady())
            self._admit(memo, key, entry, now)

    def discard(self, memo: Memo, key: bytes) -> None:
        """Take one entry out of *memo*."""
        freed = memo.discard(key)
        if self._is_kept(memo):
            self.used_bytes -= freed

    def known(self, policy: EffectivePolicy) -> Memo | None:
        """Return the memo of *policy* if it has one."""
        return self._memo_by_key.get(policy.key)

    def succeed(self, memos: Iterable[tuple[Memo, Memo]]) -> None:
        """Let the second of each pair of *memos* take the place of the first."""
        for old, new in memos:
            self._take_out(old.policy.key)
            self._take_out(new.policy.key)
            self._memo_by_key[new.policy.key] = new
            self.used_bytes += new.used_bytes

    def clear(self) -> None:
        """Take all entries out of all memos: the seconds that they are true for come again."""
        self.clears += 1
        for memo in self._memo_by_key.values():
            self.used_bytes -= memo.clear()
            memo.shared.clear()  # a memo that is on its way out may have the entries still

    def unlink(self) -> None:
        """Mark every memo as asked for by nobody: a new ruleset is in force."""
        for memo in self._memo_by_key.values():
            memo.is_linked = False

    def sweep(self, now: float) -> Steps[None]:
        """Drop the memos that nobody has linked since `unlink`, and those whose policy ended."""
        for key, memo in list(self._memo_by_key.items()):
            is_used = memo.is_linked and now < memo.policy.valid_until
            if not is_used and self._is_kept(memo):  # no other one has come meanwhile
                self._take_out(key)
                yield from memo.empty()

    def _take_out(self, key: bytes) -> None:
        """Let go of the memo under *key*. Its bytes leave the budget before it is emptied.

        Nobody could make room for others meanwhile.
        """
        memo = self._memo_by_key.pop(key, None)
        if memo is not None:
            self.used_bytes -= memo.used_bytes

    def _is_kept(self, memo: Memo) -> bool:
        """Whether *memo* is one of ours still; a clock that was set may bring a slot back to it."""
        return self._memo_by_key.get(memo.policy.key) is memo

    def _admit(self, memo: Memo, key: bytes, entry: MemoEntry | BlockedForm, now: float) -> None:
        if not self._is_kept(memo):
            return
        self.used_bytes += memo.put(key, entry)
        while self.used_bytes > self.limit_bytes:
            largest = max(self._memo_by_key.values(), key=lambda each: each.used_bytes)
            wanted_bytes = self.used_bytes - self.limit_bytes + self.limit_bytes // 64
            self.used_bytes -= largest.evict(wanted_bytes, int(now))


def _is_plain(query: Query) -> bool:
    wire, flags, question, qclass, end, edns, _ = query
    if edns is not None:
        if edns.has_options or len(wire) != end + _OPT_LENGTH:
            return False
    elif len(wire) != end:
        return False
    return (
        flags & (codes.RD | codes.OPCODE_MASK | codes.QR) == codes.RD
        and qclass == codes.IN
        and wire.startswith(question.name, HEADER_LENGTH)
        and len(wire) <= MAX_WIRE_LENGTH
    )


def _is_whole(query: Query, answer: Answer, cached: Cached, now: float) -> bool:
    """Whether *answer* may be repeated and holds all of *cached*, as a client by UDP gets it."""
    size = len(answer.wire)
    return (
        int(answer.expires_at) > int(now)
        and answer.outcome is not Outcome.FORWARDED
        and size >= query.question_end + len(cached.answer.body)
        and (size <= _PLAIN_SIZE or query.size_limit <= DATAGRAM_SIZE)
    )


def _size(key: bytes, entry: MemoEntry | BlockedForm) -> int:
    # Counted by what stays the same while the entry lives: a tail keeps its length.
    return len(key) + (BLOCKED_BYTES if isinstance(entry, BlockedForm) else entry.size_bytes)


_OPT_LENGTH: Final = 11
_TYPE_AND_CLASS_LENGTH: Final = 4
_PLAIN_SIZE: Final = 512
