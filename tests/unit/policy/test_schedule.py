"""Windows of the local day as stretches of Unix time."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.calendars.occurrences import joined
from filterdns.policy.ruleset import MINUTES_PER_DAY, Schedule, Window
from filterdns.policy.schedule import (
    Stretch,
    is_holiday,
    is_on,
    is_on_within_a_week,
    local_day,
    stretch,
    stretches_on,
)
from tests.support.households import BERLIN, days, moment, schedule

DENVER = "America/Denver"
LORD_HOWE = "Australia/Lord_Howe"
CHRISTMAS = (days("2026-12-21", "2027-01-03"),)  # Monday to Sunday; Thursday 2026-12-24 is inside

NIGHTS = schedule("nights", "20:00-07:00", holidays="23:00-10:00")
INSIDE = schedule("inside", "14:00-16:00", holidays="10:00-11:00")


def on(what: Schedule, text: str, zone: str = BERLIN, *, fold: int = 0) -> bool:
    return is_on(what, zone, CHRISTMAS, moment(text, zone, fold=fold))


class TestWindows:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-03-05 13:59", False),
            ("2026-03-05 14:00", True),
            ("2026-03-05 15:29", True),
            ("2026-03-05 15:30", False),
            ("2026-03-05 16:29", False),
            ("2026-03-05 16:30", True),
            ("2026-03-05 18:00", False),
        ],
    )
    def test_several_windows_a_day_have_exclusive_ends(self, text: str, expected: bool) -> None:
        assert on(schedule("homework", "14:00-15:30, 16:30-18:00"), text) is expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-03-05 20:29", False),  # Thursday
            ("2026-03-05 20:30", True),
            ("2026-03-06 06:29", True),  # still Thursday's
            ("2026-03-06 06:30", False),
            ("2026-03-06 20:30", False),  # Friday's begins at 22:00
            ("2026-03-06 22:00", True),
            ("2026-03-07 07:59", True),
            ("2026-03-08 07:59", True),  # Saturday's
            ("2026-03-08 20:30", True),  # Sunday's
            ("2026-03-09 06:30", False),
        ],
    )
    def test_the_starting_day_owns_the_night(self, text: str, expected: bool) -> None:
        assert on(schedule("bedtime", nights=("20:30-06:30", "22:00-08:00")), text) is expected

    def test_a_night_crosses_the_end_of_the_year(self) -> None:
        plain = schedule("bedtime", "20:30-06:30")
        assert on(plain, "2025-12-31 23:59")
        assert on(plain, "2026-01-01 06:29")
        assert not on(plain, "2026-01-01 06:30")

    def test_a_leap_day_is_a_day(self) -> None:
        sundays_off = schedule("sport", "10:00-11:00", weekend="never")
        assert on(sundays_off, "2028-02-29 10:30")  # a Tuesday
        assert on(schedule("bedtime", "20:30-06:30"), "2028-03-01 06:29")

    def test_a_window_of_a_whole_day_ends_at_midnight(self) -> None:
        saturdays = schedule("saturdays", "never", weekend="00:00-24:00")
        assert not on(saturdays, "2026-03-06 23:59")
        assert on(saturdays, "2026-03-07 00:00")
        assert on(saturdays, "2026-03-08 23:59")
        assert not on(saturdays, "2026-03-09 00:00")

    def test_a_zone_is_the_persons_own(self) -> None:
        evening = schedule("evening", "20:00-21:00")
        now = moment("2026-03-05 20:30", BERLIN)
        assert is_on(evening, BERLIN, (), now)
        assert not is_on(evening, DENVER, (), now)


class TestHolidays:
    """Holidays run from Monday 2026-12-21 to Sunday 2027-01-03."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-12-19 20:00", True),  # Saturday: Sunday is no holiday yet
            ("2026-12-20 20:00", False),  # the eve is no school night
            ("2026-12-20 23:00", True),
            ("2026-12-21 09:59", True),
            ("2026-12-21 20:00", False),
            ("2027-01-02 20:00", False),
            ("2027-01-03 20:00", True),  # the last night is a school night
            ("2027-01-04 06:59", True),
            ("2027-01-04 07:00", False),
            ("2027-01-04 20:00", True),
        ],
    )
    def test_a_night_is_ruled_by_the_day_that_follows(self, text: str, expected: bool) -> None:
        assert on(NIGHTS, text) is expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-12-20 14:30", True),
            ("2026-12-20 10:30", False),
            ("2026-12-21 10:30", True),
            ("2026-12-21 14:30", False),
            ("2027-01-03 10:30", True),
            ("2027-01-03 14:30", False),
            ("2027-01-04 14:30", True),
        ],
    )
    def test_a_window_inside_a_day_is_ruled_by_that_day(self, text: str, expected: bool) -> None:
        assert on(INSIDE, text) is expected

    def test_without_a_line_holidays_are_days_like_others(self) -> None:
        assert on(schedule("homework", "14:00-15:30"), "2026-12-24 14:00")

    def test_never_switches_the_windows_off_on_holidays(self) -> None:
        homework = schedule("homework", "14:00-15:30", holidays="never")
        assert not on(homework, "2026-12-24 14:00")
        assert on(homework, "2027-01-04 14:00")

    def test_never_switches_the_night_before_a_holiday_off(self) -> None:
        bedtime = schedule("bedtime", "20:30-06:30", holidays="never")
        assert not on(bedtime, "2026-12-20 21:00")
        assert on(bedtime, "2027-01-03 21:00")

    def test_one_day_of_holidays_moves_the_night_before_it_only(self) -> None:
        ascension = (days("2027-05-06"),)
        for text, expected in (("2027-05-05 21:00", False), ("2027-05-06 21:00", True)):
            assert is_on(NIGHTS, BERLIN, ascension, moment(text)) is expected

    def test_both_ends_of_a_range_are_holidays(self) -> None:
        first, last = days("2026-12-21", "2027-01-03")
        assert [is_holiday(day, CHRISTMAS) for day in (first - 1, first, last, last + 1)] == [
            False,
            True,
            True,
            False,
        ]


