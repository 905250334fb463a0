"""Calendars of the config: where days come from, and how they are laid into the ruleset."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from filterdns.calendars.occurrences import Occurrences
from filterdns.calendars.source import CalendarSource
from filterdns.config.calendars import lay_in
from filterdns.config.compile import Compiled
from filterdns.policy.ruleset import Ruleset
from tests.support.configs import compiled, complaints
from tests.support.households import days

DAY = 86_400
CHRISTMAS = days("2026-12-21", "2027-01-03")
SCHEDULES = "schedules: {exam: {ics: terms.ics, summary: 'Exam*'}, nap: {sat: 12:00-13:00}}\n"
PEOPLE = (
    "policies: {a: {}}\n"
    "people: {mia: {policy: a, calendar: {holidays: ['ics:terms.ics']}},"
    " ben: {policy: a, schedules: {exam: {sun: 9:00-10:00}}},"
    " kim: {policy: a, schedules: {exam: {ics: []}, nap: {ics: more.ics}}},"
    " pat: {policy: a}}\n"
    "groups: {hall: {networks: 10.1.0.0/24, calendar: {holidays: [2026-05-01, 'ics:more.ics']}}}\n"
)


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name in ("terms.ics", "more.ics"):
        (tmp_path / name).touch()


def holidays(folder: Path, entries: str) -> Compiled:
    return compiled(folder, f"calendar: {{holidays: [{entries}]}}\n")


def laid_in(config: Compiled, found: Mapping[str, Occurrences]) -> Ruleset:
    """Lay in what is *found* by the file's name."""

    def known(source: CalendarSource) -> Occurrences | None:
        return found.get(source.path.rpartition("/")[2] or source.url)

    return lay_in(config.ruleset, config.calendars, known)


def local(*spans: tuple[int, int]) -> Occurrences:
    return Occurrences(spans, (), len(spans), len(spans))


def span(first: str, last: str) -> tuple[int, int]:
    epoch = days("1970-01-01")[0]
    start, end = days(first, last)
    return (start - epoch) * DAY, (end - epoch + 1) * DAY


TERMS = local(span("2026-12-21", "2027-01-03"))
MORE = local(span("2027-05-06", "2027-05-06"))


def test_a_file_lies_beside_the_config(tmp_path: Path) -> None:
    [source] = holidays(tmp_path, "2026-12-24, 'ics:terms.ics'").calendars.sources
    assert source.path == str(tmp_path / "terms.ics")
    assert (source.name, source.summaries) == ("terms.ics", ())
    assert (source.key, source.where) == ("calendar.holidays[1]", "config.yaml:3:35")


def test_a_file_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "own.ics").touch()
    body = "include: conf.d/*.yaml\n"
    config = compiled(tmp_path, body, conf_a="calendar: {holidays: ['ics:own.ics']}\n")
    assert [each.path for each in config.calendars.sources] == [
        str(tmp_path / "conf.d" / "own.ics")
    ]


@pytest.mark.parametrize(
    ("entry", "url", "summaries"),
    [
        ("'ics:https://school.example/t.ics'", "https://school.example/t.ics", ()),
        ("'ics:webcal://school.example/t.ics'", "https://school.example/t.ics", ()),
        ("{ics: 'https://a.example/t'}", "https://a.example/t", ()),
        ("{ics: 'https://a.example/t', summary: F*}", "https://a.example/t", ("F*",)),
        ("{ics: 'https://a.example/t', summary: [F*, G]}", "https://a.example/t", ("F*", "G")),
    ],
)
def test_a_calendar_may_be_on_the_web(
    tmp_path: Path, entry: str, url: str, summaries: tuple[str, ...]
) -> None:
    [source] = holidays(tmp_path, entry).calendars.sources
    assert (source.path, source.url, source.summaries) == ("", url, summaries)


def test_a_secret_address_is_never_shown(tmp_path: Path) -> None:
    environment = {"TERMS": "ics:https://calendar.example/private-123/basic.ics"}
    config = compiled(tmp_path, "calendar: {holidays: [!env TERMS]}\n", environment)
    [source] = config.calendars.sources
    assert source.name == "!env TERMS"


def test_the_days_of_calendars_join_those_that_are_written(tmp_path: Path) -> None:
    config = holidays(tmp_path, "2027-01-04, 2026-05-01, 'ics:terms.ics'")
    assert config.ruleset.holidays == (days("2026-05-01"), days("2027-01-04"))
    found = laid_in(config, {"terms.ics": TERMS})
    assert found.holidays == (days("2026-05-01"), days("2026-12-21", "2027-01-04"))


