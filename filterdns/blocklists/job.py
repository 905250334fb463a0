"""What a build is asked and what it says: plain values, and as JSON between two processes.

The build process reads one job from its standard input and writes lines to its standard output:

    {"sources": [{"category": "adult", "name": "starter", "path": "…/adult.txt"}],
     "runs_folder": "…/runs", "target": "…/lists"}

    {"t": "progress", "step": "read", "what": "adult starter", "done": 4845, "total": 60512}
    {"t": "report", "index": "…/lists/index-4c1d….idx", "names": 1894, "sources": […], …}
    {"t": "error", "message": "…"}                        instead of the report, exit code 1
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from filterdns.blocklists.run import RunReport
from filterdns.errors import BlocklistError


class SourceSpec(NamedTuple):
    """One list to build from. *name* is `starter`, or says where it comes from: `file:/path`."""

    category: str
    name: str
    path: Path


class Progress(NamedTuple):
    """How far a build is: *step* is `read` (bytes of all sources) or `merge` (shards)."""

    step: str
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Job:
    """A build: what from, where the runs are kept, in which folder the index goes."""

    sources: tuple[SourceSpec, ...]
    runs_folder: Path
    target: Path

    def to_json(self) -> str:
        """Return the job as the build process reads it."""
        return json.dumps(
            {
                "sources": [{**spec._asdict(), "path": str(spec.path)} for spec in self.sources],
                "runs_folder": str(self.runs_folder),
                "target": str(self.target),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the job in *text*. Raises `BlocklistError` if there is none."""
        try:
            values = json.loads(text)
            return cls(
                tuple(
                    SourceSpec(spec["category"], spec["name"], Path(spec["path"]))
                    for spec in values["sources"]
                ),
                Path(values["runs_folder"]),
                Path(values["target"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise BlocklistError(f"the build got no job that it can read: {error!r}") from error


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source.

    *error* says why it could not be used; then *run* is that of its last good copy, which stays in
    force, or None if there is none. *run_path* is the file of the run.
    """

    category: str
    name: str
    run: RunReport | None
    run_path: Path | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built. *is_new* is false where the very index stood there already."""

    index: Path
    key: str
    is_new: bool
    names: int
    file_bytes: int
    seconds: float
    sources: tuple[SourceReport, ...]


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
            return BuildReport(**{**values, "index": Path(values["index"])}, sources=sources)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BlocklistError(f"the build said what cannot be read: {error!r}") from error
    raise BlocklistError(str(values.get("message", f"the build said {kind!r}")))


def _source_report(values: dict[str, Any]) -> SourceReport:
    run, run_path = values.pop("run"), values.pop("run_path")
    return SourceReport(
        run=None if run is None else RunReport.from_values(run),
        run_path=None if run_path is None else Path(run_path),
        **values,
    )
