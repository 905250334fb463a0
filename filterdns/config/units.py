"""The words of the config for amounts, times and places in the network.

Each function takes what a person wrote and returns a plain value, or raises `InvalidValue` with
the words that would be right. No function knows where in a file its text stands.
"""

import re
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import MINUTES_PER_DAY, Window

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY: Final = Window(0, MINUTES_PER_DAY)
LONGEST_RANGE_DAYS: Final = 731


def read_duration(text: str) -> int:
    """Return the seconds that *text* means: `90s`, `5m`, `1h30m`, `14d`, `2w`."""
    if not _DURATION.fullmatch(text):
        raise InvalidValue(f"{quoted(text)} is no duration", "write it like 30s, 5m, 1h, 14d")
    return sum(int(count) * _SECONDS[unit] for count, unit in _DURATION_PART.findall(text))


def read_size(text: str) -> int:
    """Return the bytes that *text* means: `500MB` is 500,000,000, `32MiB` is 32 × 1,048,576."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise InvalidValue(f"{quoted(text)} is no size", "write it like 64MB, 500MB, 2GB")
    return int(found[1]) * _BYTES[found[2]]


def write_duration(seconds: int) -> str:
    """Return the shortest text that `read_duration` reads as *seconds*: `14d`."""
    unit, size = max(
        ((unit, size) for unit, size in _SECONDS.items() if seconds % size == 0 and unit != "w"),
        key=lambda each: each[1],
    )
    return f"{seconds // size}{unit}"


def write_size(count: int) -> str:
    """Return the shortest text that `read_size` reads as *count* bytes: whole kB or KiB."""
    fitting = [(size, unit) for unit, size in _BYTES.items() if count % size == 0]
    size, unit = max(fitting)
    return f"{count // size}{unit}"


def read_windows(text: str) -> tuple[Window, ...]:
    """Return the windows of one line of a schedule: `20:30-06:30`, several by comma.

    `never` is none, `always` the whole day. An end at `00:00` is the end of the same day.
    """
    if text == "never":
        return ()
    if text == "always":
        return (WHOLE_DAY,)
    windows = tuple(_read_window(part.strip()) for part in text.split(","))
    for earlier, later in zip(ordered := sorted(windows), ordered[1:], strict=False):
        end = earlier.end_minute + MINUTES_PER_DAY * earlier.crosses_midnight
        if later.start_minute < end:
            raise InvalidValue(f"two windows of {quoted(text)} overlap", "write them as one")
    return windows


def read_time(text: str) -> int:
    """Return the minutes since midnight of `20:30`; 1440 for `24:00`."""
    found = _TIME.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else MINUTES_PER_DAY + 1
    if minute > MINUTES_PER_DAY:
        raise InvalidValue(f"{quoted(text)} is no time of day", "write it like 20:30")
    return minute


def read_weekdays(text: str) -> tuple[int, ...]:
    """Return the days that *text* means, Monday 0: `fri`, `sun-thu`, `fri, sat`, `daily`."""
    if text == "daily":
        return tuple(range(7))
    days: list[int] = []
    for part in text.split(","):
        first, dash, last = _DASH.sub("-", part.strip()).partition("-")
        start = _read_weekday(first, text)
        end = _read_weekday(last, text) if dash else start
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    if len(set(days)) < len(days):
        raise InvalidValue(f"{quoted(text)} names a day twice", "name each day once")
    return tuple(sorted(days))


def looks_like_dates(text: str) -> bool:
    """Whether *text* is meant as a date or a range of dates."""
    return text[:1].isdigit()


def read_dates(text: str) -> tuple[date, date]:
    """Return first and last day of `2026-12-24` or `2026-12-21..2027-01-03`, both inclusive."""
    first_text, dots, last_text = text.partition("..")
    first = _read_date(first_text.strip(), text)
    last = _read_date(last_text.strip(), text) if dots else first
    if last < first:
        raise InvalidValue(f"{quoted(text)} ends before it starts", "write the earlier date first")
    if last - first > timedelta(days=LONGEST_RANGE_DAYS):
        raise InvalidValue(f"{quoted(text)} is longer than two years", "check the years")
    return first, last


def read_address(text: str) -> str:
    """Return the address of one client in canonical text; IPv4-mapped IPv6 becomes IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        cure = "write it like 192.168.1.20 or fd00::20"
        if "/" in text:
            cure = "an address has no /length; use `network` for a range"
        raise InvalidValue(f"{quoted(text)} is no address", cure) from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_unspecified or address.is_multicast:
        raise InvalidValue(f"{quoted(text)} is an address that no client has", "check the address")
    return str(address)