class TestDates:
    def test_a_date_wins_over_holidays_and_weekdays(self) -> None:
        dated = schedule(
            "quiet", "10:00-11:00", holidays="12:00-13:00", dates={"2026-12-24": "16:00-18:00"}
        )
        assert on(dated, "2026-12-24 17:00")
        assert not on(dated, "2026-12-24 12:30")
        assert on(dated, "2026-12-25 12:30")

    def test_a_date_owns_the_night_that_starts_on_it(self) -> None:
        dated = schedule("bedtime", "20:30-06:30", dates={"2026-12-31": "never"})
        assert on(dated, "2026-12-31 06:29")  # the night before it is not its own
        assert not on(dated, "2026-12-31 23:00")
        assert not on(dated, "2027-01-01 06:00")
        assert on(dated, "2027-01-01 20:30")

    def test_a_date_on_the_last_day_of_the_holidays_beats_the_rule_for_nights(self) -> None:
        dated = schedule(
            "bedtime", "20:00-07:00", holidays="23:00-10:00", dates={"2027-01-03": "23:30-07:00"}
        )
        assert not on(dated, "2027-01-03 21:00")
        assert on(dated, "2027-01-03 23:30")


class TestClockChanges:
    """Berlin 2026-03-29 02:00→03:00 and 2026-10-25 03:00→02:00; Denver 03-08 and 11-01 at 02:00;
    Lord Howe 2026-04-05 02:00→01:30 and 2026-10-04 02:00→02:30."""

    @pytest.mark.parametrize(
        ("zone", "day", "gap_start", "gap_end"),
        [
            (BERLIN, "2026-03-29", "02:00", "03:00"),
            (DENVER, "2026-03-08", "02:00", "03:00"),
            (LORD_HOWE, "2026-10-04", "02:00", "02:30"),
        ],
    )
    def test_a_start_that_does_not_exist_is_the_next_time_that_does(
        self, zone: str, day: str, gap_start: str, gap_end: str
    ) -> None:
        early = schedule("early", f"{gap_start[:3]}15-04:00")
        begins = moment(f"{day} {gap_end}", zone)
        assert stretch(early, zone, (), begins - 60).until == begins
        assert is_on(early, zone, (), begins)

    @pytest.mark.parametrize(
        ("zone", "day", "inside"),
        [
            (BERLIN, "2026-03-29", "02:10-02:50"),
            (DENVER, "2026-03-08", "02:10-02:50"),
            (LORD_HOWE, "2026-10-04", "02:05-02:25"),
        ],
    )
    def test_a_window_inside_the_gap_never_comes(self, zone: str, day: str, inside: str) -> None:
        found = stretch(schedule("gap", inside), zone, (), moment(f"{day} 01:00", zone))
        next_day = datetime.fromisoformat(f"{day} {inside[:5]}") + timedelta(days=1)
        assert found == Stretch(False, found.since, moment(next_day.isoformat(), zone))

    @pytest.mark.parametrize(
        ("zone", "day", "window"),
        [
            (BERLIN, "2026-10-25", "02:00-02:30"),
            (DENVER, "2026-11-01", "01:00-01:30"),
            (LORD_HOWE, "2026-04-05", "01:30-01:45"),
        ],
    )
    def test_a_repeated_time_counts_in_both_passes_and_not_between(
        self, zone: str, day: str, window: str
    ) -> None:
        what = schedule("twice", window)
        start, end = (f"{day} {text}" for text in window.split("-"))
        first, second = moment(start, zone), moment(start, zone, fold=1)
        assert stretch(what, zone, (), first)[1:] == (first, moment(end, zone))
        assert not is_on(what, zone, (), moment(end, zone))
        assert stretch(what, zone, (), second)[1:] == (second, moment(end, zone, fold=1))

    @pytest.mark.parametrize(
        ("zone", "evening", "hours"),
        [
            (BERLIN, "2026-03-28", 9.0),
            (BERLIN, "2026-10-24", 11.0),
            (DENVER, "2026-03-07", 9.0),
            (DENVER, "2026-10-31", 11.0),
            (LORD_HOWE, "2026-10-03", 9.5),
            (LORD_HOWE, "2026-04-04", 10.5),
        ],
    )
    def test_bedtime_ends_by_the_wall_clock(self, zone: str, evening: str, hours: float) -> None:
        bedtime = schedule("bedtime", "20:30-06:30")
        found = stretch(bedtime, zone, (), moment(f"{evening} 23:00", zone))
        assert found.is_on
        assert (found.until - found.since) / 3600 == hours

    def test_a_midnight_that_does_not_exist_starts_at_one(self) -> None:
        zone = "America/Santiago"  # 2026-09-06 00:00→01:00
        sundays = schedule("sundays", "never", weekend="00:00-24:00")
        assert is_on(sundays, zone, (), moment("2026-09-06 01:00", zone))
        assert stretch(
            schedule("night", "00:00-05:00"), zone, (), moment("2026-09-05 23:59", zone)
        ).until == moment("2026-09-06 01:00", zone)


