"""What became of a sealed list in a build: counts, and never a line of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SealedReport:
    """What became of the sealed list *name* of *category*.

    *entries* are in force, since *armed_at* (Unix seconds); 0 where none is armed. *unread* lines
    of its newest copy are no digest, *refused* entries would close what has to stay open, by the
    reason. *error* says why the newest copy is not in force.
    """

    category: str
    name: str
    entries: int = 0
    armed_at: float = 0.0
    unread: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    error: str = ""
