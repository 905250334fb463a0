"""When a list server that failed is asked again: soon, then less and less often."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_SECONDS: Final = 60.0
MAX_SECONDS: Final = 6 * 3600.0


def seconds_to_next_try(failures: int, retry_after_seconds: float = 0.0) -> float:
    """Return how long to leave a server alone after so many *failures* in a row, 1 or more.

    A minute, two, four, at most six hours; longer, up to these, if the server asked for it.
    """
    # The exponent is bounded, for years of failures make a number that no float can hold.
    grown = FIRST_SECONDS * 2.0 ** min(failures - 1, 20)
    return min(max(grown, retry_after_seconds), MAX_SECONDS)


def is_to_be_left_alone(next_try_at: float, now: float) -> bool:
    """Whether *now* (Unix seconds) is before *next_try_at*; not if the clock was set back since."""
    return now < next_try_at <= now + MAX_SECONDS


def read_retry_after(text: str, now: float) -> float:
    """Return how many seconds a `Retry-After` header asks for (RFC 9110 section 10.2.3), or 0."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return 0.0
    return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)


def in_words(next_try_at: float) -> str:
    """Return the moment of the next try as people read it."""
    return f"{datetime.fromtimestamp(next_try_at, UTC):%Y-%m-%d %H:%M} UTC"