class TestStretches:
    def test_windows_that_touch_are_one_stretch(self) -> None:
        touching = schedule("lessons", "08:00-09:00, 09:00-10:00")
        found = stretch(touching, BERLIN, (), moment("2026-03-05 08:30"))
        assert found == Stretch(True, moment("2026-03-05 08:00"), moment("2026-03-05 10:00"))

    def test_a_night_that_meets_the_morning_is_one_stretch(self) -> None:
        touching = schedule("all", "20:00-06:00, 06:00-08:00")
        found = stretch(touching, BERLIN, (), moment("2026-03-05 23:00"))
        assert found[1:] == (moment("2026-03-05 20:00"), moment("2026-03-06 08:00"))

    def test_the_time_between_windows_is_a_stretch(self) -> None:
        lunch = schedule("lessons", "08:00-12:15, 13:15-16:00")
        found = stretch(lunch, BERLIN, (), moment("2026-03-05 12:15"))
        assert found == Stretch(False, moment("2026-03-05 12:15"), moment("2026-03-05 13:15"))

    @pytest.mark.parametrize(("daily", "expected"), [("never", False), ("00:00-24:00", True)])
    def test_what_never_changes_is_known_a_week_ahead(self, daily: str, expected: bool) -> None:
        now = moment("2026-03-05 12:00")
        found = stretch(schedule("constant", daily), BERLIN, (), now)
        assert found.is_on is expected
        assert found.since <= now - 7 * 86400
        assert found.until >= now + 7 * 86400

    def test_the_edges_are_the_same_all_week(self) -> None:
        always = schedule("always", "00:00-24:00")
        monday, tuesday = moment("2026-03-09 12:00"), moment("2026-03-10 12:00")
        assert stretch(always, BERLIN, (), monday) == stretch(always, BERLIN, (), tuesday)


