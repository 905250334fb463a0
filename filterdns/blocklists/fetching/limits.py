"""How much a list server may send, and how much of our time it may take."""

from typing import Final, NamedTuple


class Limits(NamedTuple):
    """The bounds of a fetch. Those of time and retries are for one source.

    *max_bytes* counts what was sent, what it unpacks to for the way (`Content-Encoding`), and what
    a packed list unpacks to. *idle_seconds* is the longest that a server may be silent, also before
    its first headers are complete; after as long, it has to have sent *min_bytes_per_second* on
    the average: a list that comes slower than that will never be there.
    """

    max_bytes: int = 512 << 20  # as much as a build reads
    total_seconds: float = 600.0
    idle_seconds: float = 30.0
    connect_seconds: float = 10.0
    resolve_seconds: float = 10.0
    min_bytes_per_second: int = 1024
    max_redirects: int = 5
    retry_seconds: tuple[float, ...] = (1.0, 2.0, 4.0)
    max_retry_after_seconds: float = 60.0
    at_a_time: int = 4


DEFAULT_LIMITS: Final = Limits()
