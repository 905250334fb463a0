"""What became of the lines of a list: counts, and a few examples of what was skipped."""

import re
from dataclasses import dataclass, field
from typing import Final

from filterdns.blocklists.formats.item import Reason

MAX_EXAMPLES: Final = 3
MAX_EXAMPLE_LENGTH: Final = 80


@dataclass(slots=True)
class Skipped:
    """How often a reason was met, and the first few times as `line 7: what stood there`."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ParseReport:
    """What became of the lines of one list.

    *entries* and *addresses* count as often as they stand there. A line can give several entries
    and several skips; most give exactly one of a comment, an entry, a skip.
    """

    lines: int = 0
    comments: int = 0
    entries: int = 0
    addresses: int = 0
    skipped: dict[Reason, Skipped] = field(default_factory=dict)

    def skip(self, reason: Reason, where: str, found: bytes, examples: int) -> None:
        """Count *found*, which stands at *where*, as skipped; keep the first *examples*."""
        skipped = self.skipped.setdefault(reason, Skipped())
        skipped.count += 1
        if len(skipped.examples) < examples:
            skipped.examples.append(f"{where}: {shown(found)}")

    def add(self, later: "ParseReport", examples: int = MAX_EXAMPLES) -> None:
        """Add what became of the lines behind those of this report; keep so many *examples*."""
        self.lines += later.lines
        self.comments += later.comments
        self.entries += later.entries
        self.addresses += later.addresses
        for reason, more in later.skipped.items():
            skipped = self.skipped.setdefault(reason, Skipped())
            skipped.count += more.count
            skipped.examples += more.examples[: max(0, examples - len(skipped.examples))]


def shown(found: bytes) -> str:
    """Return *found* as it may be printed, shortened."""
    # The digest of a name is a name for whoever guesses: a sealed list may be taken for another.
    found = _DIGEST.sub(b"(a digest)", found)
    text = found[:MAX_EXAMPLE_LENGTH].decode("utf-8", "backslashreplace")
    return (text if text.isprintable() else ascii(text)[1:-1])[:MAX_EXAMPLE_LENGTH]


_DIGEST: Final = re.compile(rb"[0-9a-fA-F]{64}")