# A slow and obvious reference: look at the clock on the wall, minute by minute.

ZONES = st.sampled_from(
    [BERLIN, DENVER, LORD_HOWE, "America/Santiago", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]
)
WINDOWS = st.builds(Window, st.integers(0, MINUTES_PER_DAY - 1), st.integers(0, MINUTES_PER_DAY))
LINES = st.lists(WINDOWS, max_size=3).map(tuple)
CHANGES = (
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 9, 6),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2027, 2, 7),
)
DAYS = st.one_of(st.sampled_from(CHANGES), st.dates(date(2026, 1, 1), date(2027, 12, 31)))


def windows_that_start_on(
    day: date, what: Schedule, holidays: tuple[tuple[int, int], ...], *, nights: bool
) -> list[Window]:
    """The rules as docs/policy.md tells them."""
    if day.isoformat() in what.dates:
        found = what.dates[day.isoformat()]
    else:
        ruling = day + timedelta(days=1) if nights else day
        ordinal = ruling.toordinal()
        found = what.weekdays[day.weekday()]
        if what.holidays is not None and any(a <= ordinal <= b for a, b in holidays):
            found = what.holidays
    return [window for window in found if window.crosses_midnight is nights]


def shows_a_window(
    what: Schedule, zone: ZoneInfo, holidays: tuple[tuple[int, int], ...], at: float
) -> bool:
    wall = datetime.fromtimestamp(at, zone)
    minute = wall.hour * 60 + wall.minute
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    return (
        any(
            window.start_minute <= minute < window.end_minute
            for window in windows_that_start_on(today, what, holidays, nights=False)
        )
        or any(
            window.start_minute <= minute
            for window in windows_that_start_on(today, what, holidays, nights=True)
        )
        or any(
            minute < window.end_minute
            for window in windows_that_start_on(yesterday, what, holidays, nights=True)
        )
    )


@settings(max_examples=60, deadline=None)
@given(
    weekdays=st.lists(LINES, min_size=7, max_size=7).map(tuple),
    holiday_line=st.none() | LINES,
    dated=LINES,
    zone=ZONES,
    day=DAYS,
    holiday=st.tuples(st.integers(-3, 3), st.integers(0, 2)),
    dated_after=st.integers(-2, 2),
)
def test_every_minute_is_as_the_clock_on_the_wall_says(
    weekdays: tuple[tuple[Window, ...], ...],
    holiday_line: tuple[Window, ...] | None,
    dated: tuple[Window, ...],
    zone: str,
    day: date,
    holiday: tuple[int, int],
    dated_after: int,
) -> None:
    first = day.toordinal() + holiday[0]
    holidays = ((first, first + holiday[1]),)
    dated_day = day + timedelta(days=dated_after)
    what = Schedule("any", weekdays, holiday_line, {dated_day.isoformat(): dated})
    place = ZoneInfo(zone)
    start = int(datetime(day.year, day.month, day.day, tzinfo=place).timestamp()) // 60 * 60
    found = stretch(what, zone, holidays, start)
    for at in range(start, start + 36 * 3600, 60):
        if at >= found.until:
            assert at == found.until
            found = stretch(what, zone, holidays, at)
            assert found.since == at
        assert found.is_on is shows_a_window(what, place, holidays, at), datetime.fromtimestamp(
            at, place
        )


