"""People with their devices, and groups with their networks."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from filterdns.config.calendars import HolidayPlan
from filterdns.config.given_up import compile_given_up
from filterdns.config.model import DeviceSection, GroupSection, PersonSection
from filterdns.config.nearest import nearest_word
from filterdns.config.places import Problems, ValuePath
from filterdns.config.policies import compile_during
from filterdns.config.safe_search import compile_safe_search, refuse_loosening
from filterdns.config.schedules import compile_own_schedules
from filterdns.config.selections import read_selection, refuse_contradictions
from filterdns.config.units import quoted, read_address, read_client_id, read_mac, read_network
from filterdns.config.vocabulary import Vocabulary
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import Device, Person, Place, Schedule
from filterdns.policy.verdict import LogMode


def compile_people(
    sections: Mapping[str, PersonSection],
    timezone: str,
    schedules: Mapping[str, Schedule],
    holidays: Mapping[str, HolidayPlan],
    words: Vocabulary,
) -> dict[str, Person]:
    """Return the people of the config; *timezone* is for those who have no other.

    An address, network, MAC or id that two devices have is a problem that names both places.
    """
    devices = _DeviceReader(words)
    people = {}
    for name, section in sections.items():
        path = ("people", name)
        words.knows_policy(section.policy, (*path, "policy"))
        if section.timezone:
            check_timezone(section.timezone, (*path, "timezone"), words.problems)
        allow = read_selection(section.allow, (*path, "allow"), "allow", words, is_opening=True)
        block = read_selection(section.block, (*path, "block"), "block", words)
        refuse_contradictions(allow, block, path, words)
        people[name] = Person(
            name=name,
            policy=section.policy,
            timezone=section.timezone or timezone,
            devices=devices.read(section.devices, (*path, "devices")),
            schedules=compile_own_schedules(
                section.schedules, (*path, "schedules"), schedules, words
            ),
            during=compile_during(section.during, (*path, "during"), words),
            holidays=holidays[name].written if name in holidays else None,
            allow=allow,
            block=block,
            given_up=compile_given_up(section.lifeline_blocked_because, block, path, words),
            safe_search=compile_safe_search(
                section.safe_search, (*path, "safe_search"), words.problems
            ),
            log=LogMode(section.log) if section.log else None,
        )
    return people


def compile_places(
    sections: Mapping[str, GroupSection], holidays: Mapping[str, HolidayPlan], words: Vocabulary
) -> dict[str, Place]:
    """Return the groups of the config as places. Nobody is in two of them by the same network."""
    places = {}
    for name, section in sections.items():
        path = ("groups", name)
        if name in words.people:
            message = f"{quoted(name)} is a person already"
            words.problems.add_at_key(path, message, "use another name")
        networks = read_each(section.networks, (*path, "networks"), read_network, words.problems)
        during = compile_during(section.during, (*path, "during"), words)
        for entry in during:
            here = (*path, "during", entry.schedule, "safe_search")
            refuse_loosening(entry.safe_search, here, words.problems)
        places[name] = Place(
            name,
            tuple(network for _, network in networks),
            during,
            holidays[name].written if name in holidays else None,
        )
    return places


def read_each(
    texts: Sequence[str], path: ValuePath, read: Callable[[str], str], problems: Problems
) -> list[tuple[ValuePath, str]]:
    """Return what *read* makes of each of *texts* with its path; misfits become problems."""
    found = []
    for at, text in enumerate(texts):
        try:
            found.append(((*path, at), read(text)))
        except InvalidValue as error:
            problems.reject((*path, at), error)
    return found


def check_timezone(name: str, path: ValuePath, problems: Problems) -> bool:
    """Whether *name* is an IANA time zone; if not, there is a problem at *path*."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.add(path, f"{quoted(name)} is not a time zone", _cure_of_zone(name))
        return False
    return True


def _cure_of_zone(name: str) -> str:
    # An offset would be right for half of the year: its nearest word is none that is meant.
    near = "" if _OFFSET.search(name) else nearest_word(name, available_timezones())
    return f'did you mean "{near}"?' if near else "write it like Europe/Berlin"


_OFFSET: Final = re.compile(r"[+-]\d")


class _DeviceReader:
    """Reads devices and remembers by what one is known already, and where."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._problems = words.problems
        self._path_by_owned: dict[str, ValuePath] = {}

    def read(self, sections: Sequence[DeviceSection], path: ValuePath) -> tuple[Device, ...]:
        devices: dict[str, Device] = {}
        for at, section in enumerate(sections):
            here = (*path, at)
            if section.name in devices:
                message = f"{quoted(section.name)} is another device of the same person"
                self._problems.add((*here, "name"), message, "use another name")
            signs = (section.mac, section.id, section.ip, section.network)
            if not any(signs) and self._words.is_whole(here):
                message = f"nothing tells how to know {quoted(section.name)}"
                self._problems.add(here, message, "add mac:, id:, ip: or network:")
            devices[section.name] = Device(
                section.name,
                self._own(section.ip, (*here, "ip"), read_address),
                self._own(section.network, (*here, "network"), read_network),
                self._own(section.mac, (*here, "mac"), read_mac),
                self._own(section.id, (*here, "id"), read_client_id),
            )
        return tuple(devices.values())

    def _own(
        self, texts: Sequence[str], path: ValuePath, read: Callable[[str], str]
    ) -> tuple[str, ...]:
        found = read_each(texts, path, read, self._problems)
        for here, owned in found:
            first = self._path_by_owned.setdefault(owned, here)
            if first != here:
                place = self._problems.places.of_value(first)
                message = f"{quoted(owned)} is another device already, at {place}"
                self._problems.add(here, message, "give it to one device")
        return tuple(owned for _, owned in found)
