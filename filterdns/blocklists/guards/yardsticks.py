"""What lists are measured by: a ranking of popular names, names whose category is known.

A file that cannot be read is no reason to build nothing: it is told, and the lists are measured by
what is left.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.guards.popular import read_popular
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError, InvalidName

MAX_LABELLED: Final = 100_000


class Yardsticks(NamedTuple):
    """The most popular names, the most popular first; names by their category; what is wrong."""

    ranked: Sequence[bytes] = ()
    labelled: Mapping[str, Sequence[bytes]] = {}
    trouble: str = ""


def read_yardsticks(settings: GuardSettings) -> Yardsticks:
    """Return what *settings* name, as far as it can be read."""
    troubles = [settings.popularity_trouble] if settings.popularity_trouble else []
    ranked: Sequence[bytes] = ()
    labelled: Mapping[str, Sequence[bytes]] = {}
    try:
        ranked = read_popular(Path(settings.popularity)) if settings.popularity else ()
    except BlocklistError as error:
        troubles.append(str(error))
    try:
        labelled = read_labelled(Path(settings.labelled)) if settings.labelled else {}
    except BlocklistError as error:
        troubles.append(str(error))
    return Yardsticks(ranked, labelled, "; ".join(troubles))


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
