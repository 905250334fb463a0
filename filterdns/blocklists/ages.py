"""What the catalogue proposes at each age: a beginning, for parents to change."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from filterdns.blocklists.data_file import Entry

AGE_GROUPS: Final = ("under-7", "7-11", "12-15", "16-17")


class AgeDefault(StrEnum):
    """What is proposed: *RESTRICTED* is with safe search, *TIMETABLE* at some hours only."""

    BLOCK = "block"
    ALLOW = "allow"
    RESTRICTED = "restricted"
    TIMETABLE = "timetable"


def read_ages(entry: Entry) -> Mapping[str, AgeDefault]:
    """Return what the mapping under `ages` in *entry* proposes for each age group.

    Raises `BlocklistError` with file and line for a group or a word too many or too few.
    """
    ages = entry.entry("ages")
    if tuple(ages.values) != AGE_GROUPS:
        found = ", ".join(ages.values) or "nothing"
        raise ages.error(f'found {found} under "ages", expected {", ".join(AGE_GROUPS)}')
    return {group: _default(ages, group) for group in AGE_GROUPS}


def _default(ages: Entry, group: str) -> AgeDefault:
    word = ages.text(group)
    try:
        return AgeDefault(word)
    except ValueError:
        expected = ", ".join(AgeDefault)
        raise ages.error(f'found "{word}" under "{group}", expected {expected}') from None
