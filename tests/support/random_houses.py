"""Random houses: configs as written, lists, moments, in a world so small that rules often meet.

A few nested names are at once listed, allowed, blocked, spared, part of services and of help lines.
The years have what calendars can do: in São Paulo midnight is left out, in Lord Howe half an hour,
in Casablanca the clocks go back for Ramadan, Apia lies beyond the date line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from filterdns.blocklists.catalog import (
    Catalog,
    CatalogCategory,
    CatalogService,
    Essential,
    Lifeline,
    PrivateAnswer,
)
from filterdns.blocklists.engines import CatalogEngine
from filterdns.dns.names import from_text, to_text
from tests.support.reference.answers import Leading
from tests.support.reference.world import World, longest_covering

ZONES: Final = (
    "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Casablanca", "America/Sao_Paulo",
    "Pacific/Apia", "Asia/Kathmandu", "America/New_York", "Europe/Berlin",
)  # fmt: skip
FIRST_DAY: Final = date(2017, 1, 1)
LAST_DAY: Final = date(2019, 12, 31)

LOCKED: Final = ("adult", "gambling")
OPEN_KINDS: Final = ("games", "social")
OWN_KINDS: Final = ("school",)
BYPASS: Final = ("doh", "vpn", "private-relay")

_ROOTS: Final = ("play.example", "chat.example", "tube.example", "learn.example", "blog.example")
_BELOW: Final = tuple(f"{label}.{root}" for root in _ROOTS for label in ("www", "a.www"))
_WAYS: Final = ("tunnel.example", "de.tunnel.example", "dns.example")
_HELP: Final = ("help.example", "chat.help.example", "clock.example", "both.example")
NAMES: Final = (*_ROOTS, *_BELOW, *_WAYS, *_HELP)
"""What rules are written about."""

CHECK_NAMES: Final = ("use-application-dns.net", "mask.icloud.com", "x.mask.icloud.com")
LOCAL_NAMES: Final = (
    "localhost", "www.localhost", "nas.test", "printer.home", "www.printer.home", "nas.home.arpa",
    "home.arpa", "attic.home.arpa", "resolver.arpa", "40.1.168.192.in-addr.arpa",
    "41.1.168.192.in-addr.arpa", "192.in-addr.arpa", "10.in-addr.arpa", "1.32.172.in-addr.arpa",
)  # fmt: skip
ASKED_NAMES: Final = (*NAMES, *CHECK_NAMES, *LOCAL_NAMES, "example", "deep.a.www.play.example")

SERVICES: Final = {
    "tube": ("tube.example", "www.play.example"),
    "party": ("chat.example", "play.example", "tube.example"),
    "tunnel": ("tunnel.example", "dns.example"),
}
ENGINES: Final = {
    "find": CatalogEngine(
        "find", "Find", "search", (from_text("www.play.example"), from_text("learn.example")),
        from_text("safe.find.example"), b"", "",
    ),
    "tube": CatalogEngine(
        "tube", "Tube", "youtube", (from_text("www.tube.example"),),
        from_text("strict.tube.example"), from_text("moderate.tube.example"), "",
    ),
}  # fmt: skip
LIFELINES: Final = ("help.example", "both.example")
ESSENTIALS: Final = ("clock.example", "both.example", "a.www.chat.example")

PRIVATE_ANSWERS: Final = ("blog.example",)
NETWORKS: Final = ("192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32")
LISTED_ADDRESSES: Final = ("192.0.2.7", "192.0.2.9", "198.51.100.1", "2001:db8::7")

MIA: Final = "127.0.0.20"
BEN: Final = "127.0.0.21"
GUEST_NETWORK: Final = "127.0.3.0/24"  # of which one address is mia's
GUEST: Final = "127.0.3.7"
MIA_AS_GUEST: Final = "127.0.3.20"
STRANGER: Final = "127.0.0.99"
ADDRESSES: Final = (MIA, BEN, GUEST, MIA_AS_GUEST, STRANGER)


@cache
def small_catalog() -> Catalog:
    """Return a catalogue of a few categories, services, lifelines and essentials."""
    categories = (*LOCKED, *OPEN_KINDS, *BYPASS, "proxy")
    return Catalog(
        {each: CatalogCategory(each, each, "", is_locked=each in LOCKED) for each in categories},
        {
            each: CatalogService(each, each, tuple(map(from_text, names)))
            for each, names in SERVICES.items()
        },
        tuple(Lifeline(from_text(each), "", "help", "") for each in LIFELINES),
        tuple(Essential(from_text(each), "device", "") for each in ESSENTIALS),
        private_answers=tuple(PrivateAnswer(from_text(each), "") for each in PRIVATE_ANSWERS),
        engines=ENGINES,
    )


def engines_by_name(
    engines: Mapping[str, CatalogEngine],
) -> dict[str, tuple[str, dict[str, str]]]:
    """Return for each name of *engines* its kind, and the name that is asked in each mode."""
    return {
        to_text(name): (
            engine.kind,
            {
                mode: to_text(target)
                for mode, target in (("strict", engine.strict), ("moderate", engine.moderate))
                if target
            },
        )
        for engine in engines.values()
        for name in engine.names
    }


# Lists and selections.

names = st.sampled_from(NAMES)
_coin: Final = st.booleans()
listed_names: Final = st.dictionaries(
    names,
    st.sets(st.sampled_from((*LOCKED, *OPEN_KINDS, *BYPASS, *OWN_KINDS)), min_size=1, max_size=2),
    max_size=10,
)
_listed_networks: Final = st.dictionaries(
    st.sampled_from(NETWORKS),
    st.sets(st.sampled_from((*LOCKED, *OPEN_KINDS, *BYPASS)), min_size=1, max_size=2),
    max_size=2,
)
_services: Final = st.sampled_from(sorted(SERVICES)).map("service:{}".format)


def _entries(*categories: str, most: int = 4) -> st.SearchStrategy[list[str]]:
    each = st.one_of(names, _services, st.sampled_from(categories or OPEN_KINDS))
    return st.lists(each, max_size=most, unique=True)


allowed: Final = _entries(*OPEN_KINDS, *OWN_KINDS)
blocked: Final = _entries(*LOCKED, *OPEN_KINDS, *OWN_KINDS, most=5)


def _wishes(allow: list[str], block: list[str]) -> dict[str, list[str]]:
    """Return both lists without what would contradict itself in one place."""
    named = {name for each in allow for name in SERVICES.get(each.removeprefix("service:"), ())}
    kept = [each for each in block if each not in allow and each not in named]
    return {"allow": allow, "block": kept}


@cache  # whoever makes a strategy anew for each draw has it checked anew, too
@st.composite
def wishes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what somebody allows and blocks; some of the lifelines among it on purpose."""
    written: dict[str, Any] = _wishes(draw(allowed), draw(blocked))
    help_lines = [each for each in written["block"] if longest_covering(each, LIFELINES)]
    given_up = [each for each in help_lines if draw(_coin)]
    if given_up:
        written["lifeline_blocked_because"] = dict.fromkeys(given_up, "it sells things now")
    return written