def read_network(text: str) -> str:
    """Return a range of addresses in canonical CIDR text; a bare address is a range of one."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        cure = "write it like 192.168.1.0/24 or fd00:12::/64"
        raise InvalidValue(f"{quoted(text)} is no network", cure) from None
    if "/" in text and ip_address(text.partition("/")[0]) != network.network_address:
        raise InvalidValue(f"{quoted(text)} has bits after the /length", f'write "{network}"')
    return str(_unmapped(network))


def read_mac(text: str) -> str:
    """Return the MAC of one device in lower case with colons: `3c:22:fb:01:02:03`.

    Hyphens, upper case, Cisco's dots and digits alone are read as well.
    """
    if not _MAC.fullmatch(text):
        cure = "write it like 3c:22:fb:01:02:03"
        raise InvalidValue(f"{quoted(text)} is no MAC address", cure)
    parts = _MAC_SEPARATOR.split(text)
    if len(parts) == _MAC_BYTES:  # some machines leave zeros out
        parts = [part.zfill(2) for part in parts]
    packed = bytes.fromhex("".join(parts))
    if packed[0] & _MAC_GROUP or not any(packed):
        message = f"{quoted(text)} is the MAC address of no single device"
        raise InvalidValue(message, "read it off the device, or see `filterdns devices`")
    return packed.hex(":")


def is_private_mac(mac: str) -> bool:
    """Whether a device has made up *mac* itself: it is another one as soon as it likes."""
    return bool(int(mac[:2], 16) & _MAC_LOCAL)


def read_client_id(text: str) -> str:
    """Return what a client may call itself where it asks encrypted: `mia-9f2c71d0`.

    It stands in a server name, so it is one label of it (RFC 1035 section 2.3.1) in lower case. Who
    knows it is taken for the device, so what stands behind its last hyphen has to be random.
    """
    if not _CLIENT_ID.fullmatch(text):
        message = f"{quoted(text)} cannot be the id of a client"
        raise InvalidValue(message, f"use a to z, 0 to 9 and hyphens, {_CLIENT_ID_CURE}")
    secret = text.rpartition("-")[2]
    if (
        len(secret) < _CLIENT_ID_SECRET
        or secret.isalpha()
        or secret.isdigit()
        or len(set(secret)) < _CLIENT_ID_DISTINCT
    ):
        raise InvalidValue(f"{quoted(text)} can be guessed", _CLIENT_ID_CURE)
    return text


def read_endpoint(text: str, default_port: int) -> tuple[str, int]:
    """Return address and port of `127.0.0.1:53`, `[::1]:53`, or an address alone."""
    cure = "write it like 127.0.0.1:53 or [::1]:53"
    found = _ENDPOINT.fullmatch(text)
    port = int(found[3] or default_port) if found else default_port
    try:
        address = ip_address((found[1] or found[2]) if found else text)
    except ValueError:
        raise InvalidValue(f"{quoted(text)} is no address with a port", cure) from None
    if port > 65535:
        raise InvalidValue(f"{quoted(text)} has a port over 65535", cure)
    return str(address), port


def quoted(text: str) -> str:
    """Return *text* in quotes for a message, on one line and not longer than a glance."""
    line = " ".join(text.split())
    return f'"{line[:59]}…"' if len(line) > 60 else f'"{line}"'


_MAC: Final = re.compile(
    r"([0-9a-f]{1,2})([:-][0-9a-f]{1,2}){5}|[0-9a-f]{4}(\.[0-9a-f]{4}){2}|[0-9a-f]{12}",
    re.IGNORECASE | re.ASCII,
)
_MAC_SEPARATOR: Final = re.compile("[:.-]")
_MAC_BYTES: Final = 6
# The first byte of a MAC, IEEE 802: a group address, and one that nobody has been given.
_MAC_GROUP: Final = 0x01
_MAC_LOCAL: Final = 0x02
_CLIENT_ID: Final = re.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_CLIENT_ID_SECRET: Final = 8  # characters; 41 bits if they are random
_CLIENT_ID_DISTINCT: Final = 4
_CLIENT_ID_CURE: Final = (
    "end it with at least 8 random letters and digits, like mia-9f2c71d0 (`openssl rand -hex 6`)"
)
_DASH: Final = re.compile(r"\s*[-–]\s*")
_DURATION: Final = re.compile(r"([0-9]{1,9}[smhdw])+")
_DURATION_PART: Final = re.compile(r"([0-9]+)([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SIZE: Final = re.compile(r"([0-9]{1,9}) ?([kKMG]i?B)")
_BYTES: Final = {
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9,
    "kiB": 2**10, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-5][0-9])")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ENDPOINT: Final = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::([0-9]{1,6}))?")


def _read_window(text: str) -> Window:
    start_text, dash, end_text = _DASH.sub("-", text).partition("-")
    if not dash:
        cure = "write it like 20:30-06:30, several by comma, or never, or always"
        raise InvalidValue(f"{quoted(text)} is no window of time", cure)
    start, end = read_time(start_text), read_time(end_text) or MINUTES_PER_DAY
    if start in (end, MINUTES_PER_DAY):
        cure = "write always for the whole day, never for none"
        raise InvalidValue(f"{quoted(text)} is no window of time", cure)
    return Window(start, end)


def _read_weekday(text: str, whole: str) -> int:
    try:
        return WEEKDAYS.index(text.lower())
    except ValueError:
        cure = "write mon-fri, or fri, sat, or daily, or holidays, or a date like 2026-12-24"
        raise InvalidValue(f"{quoted(whole)} names no days", cure) from None


def _read_date(text: str, whole: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    cure = "write it like 2026-12-24 or 2026-12-21..2027-01-03"
    raise InvalidValue(f"{quoted(whole)} is no date", cure)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped:
            return IPv4Network((mapped, network.prefixlen - 96))
    return network
