"""Which events of a calendar count, and what a calendar is called."""

import pytest

from filterdns.calendars.source import fits, short_name
from tests.support.calendars import source


@pytest.mark.parametrize(
    ("summary", "patterns", "expected"),
    [
        ("Anything", (), True),
        ("Herbstferien", ("*ferien*",), True),
        ("FERIEN: Herbst", ("*ferien*",), True),
        (" Weihnachtsferien ", ("*ferien",), True),
        ("Zeugnisse", ("*ferien*", "feiertag*"), False),
        ("Feiertag", ("*ferien*", "feiertag*"), True),
        ("Straßenfest", ("STRASSENFEST",), True),
        ("Exam: maths", ("exam",), False),
    ],
)
def test_a_summary_fits_one_of_the_patterns(
    summary: str, patterns: tuple[str, ...], expected: bool
) -> None:
    assert fits(summary, patterns) is expected


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://school.example/terms.ics", "https://school.example/terms.ics"),
        ("https://school.example/terms.ics?key=secret", "https://school.example/terms.ics"),
        (
            "https://calendar.example/ical/mia/private-0123/basic.ics",
            "calendar.example/…/basic.ics",
        ),
    ],
)
def test_a_name_leaves_out_what_may_be_a_secret(url: str, name: str) -> None:
    assert short_name(url) == name


def test_the_same_events_of_the_same_calendar_are_one() -> None:
    here, there = source("a.ics", "x*"), source("a.ics", "x*")._replace(where="b.yaml:1:1")
    assert here.identity == there.identity
    assert here.identity != source("a.ics", "y*").identity
