"""How good the lists are: what they block that they should not, and what they miss.

Over-blocking is measured by names that are known to be good and by names that are popular, missing
by names whose category somebody has labelled: `category<TAB>name` a line.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from filterdns.blocklists.guards.measured import Labelled, Measured
from filterdns.blocklists.guards.yardsticks import Yardsticks
from filterdns.blocklists.index import Index
from filterdns.dns import codes
from filterdns.dns.names import suffixes, to_text

WORST: Final = 10


def measure(index: Index, canaries: Iterable[bytes], yardsticks: Yardsticks) -> Measured:
    """Return what *index* does to names of which something is known."""
    names_by_category: dict[str, list[str]] = {}
    for name in yardsticks.ranked:
        for category in _categories(index, name):
            names_by_category.setdefault(category, []).append(to_text(name))
    in_order = sorted(names_by_category.items())
    return Measured(
        canaries=tuple(to_text(name) for name in canaries if _categories(index, name)),
        popular=len(yardsticks.ranked),
        popular_blocked={category: len(names) for category, names in in_order},
        worst={category: tuple(names[:WORST]) for category, names in in_order},
        labelled={
            category: _labelled(index, category, names)
            for category, names in sorted(yardsticks.labelled.items())
        },
        trouble=yardsticks.trouble,
    )


def _labelled(index: Index, category: str, names: Sequence[bytes]) -> Labelled:
    missed = [to_text(name) for name in names if category not in _categories(index, name)]
    return Labelled(len(names), len(names) - len(missed), tuple(missed[:WORST]))


def _categories(index: Index, name: bytes) -> frozenset[str]:
    claims = index.claims(suffixes(name), codes.A)
    return frozenset[str]().union(*(categories for _, categories in claims))
