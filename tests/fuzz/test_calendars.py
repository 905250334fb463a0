"""No bytes make the reader of calendars raise anything but `CalendarError`."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from filterdns.calendars.occurrences import Horizon
from filterdns.calendars.parse import read_calendar
from filterdns.errors import CalendarError
from tests.support.calendars import APPLE, GOOGLE, MINISTRY, OUTLOOK, calendar
from tests.support.examples import one_in
from tests.support.households import moment

HORIZON = Horizon.at(moment("2026-11-29 12:00"))
WORDS = st.sampled_from(
    [
        b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"END:VCALENDAR\r\n", b"BEGIN:VTIMEZONE\r\n",
        b"RRULE:FREQ=YEARLY;BYDAY=-1SU\r\n", b"RRULE:FREQ=DAILY;COUNT=-1\r\n", b"TZID=", b";", b":",
        b"DTSTART:99991231T235959Z\r\n", b"DTEND;VALUE=DATE:00010101\r\n", b"DURATION:-P9999W\r\n",
        b"RDATE;VALUE=PERIOD:20261201T080000Z/PT1H\r\n", b"EXDATE:20261201\r\n", b"\r\n ", b"\xff",
        b"RECURRENCE-ID:20261201T080000Z\r\n", b"X-WR-TIMEZONE:Nowhere\r\n", b"STATUS:\r\n",
    ]
)  # fmt: skip


def read(data: bytes) -> None:
    with suppress(CalendarError):
        found = read_calendar(data, (), HORIZON)
        assert all(start < end for start, end in (*found.local, *found.absolute))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read(b"BEGIN:VCALENDAR\r\n" + data)


@given(
    st.sampled_from([APPLE, GOOGLE, MINISTRY, OUTLOOK]),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), WORDS), min_size=1, max_size=4),
)
def test_a_calendar_that_was_damaged(data: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for at, length, word in changes:
        data = data[:at] + word + data[at + length :]
    read(data)


@one_in(10)
@given(
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]),
    st.sampled_from(["BYDAY=MO,5SU", "BYMONTHDAY=30", "BYSETPOS=-1;BYDAY=FR", "WKST=SU"]),
    st.integers(-2, 9),
    st.sampled_from(["20261201T080000Z", "20261201T080000", "20261201", "99991230"]),
)
def test_any_rule(frequency: str, more: str, interval: int, start: str) -> None:
    rule = f"RRULE:FREQ={frequency};INTERVAL={interval};{more}"
    read(calendar(f"DTSTART:{start} DURATION:PT1H {rule} SUMMARY:x"))
