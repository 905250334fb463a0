"""What adults have decided about held names and quarantined updates, as plain values and JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from filterdns.errors import BlocklistError


class SourceKey(NamedTuple):
    """Which list: its category, and its name there."""

    category: str
    name: str

    def __str__(self) -> str:
        return f"{self.category} {self.name}"


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is decided about one list: names (as text) and updates, by the name of their run.

    *held* names wait for a decision. *accepted* are in force for good, *rejected* never.
    """

    held: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()
    accepted_runs: frozenset[str] = frozenset()
    rejected_runs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reviews:
    """The decisions about all lists."""

    by_source: Mapping[SourceKey, Decisions] = field(default_factory=dict)

    def of(self, source: SourceKey) -> Decisions:
        """Return the decisions about *source*."""
        return self.by_source.get(source, _NONE)

    def to_values(self) -> list[dict[str, Any]]:
        """Return all as plain values for JSON."""
        return [
            {
                "category": source.category,
                "name": source.name,
                **{key: sorted(getattr(decisions, key)) for key in _KEYS},
            }
            for source, decisions in sorted(self.by_source.items())
            if decisions != _NONE
        ]

    @classmethod
    def from_values(cls, values: list[dict[str, Any]]) -> Self:
        """Return what `to_values` wrote. Raises `BlocklistError` for anything else."""
        try:
            return cls(
                {
                    SourceKey(str(each["category"]), str(each["name"])): Decisions(
                        **{key: frozenset(map(str, each[key])) for key in _KEYS}
                    )
                    for each in values
                }
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise BlocklistError(f"the reviews cannot be read: {error!r}") from error


_KEYS = ("held", "accepted", "rejected", "accepted_runs", "rejected_runs")
_NONE = Decisions()
