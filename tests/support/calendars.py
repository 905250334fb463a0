"""Calendars as publishers write them (`ics/`), and small ones made for a test."""

from pathlib import Path

from filterdns.calendars.source import CalendarSource

FILES = Path(__file__).with_name("ics")
MINISTRY = (FILES / "ministry.ics").read_bytes()
OUTLOOK = (FILES / "outlook.ics").read_bytes()
GOOGLE = (FILES / "google.ics").read_bytes()
APPLE = (FILES / "apple.ics").read_bytes()


def calendar(*events: str) -> bytes:
    """Return a calendar of *events*, each the lines of one with spaces between."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}@test", "DTSTAMP:20260101T000000Z"]
        lines += [*event.split(" "), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def day(first: str, after: str, summary: str = "Holiday") -> str:
    """Return an event of whole days, such as `20261221` until before `20270104`."""
    return f"DTSTART;VALUE=DATE:{first} DTEND;VALUE=DATE:{after} SUMMARY:{summary}"


def source(path: Path | str = "", *summaries: str, url: str = "") -> CalendarSource:
    """Return the calendar at *path* or *url* of which events with *summaries* count."""
    name = str(path) or url
    return CalendarSource(
        str(path), url, summaries, name, "calendar.holidays[0]", "config.yaml:3:9"
    )
