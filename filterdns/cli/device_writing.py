"""Devices written into the config by whoever types the command, with the rights that they have."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from filterdns.cli.client import LONG_PATIENCE_SECONDS, running_filter
from filterdns.cli.offline import offline_calendars, running_calendars
from filterdns.cli.output import complain, say, say_json
from filterdns.config.device_edits import WantedDevice
from filterdns.config.units import quoted, read_address, read_mac
from filterdns.control.device_changes import Plan, carry_out, plan, take_back
from filterdns.control.lists import Lists
from filterdns.control.reload import check_with
from filterdns.errors import BlocklistError, ConfigError, ControlError, FilterdnsError, InvalidValue
from filterdns.folders import find_running


def config_of(directory: Path | None, config: Path | None) -> Path:
    """Return the config file that is meant: *config*, or that of the running filter."""
    if config is not None:
        return config
    return Path(running_filter(directory).get("/api/status")["config"])


def refuse_router(found: Mapping[str, Any], device: str) -> None:
    """Raise `ControlError` where *device* asks for others, whom its policy would reach, too."""
    with suppress(InvalidValue):
        device = read_mac(device)
    row = _row_of(found, device)
    addresses = {device, *(row["addresses"] if row else ())}
    unmarked = {each["subject"] for each in found["findings"] if each["kind"] == "unmarked-router"}
    if (row and row["router"]) or addresses & unmarked:
        raise ControlError(
            f"{device} is a router: whoever asks through it would get this policy, the whole house;"
            " let it hand out this filter instead (docs/devices.md), or say --whole-house"
        )


def sign_of(found: Mapping[str, Any] | None, device: str, person: str, name: str) -> WantedDevice:
    """Return the device by its MAC: the one that was typed, or that an address belongs to.

    Where no MAC is known, by its address. Raises `ControlError` for what is neither.
    """
    with suppress(InvalidValue):
        return WantedDevice(person, name, macs=(read_mac(device),))
    try:
        address = read_address(device)
    except InvalidValue:
        message = f"{quoted(device)} is neither a MAC nor an address"
        raise ControlError(f"{message}; `filterdns devices` shows both") from None
    row = _row_of(found, address) if found is not None else None
    if row is not None and row["mac"]:
        return WantedDevice(person, name, macs=(row["mac"],))
    complain(f"no MAC is known behind {address}: whoever has this address will be {person}/{name}")
    return WantedDevice(person, name, addresses=(address,))


def give(
    wanted: Sequence[WantedDevice],
    directory: Path | None,
    config: Path | None,
    *,
    adds: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write *wanted* into the config, once it is known to be right with them, and reload."""
    path = config_of(directory, config)
    calendars = running_calendars(directory) if config is None else offline_calendars(directory)
    planned = plan(path, os.environ, wanted, adds=adds, calendars=calendars)
    if config is None:
        _check(planned, directory)
    if not dry_run and planned.files:
        carry_out(planned)
        if config is None:
            _reload_or_take_back(planned, directory)
    _tell(planned, wanted, dry_run=dry_run, as_json=as_json)


def _check(planned: Plan, directory: Path | None) -> None:
    """Raise `ConfigError` with what a reload would refuse, with the lists that are in force.

    Where these may not be read, the reload itself tells, and all is taken back.
    """
    folders = find_running(directory, os.environ, os.getuid())
    with suppress(OSError, BlocklistError):
        index = Lists(folders.lists).last_index()
        if index is not None:
            with closing(index):
                report = check_with(planned.compiled, index, time.time())
            if report.problems:
                raise ConfigError(report.problems)


def _reload_or_take_back(planned: Plan, directory: Path | None) -> None:
    try:
        running_filter(directory).post("/api/reload", patience_seconds=LONG_PATIENCE_SECONDS)
    except FilterdnsError:
        take_back(planned)
        complain("filterdns: the config is as it was before")
        raise


def _tell(planned: Plan, wanted: Sequence[WantedDevice], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        files = [str(change.path) for change in planned.files]
        diff = planned.diff()
        say_json({"devices": len(wanted), "files": files, "diff": diff, "dry_run": dry_run})
    elif not planned.files:
        say("nothing changes: all of them are there already")
    elif dry_run:
        say(planned.diff().rstrip("\n"))
    else:
        count = f"{len(wanted):,} device{'s' * (len(wanted) != 1)}"
        say(f"{count} written into {', '.join(str(change.path) for change in planned.files)}")


def _row_of(found: Mapping[str, Any] | None, device: str) -> Mapping[str, Any] | None:
    rows = found["devices"] if found is not None else ()
    return next((row for row in rows if device == row["mac"] or device in row["addresses"]), None)
