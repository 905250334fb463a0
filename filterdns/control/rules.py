"""A config compiled together with the index: all that is needed to decide, in this process."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from filterdns.blocklists.index import Index
from filterdns.blocklists.job import SourceSpec
from filterdns.blocklists.sealed import Sealed
from filterdns.config.compile import Meaning
from filterdns.policy.client import Identifier, Identity
from filterdns.policy.house import NOTHING_LISTED, Claims, House
from filterdns.policy.policies import EffectivePolicies

MOST_ASKERS: Final = 100


class Rules:
    """What decides: *ruleset*, and what reads it. *index* is None where no list has been built.

    *pending* maps each category that no list feeds yet to the Unix second until which it is waited
    for. Owns *index*, and not *sealed*.
    """

    def __init__(
        self,
        compiled: Meaning,
        index: Index | None,
        pending: Mapping[str, float],
        sealed: Sealed | None = None,
    ) -> None:
        self.compiled = compiled
        self.index = index
        self.ruleset = replace(compiled.ruleset, pending=pending)
        self.identifier = Identifier(self.ruleset)
        lists = lists_of(index)
        key = index.key if index is not None else b""
        self.house = House(self.ruleset, lists, key, sealed)
        self._policies_by_asker: dict[tuple[str, tuple[str, ...]], EffectivePolicies] = {}

    def policies_of(self, identity: Identity) -> EffectivePolicies:
        """Return the policies for *identity* alone, in which each rule has its own line.

        Workers let people with equal rules share one object, and keep it over reloads. In it rules
        stand where whoever came first had them.
        """
        key = (identity.person, identity.places)
        found = self._policies_by_asker.get(key)
        if found is None:
            if len(self._policies_by_asker) >= MOST_ASKERS:
                self._policies_by_asker.clear()
            found = EffectivePolicies(self.ruleset, self.house)
            self._policies_by_asker[key] = found
        return found

    def close(self) -> None:
        """Let go of the index. May be called twice."""
        if self.index is not None:
            self.index.close()


def lists_of(index: Index | None) -> Claims:
    """Return *index*, or lists without a name where there is none."""
    return NOTHING_LISTED if index is None else index


def entries_by_category(index: Index | None) -> dict[str, int]:
    """Return how many entries the lists of each category hold."""
    found: dict[str, int] = {}
    for source in index.sources if index is not None else ():
        found[source.category] = found.get(source.category, 0) + source.entries
    return found


def missing_categories(sources: Sequence[SourceSpec], index: Index | None) -> list[str]:
    """Return the categories that have *sources* of names but no entry in *index*."""
    entries = entries_by_category(index)
    listed = {spec.category for spec in sources if not spec.is_sealed}
    return sorted(category for category in listed if not entries.get(category))
