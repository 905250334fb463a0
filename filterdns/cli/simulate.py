"""`filterdns simulate`: a day of somebody's queries, as the rules would have it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from filterdns.cli.asking import ASKED_AT_ONCE, Explain, explainer
from filterdns.cli.building import progress_bar
from filterdns.cli.options import DirectoryOption, JsonOption, OtherConfigOption
from filterdns.cli.output import say, say_json, say_table
from filterdns.cli.query_file import PlannedQuery, read_queries
from filterdns.control.at import read_day
from filterdns.control.explain import Asked
from filterdns.control.simulation import Played, merged, totals
from filterdns.errors import ControlError


def simulate(
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="A person, a device, an address, or `unknown`.")
    ],
    queries: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="A file with a line `HH:MM NAME [TYPE]` or `NAME` each, or `log --json`; - is"
            " stdin.",
        ),
    ],
    day: Annotated[
        str, typer.Option(metavar="DAY", help="The day, as 2026-12-24; today if not given.")
    ] = "",
    blocked: Annotated[
        bool, typer.Option("--blocked", help="Show only what would be blocked.")
    ] = False,
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play the queries of a day: what would be blocked, when, and by which rule."""
    wanted = read_queries(queries)
    if not wanted:
        raise ControlError(f"{queries}: there is no query in it")
    with explainer(config, directory) as explain:
        simulation = _Simulation(who, day, explain)
        played = simulation.play(wanted)
    rows = [each for each in merged(played) if not blocked or _is_blocked(each)]
    if as_json:
        say_json({**simulation.values(), **totals(played), "rows": list(map(simulation.row, rows))})
    else:
        simulation.tell(rows, totals(played))


class _Simulation:
    """The *day* of *who*, on the clocks of that person."""

    def __init__(self, who: str, day: str, explain: Explain) -> None:
        self._who = who
        self._explain = explain
        first = self._ask_one(Asked(who, _ANY_NAME))
        self._zone = ZoneInfo(first["timezone"])
        self._day = read_day(day, datetime.fromtimestamp(first["at_unix"], self._zone).date())
        self._begin = self._moment(time.min, self._day)
        self._end = self._moment(time.min, self._day + timedelta(days=1))

    def play(self, queries: Sequence[PlannedQuery]) -> list[Played]:
        """Ask all of *queries* at their times, with a bar; raises `ControlError` with the line."""
        stretches = list(self._stretches()) if any(map(_is_of_all_day, queries)) else []
        plan = [item for query in queries for item in self._plan(query, stretches)]
        played: list[Played] = []
        with progress_bar() as show:
            for at in range(0, len(plan), ASKED_AT_ONCE):
                part = plan[at : at + ASKED_AT_ONCE]
                asked = [_question(self._who, query, start) for query, start, _ in part]
                for (query, start, end), said in zip(part, self._explain(asked), strict=True):
                    if "error" in said:
                        raise ControlError(f"{query.place}: {'; '.join(said['error']['problems'])}")
                    played.append(Played(start, end, query.times, said))
                show("simulate", self._who, at + len(part), len(plan))
        return played

    def _plan(
        self, query: PlannedQuery, stretches: Sequence[tuple[float, float]]
    ) -> Iterator[tuple[PlannedQuery, float, float]]:
        if _is_of_all_day(query):
            for start, end in stretches:
                yield query, start, end
            return
        if query.clock:
            moment = self._moment(time.fromisoformat(query.clock.zfill(5)), self._day)
        else:
            seen = datetime.fromtimestamp(query.seen_at, self._zone).time()
            moment = self._moment(seen, self._day)
        yield query, moment, moment

    def _stretches(self) -> Iterator[tuple[float, float]]:
        """Yield the stretches of the day in which the rules stay as they are."""
        at = self._begin
        while at < self._end:
            until = self._ask_one(_question(self._who, _ANY_QUERY, at))["holds_until_unix"]
            end = self._end if until is None else min(until, self._end)
            yield at, end
            at = end

    def _ask_one(self, question: Asked) -> Mapping[str, Any]:
        [said] = self._explain([question])
        if "error" in said:
            raise ControlError("\n".join(said["error"]["problems"]))
        return said

    def _moment(self, clock: time, day: date) -> float:
        return datetime.combine(day, clock, self._zone).timestamp()

    def values(self) -> dict[str, Any]:
        return {"who": self._who, "day": f"{self._day}", "timezone": self._zone.key}

    def row(self, played: Played) -> dict[str, Any]:
        said = played.explained
        keys = ("name", "type", "verdict", "row", "rule", "where", "category", "schedule", "reason")
        times = {"from": self._clock(played.start), "until": self._clock(played.end)}
        return {**times, "count": played.times, **{key: said[key] for key in keys}}

    def tell(self, rows: Sequence[Played], sums: Mapping[str, Any]) -> None:
        count, blocked = sums["queries"], sums["blocked"]
        queries = "1 query" if count == 1 else f"{count:,} queries"
        say(f"{self._who} on {self._day:%a %Y-%m-%d}: {queries}, {blocked:,} blocked")
        say_table(_COLUMNS, list(map(self._cells, rows)))
        if blocked:
            by = ", ".join(f"{name} {each:,}" for name, each in sums["by_category"].items())
            say(f"blocked by: {by}")

    def _cells(self, played: Played) -> list[str]:
        said = played.explained
        start, end = self._clock(played.start), self._clock(played.end)
        schedule = f"{said['schedule']}, " if said["schedule"] else ""
        return [
            start if start == end else f"{start}-{end}",
            said["name"],
            said["type"],
            f"{played.times:,}",
            said["verdict"],
            f"{said['row']} {schedule}{said['rule']}",
            said["where"],
        ]

    def _clock(self, moment: float) -> str:
        if moment == self._end:
            return "24:00"
        return f"{datetime.fromtimestamp(moment, self._zone):%H:%M}"


_COLUMNS = ["time", "name", "type", "count", "verdict", "rule", "line"]
_ANY_NAME = "example.com"
_ANY_QUERY = PlannedQuery("", _ANY_NAME)


def _is_of_all_day(query: PlannedQuery) -> bool:
    return not query.clock and not query.seen_at


def _is_blocked(played: Played) -> bool:
    return bool(played.explained["verdict"] == "blocked")


def _question(who: str, query: PlannedQuery, moment: float) -> Asked:
    at = datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
    return Asked(who, query.name, at, query.type)
