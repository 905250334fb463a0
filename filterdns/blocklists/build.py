"""Builds the index: a run for each source that changed, all runs merged, nothing changed in place.

`python -m filterdns.blocklists.build` does it in a process of its own: see `job.py`.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.arming import arm_lists, divide
from filterdns.blocklists.armory import Armory
from filterdns.blocklists.assemble import assemble
from filterdns.blocklists.catalog import Catalog, load_catalog
from filterdns.blocklists.content import Names
from filterdns.blocklists.current import is_whole, open_current
from filterdns.blocklists.durable import new_file
from filterdns.blocklists.guards.knowledge import make_inspection
from filterdns.blocklists.guards.meter import measure
from filterdns.blocklists.guards.review_file import load_reviews
from filterdns.blocklists.guards.sealed_entries import refused_digests
from filterdns.blocklists.guards.settings import NO_SETTINGS, GuardSettings
from filterdns.blocklists.guards.yardsticks import read_yardsticks
from filterdns.blocklists.helpers import ALONE, Helpers, helper_count
from filterdns.blocklists.index import Index
from filterdns.blocklists.index_file import Origin, write_index
from filterdns.blocklists.job import (
    NOWHERE,
    PATTERNS,
    STARTER,
    BuildReport,
    Job,
    Progress,
    SourceReport,
    SourceSpec,
    to_line,
)
from filterdns.blocklists.layout import CONTENT_KEY_LENGTH, FORMAT_VERSION, Source
from filterdns.blocklists.name_hash import KEY_LENGTH, make_name_hash
from filterdns.blocklists.patch import patch
from filterdns.blocklists.pattern import LabelPattern
from filterdns.blocklists.run import Run
from filterdns.blocklists.taking import read_source, remember, report_on
from filterdns.errors import BlocklistError
from filterdns.priority import BUILDING, give_way

__all__ = ["BuildReport", "Progress", "SourceReport", "SourceSpec", "build_index"]

OOM_SCORE_ADJUSTMENT: Final = "500"
WORTH_HELP_NAMES: Final = 300_000


def build_index(
    specs: Sequence[SourceSpec],
    runs_folder: Path,
    target: Path,
    progress: Callable[[Progress], None] = lambda progress: None,
    patterns: Mapping[str, tuple[LabelPattern, ...]] | None = None,
    guards: GuardSettings = NO_SETTINGS,
    armory: Path = NOWHERE,
) -> BuildReport:
    """Build the index of *specs* in the folder *target*, and report on every source.

    A source that cannot be read or is not trusted is reported; its last good copy stays in force.
    *patterns* by category are by default those of the catalogue for each category whose starter is
    among *specs*. The sealed ones are armed in the folder *armory*, by default one in *target*.
    Raises `BlocklistError` if the disk refuses; the old index is untouched in any case.
    """
    started = time.monotonic()
    catalog = load_catalog()
    armed = Armory(target / "sealed" if armory == NOWHERE else armory)
    specs, sealed_specs = divide(specs, armed)
    refused = refused_digests(catalog) if sealed_specs or armed.identities() else {}
    sealed = arm_lists(sealed_specs, armed, refused)
    if patterns is None:
        patterns = _patterns_of_starters(specs, catalog)
    hash_key = _hash_key(runs_folder)
    reviews = load_reviews(target)
    yardsticks = read_yardsticks(guards)
    name_hash = make_name_hash(hash_key)
    inspection = make_inspection(guards, catalog, reviews, name_hash, yardsticks.ranked)
    with ExitStack() as stack:
        helpers = stack.enter_context(Helpers(helper_count()))
        read = [
            read_source(spec, runs_folder, hash_key, helpers, say_read)
            for spec, say_read in _with_progress(specs, progress)
        ]
        for each in read:
            _close_later(stack, each.copies.new, each.copies.good)
        inspected = inspection.inspect([each.copies for each in read], runs_folder)
        for found in inspected:
            _close_later(stack, found.run)
        remember(read, inspected, runs_folder, target, reviews)
        lists = [
            (Source(spec.name, spec.category, found.run.report.entries), found.run)
            for spec, found in zip(specs, inspected, strict=True)
            if found.run is not None
        ]
        made = _make_index(lists, patterns, runs_folder, target, hash_key, helpers, progress)
        reports = tuple(map(report_on, read, inspected))
    with closing(Index.open(made.path)) as index:
        return BuildReport(
            index=made.path,
            key=index.key.hex(),
            is_new=made.is_new,
            names=index.names,
            file_bytes=made.path.stat().st_size,
            seconds=time.monotonic() - started,
            sources=reports,
            measured=measure(index, catalog.canaries, yardsticks),
            sealed=sealed.reports,
            sealed_key=sealed.key.hex() if sealed.key else "",
            sealed_damages=sealed.damages,
        )


class _Made(NamedTuple):
    """An index, and whether it had to be written: the very same may have stood there."""

    path: Path
    is_new: bool


def _make_index(
    lists: Sequence[tuple[Source, Run]],
    patterns: Mapping[str, tuple[LabelPattern, ...]],
    runs_folder: Path,
    target: Path,
    hash_key: bytes,
    helpers: Helpers,
    progress: Callable[[Progress], None],
) -> _Made:
    """Return the index of *lists* and *patterns* in *target*, written if it is not there whole."""
    rules = tuple(
        (Source(PATTERNS, category, len(patterns[category])), patterns[category])
        for category in sorted(patterns)
        if patterns[category]
    )
    origin = Origin.of(lists, rules)
    content_key = _content_key(hash_key, origin)
    path = target / f"index-{content_key.hex()}.idx"
    if is_whole(path):
        return _Made(path, is_new=False)
    runs = [run for _, run in lists]
    pieces, gate = _patched(target, hash_key, origin, runs, runs_folder) or assemble(
        [run.path for run in runs],
        helpers if sum(run.report.entries for run in runs) >= WORTH_HELP_NAMES else ALONE,
        partial(_tell_merged, progress, path.name),
    )
    write_index(path, origin, pieces, gate, hash_key=hash_key, content_key=content_key)
    return _Made(path, is_new=True)


def main() -> int:
    """Do the job on standard input, tell of it on standard output, return the exit code."""
    _be_the_first_to_go()
    give_way(BUILDING)
    try:
        job = Job.from_json(sys.stdin.buffer.read())
        report = build_index(
            job.sources,
            job.runs_folder,
            job.target,
            lambda progress: _say(to_line(progress)),
            guards=job.guards,
            armory=job.armory,
        )
        _say(to_line(report))
    except BlocklistError as error:
        _say(to_line(error))
        return 1
    except BrokenPipeError:
        # Whoever wanted the lists has ended. What is left is not to be written at the exit, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _be_the_first_to_go() -> None:
    """Let the kernel end this process, not one that answers, when memory runs out (proc(5))."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE_ADJUSTMENT, encoding="ascii")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _patterns_of_starters(
    specs: Sequence[SourceSpec], catalog: Catalog
) -> dict[str, tuple[LabelPattern, ...]]:
    starters = {spec.category for spec in specs if spec.name == STARTER}
    return {
        category: catalog.categories[category].patterns
        for category in starters & catalog.categories.keys()
    }


