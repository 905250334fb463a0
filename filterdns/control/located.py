"""Where the copies of lists from the web are, for the build."""

from pathlib import Path

from filterdns.blocklists.fetching.copies import Copies
from filterdns.blocklists.job import NOWHERE, Wanted


def located(wanted: Wanted, web_folder: Path) -> Wanted:
    """Return *wanted* with the paths of the copies that there are of lists from the web."""
    copies = Copies(web_folder)
    guards = wanted.guards
    if wanted.popularity_url:
        path = _path_of(copies, wanted.popularity_url)
        guards = guards._replace(popularity="" if path == NOWHERE else str(path))
    return wanted._replace(
        sources=tuple(
            spec._replace(path=_path_of(copies, spec.url)) if spec.url else spec
            for spec in wanted.sources
        ),
        guards=guards,
    )


def _path_of(copies: Copies, url: str) -> Path:
    path = copies.path_of(copies.of(url))
    return path if path is not None and path.is_file() else NOWHERE
