"""`filterdns schedule`: when the windows of somebody are on."""

import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from filterdns.cli.client import running_filter
from filterdns.cli.offline import compiled_config, offline_calendars
from filterdns.cli.options import DirectoryOption, JsonOption, OtherConfigOption
from filterdns.cli.output import say, say_json
from filterdns.control.rules import Rules
from filterdns.control.timetable import WEEK, WantedTimetable, read_timetable
from filterdns.errors import ControlError

schedule = typer.Typer(help="Tell when the windows of somebody are on.")

PLAIN_WIDTH: Final = 80
Values = Mapping[str, Any]


@schedule.callback()
def _any_verb() -> None:
    """Stand before every command, so that a single one keeps its name."""


@schedule.command()
def show(
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO", help="A person, a device, a group, an address, or `unknown`."
        ),
    ],
    week: Annotated[
        bool, typer.Option("--week", help="Seven days, which is what is shown anyway.")
    ] = False,
    days: Annotated[int, typer.Option(metavar="N", help="How many days.")] = WEEK,
    first: Annotated[
        str,
        typer.Option(
            "--from", metavar="DATE", help="The first day, such as 2026-12-21; today if not given."
        ),
    ] = "",
    ics: Annotated[
        bool, typer.Option("--ics", help="Write them as a calendar for other programs.")
    ] = False,
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the days of somebody: what is on when, holidays, and the present moment."""
    if week and days != WEEK:
        raise ControlError("--week and --days exclude each other")
    if ics and as_json:
        raise ControlError("--ics and --json exclude each other")
    texts = {"who": who, "from": first, "days": str(days)}
    found = _ask(texts, config, directory)
    if as_json:
        say_json(found)
    elif ics:
        # Its library is large, and nobody else needs it here.
        from filterdns.calendars.writing import write_timetable

        sys.stdout.write(write_timetable(found).decode())
    else:
        _tell(found)


def _ask(texts: dict[str, str], config: Path | None, directory: Path | None) -> Any:
    if config is None:
        return running_filter(directory).get("/api/schedule", **texts)
    wanted = WantedTimetable.from_texts(texts)
    rules = Rules(compiled_config(config, offline_calendars(directory)), None, {})
    return read_timetable(wanted, rules, time.time())


def _tell(found: Values) -> None:
    # It takes long to load, and what is written for programs does without.
    from rich.console import Console

    from filterdns.cli.week_picture import colour_of, draw, signs_of

    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else PLAIN_WIDTH
    console = Console(width=max(width, 24), highlight=False, markup=False, soft_wrap=True)
    say(f"{_title(found)}, on the clocks of {found['timezone']}")
    if not found["windows"]:
        say("no windows: nothing changes by the clock")
        return
    for line in draw(found, width):
        line.rstrip()
        console.print(line)
    signs = signs_of(found["windows"])
    for number, window in enumerate(found["windows"]):
        console.print(signs[number], style=colour_of(number), end="")
        say(f" {window['schedule']} ({window['whose']}): {window['what']}")
        for text in times_of(window) or ["never in these days"]:
            say(f"    {text}")


def _title(found: Values) -> str:
    device = f" ({found['device']})" if found["device"] else ""
    places = f" in {', '.join(found['places'])}" if found["places"] else ""
    if found["who"] in found["places"]:
        return f"whoever is{places}"
    return f"{found['person'] or 'unknown devices'}{device}{places}"


def times_of(window: Values) -> list[str]:
    """Return when *window* is on, days with equal times together: `Mon-Thu 20:30-06:30`."""
    zone = ZoneInfo(window["timezone"])
    days_by_times: defaultdict[str, list[datetime]] = defaultdict(list)
    for each in window["stretches"]:
        start, end = (datetime.fromtimestamp(each[key], zone) for key in ("start", "end"))
        is_long = each["end"] - each["start"] >= _LONG_SECONDS
        until = f"{end:%a %d %b %H:%M}" if is_long else f"{end:%H:%M}"
        days_by_times[f"{start:%H:%M}-{until}"].append(start)
    return [f"{_days(days)} {times}" for times, days in days_by_times.items()]


_LONG_SECONDS: Final = 25 * 3600


def _days(starts: Sequence[datetime]) -> str:
    return ", ".join(_runs(sorted({start.date() for start in starts})))


def _runs(days: Sequence[Any]) -> Iterator[str]:
    first = last = days[0]
    for day in [*days[1:], None]:
        if day is not None and day - last == timedelta(days=1):
            last = day
            continue
        yield f"{first:%a %d}" if first == last else f"{first:%a %d}-{last:%a %d}"
        if day is not None:
            first = last = day
