import pytest

from filterdns.control.amounts import size, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3600.0, "0 s"),
        (0.9, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
        (86_400 * 400, "400 d"),
    ],
)
def test_a_span_is_told_in_one_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (999_400, "999 kB"),
        (999_600, "1.0 MB"),
        (4_200_000_000, "4.2 GB"),
        (5e15, "5000 TB"),
    ],
)
def test_a_size_is_told_in_decimal_units(count: float, words: str) -> None:
    assert size(count) == words
