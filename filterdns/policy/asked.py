"""A name under decision: its suffixes, and who claims it, asked for at most once."""

from collections.abc import Sequence
from typing import NamedTuple

from filterdns.dns.names import suffixes
from filterdns.policy.house import House


class Claimed(NamedTuple):
    """A listed name at or above the asked one, and the categories that list it."""

    listed: bytes
    categories: frozenset[str]


class Asked:
    """The name and type of a question, with what the rows want to know about it.

    *claimed* stands in for what the lists say, for a name that is made up.
    """

    __slots__ = ("_claimed", "house", "name", "qtype", "suffixes")

    def __init__(
        self, name: bytes, qtype: int, house: House, claimed: Sequence[Claimed] | None = None
    ) -> None:
        self.name = name
        self.qtype = qtype
        self.house = house
        self.suffixes = suffixes(name)
        self._claimed = claimed

    def claimed(self) -> Sequence[Claimed]:
        """Return what the lists and the config's categories say, the longest name first."""
        if self._claimed is None:
            self._claimed = self._ask()
        return self._claimed

    def _ask(self) -> Sequence[Claimed]:
        house = self.house
        above = self.suffixes
        claims = house.claims.claims(above, self.qtype)
        if not claims and not house.categories_by_name:  # nearly every name
            return ()
        count = len(above)
        found = [Claimed(above[count - labels], categories) for labels, categories in claims]
        if house.categories_by_name:
            listed = house.categories_by_name
            named = [Claimed(name, listed[name]) for name in above if name in listed]
            if named:
                found = sorted(found + named, key=_length, reverse=True)
        return found


def _length(claimed: Claimed) -> int:
    return len(claimed.listed)
