"""Days as rows of blocks, an hour in one or several cells: what the windows of somebody look like.

The columns are the local clock. On the day when clocks go forward the hour that does not exist is
left blank; when they go back, the hour that comes again has a row of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.text import Text

STEP_SECONDS: Final = 300  # how closely a cell is looked at; windows are written in minutes
CELL_SECONDS: Final = (900, 1800, 3600, 7200, 14_400)
DAY_SECONDS: Final = 86_400
NOTE_WIDTH: Final = 9
_COLOURS: Final = ("red", "blue", "magenta", "yellow", "cyan", "green")
_OFF, _GONE = ".", " "

Values = Mapping[str, Any]


class _Cell(NamedTuple):
    """The windows that are on in a cell, by their numbers, and whether it holds the present."""

    is_there: bool = False
    window: int | None = None
    is_now: bool = False


class _Row(NamedTuple):
    label: str
    cells: list[_Cell]
    note: str


def draw(found: Values, width: int) -> list[Text]:
    """Return the days of *found*, a timetable, in lines of at most *width* characters."""
    cell_seconds = _cell_seconds(width)
    signs = signs_of(found["windows"])
    lines = [_hours(cell_seconds)]
    for day in found["days"]:
        for row in _rows(day, found, cell_seconds):
            lines.append(_line(row, signs, is_noted=_width(cell_seconds) + NOTE_WIDTH <= width))
            for mark in [at for at, cell in enumerate(row.cells) if cell.is_now][:1]:
                local = datetime.fromtimestamp(found["now"], ZoneInfo(found["timezone"]))
                lines.append(_mark(mark, f"{local:%H:%M}", cell_seconds))
    return lines


def signs_of(windows: Sequence[Values]) -> list[str]:
    """Return a letter for each of *windows*, that of its schedule where it is free."""
    signs: list[str] = []
    for window in windows:
        wanted = [each.upper() for each in window["schedule"] if each.isascii() and each.isalnum()]
        free = [each for each in (*wanted, *_SPARE) if each not in signs]
        signs.append(free[0] if free else "#")
    return signs


_SPARE: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def colour_of(number: int) -> str:
    """Return the style of the window with this *number*."""
    return f"bold white on {_COLOURS[number % len(_COLOURS)]}"


def _cell_seconds(width: int) -> int:
    fitting = (each for each in CELL_SECONDS if _width(each) + NOTE_WIDTH <= width)
    return next(fitting, CELL_SECONDS[-1])


_LABEL_WIDTH: Final = 11  # Mon 21 Dec


def _width(cell_seconds: int) -> int:
    return _LABEL_WIDTH + DAY_SECONDS // cell_seconds


def _hours(cell_seconds: int) -> Text:
    """Return the line above the days: every third hour, or as many as there is room for."""
    line = Text(" " * _LABEL_WIDTH, style="dim")
    each = 3 if cell_seconds <= 3600 else 6 if cell_seconds <= 7200 else 12
    for hour in range(0, 24, each):
        line.append(f"{hour:02}".ljust(each * 3600 // cell_seconds))
    return line


def _rows(day: Values, found: Values, cell_seconds: int) -> Iterator[_Row]:
    local = date.fromisoformat(day["date"])
    count = DAY_SECONDS // cell_seconds
    passes = ([_Cell()] * count, [_Cell()] * count)
    zone = ZoneInfo(found["timezone"])
    spans = [_spans_in(window, day) for window in found["windows"]]
    for at in range(day["begin"], day["end"], STEP_SECONDS):
        moment = datetime.fromtimestamp(at, zone)
        place = (moment.hour * 3600 + moment.minute * 60) // cell_seconds
        cell = passes[moment.fold][place]
        window = _first_on(spans, at, at + STEP_SECONDS)
        passes[moment.fold][place] = _Cell(
            True,
            min((each for each in (cell.window, window) if each is not None), default=None),
            cell.is_now or at <= found["now"] < at + STEP_SECONDS,
        )
    yield _Row(f"{local:%a %d %b}", passes[0], _note(day))
    if any(cell.is_there for cell in passes[1]):
        yield _Row("  again", passes[1], "")


def _spans_in(window: Values, day: Values) -> list[tuple[int, int]]:
    return [
        (each["start"], each["end"])
        for each in window["stretches"]
        if each["start"] < day["end"] and day["begin"] < each["end"]
    ]


def _first_on(spans: Sequence[list[tuple[int, int]]], start: int, end: int) -> int | None:
    for number, each in enumerate(spans):
        if any(begin < end and start < stop for begin, stop in each):
            return number
    return None


def _note(day: Values) -> str:
    if not day["hours"]:
        return "no day"
    hours = "" if day["hours"] == 24 else f"{day['hours']:g} h"
    return hours or ("holiday" if day["holiday"] else "")


def _line(row: _Row, signs: Sequence[str], *, is_noted: bool) -> Text:
    line = Text(row.label.ljust(_LABEL_WIDTH))
    for cell in row.cells:
        if cell.window is not None:
            line.append(signs[cell.window], style=colour_of(cell.window))
        elif cell.is_there:
            line.append(_OFF, style="dim")
        else:
            line.append(_GONE)
        if cell.is_now:
            line.stylize("reverse", len(line) - 1)
    if row.note and is_noted:
        line.append(f" {row.note}", style="dim")
    return line


def _mark(at: int, clock: str, cell_seconds: int) -> Text:
    """Return the line below a row that points to its cell *at*."""
    words = f" now {clock}"
    before = _LABEL_WIDTH + at
    if before + 1 + len(words) <= _width(cell_seconds):
        return Text(f"{' ' * before}^{words}", style="bold")
    return Text(f"{f'now {clock} ':>{before}}^", style="bold")
