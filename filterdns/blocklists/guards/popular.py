"""Names so popular that one list alone is not believed when it begins to block them.

The popularity list is the admin's: none ships. A name is held until an adult has looked at it, if
there is a last good copy of the list without it, no other list of the category has it, and it is
not among the best-known names of the category itself: `tinder.com` is dating, whatever its rank.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from filterdns.blocklists.guards.entries import Hit, KnownNames
from filterdns.blocklists.guards.reviews import Decisions
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.name_hash import NameHash
from filterdns.blocklists.parse import parse
from filterdns.blocklists.run import Run
from filterdns.blocklists.source_text import Member, SourceText
from filterdns.dns.names import to_text

MOST_POPULAR: Final = 10_000
_KINDS: Final = (Kind.BLOCK, Kind.EXACT, Kind.BELOW)


def read_popular(path: Path, count: int = MOST_POPULAR) -> list[bytes]:
    """Return the first *count* names of the ranked list at *path*, a name a line or `rank,name`.

    Raises `BlocklistError` where it cannot be read.
    """
    names = (
        name
        for member in SourceText(path).members()
        for parsed in parse(Member(member.name, _without_ranks(member.blocks)))
        for name in parsed.names
    )
    return list(islice(names, count))


class PopularGuard:
    """Finds the popular names that a list claims and nobody has vouched for."""

    def __init__(self, ranked: Sequence[bytes], name_hash: NameHash) -> None:
        self._known = KnownNames(ranked, name_hash)

    def claimed(self, run: Run) -> list[Hit]:
        """Return the popular names that *run* blocks."""
        return self._known.hits(run, _KINDS)

    def held(
        self,
        claimed: Iterable[Hit],
        good: Run | None,
        claimed_by_others: set[int],
        anchors: Iterable[bytes],
        decisions: Decisions,
    ) -> list[Hit]:
        """Return which of the names *claimed* by a list wait for a review.

        *good* is its last good copy, *claimed_by_others* what other lists of its category claim.
        """
        known = set(anchors)
        before = {hit.hashed for hit in self.claimed(good)} if good is not None else None
        return [
            hit
            for hit in claimed
            if (text := to_text(hit.name)) not in decisions.accepted
            and text not in decisions.rejected
            and hit.name not in known
            and hit.hashed not in claimed_by_others
            and (text in decisions.held or (before is not None and hit.hashed not in before))
        ]


def _without_ranks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Make `12,x.example` into `x.example`: a digit before a comma is never part of a name."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield b"".join(line.rpartition(b",")[2] + b"\n" for line in lines)
    yield rest.rpartition(b",")[2]
