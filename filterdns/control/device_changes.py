"""Devices given to people in the config files: planned, checked as a reload is, then written.

The files are those of the admin. Nothing in them changes but the devices, each is there whole or
not at all, and none is touched before the config that they make is known to be right.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from filterdns.config.compile import Compiled
from filterdns.config.device_edits import WantedDevice, has_people, people_of, write_devices
from filterdns.config.include import Trees
from filterdns.config.nearest import cure
from filterdns.config.units import quoted
from filterdns.control.calendars import Calendars
from filterdns.control.reading import read_config
from filterdns.durable import new_file
from filterdns.errors import ControlError, InvalidValue, StateError
from filterdns.policy.ruleset import Person


class FileChange(NamedTuple):
    """One config file, as it is and as it is to be."""

    path: Path
    old: bytes
    new: bytes


class Plan(NamedTuple):
    """What would change: *files*, and what the config means then."""

    files: tuple[FileChange, ...]
    compiled: Compiled

    def diff(self) -> str:
        """Return the change as `diff -u` shows it; empty where nothing changes."""
        return "".join(_diff(change) for change in self.files)


def plan(
    config: Path,
    environment: Mapping[str, str],
    wanted: Sequence[WantedDevice],
    *,
    adds: bool,
    calendars: Calendars | None = None,
) -> Plan:
    """Return what gives the devices *wanted* to their people; see `write_devices` for *adds*.

    Raises `ConfigError` where the config is not right, as it is or as it would be, `ControlError`
    for what cannot be meant.
    """
    before = read_config(config, environment, calendars=calendars)
    people = before.ruleset.people
    _refuse_strangers(wanted, people)
    _refuse_taken(wanted, before)
    texts = {path: _read(path) for path in before.config.files}
    changes = []
    for path, devices in _by_file(wanted, texts, before.config.path).items():
        old = texts[path]
        try:
            new = write_devices(old, devices, adds=adds)
        except InvalidValue as error:
            raise ControlError(f"{path}: {error.message}; {error.cure}") from None
        if new != old:
            changes.append(FileChange(path, old.encode(), new.encode()))
    trees = Trees({change.path: change.new for change in changes})
    after = read_config(config, environment, trees=trees, calendars=calendars)
    return Plan(tuple(changes), after)


def carry_out(planned: Plan) -> None:
    """Write all files of *planned*, or none; raises `StateError`, or `ControlError`."""
    for change in planned.files:
        if change.path.read_bytes() != change.old:
            raise ControlError(f"{change.path} has been changed meanwhile; try again")
    written: list[FileChange] = []
    try:
        for change in planned.files:
            path = change.path
            _write(path, change.new)
            written.append(change)
    except OSError as error:
        take_back(Plan(tuple(written), planned.compiled))
        cure = "; run the command with sudo" if isinstance(error, PermissionError) else ""
        raise StateError(f"{path} cannot be written: {error.strerror}{cure}") from None


def take_back(planned: Plan) -> None:
    """Write the files of *planned* as they were before."""
    for change in planned.files:
        with suppress(OSError):
            _write(change.path, change.old)


def devices_of(compiled: Compiled) -> list[WantedDevice]:
    """Return the devices of the config, each with the policy of its person; not those by network.

    A network is no device that another config could take over by itself.
    """
    return [
        WantedDevice(person.name, each.name, each.macs, each.addresses, each.ids, person.policy)
        for person in compiled.ruleset.people.values()
        for each in person.devices
        if each.macs or each.addresses or each.ids
    ]


def _refuse_strangers(wanted: Iterable[WantedDevice], people: Mapping[str, Person]) -> None:
    strangers = {each.person for each in wanted if each.person not in people and not each.policy}
    if strangers:
        raise ControlError(
            "\n".join(
                f"nobody is called {quoted(name)}; {cure(name, people)} (--policy for a newcomer)"
                for name in sorted(strangers)
            )
        )


def _refuse_taken(wanted: Iterable[WantedDevice], before: Compiled) -> None:
    """Refuse what would take a device away from somebody: that is for a person to decide."""
    owner_by_sign = {
        sign: (person.name, device.name)
        for person in before.ruleset.people.values()
        for device in person.devices
        for sign in (*device.macs, *device.addresses, *device.ids)
    }
    problems = []
    for each in wanted:
        for sign in (*each.macs, *each.addresses, *each.ids):
            owner = owner_by_sign.get(sign)
            if owner is not None and owner != (each.person, each.name):
                whose = "/".join(owner)
                problems.append(f"{quoted(sign)} is {whose} already; take it out there first")
    if problems:
        raise ControlError("\n".join(problems))


def _by_file(
    wanted: Iterable[WantedDevice], texts: Mapping[Path, str], main: Path
) -> dict[Path, list[WantedDevice]]:
    """Return the devices by the file that has their people; newcomers go where others are."""
    file_by_person = {name: path for path, text in texts.items() for name in people_of(text)}
    first = next((path for path, text in texts.items() if has_people(text)), main)
    found: dict[Path, list[WantedDevice]] = {}
    for each in wanted:
        found.setdefault(file_by_person.get(each.person, first), []).append(each)
    return found


def _read(path: Path) -> str:
    return path.read_bytes().decode()  # it has been read as UTF-8 a moment ago


def _write(path: Path, data: bytes) -> None:
    """Replace the file under *path*, or the one it leads to, with the same owner and rights."""
    target = path.resolve()
    there = target.stat()
    with new_file(target) as file:
        with suppress(PermissionError):
            os.fchown(file.fileno(), there.st_uid, there.st_gid)
        os.fchmod(file.fileno(), there.st_mode & 0o7777)
        file.write(data)


def _diff(change: FileChange) -> str:
    old, new = (data.decode().splitlines(keepends=True) for data in (change.old, change.new))
    lines = unified_diff(old, new, f"{change.path}", f"{change.path} (new)")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
