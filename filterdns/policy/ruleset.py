"""Everything that decides, as plain values: people, policies, schedules, places, names.

Made by `config/compile.py`, carried to the workers in the image, read by `policy/compiler.py`.
`extends` is resolved, names are canonical, services and categories stand under their ids. No value
here knows what time it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.policy.verdict import AnswerMode, LogMode, Rule

MINUTES_PER_DAY = 24 * 60

Holidays = tuple[tuple[int, int], ...]
"""Inclusive ranges of days, as proleptic ordinals (`date.toordinal`)."""


class Window(NamedTuple):
    """A stretch of the local day in minutes since midnight, the end exclusive.

    An end that is not after the start belongs to the next day. 0 to 1440 is the whole day.
    """

    start_minute: int
    end_minute: int

    @property
    def crosses_midnight(self) -> bool:
        """Whether the window ends on the day after the one that it starts on."""
        return self.end_minute <= self.start_minute


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something holds: windows per weekday, on holidays, on dates.

    *weekdays* has seven entries, Monday first. *holidays* None: holidays are days like others.
    *dates* are ISO texts (`2026-12-24`) and win over both. Beside all of them it is on at *events*
    of calendars, stretches of Unix seconds, and at *local_events*, of seconds since 1970 on the
    clocks of the asker; both in order and apart from each other, their ends exclusive.
    """

    name: str
    weekdays: tuple[tuple[Window, ...], ...]
    holidays: tuple[Window, ...] | None = None
    dates: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    events: tuple[tuple[int, int], ...] = ()
    local_events: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What one list of the config names: names, services, categories, each with its rule.

    *parts* are names that are left of services, of which a nearer policy has taken others. Nobody
    has written them in so many words.
    """

    names: Mapping[bytes, Rule] = field(default_factory=dict)
    services: Mapping[str, Rule] = field(default_factory=dict)
    categories: Mapping[str, Rule] = field(default_factory=dict)
    parts: Mapping[bytes, Rule] = field(default_factory=dict)


class SafeMode(StrEnum):
    """How far the results of an engine are held to be safe, the laxest first."""

    OFF = "off"
    MODERATE = "moderate"
    STRICT = "strict"


class SafeWish(NamedTuple):
    """A line of `safe_search:`: the mode, and the rule that asks for it."""

    mode: SafeMode
    rule: Rule


SEARCH: Final = "search"
YOUTUBE: Final = "youtube"


class Engine(NamedTuple):
    """A search engine, or YouTube, that the answer to its names can hold to safe results.

    *kind* is `search` or `youtube`. Each of *names* (canonical) is meant alone. *strict* and
    *moderate* are the names that are asked instead; empty where there is no such mode.
    """

    kind: str
    names: tuple[bytes, ...]
    strict: bytes
    moderate: bytes = b""


@dataclass(frozen=True, slots=True)
class During:
    """One entry of `during:`: what holds while a schedule is on.

    *exempt* is the `except:` of `internet: off`. *allow_only* None: no such line. *bypass* is as in
    `PolicyRules`. *safe_search* has the kinds of engines that it speaks of.
    """

    schedule: str
    rule: Rule
    internet_off: bool = False
    exempt: Selection = field(default_factory=Selection)
    allow_only: Selection | None = None
    block: Selection = field(default_factory=Selection)
    bypass: Mapping[str, Rule] = field(default_factory=dict)
    safe_search: Mapping[str, SafeWish] = field(default_factory=dict)

    @property
    def closes_something(self) -> bool:
        """Whether names are closed or blocked while it is on."""
        return self.internet_off or self.allow_only is not None or self.block != Selection()


@dataclass(frozen=True, slots=True)
class Rebinding:
    """What of private addresses in answers from outside: blocked, but below *allow*.

    *mode* is the rule that lets all of them through, None where none does.
    """

    allow: Mapping[bytes, Rule] = field(default_factory=dict)
    mode: Rule | None = None


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """A policy with everything that it extends folded in; the nearer one has won where they met.

    *allow* and *block* never hold the same name. *given_up* are the lifelines in `block:` that an
    adult has confirmed, giving a reason. *bypass* maps `doh`, `vpn`, … to the rule that blocks
    them; each is also the id of a category where a list feeds it, and `ech` stands for keys in
    answers. *safe_search* has the wish for each kind of engine that somebody has written one for.
    """

    name: str
    allow: Selection = field(default_factory=Selection)
    block: Selection = field(default_factory=Selection)
    given_up: Mapping[bytes, Rule] = field(default_factory=dict)
    during: tuple[During, ...] = ()
    bypass: Mapping[str, Rule] = field(default_factory=dict)
    safe_search: Mapping[str, SafeWish] = field(default_factory=dict)
    answer: AnswerMode = AnswerMode.ZERO_IP
    rebinding: Rebinding = Rebinding()
    max_ttl_seconds: int = 300
    log: LogMode = LogMode.BLOCKED


@dataclass(frozen=True, slots=True)
class Device:
    """A client that the config has given a name.

    Addresses and networks are texts, *macs* are in lower case with colons, *ids* are what a client
    may call itself where it asks encrypted.
    """

    name: str
    addresses: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def is_pinned(self) -> bool:
        """Whether its addresses count only with one of its MACs: whoever takes one gets nothing."""
        return bool(self.addresses and self.macs)


@dataclass(frozen=True, slots=True)
class Person:
    """A child or adult: a policy, what differs from it, and devices.

    *schedules* replace those of the same name, already merged line by line by the compiler. An
    entry of *during* replaces that of the policy for the same schedule and stands before all of
    them. *holidays* None: those of the ruleset. *allow* and *block* are the person's own and win at
    equal length (row A10), *safe_search* wins over the policy's. *given_up* is as in `PolicyRules`.
    """

    name: str
    policy: str
    timezone: str
    devices: tuple[Device, ...] = ()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    during: tuple[During, ...] = ()
    holidays: Holidays | None = None
    allow: Selection = field(default_factory=Selection)
    block: Selection = field(default_factory=Selection)
    given_up: Mapping[bytes, Rule] = field(default_factory=dict)
    safe_search: Mapping[str, SafeWish] = field(default_factory=dict)
    log: LogMode | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A group's networks, a classroom: it only restricts (row A7) and identifies nobody.

    *holidays* None: those of the ruleset.
    """

    name: str
    networks: tuple[str, ...]
    during: tuple[During, ...] = ()
    holidays: Holidays | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of content. *names* are those that the config adds; the index has the rest.

    *title* is the word for it within a sentence. *help* is what a child who meets the block reads
    in the answer, where there is room.
    """

    name: str
    is_locked: bool = False
    names: tuple[bytes, ...] = ()
    title: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Everything that decides.

    *holidays* are those of whoever has no others. *unknown_policy* names
    the policy of unknown devices; empty means the strictest of all at each moment. *hosts* maps a
    name to address texts. *essentials* and *lifelines* cover what lies below them, and so do
    *private_answers*, which lead into somebody's own network on purpose. *engines* are those
    that can be held to safe results, by id. *pending* maps a category that has neither starter
    entries nor a last good copy to the Unix second until which questions that reach row A11 are
    told to come back.
    """

    timezone: str = "UTC"
    categories: Mapping[str, Category] = field(default_factory=dict)
    services: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    service_titles: Mapping[str, str] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    holidays: Holidays = ()
    policies: Mapping[str, PolicyRules] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    unknown_policy: str = ""
    hosts: Mapping[bytes, tuple[str, ...]] = field(default_factory=dict)
    lifelines: Mapping[bytes, Rule] = field(default_factory=dict)
    essentials: Mapping[bytes, Rule] = field(default_factory=dict)
    private_answers: Mapping[bytes, Rule] = field(default_factory=dict)
    engines: Mapping[str, Engine] = field(default_factory=dict)
    pending: Mapping[str, float] = field(default_factory=dict)


def people_by_policy(ruleset: Ruleset) -> dict[str, list[Person]]:
    """Return those who have each policy itself; none for policies that nobody has."""
    found: dict[str, list[Person]] = {}
    for person in ruleset.people.values():
        found.setdefault(person.policy, []).append(person)
    return found
