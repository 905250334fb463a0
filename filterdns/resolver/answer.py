"""An answer on its way out, with what its listener has to know about it."""

from enum import StrEnum
from typing import NamedTuple

from filterdns.resolver.blocked import BlockedForm
from filterdns.resolver.cache import Cached


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

    *form* is what a blocked one was made from, and says what the log keeps. *cached* is what a
    passed on one was rendered from, to be rendered again while it may be repeated until
    *expires_at* (Unix seconds; 0: not at all). *is_lifeline* marks an answer of which nothing is
    kept.
    """

    wire: bytes
    outcome: Outcome
    form: BlockedForm | None = None
    cached: Cached | None = None
    expires_at: float = 0.0
    is_lifeline: bool = False
