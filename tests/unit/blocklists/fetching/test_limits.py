"""What a fetch may take."""

from filterdns.blocklists.fetching.limits import DEFAULT_LIMITS
from filterdns.blocklists.source_text import MAX_TEXT_BYTES


def test_no_more_is_fetched_than_can_be_built() -> None:
    assert DEFAULT_LIMITS.max_bytes == MAX_TEXT_BYTES


def test_silence_ends_before_all_time_is_used_up() -> None:
    waiting = DEFAULT_LIMITS.resolve_seconds + DEFAULT_LIMITS.connect_seconds
    assert waiting + DEFAULT_LIMITS.idle_seconds < DEFAULT_LIMITS.total_seconds
