"""What the meter of the lists has read, as plain values."""

from dataclasses import dataclass, field
from typing import Any, Final, Self


@dataclass(frozen=True, slots=True)
class Labelled:
    """How much of a category is blocked by its lists: *blocked* of *total*, the first *missed*."""

    total: int
    blocked: int
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What the meter has read.

    *canaries* are blocked though known to be good; of *popular* names (how many were looked at)
    each category blocks some, of which the most popular are told.
    """

    canaries: tuple[str, ...] = ()
    popular: int = 0
    popular_blocked: dict[str, int] = field(default_factory=dict)
    worst: dict[str, tuple[str, ...]] = field(default_factory=dict)
    labelled: dict[str, Labelled] = field(default_factory=dict)
    trouble: str = ""

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Self:
        """Return what `asdict` took apart. Raises `TypeError` or `KeyError`."""
        return cls(
            canaries=tuple(values["canaries"]),
            popular=values["popular"],
            popular_blocked=dict(values["popular_blocked"]),
            worst={category: tuple(names) for category, names in values["worst"].items()},
            labelled={
                category: Labelled(each["total"], each["blocked"], tuple(each["missed"]))
                for category, each in values["labelled"].items()
            },
            trouble=values["trouble"],
        )


NOT_MEASURED: Final = Measured()
"""Nothing is known: no index has been measured yet."""