leadings: Final = st.builds(
    Leading,
    st.lists(st.sampled_from(ASKED_NAMES), max_size=2),
    st.lists(st.sampled_from(LISTED_ADDRESSES), max_size=2),
    st.booleans(),
)
"""Where answers lead."""


@cache
def _safe_search(*off: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "search": st.sampled_from(("strict", *off)),
            "youtube": st.sampled_from(("strict", "moderate", *off)),
        },
    )


# Calendars.


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


_minutes: Final = st.one_of(
    st.sampled_from((0, 120, 150, 180, 390, 1230, 1320, 1380, 1439)), st.integers(0, 1439)
)
_edges: Final = st.lists(_minutes, min_size=2, max_size=4, unique=True)


@cache
@st.composite
def _windows(draw: st.DrawFn) -> str:
    """Draw a line of windows; the last may cross midnight."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(("never", "always")))
    edges = sorted(draw(_edges))
    if len(edges) % 2:
        edges.pop()
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    if draw(_coin):
        # From each end to the next start; the last goes on over midnight, up to the first.
        ends = [*edges[1:], edges[0]]
        pairs = list(zip(edges[1::2], ends[1::2], strict=True))
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in pairs)


_DAY_LINES: Final = (
    ("daily",), ("sun-thu", "fri-sat"), ("mon-fri",), ("daily", "fri, sat"), ("sat",),
    ("mon", "tue-thu", "fri", "sat-sun"), (),
)  # fmt: skip
days: Final = st.dates(FIRST_DAY, LAST_DAY)


@cache
@st.composite
def _dates(draw: st.DrawFn) -> str:
    first = draw(days)
    last = first + timedelta(draw(st.integers(0, 20)))
    return first.isoformat() if last == first else f"{first}..{last}"


@cache
@st.composite
def schedules(draw: st.DrawFn) -> dict[str, str]:
    """Draw the lines of a schedule."""
    lines = {key: draw(_windows()) for key in draw(st.sampled_from(_DAY_LINES))}
    if draw(_coin):
        lines["holidays"] = draw(_windows())
    if draw(_coin):
        lines[draw(_dates())] = draw(_windows())
    return lines or {"daily": draw(_windows())}


_holidays: Final = st.lists(_dates(), max_size=3, unique=True)


def _calendar(holidays: list[str]) -> dict[str, list[str]]:
    return {"holidays": holidays}


# Policies, people, places.

_SCHEDULES: Final = ("bedtime", "homework", "lessons")
_POLICIES: Final = ("safe", "child", "adults")


@cache
@st.composite
def _entry_of_during(draw: st.DrawFn, off: Sequence[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    kind = draw(st.sampled_from(("off", "allow-only", "block")))
    if kind == "off":
        entry["internet"] = "off"
        entry["except"] = draw(allowed)
    elif kind == "allow-only":
        entry["allow-only"] = draw(allowed)
    if kind == "block" or draw(_coin):
        entry["block"] = draw(blocked) or ["games"]
    if draw(_coin):
        entry["safe_search"] = draw(_safe_search(*off))
    return entry


def _windows_of(*off: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(_SCHEDULES), _entry_of_during(off), max_size=3)


_during: Final = _windows_of("off")
_during_of_place: Final = _windows_of()  # which only tightens


_bypass: Final = st.dictionaries(
    st.sampled_from(BYPASS), st.sampled_from(("block", "block", "allow"))
)
_rebinding: Final = st.fixed_dictionaries(
    {"allow": st.lists(names, max_size=1)}, optional={"mode": st.sampled_from(("block", "allow"))}
)


@cache
@st.composite
def _policy(draw: st.DrawFn, extends: Sequence[str]) -> dict[str, Any]:
    policy: dict[str, Any] = draw(wishes())
    base = draw(st.sampled_from(("", *extends)))
    if base:
        policy["extends"] = base
    policy["during"] = draw(_during)
    policy["bypass"] = draw(_bypass)
    if draw(_coin):
        policy["safe_search"] = draw(_safe_search("off"))
    if draw(_coin):
        mode = draw(st.sampled_from(("zero-ip", "nxdomain", "nodata")))
        policy["rebinding"] = draw(_rebinding)
        policy["answer"] = {"mode": mode, "max_ttl": draw(st.sampled_from(("1m", "5m", "1h")))}
    return policy


_own_schedules: Final = st.dictionaries(st.sampled_from(_SCHEDULES), schedules(), max_size=2)


@cache
@st.composite
def _person(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a person without devices."""
    person: dict[str, Any] = {"policy": draw(st.sampled_from(_POLICIES))}
    if draw(_coin):
        person |= draw(wishes())
    if draw(_coin):
        person["timezone"] = draw(st.sampled_from(ZONES))
    if draw(_coin):
        person["during"] = draw(_during)
    if draw(_coin):
        person["safe_search"] = draw(_safe_search("off"))
    if draw(_coin):
        person["calendar"] = _calendar(draw(_holidays))
    person["schedules"] = draw(_own_schedules)
    return person


