"""The time zone that an imported config names: the one asked for, or that of this computer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

from filterdns.config.nearest import cure
from filterdns.config.units import quoted
from filterdns.errors import ControlError

LOCALTIME: Final = Path("/etc/localtime")
NOT_KNOWN: Final = "UTC"


def find_timezone(wanted: str, environment: Mapping[str, str], localtime: Path = LOCALTIME) -> str:
    """Return *wanted*, or what TZ or the link *localtime* names, or UTC where nothing does.

    Raises `ControlError` if there is no zone *wanted*.
    """
    zones = available_timezones()
    if wanted:
        if wanted not in zones:
            raise ControlError(f"{quoted(wanted)} is not a time zone; {cure(wanted, zones)}")
        return wanted
    here = (environment.get("TZ", "").removeprefix(":"), _linked(localtime))
    return next((name for name in here if name in zones), NOT_KNOWN)


def _linked(localtime: Path) -> str:
    try:
        target = str(localtime.resolve())
    except OSError:
        return ""
    return target.partition("/zoneinfo/")[2]
