"""A config as written: the values that people wrote, with the place of each."""

from dataclasses import dataclass
from pathlib import Path

from filterdns.config.model import Document
from filterdns.config.places import Places, ValuePath


@dataclass(frozen=True, slots=True)
class Config:
    """What stands in a config file and in all that it includes.

    *path* is the main file, *files* are all in the order read. *digest* changes with every value.
    *left_out* holds the paths of values that were wrong and are not in *document*: empty in every
    config that anybody gets to use.
    """

    document: Document
    places: Places
    path: Path
    files: tuple[Path, ...]
    digest: str
    left_out: frozenset[ValuePath] = frozenset()
