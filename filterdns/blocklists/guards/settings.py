"""What the config tells the guards, as plain values that travel with the job of a build."""

from typing import Final, NamedTuple


class GuardSettings(NamedTuple):
    """What the guards of a build go by, beside what ships with the project.

    *essentials* are names (as text) that the config keeps open, *locked* the categories of which a
    held name stays blocked. *popularity* is the path of a ranked list of names, *labelled* that of
    names with the category that they belong to; empty where there is none. *popularity_trouble*
    says why the newest ranking could not be had.
    """

    essentials: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    popularity: str = ""
    labelled: str = ""
    popularity_trouble: str = ""


NO_SETTINGS: Final = GuardSettings()
"""The guards go by what ships alone."""
