"""Spans of time and sizes in the words that people use."""

from typing import Final

_UNITS: Final = ((172_800, 86_400, "d"), (7200, 3600, "h"), (120, 60, "min"))
_SIZES: Final = ("kB", "MB", "GB", "TB")


def span(seconds: float) -> str:
    """Return *seconds* in words that are exact enough to act on: `90 s`, `3 h`, `12 d`.

    What lies in the future, because a clock was moved, is `0 s`.
    """
    for at_least, unit_seconds, unit in _UNITS:
        if seconds >= at_least:
            return f"{int(seconds // unit_seconds)} {unit}"
    return f"{max(0, int(seconds))} s"


def size(count: float) -> str:
    """Return *count* bytes in decimal units, as disks are sold: `812 bytes`, `4.2 MB`, `120 GB`."""
    if count < 1000:
        return f"{int(count)} bytes"
    for unit in _SIZES:
        count /= 1000
        if count < 999.5 or unit == _SIZES[-1]:
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"