_own_essentials: Final = st.lists(names, max_size=1)
_own_names: Final = st.lists(names, max_size=2, unique=True)
_calendar_of_place: Final[st.SearchStrategy[dict[str, list[str]]]] = st.one_of(
    st.just({}), st.builds(_calendar, _holidays)
)
_sealed: Final = st.lists(st.sampled_from((*NAMES, "printer.home")), max_size=1)


@cache
@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a config as written."""
    policies: dict[str, Any] = {}
    for name in _POLICIES:
        policies[name] = draw(_policy(tuple(policies)))
    return {
        "timezone": draw(st.sampled_from(ZONES)),
        "upstreams": {"servers": ["127.0.0.1:5353"]},
        "hosts": draw(
            st.sampled_from(
                (
                    {},
                    {"printer.home": ["192.168.1.40"], "nas.attic.home.arpa": ["192.168.1.9"]},
                    {"nas.test": ["192.168.1.40", "fd00::40"], "www.play.example": ["10.0.0.1"]},
                )
            )
        ),
        "essentials": draw(_own_essentials),
        "categories": {"school": {"names": draw(_own_names)}},
        "schedules": {name: draw(schedules()) for name in _SCHEDULES},
        "calendar": _calendar(draw(_holidays)),
        "policies": policies,
        "people": {
            "mia": {"devices": [{"name": "phone", "ip": [MIA, MIA_AS_GUEST]}], **draw(_person())},
            "ben": {"devices": [{"name": "laptop", "ip": [BEN]}], **draw(_person())},
            "guests": {"devices": [{"name": "any", "network": [GUEST_NETWORK]}], **draw(_person())},
        },
        "groups": {
            "house": {"networks": ["127.0.0.0/22"], "during": draw(_during_of_place)},
            "room": {
                "networks": [f"{MIA}/32", GUEST_NETWORK],
                "during": draw(_during_of_place),
                "calendar": draw(_calendar_of_place),
            },
        },
        "unknown_devices": {"policy": draw(st.sampled_from(("strictest", "strictest", "child")))},
    }


@cache
@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw all that a question is decided by."""
    return World(
        written=draw(configs()),
        services=SERVICES,
        locked=LOCKED,
        lifelines=LIFELINES,
        essentials=ESSENTIALS,
        engines=engines_by_name(ENGINES),
        lists={name: sorted(kinds) for name, kinds in draw(listed_names).items()},
        sealed=draw(_sealed),
        address_lists={each: sorted(kinds) for each, kinds in draw(_listed_networks).items()},
        private_answers=PRIVATE_ANSWERS,
    )


