"""What an export says in our words: plain values, the same for every peer.

What our config cannot say yet is kept as lines of YAML (*later*), written as comments in their
place, so that they can be uncommented one day.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Remark(NamedTuple):
    """Something that was not carried over, or that means something else with us."""

    place: str
    found: str
    meaning: str


class Known(NamedTuple):
    """The words that a config of ours may use, and the time zone of this computer.

    *with_starter* are the built-in categories that bring names of their own. *category_by_url* maps
    the lists that the catalogue knows to their category.
    """

    categories: frozenset[str]
    with_starter: frozenset[str]
    locked: frozenset[str]
    services: frozenset[str]
    timezone: str
    category_by_url: Mapping[str, str] = {}


class ImportedCategory(NamedTuple):
    """Lists and names that are blocked together, under the id that policies use.

    *later* are sources, too.
    """

    id: str
    sources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


class ImportedDuring(NamedTuple):
    """What holds while *schedule* is on."""

    schedule: str
    block: tuple[str, ...] = ()
    allow_only: tuple[str, ...] | None = None


class ImportedPolicy(NamedTuple):
    """What is blocked and allowed, in the words of our lists; *block_later* are such words, too.

    *safe_search* has a mode for each kind of engine that is held to safe results.
    """

    name: str
    block: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    during: tuple[ImportedDuring, ...] = ()
    block_later: tuple[str, ...] = ()
    safe_search: tuple[tuple[str, str], ...] = ()


class ImportedDevice(NamedTuple):
    """A client: *key* is `ip`, `network`, `mac` or `id`.

    Where it is not *is_known* our config would refuse the value: it becomes a comment.
    """

    name: str
    key: str
    value: str
    is_known: bool = True


class ImportedPerson(NamedTuple):
    """Whoever has these devices; *timezone* is empty where it is that of the house.

    Where it is not *is_logged*, nothing of the queries is kept.
    """

    name: str
    policy: str
    devices: tuple[ImportedDevice, ...] = ()
    timezone: str = ""
    is_logged: bool = True


class Imported(NamedTuple):
    """All that was carried over from *file* of *peer*, and remarks on the rest.

    *schedules* maps names to windows by line. *answer_mode* and *is_logged* hold for every policy.
    """

    peer: str
    file: str
    timezone: str
    upstreams: tuple[str, ...]
    hosts: Mapping[str, tuple[str, ...]]
    categories: tuple[ImportedCategory, ...]
    schedules: Mapping[str, Mapping[str, str]]
    policies: tuple[ImportedPolicy, ...]
    people: tuple[ImportedPerson, ...]
    answer_mode: str
    upstreams_later: tuple[str, ...]
    remarks: tuple[Remark, ...]
    is_logged: bool = True
