"""Building the lists into an index, in a process of its own, and what came of it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from filterdns.blocklists.armory import Armory
from filterdns.blocklists.current import name_current, open_current
from filterdns.blocklists.fetching.copies import Copy
from filterdns.blocklists.guards.settings import NO_SETTINGS, GuardSettings
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import (
    NOT_FETCHED,
    NOWHERE,
    BuildReport,
    Job,
    Progress,
    SourceReport,
    SourceSpec,
    Wanted,
    from_line,
)
from filterdns.blocklists.unused import remove_unused
from filterdns.control.located import copies_of, located
from filterdns.control.side_process import side_process
from filterdns.errors import BlocklistError

logger = logging.getLogger(__name__)

Tell = Callable[[Progress], None]

Stamps = tuple[GuardSettings, tuple[tuple[SourceSpec, int, int], ...]]

SILENCE_SECONDS: Final = 120.0  # a slow card takes long to write an index, but not so long


class Lists:
    """The lists of one filterdns, compiled in *folder*. One build at a time.

    A build that says nothing for *silence_seconds* is given up. *copies* is what was known of each
    list from the web when the last one began, by its URL.
    """

    def __init__(self, folder: Path, silence_seconds: float = SILENCE_SECONDS) -> None:
        self.report: BuildReport | None = None
        self.copies: Mapping[str, Copy] = {}
        self.trouble = ""
        self.is_building = False
        self._folder = folder
        self.armory = Armory(folder / "sealed")  # stays there, wherever the others have to go
        self._silence_seconds = silence_seconds
        self._why_moved = ""
        self._built_from: Stamps | None = None
        self._lock = asyncio.Lock()

    def last_index(self) -> Index | None:
        """Return the index that was in force last, or one that can be used; None without any."""
        return open_current(self._folder)

    @property
    def web_folder(self) -> Path:
        """Where the copies of lists from the web are."""
        return self._folder / "web"

    @property
    def folder(self) -> Path:
        """Where all is compiled, and the reviews are."""
        return self._folder

    def is_current(self, wanted: Wanted, index: Index | None) -> bool:
        """Whether *index* was built of what is *wanted*, as it is on disk now."""
        built = None if self.report is None else self.report.index
        in_force = None if index is None else index.path
        return built == in_force and self._built_from == self._stamps(wanted)

    def move(self, folder: Path, why: str) -> None:
        """Compile in *folder* from now on, and tell *why* for as long as it is so."""
        self._folder, self._why_moved = folder, why

    async def build(self, wanted: Wanted, tell: Tell = lambda _: None) -> Index:
        """Build the index of the lists that are *wanted* and return it, opened.

        A source that fails keeps its last good copy, and is told in the log. Raises
        `BlocklistError` when nothing could be built; all files are as before then.
        """
        async with self._lock:
            self.is_building = True
            try:
                here, stamps, copies = await asyncio.to_thread(self._look, wanted)
                report = await run_build(
                    here.sources,
                    self._folder,
                    tell,
                    self._silence_seconds,
                    here.guards,
                    self.armory.folder,
                )
                index = Index.open(report.index)
            except BlocklistError as error:
                self.trouble = str(error)
                raise
            finally:
                self.is_building = False
            self._tell_failures(report)
            self.report, self.trouble = report, self._why_moved
            self._built_from, self.copies = stamps, copies
            return index

    def located(self, wanted: Wanted) -> Wanted:
        """Return *wanted* with the paths of the copies that there are of lists from the web."""
        return located(wanted, self.web_folder)

    async def settle(self, index: Index | None) -> None:
        """Let the next start begin with *index*, which is in force, and remove what is not used.

        To be called when all workers have it.
        """
        async with self._lock:
            if self.report is None or index is None:
                return
            try:
                await asyncio.to_thread(self._settle, self.report, index.path)
            except BlocklistError as error:
                logger.warning("%s", error)

    def _look(self, wanted: Wanted) -> tuple[Wanted, Stamps, Mapping[str, Copy]]:
        """Return what there is of *wanted* on disk."""
        copies = copies_of(wanted, self.web_folder)
        return self.located(wanted), self._stamps(wanted), copies

    def _stamps(self, wanted: Wanted) -> Stamps:
        here = self.located(wanted)
        return here.guards, tuple((spec, *_size_and_time(spec.path)) for spec in here.sources)

    def _settle(self, report: BuildReport, in_force: Path) -> None:
        name_current(in_force.parent, in_force)  # first: the one that was named may go now
        remove_unused(report, self._folder / "runs", keep=[in_force])

    def _tell_failures(self, report: BuildReport) -> None:
        """Log what is wrong with a source, once for each change of the reason."""
        told = self.report.sealed if self.report else ()
        for each in report.sealed:
            if each not in told and (each.error or each.unread or each.refused):
                logger.warning(
                    "sealed list %s %s: `filterdns status` tells what is wrong with it",
                    each.category,
                    each.name,
                )
        before = {error_of(source) for source in self.report.sources} if self.report else set()
        for source in report.sources:
            # One that has not come may be on its way; if it does not, the next build says why.
            if source.error not in ("", NOT_FETCHED) and error_of(source) not in before:
                stays = "its last good copy stays in force" if source.run else "it has no entry"
                logger.warning("list %s; %s", error_of(source), stays)


async def run_build(
    sources: Sequence[SourceSpec],
    folder: Path,
    tell: Tell = lambda _: None,
    silence_seconds: float = SILENCE_SECONDS,
    guards: GuardSettings = NO_SETTINGS,
    armory: Path = NOWHERE,
) -> BuildReport:
    """Build the index of *sources* in *folder* by a process of its own; return its report.

    *armory* is the folder of the sealed lists, by default one in *folder*.

    Raises `BlocklistError` when it fails, or says nothing for *silence_seconds*.
    """
    job = Job(tuple(sources), folder / "runs", folder, guards, armory)
    async with side_process(
        "filterdns.blocklists.build", job.to_json(), "the build", silence_seconds
    ) as process:
        while line := await process.line():
            said = from_line(line)
            if isinstance(said, BuildReport):
                return said
            tell(said)
        code = await process.code()
    raise BlocklistError(f"the build ended with {code} and built nothing")


def built_at(index: Index | None) -> float | None:
    """Return when *index* was built, in Unix seconds; None where there is none."""
    return None if index is None else _modified_at(index.path)


def error_of(source: SourceReport) -> str:
    """Return which source failed and why."""
    return f"{source.category} {source.name}: {source.error}"


def describe_source(source: SourceReport) -> dict[str, Any]:
    """Return what became of *source* as plain values for JSON."""
    found: dict[str, Any] = {"category": source.category, "name": source.name}
    if source.run is not None:
        run = source.run
        found |= {
            "lines": run.lines,
            "names": run.names,
            "others": run.others,
            "addresses": run.addresses,
            "lifted": run.lifted,
            "twins": run.twins,
            "duplicates": run.duplicates,
            "covered": run.covered,
            "skipped": {why.value: what.count for why, what in run.skipped.items()},
            "examples": {why.value: what.examples for why, what in run.skipped.items()},
            "compiled_at": _modified_at(source.run_path) if source.run_path else 0.0,
        }
    return found | {
        "state": source.state.value,
        "change": source.change,
        "taken_out": {why: list(names) for why, names in source.taken_out.items()},
        "held": list(source.held),
        "error": source.error,
    }


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return -1, -1  # the build will say why
    return status.st_size, status.st_mtime_ns


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
