"""An answer on its way out, with what its listener has to know about it."""

from enum import StrEnum
from typing import NamedTuple

from filterdns.policy.effective import EffectivePolicy
from filterdns.resolver.cache import Cached
from filterdns.resolver.record import BlockedRecord


class Outcome(StrEnum):
    """What became of a query: the closed set of a metric's label."""

    MEMO = "memo"
    CACHED = "cached"
    FORWARDED = "forwarded"
    BLOCKED = "blocked"
    LOCAL = "local"
    MALFORMED = "malformed"
    REFUSED = "refused"
    LIMITED = "limited"
    DROPPED = "dropped"
    FAILED = "failed"


class Answer(NamedTuple):
    """A finished message and what follows from it.

    *record* is what the log keeps of a blocked question. *cached* is what the answer was rendered
    from, to be rendered again while it may be repeated until *expires_at* (Unix seconds; 0: not at
    all). *is_lifeline* marks an answer of which nothing is kept.
    """

    wire: bytes
    outcome: Outcome
    record: BlockedRecord | None = None
    cached: Cached | None = None
    expires_at: float = 0.0
    is_lifeline: bool = False


def ttl_cap(policy: EffectivePolicy, now: float) -> int:
    """Return the most seconds that an answer under *policy* may be kept by whoever gets it.

    Never past the moment when the policy next changes: a phone would play on from its own cache.
    The same for all of a second, because a memo repeats it until the second ends.
    """
    left = policy.valid_until - (int(now) + 1)
    return max(0, int(min(policy.max_ttl_seconds, left)))
