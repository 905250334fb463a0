"""The names of a starter list, read as the program reads them: it may hold addresses, too."""

from itertools import chain
from pathlib import Path

from filterdns.blocklists.parse import parse
from filterdns.blocklists.source_text import SourceText


def starter_names(path: Path) -> set[bytes]:
    """Return the canonical names in the list at *path*; a single label counts, as it may there."""
    members = SourceText(path).members()
    read = chain.from_iterable(parse(member, single_labels=True) for member in members)
    return {name for parsed in read for name in parsed.names}
