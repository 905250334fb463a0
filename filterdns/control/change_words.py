"""What changes for somebody, in sentences: what changes alike is told in one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.control.time_words import ALWAYS, WHENEVER, date_words, week_times, week_words
from filterdns.dns.names import to_text
from filterdns.policy.bypass import CHECK_NAMES
from filterdns.policy.client import Identity
from filterdns.policy.difference import Change, Comparison, Outcome, Span
from filterdns.policy.probes import Probe, ProbeKind
from filterdns.policy.ruleset import Ruleset

MOST_TOLD: Final = 8
EVERYTHING: Final = "everything"


class Times(NamedTuple):
    """When something is another than before: always, at times of a week, around dates.

    *is_shut_at_times*: always but when everything is closed, before and after. *first* is a moment
    (Unix seconds) at which it is another.
    """

    is_always: bool = False
    is_shut_at_times: bool = False
    week: tuple[Span, ...] = ()
    dates: tuple[Span, ...] = ()
    first: float = 0.0


class ChangeWords:
    """Finds the words for what *comparison* found for *identity*, on the clocks of *zone*."""

    def __init__(
        self, ruleset: Ruleset, comparison: Comparison, identity: Identity, zone: ZoneInfo
    ) -> None:
        self._ruleset = ruleset
        self._comparison = comparison
        self._identity = identity
        self._zone = zone

    def tell(self, times: Mapping[Change, Times]) -> list[dict[str, Any]]:
        """Return each change with its sentence; what changes alike is one."""
        alike: dict[tuple[Outcome, Outcome, str], list[Probe]] = {}
        first_by_key: dict[tuple[Outcome, Outcome, str], float] = {}
        for change, when in times.items():
            # What is closed is closed, however it was open; so bedtime is one sentence.
            before = Outcome.OPEN if change.after is Outcome.CLOSED else change.before
            key = (before, change.after, self._when(when))
            alike.setdefault(key, []).append(change.probe)
            first_by_key.setdefault(key, when.first)
        return [
            self._told(*key, *self._subject(key[1], probes, first))
            for (key, probes), first in zip(alike.items(), first_by_key.values(), strict=True)
        ]

    def _told(
        self, before: Outcome, after: Outcome, when: str, whats: list[str], but: list[str]
    ) -> dict[str, Any]:
        subject = _listed(whats) + (f" but {_listed(but)}" if but else "")
        text = f"{subject} {_VERBS[before, after]} {when}"
        values = {"what": whats, "except": but, "before": before.value, "after": after.value}
        return {**values, "when": when, "text": text}

    def _when(self, times: Times) -> str:
        if times.is_always:
            return WHENEVER if times.is_shut_at_times else ALWAYS
        parts = []
        if times.week:
            parts.append(week_words(week_times(times.week, self._zone)))
        if times.dates:
            parts.append(f"on {date_words(times.dates, self._zone)}")
        return ", and ".join(parts)

    def _subject(
        self, after: Outcome, probes: Collection[Probe], at: float
    ) -> tuple[list[str], list[str]]:
        """Return what *probes* stand for, and what stays open where everything is closed."""
        outcomes = self._comparison.outcomes(self._identity, at)
        if not _has_everything(probes):
            alike = [each for each, outcome in outcomes.items() if outcome is after]
            return self._whats(probes, alike), []
        spared = [each for each, outcome in outcomes.items() if outcome is not Outcome.CLOSED]
        return [EVERYTHING], self._whats(spared, spared) if after is Outcome.CLOSED else []

    def _whats(self, probes: Collection[Probe], alike: Collection[Probe]) -> list[str]:
        """Return what *probes* stand for: services and categories in place of their names.

        A service is told as one where some of its names are among *probes* and the others among
        what will be *alike*: they were so before.
        """
        categories = [probe.what for probe in probes if probe.kind is ProbeKind.CATEGORY]
        names = {probe.what: None for probe in probes if probe.kind is ProbeKind.NAME}
        all_names = {probe.what for probe in alike if probe.kind is ProbeKind.NAME}
        titles = list(map(self._title, categories))
        for title, own in self._bundles(categories):
            if not own.isdisjoint(names) and (title in titles or own <= all_names):
                titles.append(title)
                for name in own:
                    names.pop(name, None)
        answers = [probe.what for probe in probes if probe.kind is ProbeKind.ANSWER]
        return list(dict.fromkeys([*titles, *names, *answers]))

    def _bundles(self, categories: Collection[str]) -> Iterator[tuple[str, set[str]]]:
        """Yield what stands for several names, and these."""
        for service, wires in self._ruleset.services.items():
            yield self._ruleset.service_titles.get(service, service), set(map(to_text, wires))
        for category in self._ruleset.categories.values():
            yield self._title(category.name), set(map(to_text, category.names))
        for kind in categories:
            yield self._title(kind), set[str](CHECK_NAMES.get(kind, ()))

    def _title(self, category: str) -> str:
        known = self._ruleset.categories.get(category)
        return known.title if known is not None and known.title else category


_VERBS: Final[Mapping[tuple[Outcome, Outcome], str]] = {
    (Outcome.OPEN, Outcome.CLOSED): "will be closed",
    (Outcome.OPEN, Outcome.MODERATE): "will be held to moderate safe search",
    (Outcome.OPEN, Outcome.SAFE): "will be held to safe search",
    (Outcome.CLOSED, Outcome.OPEN): "will be open",
    (Outcome.CLOSED, Outcome.MODERATE): "will be open, held to moderate safe search",
    (Outcome.CLOSED, Outcome.SAFE): "will be open, held to safe search",
    (Outcome.MODERATE, Outcome.OPEN): "will not be held to safe search any more",
    (Outcome.MODERATE, Outcome.SAFE): "will be held to strict safe search",
    (Outcome.SAFE, Outcome.OPEN): "will not be held to safe search any more",
    (Outcome.SAFE, Outcome.MODERATE): "will be held to moderate safe search only",
    (Outcome.PASSED, Outcome.KEPT_OUT): "will be kept out of answers",
    (Outcome.KEPT_OUT, Outcome.PASSED): "will be let through in answers",
}


def _has_everything(probes: Iterable[Probe]) -> bool:
    return any(probe.kind is ProbeKind.EVERYTHING for probe in probes)


def _listed(whats: list[str]) -> str:
    told = whats[:MOST_TOLD]
    if len(whats) > MOST_TOLD:
        return f"{', '.join(told)} and {len(whats) - MOST_TOLD} more"
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]