def test_laying_in_again_replaces_what_was_there(tmp_path: Path) -> None:
    config = compiled(tmp_path, SCHEDULES + PEOPLE + "calendar: {holidays: ['ics:terms.ics']}\n")
    first = laid_in(config, {"terms.ics": TERMS, "more.ics": MORE})
    second = lay_in(first, config.calendars, lambda _: None)
    assert second == config.ruleset


def test_own_holidays_are_those_of_the_own_calendars(tmp_path: Path) -> None:
    found = laid_in(compiled(tmp_path, SCHEDULES + PEOPLE), {"terms.ics": TERMS, "more.ics": MORE})
    assert found.holidays == ()
    assert found.people["mia"].holidays == (CHRISTMAS,)
    assert found.people["ben"].holidays is None
    assert found.places["hall"].holidays == (days("2026-05-01"), days("2027-05-06"))


def test_events_are_windows_of_a_schedule_beside_its_lines(tmp_path: Path) -> None:
    config = compiled(tmp_path, SCHEDULES + PEOPLE)
    zoned = Occurrences((), ((100, 200),), 1, 1)
    found = laid_in(config, {"terms.ics": zoned, "more.ics": MORE})
    assert found.schedules["exam"].events == ((100, 200),)
    assert found.schedules["nap"].events == ()
    ben, kim = found.people["ben"].schedules, found.people["kim"].schedules
    assert ben["exam"].events == ((100, 200),)  # a line of his own leaves the calendar
    assert any(ben["exam"].weekdays)
    assert kim["exam"].events == ()
    assert kim["nap"].local_events == MORE.local


def test_whom_no_calendar_concerns_stays_the_same(tmp_path: Path) -> None:
    config = compiled(tmp_path, SCHEDULES + PEOPLE)
    found = laid_in(config, {"terms.ics": TERMS})
    assert found.people["pat"] is config.ruleset.people["pat"]
    assert found.schedules["nap"] is config.ruleset.schedules["nap"]


def test_days_are_told_by_the_clocks_of_their_owner(tmp_path: Path) -> None:
    body = (
        "policies: {a: {}}\ncalendar: {holidays: ['ics:terms.ics']}\npeople: {mia: {policy: a,"
        " timezone: America/New_York, calendar: {holidays: ['ics:terms.ics']}}}\n"
    )
    midnight_here = 1_797_807_600  # 2026-12-21 00:00 in Berlin
    zoned = Occurrences((), ((midnight_here, midnight_here + DAY),), 1, 1)
    found = laid_in(compiled(tmp_path, body), {"terms.ics": zoned})
    assert found.holidays == (days("2026-12-21"),)
    assert found.people["mia"].holidays == ()


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (
            "calendar: {holidays: ['ics:tems.ics']}\n",
            'config.yaml:3:23 calendar.holidays[0]: the calendar "tems.ics" does not exist; check',
        ),
        ("calendar: {holidays: ['ics:']}\n", 'the calendar "" is no file'),
        ("calendar: {holidays: ['ics:https://']}\n", '"https://" is no URL of a calendar'),
        (
            "calendar: {holidays: ['ics:https://mia:secret@a.example/x']}\n",
            "is no URL of a calendar; write https://HOST/PATH.ics",
        ),
        ("calendar: {holidays: [{icz: terms.ics}]}\n", 'calendar.holidays[0]: "icz" is no key'),
        ("calendar: {holidays: [{}]}\n", '"ics" is missing'),
        ("calendar: {holidays: [[a]]}\n", "a list stands where a text is expected"),
        (
            "schedules: {exam: {ics: gone.ics}}\n",
            'config.yaml:3:25 schedules.exam.ics: the calendar "gone.ics" does not exist',
        ),
        (
            "schedules: {exam: {summary: 'x*'}}\n",
            "config.yaml:3:20 schedules.exam: `summary` stands without a calendar; add ics:",
        ),
        ("schedules: {exam: {mon: 9}}\n", 'schedules.exam.mon: "9" is no window of time'),
        ("schedules: {exam: [9]}\n", "schedules.exam: a list stands where keys are expected"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, body: str, complaint: str) -> None:
    found = complaints(tmp_path, body)
    assert len(found) == 1, found
    assert complaint in found[0]


def test_more_calendars_than_anybody_has_are_refused(tmp_path: Path) -> None:
    many = ", ".join(f"'ics:https://a.example/{number}'" for number in range(101))
    [complaint] = complaints(tmp_path, f"calendar: {{holidays: [{many}]}}\n")
    assert "found 101 calendars, expected at most 100" in complaint
