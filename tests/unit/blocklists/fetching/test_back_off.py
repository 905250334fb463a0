"""A server that fails is asked less and less often, and when it says so."""

import pytest

from filterdns.blocklists.fetching.back_off import (
    MAX_SECONDS,
    in_words,
    is_to_be_left_alone,
    read_retry_after,
    seconds_to_next_try,
)

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("failures", "asked_for", "expected"),
    [
        (1, 0, 60),
        (2, 0, 120),
        (3, 0, 240),
        (9, 0, 15_360),
        (10, 0, MAX_SECONDS),
        (10_000, 0, MAX_SECONDS),
        (1, 3600, 3600),
        (9, 3600, 15_360),
        (1, 1e9, MAX_SECONDS),
    ],
)
def test_the_time_to_the_next_try_grows(failures: int, asked_for: float, expected: float) -> None:
    assert seconds_to_next_try(failures, asked_for) == expected


@pytest.mark.parametrize(
    ("next_try_at", "expected"),
    [
        (0.0, False),
        (NOW, False),
        (NOW + 1, True),
        (NOW + MAX_SECONDS, True),
        (NOW + MAX_SECONDS + 1, False),  # the clock was set back
    ],
)
def test_a_server_is_left_alone_until_then(next_try_at: float, expected: bool) -> None:
    assert is_to_be_left_alone(next_try_at, NOW) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("7", 7),
        ("9" * 400, 999_999_999),
        ("-7", 0),
        ("soon", 0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("Tue, 14 Nov 2023 22:12:20 GMT", 0),
        ("Tue, 14 Nov 2023 22:14:20 -0000", 60),
        ("Tue, 99 Nov 2023 22:14:20 GMT", 0),
        ("²", 0),
    ],
)
def test_what_a_server_asks_for_is_read(text: str, expected: float) -> None:
    assert read_retry_after(text, NOW) == expected


def test_the_next_try_is_told_in_words() -> None:
    assert in_words(NOW) == "2023-11-14 22:13 UTC"
