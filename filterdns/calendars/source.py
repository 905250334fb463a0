"""Which events a config takes from which calendar."""

from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import urlsplit


class CalendarSource(NamedTuple):
    """A file at *path* or what lies at *url*, the other one empty, and the events that count.

    *summaries* are patterns (`*ferien*`), any of which a summary fits, whatever its case; none: all
    events. *name* is what it is called in words, *key* and *where* tell its place in the config.
    """

    path: str
    url: str
    summaries: tuple[str, ...]
    name: str
    key: str
    where: str

    @property
    def identity(self) -> tuple[str, str, tuple[str, ...]]:
        """What has to be equal for the same events to come of it."""
        return self.path, self.url, self.summaries


def fits(summary: str, patterns: tuple[str, ...]) -> bool:
    """Whether *summary* is one of an event that counts."""
    folded = summary.casefold().strip()
    return not patterns or any(fnmatchcase(folded, each.casefold()) for each in patterns)


def short_name(url: str) -> str:
    """Return what *url* is called in words: what stands in between may be a secret."""
    parts = urlsplit(url)
    file = parts.path.rpartition("/")[2]
    return (
        f"{parts.hostname or ''}/…/{file}" if parts.path.count("/") > 1 else url.partition("?")[0]
    )