def _hash_key(folder: Path) -> bytes:
    """Return the key of this installation, made on first use. A damaged one is replaced."""
    path = folder / "hash.key"
    try:
        key = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(key) != KEY_LENGTH:
        key = os.urandom(KEY_LENGTH)
        with new_file(path) as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(key)
    return key


def _with_progress(
    specs: Sequence[SourceSpec], progress: Callable[[Progress], None]
) -> Iterator[tuple[SourceSpec, Callable[[int], None]]]:
    """Yield each spec with the function that its reader tells how many bytes it has read."""
    sizes = [_size_bytes(spec.path) for spec in specs]
    before = 0
    for spec, size in zip(specs, sizes, strict=True):
        what = f"{spec.category} {spec.name}"
        yield spec, partial(_tell, progress, what, before, sum(sizes))
        before += size
        progress(Progress("read", what, before, sum(sizes)))


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # whoever reads it will say so
        return 0


def _tell(
    progress: Callable[[Progress], None], what: str, before: int, total: int, done: int
) -> None:
    progress(Progress("read", what, before + done, total))


def _close_later(stack: ExitStack, *runs: Run | None) -> None:
    for run in runs:
        if run is not None:
            stack.enter_context(closing(run))


def _patched(
    target: Path, hash_key: bytes, origin: Origin, runs: Sequence[Run], folder: Path
) -> tuple[list[Names], bytes] | None:
    """Return what is in force, changed where a list changed; None where that cannot be done."""
    base = open_current(target)
    if base is None:
        return None
    with closing(base):
        if base.header.hash_key != hash_key:
            return None
        return patch(base, origin.lists, runs, folder)


def _tell_merged(progress: Callable[[Progress], None], what: str, done: int, total: int) -> None:
    progress(Progress("merge", what, done, total))


def _content_key(hash_key: bytes, origin: Origin) -> bytes:
    """Return the hash of everything that the content of the index comes from."""
    content = [FORMAT_VERSION, hash_key.hex(), origin.lists, origin.runs, origin.patterns]
    return blake2b(json.dumps(content).encode(), digest_size=CONTENT_KEY_LENGTH).digest()


if __name__ == "__main__":
    sys.exit(main())