class TestDay:
    @pytest.mark.parametrize(
        ("text", "hours"),
        [("2026-03-05 15:00", 24), ("2026-03-29 00:00", 23), ("2026-10-25 23:59", 25)],
    )
    def test_a_local_day_is_as_long_as_it_is(self, text: str, hours: int) -> None:
        begin, end = local_day(BERLIN, moment(text))
        assert (end - begin) / 3600 == hours
        assert begin == moment(f"{text[:10]} 00:00")

    @given(
        zone=st.sampled_from([BERLIN, DENVER, LORD_HOWE, "Africa/Cairo", "Pacific/Apia", "UTC"]),
        now=st.integers(0, 2_000_000_000),
    )
    def test_every_moment_lies_in_its_own_day(self, zone: str, now: int) -> None:
        begin, end = local_day(zone, now)
        assert begin <= now < end

    @pytest.mark.parametrize(
        ("daily", "expected"),
        [
            ("14:00-15:30", True),
            ("20:30-06:30", True),
            ("00:00-00:01", True),
            ("23:59-24:00", True),
            ("never", False),
        ],
    )
    def test_a_window_that_is_open_in_a_week_is_on_within_it(
        self, daily: str, expected: bool
    ) -> None:
        begin, _ = local_day(BERLIN, moment("2026-03-05 12:00"))
        assert is_on_within_a_week(schedule("it", daily), BERLIN, (), begin) is expected

    def test_a_window_of_any_weekday_is_on_within_a_week(self) -> None:
        begin, _ = local_day(BERLIN, moment("2026-03-06 12:00"))  # a Friday
        saturdays = schedule("it", weekend="00:00-12:00")
        assert is_on_within_a_week(saturdays, BERLIN, (), begin)

    def test_a_window_of_the_next_week_is_not_on_in_this_one(self) -> None:
        begin, _ = local_day(BERLIN, moment("2026-03-06 12:00"))
        eighth_day = days("2026-03-13")
        later = schedule("it", daily="never", holidays="00:00-24:00")
        assert not is_on_within_a_week(later, BERLIN, (eighth_day,), begin)
        assert is_on_within_a_week(later, BERLIN, (eighth_day,), begin + 1)


def event(first: str, last: str, zone: str = BERLIN) -> tuple[int, int]:
    return int(moment(first, zone)), int(moment(last, zone))


class TestEvents:
    """Events of calendars, beside windows: `lessons` has both."""

    LESSONS = replace(
        schedule("lessons", "08:00-12:15", weekend="never", holidays="never"),
        events=(
            event("2026-03-05 12:00", "2026-03-05 14:00"),  # a Thursday
            event("2026-03-07 10:00", "2026-03-08 12:00"),
            event("2026-12-22 09:00", "2026-12-22 10:00"),  # in the holidays
        ),
        local_events=(event("2026-03-09 15:30", "2026-03-09 17:00", "UTC"),),
    )

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-03-05 07:59", False),
            ("2026-03-05 08:00", True),
            ("2026-03-05 13:59", True),  # the event goes on where the window ends
            ("2026-03-05 14:00", False),
            ("2026-03-07 09:59", False),
            ("2026-03-07 10:00", True),
            ("2026-03-08 03:00", True),  # over midnight
            ("2026-03-08 12:00", False),
            ("2026-03-09 15:29", False),
            ("2026-03-09 15:30", True),
            ("2026-03-09 17:00", False),
            ("2026-12-22 08:30", False),
            ("2026-12-22 09:00", True),
            ("2026-12-22 10:00", False),
        ],
    )
    def test_they_come_on_top_of_the_windows(self, text: str, expected: bool) -> None:
        assert on(self.LESSONS, text) is expected

    @pytest.mark.parametrize("zone", [BERLIN, DENVER, LORD_HOWE, "Asia/Kathmandu"])
    def test_without_a_zone_they_are_those_of_the_clocks(self, zone: str) -> None:
        assert on(self.LESSONS, "2026-03-09 15:30", zone)
        assert not on(self.LESSONS, "2026-03-09 17:00", zone)

    def test_an_event_that_touches_a_window_makes_one_stretch(self) -> None:
        found = stretch(self.LESSONS, BERLIN, CHRISTMAS, moment("2026-03-05 09:00"))
        assert found.until == moment("2026-03-05 14:00")

    def test_a_local_event_in_a_repeated_hour_counts_in_both_passes(self) -> None:
        night = replace(
            schedule("night"),
            local_events=(event("2026-10-25 02:15", "2026-10-25 02:45", "UTC"),),
        )
        assert stretches_on(night, BERLIN, (), *event("2026-10-25 00:00", "2026-10-26 00:00")) == [
            event("2026-10-25 02:15", "2026-10-25 02:45"),
            (
                int(moment("2026-10-25 02:15", fold=1)),
                int(moment("2026-10-25 02:45", fold=1)),
            ),
        ]


