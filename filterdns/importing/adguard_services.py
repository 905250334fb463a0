"""AdGuard Home's blocked services as ours, and the times in which it does not block them.

Its schedule says when services are *open*: one range a day, so ours blocks around it.
"""

import re
from typing import Final

from filterdns.config.units import WEEKDAYS
from filterdns.importing.imported import Known
from filterdns.importing.written import Written

SERVICES_BY_ID: Final[dict[str, tuple[str, ...]]] = {
    "activision_blizzard": ("battle-net", "call-of-duty"),
    "amazon_streaming": ("prime-video",),
    "apple_streaming": ("apple-tv",),
    "blizzard_entertainment": ("battle-net",),
    "discoveryplus": ("discovery-plus",),
    "disneyplus": ("disney-plus",),
    "electronic_arts": ("ea",),
    "hbomax": ("hbo-max",),
    "leagueoflegends": ("riot-games",),
    "microsoft_teams": ("teams",),
    "ok": ("odnoklassniki",),
    "origin": ("ea",),
    "paramountplus": ("paramount-plus",),
    "peacock_tv": ("peacock",),
    "rakuten_viki": ("viki",),
    "twitter": ("x",),
    "valorant": ("riot-games",),
    "wargaming": ("world-of-tanks",),
    "xboxlive": ("xbox",),
}
"""Those of another name with us; the others only change `_` to `-`."""

MINUTES_PER_DAY: Final = 1440


def our_services(service: str, known: Known) -> list[str]:
    """Return our entries for its *service*, none where we have no such service."""
    names = SERVICES_BY_ID.get(service, (service.replace("_", "-"),))
    return [f"service:{name}" for name in names if name in known.services]


def blocked_times(schedule: Written) -> dict[str, str]:
    """Return the lines of a schedule that is on while *schedule* does not open the services.

    It is empty where they are always blocked. Raises `ConfigError`.
    """
    lines = {}
    for day in WEEKDAYS:
        start = _minutes(schedule.at(day, "start"))
        end = _minutes(schedule.at(day, "end"))
        if start > end or end > MINUTES_PER_DAY:
            raise schedule.at(day).error("found a range that ends before it starts")
        lines[day] = _around(start, end)
    return {} if set(lines.values()) == {"always"} else lines


_DURATION: Final = re.compile(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?(?:0s)?")


def _minutes(written: Written) -> int:
    text = written.text("0s")
    found = _DURATION.fullmatch(text)
    if not found:
        raise written.error(f'found "{text[:40]}", expected a time such as 16h30m')
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def _around(start: int, end: int) -> str:
    """Return the windows of a day without that from *start* to *end*."""
    if start == end:
        return "always"
    windows = [(0, start), (end, MINUTES_PER_DAY)]
    texts = [f"{_clock(first)}-{_clock(last)}" for first, last in windows if first < last]
    return ", ".join(texts) or "never"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