@st.composite
def changed(draw: st.DrawFn, world: World) -> World:
    """Draw what *world* may be after somebody has edited one thing, or a list has."""
    other = draw(worlds())
    of_lists = ("lists", "address_lists", "sealed")
    what = draw(st.sampled_from((*_EDITED, *of_lists)))
    if what in of_lists:
        return replace(world, **{what: getattr(other, what)})
    return replace(world, written={**world.written, what: other.written[what]})


_EDITED: Final = (
    "timezone", "hosts", "essentials", "categories", "schedules", "calendar", "policies", "people",
    "groups", "unknown_devices",
)  # fmt: skip


# Moments.


@cache
def clock_changes() -> tuple[float, ...]:
    """Return when clocks are set in one of the zones in these years (Unix seconds)."""
    found = set()
    for zone in map(ZoneInfo, ZONES):
        last = datetime(LAST_DAY.year + 1, 1, 1, tzinfo=UTC)
        day = datetime(FIRST_DAY.year, 1, 1, tzinfo=UTC)
        while day < last:
            next_day = day + timedelta(days=1)
            while day < next_day and _offset(day, zone) != _offset(next_day, zone):
                day += timedelta(minutes=30)
                if _offset(day, zone) == _offset(next_day, zone):
                    found.add(day.timestamp())
            day = next_day
    return tuple(sorted(found))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def edges(written: Mapping[str, Any]) -> list[int]:
    """Return the minutes of the day at which a window of *written* starts or ends."""
    lines = [*written["schedules"].values()]
    for person in written["people"].values():
        lines += person["schedules"].values()
    clocks = {
        clock
        for each in lines
        for text in each.values()
        if text[0].isdigit()
        for clock in text.replace(",", "-").split("-")
    }
    return sorted({_minute(clock.strip()) for clock in clocks} | {0})


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


@st.composite
def moments(draw: st.DrawFn, written: Mapping[str, Any]) -> float:
    """Draw a moment in Unix seconds: near an edge of a window, or near a change of clocks."""
    near = draw(st.sampled_from((0.0, 0.0, -1.0, -0.5, 0.5, 1.0, -60.0, 60.0)))
    if draw(st.integers(0, 3)) == 0:
        change = draw(st.sampled_from(clock_changes()))
        return change + 60 * draw(st.integers(-180, 180)) + near
    day = draw(_days_of_interest(written))
    minute = draw(st.one_of(st.sampled_from(edges(written)), st.integers(0, 24 * 60 - 1)))
    zones = [person.get("timezone") for person in written["people"].values()]
    zone = draw(st.sampled_from([written["timezone"], *filter(None, zones)]))
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    return midnight.replace(tzinfo=ZoneInfo(zone)).timestamp() + near


def _days_of_interest(written: Mapping[str, Any]) -> st.SearchStrategy[date]:
    """Return days of these years, and often the ends of holidays and dates."""
    owners = [written, *written["people"].values(), *written["groups"].values()]
    texts = [day for owner in owners for day in owner.get("calendar", {}).get("holidays", ())]
    texts += [key for lines in written["schedules"].values() for key in lines if key[0].isdigit()]
    ends = [date.fromisoformat(end) for text in texts for end in text.split("..")]
    around = [end + timedelta(shift) for end in ends for shift in (-2, -1, 0, 1)]
    return st.one_of(days, st.sampled_from(around)) if around else days