def test_stretches_are_cut_where_nobody_looks() -> None:
    found = stretches_on(NIGHTS, BERLIN, (), *event("2026-03-05 22:00", "2026-03-06 21:00"))
    assert found == [
        event("2026-03-05 22:00", "2026-03-06 07:00"),
        event("2026-03-06 20:00", "2026-03-06 21:00"),
    ]
    assert stretches_on(NIGHTS, BERLIN, (), *event("2026-03-05 12:00", "2026-03-05 12:30")) == []


EVENTS = st.lists(
    st.tuples(st.integers(-30 * 60, 60 * 60), st.integers(1, 600)), max_size=4
)  # minutes from midnight on, and how many


@given(
    line=LINES,
    zone=ZONES,
    day=DAYS,
    absolute=EVENTS,
    local=EVENTS,
)
def test_every_minute_is_a_window_or_an_event(
    line: tuple[Window, ...],
    zone: str,
    day: date,
    absolute: list[tuple[int, int]],
    local: list[tuple[int, int]],
) -> None:
    place = ZoneInfo(zone)
    start = int(datetime(day.year, day.month, day.day, tzinfo=place).timestamp()) // 60 * 60
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("UTC")).timestamp())
    windows = Schedule("any", (line,) * 7)
    what = replace(
        windows,
        events=joined((start + 60 * at, start + 60 * (at + long)) for at, long in absolute),
        local_events=joined(
            (midnight + 60 * at, midnight + 60 * (at + long)) for at, long in local
        ),
    )
    end = start + 36 * 3600
    spans = stretches_on(what, zone, (), start, end)
    for at in range(start, end, 300):
        clock = datetime.fromtimestamp(at, place).replace(tzinfo=ZoneInfo("UTC"), fold=0)
        expected = (
            shows_a_window(windows, place, (), at)
            or any(first <= at < last for first, last in what.events)
            or any(first <= clock.timestamp() < last for first, last in what.local_events)
        )
        assert any(first <= at < last for first, last in spans) is expected
        assert is_on(what, zone, (), at) is expected


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("America/New_York", "2026-03-08 03:00", True),  # 02:15 does not exist
        ("America/New_York", "2026-11-01 02:15", True),
        ("Pacific/Chatham", "2026-09-27 02:44", True),  # 02:45 to 03:45 does not exist
        ("Pacific/Chatham", "2026-09-27 03:45", True),
        ("Pacific/Chatham", "2026-09-27 04:00", False),
        ("Africa/Casablanca", "2026-02-15 02:15", True),  # Ramadan: an hour back, and a month on
        ("Africa/Casablanca", "2026-03-22 03:00", True),
        ("Asia/Kathmandu", "2026-03-29 02:14", False),
        ("Asia/Kathmandu", "2026-03-29 02:15", True),
        ("America/Sao_Paulo", "2018-11-04 02:15", True),  # midnight to 01:00 does not exist
        ("Pacific/Apia", "2011-12-29 02:15", True),
        ("Pacific/Apia", "2011-12-31 02:15", True),  # the day after it
        ("Pacific/Apia", "2011-12-31 04:00", False),
    ],
)
def test_a_window_is_on_in_zones_of_all_kinds(zone: str, text: str, expected: bool) -> None:
    assert is_on(schedule("early", "02:15-04:00"), zone, (), moment(text, zone)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2011-12-29 23:00", True), ("2011-12-31 08:00", False), ("2011-12-31 23:00", True)],
)
def test_a_holiday_that_never_was_frees_nobody(text: str, expected: bool) -> None:
    # Friday, 2011-12-30, was left out in Samoa; Thursday is its eve all the same.
    night = schedule("bedtime", "20:00-07:00", holidays="22:00-09:00")
    at = moment(text, "Pacific/Apia")
    assert is_on(night, "Pacific/Apia", (days("2011-12-30"),), at) is expected
    assert not is_on(
        night, "Pacific/Apia", (days("2011-12-30"),), moment("2011-12-29 21:00", "Pacific/Apia")
    )


def test_a_clock_that_is_set_by_an_hour_is_followed_in_both_directions() -> None:
    at = moment("2026-03-05 20:00")
    bedtime = schedule("bedtime", "20:30-06:30")
    found = [is_on(bedtime, BERLIN, (), at + step) for step in (0, 3600, 0, -3600, 0, 3600)]
    assert found == [False, True, False, False, False, True]
