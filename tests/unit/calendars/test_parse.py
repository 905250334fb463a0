"""Calendars of several publishers to when their events take place."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from filterdns.calendars import parse
from filterdns.calendars.occurrences import Horizon, Occurrences, whole_days
from filterdns.calendars.parse import MOST_A_DAY, most_dates, read_calendar
from filterdns.errors import CalendarError
from tests.support.calendars import APPLE, GOOGLE, MINISTRY, OUTLOOK, calendar, day
from tests.support.households import BERLIN, moment

HORIZON = Horizon.at(moment("2026-11-29 12:00"))
NEW_YORK = "America/New_York"


def read(data: bytes, *summaries: str) -> Occurrences:
    return read_calendar(data, summaries, HORIZON)


def days_of(found: Occurrences, zone: str = BERLIN) -> list[tuple[str, str]]:
    return [
        (date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat())
        for first, last in whole_days(found, zone)
    ]


def times_of(found: Occurrences, zone: str = BERLIN) -> list[str]:
    """When the events with a zone begin and end, on the clocks of *zone*."""
    clocks = ZoneInfo(zone)
    return [
        f"{datetime.fromtimestamp(start, clocks):%Y-%m-%d %H:%M}"
        f"-{datetime.fromtimestamp(end, clocks):%H:%M}"
        for start, end in found.absolute
    ]


class TestPublishers:
    def test_a_ministry_tells_days_that_are_shown_as_free(self) -> None:
        assert days_of(read(MINISTRY, "*ferien*", "feiertag*")) == [
            ("2026-10-19", "2026-10-30"),
            ("2026-12-21", "2027-01-03"),
            ("2027-05-01", "2027-05-01"),
            ("2027-05-18", "2027-05-18"),
            ("2029-05-01", "2029-05-01"),  # that of 2028 is excepted
        ]

    def test_without_a_pattern_every_event_counts(self) -> None:
        assert ("2027-01-29", "2027-01-29") in days_of(read(MINISTRY))
        assert read(MINISTRY).found == 5

    def test_outlook_names_zones_in_its_own_way_and_moves_one_of_a_series(self) -> None:
        assert times_of(read(OUTLOOK, "exam*")) == [
            "2027-03-15 09:15-11:15",  # that of the 22nd is excepted
            "2027-03-30 13:30-15:30",  # a day later, and in summer time
            "2027-04-05 09:15-11:15",
        ]

    def test_outlooks_days_from_midnight_to_midnight_are_whole_days(self) -> None:
        found = read(OUTLOOK, "study day")
        assert found.local == ()
        assert days_of(found) == [("2027-01-04", "2027-01-04")]

    def test_a_day_elsewhere_is_no_day_here(self) -> None:
        assert days_of(read(OUTLOOK, "study day"), NEW_YORK) == []

    def test_google_repeats_on_the_clocks_of_the_zone(self) -> None:
        found = times_of(read(GOOGLE, "piano*"), NEW_YORK)
        assert found[0] == "2027-01-04 16:00-17:00"
        assert "2027-03-10 16:00-17:00" in found
        assert "2027-03-17 16:00-17:00" in found  # after the change of 2027-03-14
        assert not [each for each in found if each.startswith("2027-03-15")]  # cancelled
        assert found[-1] == "2027-04-21 16:00-17:00"
        assert len(found) == 31

    def test_a_tentative_event_counts_and_utc_is_understood(self) -> None:
        assert times_of(read(GOOGLE, "dentist")) == ["2027-03-10 22:00-23:30"]

    def test_apple_repeats_by_the_weekday_of_the_month_and_adds_dates(self) -> None:
        assert days_of(read(APPLE, "inset*")) == [
            ("2027-02-16", "2027-02-16"),
            ("2027-03-16", "2027-03-16"),
            ("2027-04-20", "2027-04-20"),
            ("2027-06-01", "2027-06-01"),
        ]

    def test_times_without_a_zone_are_local_and_tasks_are_no_events(self) -> None:
        found = read(APPLE, "scouts*without phones")
        [(start, end)] = found.local
        assert (start, end) == (_local("2027-02-20 18:00"), _local("2027-02-21 12:00"))
        assert found.absolute == ()
        assert read(APPLE).found == 2


def _local(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("UTC")).timestamp())


class TestWhatCounts:
    def test_a_cancelled_event_does_not(self) -> None:
        assert read(calendar(day("20261221", "20270104") + " STATUS:CANCELLED")).taken == 0

    def test_an_event_without_a_length_does_not(self) -> None:
        assert read(calendar("DTSTART:20261221T080000Z SUMMARY:Moment")).taken == 0

    def test_what_is_out_of_sight_does_not(self) -> None:
        far = calendar(day("20200101", "20200105"), day("20400101", "20400105"))
        assert read(far).taken == 0

    def test_an_event_that_began_before_does(self) -> None:
        assert days_of(read(calendar(day("20260701", "20261115")))) == [
            ("2026-07-01", "2026-11-14")
        ]

    def test_a_rule_for_all_that_follow_changes_them(self) -> None:
        series = "DTSTART:20261201T080000Z DTEND:20261201T090000Z RRULE:FREQ=DAILY;COUNT=4"
        later = series.replace("RRULE:FREQ=DAILY;COUNT=4", "").replace("20261201T08", "20261203T10")
        later = later.replace("20261201T09", "20261203T11") + "RECURRENCE-ID;RANGE=THISANDFUTURE:"
        text = calendar(series, later + "20261203T080000Z").replace(b"1@test", b"0@test")
        assert times_of(read(text), "UTC") == [
            "2026-12-01 08:00-09:00",
            "2026-12-02 08:00-09:00",
            "2026-12-03 10:00-11:00",
            "2026-12-04 10:00-11:00",
        ]

    def test_an_unknown_zone_is_that_of_the_clocks(self) -> None:
        event = "DTSTART;TZID=Nowhere/Land:20261221T080000 DURATION:PT1H SUMMARY:Exam"
        assert read(calendar(event)).local == (
            (_local("2026-12-21 08:00"), _local("2026-12-21 09:00")),
        )

    def test_several_calendars_in_one_file_count(self) -> None:
        both = calendar(day("20261221", "20261222")) + calendar(day("20270104", "20270105"))
        assert len(days_of(read(both))) == 2


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "no BEGIN:VCALENDAR"),
            (b"<!doctype html><title>Log in</title>", "no BEGIN:VCALENDAR"),
            (b"\xff\xfe\x00BEGIN:VCALENDAR", "no UTF-8"),
            (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "no calendar that is whole|cannot be read"),
            (b"BEGIN:VCALENDAR\r\nno colon at all\r\nEND:VCALENDAR\r\n", "cannot be read"),
            (
                calendar(
                    "DTSTART:20261221T080000Z DURATION:PT1S RRULE:FREQ=SECONDLY SUMMARY:Flood"
                ),
                r"repeats within hours \(Flood\)",
            ),
            (
                calendar(
                    "DTSTART:20261221T080000Z DURATION:PT1S SUMMARY:Flood RRULE:FREQ=DAILY;BYHOUR="
                    + ",".join(map(str, range(24)))
                    + ";BYMINUTE=0,30"
                ),
                r"repeats within hours \(Flood\)",
            ),
            (
                calendar(*["DTSTART:20261221T080000Z DURATION:PT1S RRULE:FREQ=DAILY"] * 180),
                "found events on up to 203",
            ),
        ],
    )
    def test_no_calendar_is_told(self, data: bytes, message: str) -> None:
        with pytest.raises(CalendarError, match=message):
            read(data)

    def test_too_many_dates_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parse, "MOST_OCCURRENCES", 100)
        with pytest.raises(CalendarError, match="over 100 dates"):
            read(calendar("DTSTART:20261201T080000Z DURATION:PT1H RRULE:FREQ=DAILY"))

    def test_what_begins_all_the_time_is_told(self) -> None:
        times = [f"20261201T{number // 4:02}{number % 4 * 15:02}00Z" for number in range(96)]
        times += [f"20261201T{number // 4:02}{number % 4 * 15 + 5:02}00Z" for number in range(96)]
        events = [f"DTSTART:{start} DURATION:PT1M" for start in times]
        assert read(calendar(*events[:MOST_A_DAY])).taken == MOST_A_DAY
        with pytest.raises(CalendarError, match="found 192 separate times on 2026-12-01"):
            read(calendar(*events))
        touching = [event.replace("PT1M", "PT15M") for event in events]
        assert read(calendar(*touching)).taken == len(touching)

    def test_too_many_events_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parse, "MOST_EVENTS", 1)
        with pytest.raises(CalendarError, match="found 2 events"):
            read(calendar(day("20261201", "20261202"), day("20261203", "20261204")))

    @pytest.mark.parametrize(
        "odd",
        [
            "DTSTART;VALUE=DATE:2026XX01 SUMMARY:Odd",
            "DTSTART:20261201T080000Z DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=x SUMMARY:Odd",
        ],
    )
    def test_an_odd_event_is_told_and_the_others_count(self, odd: str) -> None:
        found = read(calendar(odd, day("20261221", "20270104")))
        assert ("2026-12-21", "2027-01-03") in days_of(found)
        assert found.doubt

    @pytest.mark.parametrize(
        "odd",
        [
            "DTSTART:20261201T080000Z DTEND:2026\x1b[2J1201 SUMMARY:\x1b]0;Odd\x07",
            "DTSTART:20261201T080000Z DURATION:PT1H RRULE:FREQ=HOURLY SUMMARY:\x1b[31m\u202eddO",
        ],
    )
    def test_what_is_told_of_a_calendar_cannot_steer_a_terminal(self, odd: str) -> None:
        try:
            said = read(calendar(odd)).doubt
        except CalendarError as error:
            said = str(error)
        assert said
        assert said.isprintable()

    @pytest.mark.parametrize(
        ("rule", "most"),
        [
            ("", 1),
            ("FREQ=YEARLY", 10),
            ("FREQ=MONTHLY;BYDAY=3TU", 2000),
            ("FREQ=WEEKLY;BYDAY=MO,WE", 400),
            ("FREQ=DAILY;INTERVAL=2", 1200),
            ("FREQ=DAILY;BYHOUR=8,10", 2400),
        ],
    )
    def test_how_many_dates_there_may_be_is_known_beforehand(self, rule: str, most: int) -> None:
        event = f"DTSTART:20261001T080000Z DURATION:PT1H {f'RRULE:{rule}' if rule else ''}".strip()
        [parsed] = icalendar.Calendar.from_ical(calendar(event).decode()).events
        assert read(calendar(event)).taken <= most_dates(parsed, HORIZON) <= most
