"""The words that a child reads when something is closed (RFC 8914 section 2, EXTRA-TEXT)."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from filterdns.policy.schedule import SECONDS_PER_DAY, Stretch

MAX_REASON_BYTES: Final = 80  # keeps the answer of the smallest client whole

_WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
_FARTHEST_SECONDS: Final = 6 * SECONDS_PER_DAY  # beyond it a weekday alone would mislead
_BYPASS_WORDS: Final = {
    "doh": "another DNS service",
    "vpn": "VPN",
    "proxy": "a way around the filter",
    "private-relay": "Private Relay",
    "page-fetcher": "pages under another name",
}


def end_of(stretch: Stretch, zone: str) -> str:
    """Return ` until 06:30` in local time, with the weekday where *stretch* is over 24 hours long.

    Empty where the end is too far away to be said in this form.
    """
    length = stretch.until - stretch.since
    if length > _FARTHEST_SECONDS:
        return ""
    local = datetime.fromtimestamp(stretch.until, ZoneInfo(zone))
    day = f"{_WEEKDAYS[local.weekday()]} " if length > SECONDS_PER_DAY else ""
    return f" until {day}{local:%H:%M}"


def closed_words(schedule: str, until: str) -> str:
    """Return `Bedtime until 06:30`."""
    return _fit(_title(schedule), until)


def allow_only_words(schedule: str, until: str) -> str:
    """Return `Not on the list for lessons until 12:15`."""
    return _fit(f"Not on the list for {schedule}", until)


def window_words(schedule: str, until: str, what: str) -> str:
    """Return `Homework until 15:30: YouTube`; *what* may be empty."""
    return _fit(_title(schedule), f"{until}: {what}" if what else until)


def blocked_words(what: str, help_text: str = "") -> str:
    """Return `Blocked: gambling`, and *help_text* behind it as far as there is room.

    Of one that is too long the sites stand there that it names: `Help: findahelpline.com`.
    """
    words = _fit(f"Blocked: {what}", "")
    sites = " ".join(dict.fromkeys(_SITE.findall(help_text)))
    for each in (help_text, f"Help: {sites}" if sites else ""):
        with_help = f"{words}. {each}"
        if each and len(with_help.encode()) <= MAX_REASON_BYTES:
            return with_help
    return words


def title_in_sentence(title: str) -> str:
    """Return *title* as it stands within a sentence: `Social networks` begins small, `AI` not."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def bypass_words(kind: str) -> str:
    """Return `Blocked: VPN`."""
    return blocked_words(what_bypasses(kind))


def what_bypasses(kind: str) -> str:
    """Return what *kind* of the bypass kit is called: `VPN`."""
    return _BYPASS_WORDS.get(kind, kind)


NAME_WORDS: Final = "Blocked by a rule for this device"
REBINDING_WORDS: Final = "Blocked: points to a device at home"
WAITING_WORDS: Final = "Waiting for the right time"
PENDING_WORDS: Final = "The filter is still loading, try again in a moment"


_SITE: Final = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b")


def _title(schedule: str) -> str:
    return schedule[:1].upper() + schedule[1:]


def _fit(subject: str, rest: str) -> str:
    """Join both, the subject cut where the whole would be too long."""
    room = max(0, MAX_REASON_BYTES - len(rest.encode()))
    text = subject.encode()[:room].decode(errors="ignore") + rest
    return text.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
