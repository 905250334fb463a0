"""How good the lists are: what they block that they should not, and what they miss.

Over-blocking is measured by names that are known to be good and by names that are popular, missing
by names whose category somebody has labelled: `category<TAB>name` a line.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from filterdns.blocklists.guards.measured import Labelled, Measured
from filterdns.blocklists.guards.popular import read_popular
from filterdns.blocklists.index import Index
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes, to_text
from filterdns.errors import BlocklistError, InvalidName

WORST: Final = 10
MAX_LABELLED: Final = 100_000


def measure(index: Index, canaries: Iterable[bytes], popularity: str, labelled: str) -> Measured:
    """Return what *index* does to names of which something is known.

    *popularity* and *labelled* are paths, or empty. A file that cannot be read is a trouble of the
    meter, and none of the lists.
    """
    troubles = []
    ranked: Sequence[bytes] = ()
    labels: dict[str, list[bytes]] = {}
    try:
        ranked = read_popular(Path(popularity)) if popularity else ()
    except BlocklistError as error:
        troubles.append(str(error))
    try:
        labels = read_labelled(Path(labelled)) if labelled else {}
    except BlocklistError as error:
        troubles.append(str(error))
    names_by_category: dict[str, list[str]] = {}
    for name in ranked:
        for category in _categories(index, name):
            names_by_category.setdefault(category, []).append(to_text(name))
    return Measured(
        canaries=tuple(to_text(name) for name in canaries if _categories(index, name)),
        popular=len(ranked),
        popular_blocked={each: len(names) for each, names in sorted(names_by_category.items())},
        worst={each: tuple(names[:WORST]) for each, names in sorted(names_by_category.items())},
        labelled={each: _labelled(index, each, names) for each, names in sorted(labels.items())},
        trouble="; ".join(troubles),
    )


def read_labelled(path: Path) -> dict[str, list[bytes]]:
    """Return the names in the file at *path* by their category.

    Raises `BlocklistError` with the line that is no label.
    """
    found: dict[str, list[bytes]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BlocklistError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines[:MAX_LABELLED], 1):
        if not line.strip() or line.startswith("#"):
            continue
        category, _, name = line.partition("\t")
        try:
            found.setdefault(category.strip(), []).append(from_text(name.strip().lower()))
        except InvalidName as error:
            raise BlocklistError(f"{path}:{number}: {error}; write CATEGORY<TAB>NAME") from None
    return found


def _labelled(index: Index, category: str, names: Sequence[bytes]) -> Labelled:
    missed = [to_text(name) for name in names if category not in _categories(index, name)]
    return Labelled(len(names), len(names) - len(missed), tuple(missed[:WORST]))


def _categories(index: Index, name: bytes) -> frozenset[str]:
    claims = index.claims(suffixes(name), codes.A)
    return frozenset[str]().union(*(categories for _, categories in claims))
