"""What waits for an adult: updates that are not trusted, names too popular; and decisions."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from filterdns.blocklists.guards.review_file import load_reviews, save_reviews
from filterdns.blocklists.guards.reviews import Decisions, Reviews, SourceKey
from filterdns.blocklists.job import STARTER, SourceReport
from filterdns.control.refresh import build_lists
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import sealed_reports
from filterdns.errors import ControlError


def waiting(running: RunningFilter) -> list[dict[str, Any]]:
    """Return what waits for a decision, as plain values: `update` or `name`, of which list, why."""
    found: list[dict[str, Any]] = []
    for source in _sources(running):
        which = {"category": source.category, "list": source.name}
        if source.candidate:
            found.append({"kind": "update", **which, "why": source.error})
        found += [
            {"kind": "name", **which, "name": name, "why": "it is among the most popular names"}
            for name in source.held
        ]
    return found


async def decide(
    running: RunningFilter, source: SourceKey, names: Sequence[str], *, is_accepted: bool
) -> str:
    """Accept or reject the update of *source* that waits, or *names* of it; say what was done.

    The lists are built anew by it. Raises `ControlError` where nothing of the kind waits or has
    been decided, `BlocklistError` or `StateError` where that fails.
    """
    report = _report(running, source)
    async with running.changes:
        folder = running.lists.folder
        reviews = await asyncio.to_thread(load_reviews, folder)
        decisions = reviews.of(source)
        if names:
            changed = _with_names(report, decisions, frozenset(names), is_accepted=is_accepted)
        else:
            changed = _with_update(report, decisions, is_accepted=is_accepted)
        new = Reviews({**reviews.by_source, source: changed})
        await asyncio.to_thread(save_reviews, folder, new)
    await build_lists(running)
    what = ", ".join(names) if names else "the update"
    return f"{what} of {source} is {'accepted' if is_accepted else 'rejected'}"


def _sources(running: RunningFilter) -> Sequence[SourceReport]:
    report = running.lists.report
    return report.sources if report is not None else ()


def _report(running: RunningFilter, source: SourceKey) -> SourceReport:
    for report in _sources(running):
        if (report.category, report.name) == source:
            return report
    if any((each.category, each.name) == source for each in sealed_reports(running)):
        raise ControlError(f"{source} is a sealed list: nobody decides about it")
    known = [f"{each.category} {each.name}" for each in _sources(running) if each.name != STARTER]
    there = f"there are: {'; '.join(known)}" if known else "it has no list but the starter lists"
    raise ControlError(f"{source} is no list of the config; {there}")


def _with_names(
    report: SourceReport, decisions: Decisions, names: frozenset[str], *, is_accepted: bool
) -> Decisions:
    known = decisions.held | decisions.accepted | decisions.rejected | set(report.held)
    if unknown := sorted(names - known):
        raise ControlError(f"{', '.join(unknown)}: found no such name that waits for a review")
    return replace(
        decisions,
        held=decisions.held - names,
        accepted=decisions.accepted | names if is_accepted else decisions.accepted - names,
        rejected=decisions.rejected - names if is_accepted else decisions.rejected | names,
    )


def _with_update(report: SourceReport, decisions: Decisions, *, is_accepted: bool) -> Decisions:
    """Return the decisions after that about the newest copy; earlier ones about others are old."""
    if not report.candidate:
        raise ControlError(f"{report.category} {report.name}: found no update that waits")
    run = frozenset({report.candidate})
    return replace(
        decisions,
        accepted_runs=run if is_accepted else frozenset(),
        rejected_runs=frozenset() if is_accepted else run,
    )
