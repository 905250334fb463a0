"""The sources of a build: read, looked at by the guards, and what became of each written down."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.added import added_path, note_update
from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.guards.inspection import Copies, Inspected, texts
from filterdns.blocklists.guards.review_file import save_reviews
from filterdns.blocklists.guards.reviews import Reviews, SourceKey
from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.job import NOT_FETCHED, NOWHERE, STARTER, SourceReport, SourceSpec
from filterdns.blocklists.last_good import open_last_good, remember_good
from filterdns.dns.names import to_text
from filterdns.errors import BlocklistError

MAX_TOLD_NAMES: Final = 1_000


class Read(NamedTuple):
    """The copies of a source that there are, and why it could not be read, if so."""

    copies: Copies
    error: str


def read_source(
    spec: SourceSpec,
    folder: Path,
    hash_key: bytes,
    helpers: Helpers,
    say_read: Callable[[int], None],
) -> Read:
    """Return the run of *spec* as it is now, and that of its last good copy."""
    is_ours = spec.name == STARTER
    good = open_last_good(folder, spec.category, spec.name)
    new, error = None, spec.trouble
    try:
        if spec.path == NOWHERE:
            raise BlocklistError(spec.trouble or NOT_FETCHED)
        # Only what ships may cover a whole top-level domain: lists have held `com` by mistake.
        new = compile_run(
            spec.path,
            folder,
            hash_key,
            single_labels=is_ours,
            helpers=helpers,
            progress=say_read,
        )
    except BlocklistError as failure:
        error = str(failure)
    return Read(Copies(SourceKey(spec.category, spec.name), new, good, is_ours), error)


def remember(
    read: Sequence[Read],
    inspected: Sequence[Inspected],
    runs_folder: Path,
    target: Path,
    reviews: Reviews,
) -> None:
    """Write down which names wait for a review, then which copies are good from now on.

    In this order: a copy that is good is not compared any more.
    """
    by_source = dict(reviews.by_source)
    for each, found in zip(read, inspected, strict=True):
        decisions = reviews.of(each.copies.source)
        by_source[each.copies.source] = replace(decisions, held=frozenset(texts(found.held)))
    waiting = Reviews(by_source)
    if waiting.to_values() != reviews.to_values():
        save_reviews(target, waiting)
    for each, found in zip(read, inspected, strict=True):
        new = each.copies.new
        if new is None or found.trouble:
            continue
        good = each.copies.good
        if good is None or good.path != new.path:
            note_update(added_path(runs_folder, *each.copies.source), good, new)
        remember_good(runs_folder, *each.copies.source, new.path)


def report_on(read: Read, found: Inspected) -> SourceReport:
    """Return what became of a source."""
    source, new, good, _ = read.copies
    runs = (found.run, found.raw, new)
    taken_out: dict[str, list[str]] = {}
    for name, why in sorted(found.taken_out.items()):
        taken_out.setdefault(why.value, []).append(to_text(name))
    entries, before = (0 if run is None else run.report.entries for run in (found.raw, good))
    return SourceReport(
        category=source.category,
        name=source.name,
        run=None if found.run is None else found.run.report,
        run_path=None if found.run is None else found.run.path,
        error=found.trouble or read.error,
        kept_paths=tuple(dict.fromkeys(run.path for run in runs if run is not None)),
        candidate=new.path.name if new is not None and found.trouble else "",
        change=0 if good is None else entries - before,
        taken_out={why: tuple(names[:MAX_TOLD_NAMES]) for why, names in taken_out.items()},
        held=tuple(texts(found.held)),
    )
