"""Where the copies of lists from the web are, for the build, and how it is with them."""

from collections.abc import Mapping
from pathlib import Path

from filterdns.blocklists.fetching.copies import Copies, Copy
from filterdns.blocklists.job import NOWHERE, SourceSpec, Wanted


def located(wanted: Wanted, web_folder: Path) -> Wanted:
    """Return *wanted* with the paths of the copies that there are of lists from the web.

    And with the trouble of those that could not be fetched the last time.
    """
    copies = copies_of(wanted, web_folder)
    guards = wanted.guards
    if wanted.popularity_url:
        ranked = copies[wanted.popularity_url]
        path = _path_of(ranked, web_folder)
        guards = guards._replace(
            popularity="" if path == NOWHERE else str(path), popularity_trouble=ranked.last_error
        )
    return wanted._replace(
        sources=tuple(
            _located(spec, copies[spec.url], web_folder) if spec.url else spec
            for spec in wanted.sources
        ),
        guards=guards,
    )


def copies_of(wanted: Wanted, web_folder: Path) -> Mapping[str, Copy]:
    """Return what is known of each URL of *wanted*."""
    copies = Copies(web_folder)
    urls = {spec.url for spec in wanted.sources} | {wanted.popularity_url}
    return {url: copies.of(url) for url in urls if url}


def _located(spec: SourceSpec, copy: Copy, web_folder: Path) -> SourceSpec:
    return spec._replace(path=_path_of(copy, web_folder), trouble=copy.last_error)


def _path_of(copy: Copy, web_folder: Path) -> Path:
    path = Copies(web_folder).path_of(copy)
    return path if path is not None and path.is_file() else NOWHERE
