"""Sealed lists that the config has dropped, and all that is to be said about the others.

What is armed is in force whatever the config says; a config that says otherwise is degraded.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from filterdns.blocklists.armory import identity_of
from filterdns.blocklists.sealed_report import SealedReport
from filterdns.control.at import write_at
from filterdns.control.running import RunningFilter
from filterdns.policy.verdict import SEALED_RULE


def degraded(running: RunningFilter) -> str:
    """Return why not all is as the config says; empty where it is."""
    return "; ".join(filter(None, (running.degraded, dropped(running))))


def dropped(running: RunningFilter) -> str:
    """Return which armed lists the config in force does not seal any more, empty if none."""
    sealed = running.in_force.sealed
    if sealed is None:
        return ""
    compiled = running.in_force.rules.compiled
    wanted = {identity_of(spec) for spec in compiled.sources if spec.is_sealed}
    since = [
        write_at(each.armed.armed_at, compiled.ruleset.timezone)
        for each in sealed.files
        if each.armed.identity not in wanted
    ]
    if not since:
        return ""
    which = "a sealed list" if len(since) == 1 else f"{len(since)} sealed lists"
    return f"the config has dropped {which}, armed {', '.join(since)}, and in force all the same"


def sealed_reports(running: RunningFilter) -> Sequence[SealedReport]:
    """Return what became of each sealed list of the config in the last build."""
    report = running.lists.report
    return report.sealed if report is not None else ()


def describe_sealed(running: RunningFilter) -> dict[str, Any]:
    """Return how it is with the sealed lists, as plain values for JSON."""
    sealed = running.in_force.sealed
    return {
        "armed": 0 if sealed is None else len(sealed.files),
        "entries": 0 if sealed is None else sum(map(len, sealed.files)),
        "dropped": dropped(running),
        "lists": [
            {
                "category": each.category,
                "name": each.name,
                "entries": each.entries,
                "armed_at": each.armed_at,
                "unread": each.unread,
                "refused": each.refused,
                "error": each.error,
            }
            for each in sealed_reports(running)
        ],
    }


def troubles_of_sealed(running: RunningFilter) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with sealed lists and its cure; neither shows a line of them."""
    report = running.lists.report
    for damage in report.sealed_damages if report is not None else ():
        yield f"{SEALED_RULE.text} is damaged: {damage}", "remove the file, then build the lists"
    for each in sealed_reports(running):
        which = f"the sealed list {each.category} {each.name}"
        if each.error:
            stays = "what is armed stays in force" if each.entries else "nothing of it is armed"
            yield f"{which}: {each.error}; {stays}", "put it right, then `filterdns lists build`"
        if each.unread:
            yield f"{which}: {each.unread:,} lines are no SHA-256", "write one digest a line"
        for why, count in each.refused.items():
            yield f"{which}: {count:,} entries are refused, each {why}", "tell whoever publishes it"
