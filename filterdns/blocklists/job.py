"""What a build is asked and what it says: plain values, and as JSON between two processes.

The build process reads one job from its standard input and writes lines to its standard output:

    {"sources": [{"category": "adult", "name": "starter", "path": "…/adult.txt"}],
     "runs_folder": "…/runs", "target": "…/lists", "armory": "…/lists/sealed",
     "guards": {"essentials": [], …}}

    {"t": "progress", "step": "read", "what": "adult starter", "done": 4845, "total": 60512}
    {"t": "report", "index": "…/lists/index-4c1d….idx", "names": 1894, "sources": […], …}
    {"t": "error", "message": "…"}                        instead of the report, exit code 1
"""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from filterdns.blocklists.guards.measured import NOT_MEASURED, Measured
from filterdns.blocklists.guards.settings import NO_SETTINGS, GuardSettings
from filterdns.blocklists.run import RunReport
from filterdns.blocklists.sealed_report import SealedReport
from filterdns.errors import BlocklistError

STARTER: Final = "starter"  # the name of a source that ships with the project
NOT_FETCHED: Final = "it has not been fetched yet"  # the error of a list without any copy
PATTERNS: Final = "patterns"  # under which the label patterns of a category stand as a source


NOWHERE: Final = Path()
"""The path of a list from the web of which there is no copy yet."""


class SourceSpec(NamedTuple):
    """One list to build from. *name* is `starter`, or says where it comes from: `file:/path`.

    A list from the web has a *url*, and a *path* only when a copy of it is there. *sha256* is the
    checksum that it must have, in hex, *licence* under which it stands; both empty if not known.
    One that is sealed has no names: see `arming.py`. *trouble* says why no newer copy of a list
    could be had, empty if it could.
    """

    category: str
    name: str
    path: Path
    url: str = ""
    sha256: str = ""
    licence: str = ""
    is_sealed: bool = False
    trouble: str = ""


class Wanted(NamedTuple):
    """What lists a config wants, and what it tells the guards.

    *popularity_url* is where the ranked list of popular names is fetched from, empty if it is not.
    """

    sources: tuple[SourceSpec, ...]
    guards: GuardSettings = NO_SETTINGS
    popularity_url: str = ""


class Progress(NamedTuple):
    """How far a build is: *step* is `read` (bytes of all sources) or `merge` (shards)."""

    step: str
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Job:
    """A build: what from, where the runs are kept, in which folder the index goes.

    *armory* is the folder of the armed sealed lists, `NOWHERE` for one in *target*.
    """

    sources: tuple[SourceSpec, ...]
    runs_folder: Path
    target: Path
    guards: GuardSettings = NO_SETTINGS
    armory: Path = NOWHERE

    def to_json(self) -> str:
        """Return the job as the build process reads it."""
        return json.dumps(
            {
                "sources": [{**spec._asdict(), "path": str(spec.path)} for spec in self.sources],
                "runs_folder": str(self.runs_folder),
                "target": str(self.target),
                "armory": str(self.armory),
                "guards": self.guards._asdict(),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the job in *text*. Raises `BlocklistError` if there is none."""
        try:
            values = json.loads(text)
            return cls(
                tuple(
                    SourceSpec(**{**spec, "path": Path(spec["path"])}) for spec in values["sources"]
                ),
                Path(values["runs_folder"]),
                Path(values["target"]),
                _guards(values["guards"]),
                Path(values["armory"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise BlocklistError(f"the build got no job that it can read: {error!r}") from error


class State(StrEnum):
    """How it is with a source."""

    GOOD = "good"  # its newest copy is in force
    QUARANTINED = "quarantined"  # its newest copy was read and is not trusted
    FAILED = "failed"  # it could not be read; the last good copy is in force
    MISSING = "missing"  # there is no copy of it


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source.

    *error* says why its newest copy is not in force; then *run* is that of its last good copy,
    which stays, or None if there is none. *run_path* is the file of the run, *kept_paths* are all
    files that belong to the source. *candidate* is the name of a quarantined run. *change* is how
    many entries more it has than before. *taken_out* are entries (as text) that do not count, by
    the reason, *held* those that wait for a review.
    """

    category: str
    name: str
    run: RunReport | None
    run_path: Path | None
    error: str = ""
    kept_paths: tuple[Path, ...] = ()
    candidate: str = ""
    change: int = 0
    taken_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    held: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """How it is with the source."""
        if self.run is None:
            return State.MISSING
        if self.candidate:
            return State.QUARANTINED
        return State.FAILED if self.error else State.GOOD


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built. *is_new* is false where the very index stood there already.

    *sealed* tells of each sealed list, *sealed_key* stands for the content of all that are armed,
    empty where none is; *sealed_damages* says which files could not be read.
    """

    index: Path
    key: str
    is_new: bool
    names: int
    file_bytes: int
    seconds: float
    sources: tuple[SourceReport, ...]
    measured: Measured = NOT_MEASURED
    sealed: tuple[SealedReport, ...] = ()
    sealed_key: str = ""
    sealed_damages: tuple[str, ...] = ()


def to_line(said: Progress | BuildReport | BlocklistError) -> str:
    """Return *said* as a line of the build process, without the line end."""
    match said:
        case Progress():
            return json.dumps({"t": "progress", **said._asdict()})
        case BuildReport():
            return json.dumps({"t": "report", **asdict(said)}, default=str)
        case BlocklistError():
            return json.dumps({"t": "error", "message": str(said)})


def from_line(line: str | bytes) -> Progress | BuildReport:
    """Return what the build process says by *line*.

    Raises `BlocklistError` with its words if it says that it failed, or if it is no such line.
    """
    try:
        values = json.loads(line)
        kind = values.pop("t")
        if kind == "progress":
            return Progress(**values)
        if kind == "report":
            sources = tuple(map(_source_report, values.pop("sources")))
            values |= {
                "index": Path(values["index"]),
                "measured": Measured.from_values(values["measured"]),
                "sealed": tuple(SealedReport(**each) for each in values["sealed"]),
                "sealed_damages": tuple(values["sealed_damages"]),
            }
            return BuildReport(**values, sources=sources)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BlocklistError(f"the build said what cannot be read: {error!r}") from error
    raise BlocklistError(str(values.get("message", f"the build said {kind!r}")))


def _guards(values: dict[str, Any]) -> GuardSettings:
    return GuardSettings(
        essentials=tuple(map(str, values["essentials"])),
        locked=tuple(map(str, values["locked"])),
        popularity=str(values["popularity"]),
        labelled=str(values["labelled"]),
        popularity_trouble=str(values["popularity_trouble"]),
    )


def _source_report(values: dict[str, Any]) -> SourceReport:
    run, run_path = values.pop("run"), values.pop("run_path")
    return SourceReport(
        run=None if run is None else RunReport.from_values(run),
        run_path=None if run_path is None else Path(run_path),
        kept_paths=tuple(map(Path, values.pop("kept_paths"))),
        taken_out={why: tuple(names) for why, names in values.pop("taken_out").items()},
        held=tuple(values.pop("held")),
        **values,
    )
