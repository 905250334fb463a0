"""The config as written: every key with its type and default, before anything is looked up.

A child is read top to bottom here as in the file. Amounts and times are read at once (`units`);
what refers to something else (a policy, a schedule, a name of a category) stays text for
`compile`. Names and texts may be written as numbers: a policy may be called 7.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from filterdns.config import units
from filterdns.config.places import Places, ValuePath, path_fits
from filterdns.errors import InvalidValue
from filterdns.policy.ruleset import Window

VERSION: Final = 1
MOST_WORKERS: Final = 256
STRICTEST: Final = "strictest"
SHORTEST_REASON: Final = 10


def _text(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else value


def _number(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value


def _list(value: object) -> object:
    return [value] if isinstance(_text(value), str) else value


def _read_with(read: Callable[[str], Any]) -> BeforeValidator:
    def convert(value: object) -> object:
        text = _text(value)
        return read(text) if isinstance(text, str) else value

    return BeforeValidator(convert)


def _between(least: str, most: str, read: Callable[[str], int]) -> AfterValidator:
    def check(value: int) -> int:
        if not read(least) <= value <= read(most):
            raise InvalidValue("the value is out of bounds", f"write {least} to {most}")
        return value

    return AfterValidator(check)


def _workers(value: object) -> object:
    if value == "auto" or (type(value) is int and 1 <= value <= MOST_WORKERS):
        return value
    raise InvalidValue("that is no number of workers", f"write auto, or 1 to {MOST_WORKERS}")


def _reason(text: str) -> str:
    if len(text) < SHORTEST_REASON:
        raise InvalidValue(f"{units.quoted(text)} is no reason", "say why, in a sentence")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=1000), BeforeValidator(_text)]
Texts = tuple[Text, ...]
TextOrTexts = Annotated[
    tuple[Text, ...],
    BeforeValidator(_list),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    ),
]
Duration = Annotated[
    int,
    Field(strict=True),
    _read_with(units.read_duration),
    WithJsonSchema({"type": "string", "format": "duration text", "pattern": "^([0-9]+[smhdw])+$"}),
]
Size = Annotated[
    int,
    Field(strict=True),
    _read_with(units.read_size),
    WithJsonSchema({"type": "string", "format": "size text", "pattern": "^[0-9]+ ?[kKMG]i?B$"}),
]
Windows = Annotated[
    tuple[Window, ...],
    _read_with(units.read_windows),
    WithJsonSchema({"type": "string", "examples": ["20:30-06:30", "never", "always"]}),
]
Count = Annotated[int, Field(ge=1, le=100_000_000, strict=True), BeforeValidator(_number)]
Log = Literal["blocked", "none"]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_reason)
]


# The default of a field of two sections. Whoever closes a help line says why, in a sentence.
_GIVEN_UP: Final[Any] = Field(
    default={}, description="reasons for lifelines that block: names, without which they stay open"
)


class Section(BaseModel):
    """A mapping of the config with fixed keys; any other key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


class Listen(Section):
    """Where filterdns is asked."""

    dns: TextOrTexts = Field(
        default=("0.0.0.0:53", "[::]:53"), description="addresses with ports for UDP and TCP"
    )
    workers: Annotated[Literal["auto"] | int, BeforeValidator(_workers)] = Field(
        default=1, description="resolver processes; auto is one per core"
    )


class Upstreams(Section):
    """Where allowed questions go."""

    servers: TextOrTexts = Field(
        default=("system",), min_length=1, description="in the order in which they are asked"
    )
    strategy: Literal["in-order"] = "in-order"


class CategorySection(Section):
    """A kind of content: what config adds to the built-in one of that name, or a new one."""

    sources: Texts = Field(
        default=(), description="lists of names: catalog:ID, https://…, file:PATH"
    )
    names: Texts = Field(default=(), description="names that belong to the category")
    help: str = Field(default="", max_length=500, description="words of help for who asked for it")
    sealed: bool = Field(
        default=False,
        strict=True,
        description="whether the sources are sealed lists: SHA-256 of names, blocked for everybody",
    )


class Refresh(Section):
    """How lists from the web are kept fresh, and what they are measured by."""

    every: Annotated[Duration, _between("10m", "30d", units.read_duration)] = 12 * 3600
    private: bool = Field(
        default=False, strict=True, description="whether lists may come from private addresses"
    )
    popularity: Text | None = Field(
        default=None, description="ranked list of popular names: file:PATH or https://…"
    )
    labelled: Text | None = Field(
        default=None, description="file:PATH of names with their category, to measure by"
    )


class EventsSection(Section):
    """Events of a calendar in a file or on the web."""

    ics: Text = Field(description="terms.ics, or https://school.example/terms.ics")
    summary: TextOrTexts = Field(default=(), description='those that count: "*holiday*"; else all')


def _kind_of_holidays(value: object) -> str:
    return "events" if isinstance(value, dict | EventsSection) else "text"


HolidayEntry = Annotated[
    Annotated[Text, Tag("text")] | Annotated[EventsSection, Tag("events")],
    Discriminator(_kind_of_holidays),
]


class CalendarSection(Section):
    """Days that are not like others."""

    holidays: tuple[HolidayEntry, ...] = Field(
        default=(), description="2026-12-24, 2026-12-21..2027-01-03, ics:terms.ics"
    )


class OwnCalendarSection(Section):
    """The days that are not like others for one person or place."""

    holidays: tuple[HolidayEntry, ...] | None = Field(
        default=None, description="in place of those of the house; none: []"
    )


class ScheduleSection(Section):
    """Windows by weekdays, `daily`, `holidays` or dates, and calendars whose events are windows."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Windows]

    ics: TextOrTexts | None = Field(
        default=None, description="exams.ics, or https://school.example/exams.ics"
    )
    summary: TextOrTexts | None = Field(
        default=None, description="events of ics that count; else all"
    )

    @property
    def lines(self) -> Mapping[str, tuple[Window, ...]]:
        """The lines of days, as they were written."""
        return self.__pydantic_extra__


class Answer(Section):
    """How blocked names are answered."""

    mode: Literal["zero-ip", "nxdomain", "nodata"] | None = None
    max_ttl: Annotated[Duration, _between("1s", "1d", units.read_duration)] | None = Field(
        default=None, description="longest TTL handed out"
    )


class RebindingSection(Section):
    """Private addresses in answers from outside."""

    mode: Literal["block", "allow"] | None = None
    allow: Texts = Field(default=(), description="names that may have private addresses")


class Bypass(Section):
    """Ways around the filter: blocked, or allowed where an extended policy blocks them."""

    doh: Literal["block", "allow"] | None = None
    vpn: Literal["block", "allow"] | None = None
    proxy: Literal["block", "allow"] | None = None
    private_relay: Literal["block", "allow"] | None = Field(default=None, alias="private-relay")
    page_fetcher: Literal["block", "allow"] | None = Field(default=None, alias="page-fetcher")
    ech: Literal["block", "allow"] | None = None


class DuringBypass(Section):
    """Ways around the filter that are closed while a schedule is on: it opens none."""

    doh: Literal["block"] | None = None
    vpn: Literal["block"] | None = None
    proxy: Literal["block"] | None = None
    private_relay: Literal["block"] | None = Field(default=None, alias="private-relay")
    page_fetcher: Literal["block"] | None = Field(default=None, alias="page-fetcher")
    ech: Literal["block"] | None = None


class SafeSearch(Section):
    """Search engines and YouTube, held to safe results by the answer to their names."""

    search: Literal["strict", "off"] | None = None
    youtube: Literal["strict", "moderate", "off"] | None = None


class DuringSection(Section):
    """What holds while a schedule is on."""

    internet: Literal["off"] | None = None
    exempt: Texts = Field(default=(), alias="except", description="what internet: off leaves open")
    allow_only: Texts | None = Field(
        default=None, alias="allow-only", description="all else is blocked"
    )
    block: Texts = ()
    safe_search: SafeSearch = SafeSearch()
    bypass: DuringBypass = DuringBypass()


class PolicySection(Section):
    """Wishes that several people share."""

    extends: Text | None = Field(default=None, description="the policy that this one adds to")
    block: Texts = Field(default=(), description="names, categories, service:ID")
    allow: Texts = Field(default=(), description="names, categories, service:ID")
    lifeline_blocked_because: Mapping[Text, Reason] = _GIVEN_UP
    bypass: Bypass = Bypass()
    safe_search: SafeSearch = SafeSearch()
    answer: Answer = Answer()
    rebinding: RebindingSection = RebindingSection()
    during: Mapping[Text, DuringSection] = Field(default={}, description="by name of schedule")
    log: Log | None = None


class DeviceSection(Section):
    """A client under its own name."""

    name: Text
    mac: TextOrTexts = Field(
        default=(), description="hardware addresses: 3c:22:fb:01:02:03; with ip:, both have to fit"
    )
    id: TextOrTexts = Field(
        default=(), description="random words that it calls itself where it asks encrypted"
    )
    ip: TextOrTexts = Field(default=(), description="addresses of the device")
    network: TextOrTexts = Field(
        default=(), description="networks in which every client is this device"
    )


class PersonSection(Section):
    """A child or adult."""

    policy: Text
    timezone: Text | None = None
    devices: tuple[DeviceSection, ...] = ()
    schedules: Mapping[Text, ScheduleSection] = Field(
        default={}, description="lines that differ from the schedule of that name"
    )
    calendar: OwnCalendarSection = OwnCalendarSection()
    during: Mapping[Text, DuringSection] = Field(
        default={}, description="by name of schedule; before those of the policy"
    )
    allow: Texts = Field(default=(), description="names, categories, service:ID")
    block: Texts = Field(default=(), description="names, categories, service:ID")
    lifeline_blocked_because: Mapping[Text, Reason] = _GIVEN_UP
    safe_search: SafeSearch = SafeSearch()
    log: Log | None = None


class GroupSection(Section):
    """A place, such as a classroom: it only restricts whoever is there."""

    networks: TextOrTexts = Field(min_length=1)
    calendar: OwnCalendarSection = OwnCalendarSection()
    during: Mapping[Text, DuringSection] = Field(default={}, description="by name of schedule")


class UnknownDevices(Section):
    """What holds for clients that nobody has named."""

    policy: Text = STRICTEST
    notify: bool = Field(
        default=False, strict=True, description="whether each new one is told in log and status"
    )


class ExpectSection(Section):
    """One test of the config by itself."""

    who: Text = Field(description="a person, or the address of a client")
    at: Text = Field(description="Fri 21:59, or 2026-12-24 21:59")
    name: Text
    is_: Literal["allowed", "blocked"] = Field(alias="is")
    by: Text | None = Field(
        default=None, description="schedule, category, row, or words of the rule"
    )


class History(Section):
    """What is kept of queries."""

    queries: Literal["blocked"] = "blocked"
    keep: Annotated[Duration, _between("1h", "3650d", units.read_duration)] = 14 * 86_400
    at_most: Annotated[Size, _between("1MB", "1000GB", units.read_size)] = 500 * 10**6


class Metrics(Section):
    """Figures for Prometheus."""

    listen: Text = Field(default="127.0.0.1:9153", description="address with port")


class LimitsSection(Section):
    """What one worker spends at most, and what one client may ask."""

    queries_per_second: Count = 1000
    burst: Count = 2000
    client_slots: Count = 50_000
    cache_size: Annotated[Size, _between("1MB", "1000GB", units.read_size)] = 32 << 20
    memo_size: Annotated[Size, _between("1MB", "1000GB", units.read_size)] = 64 << 20
    in_flight: Count = 5_000
    in_flight_per_client: Count = 500
    tcp_connections: Count = 500
    tcp_connections_per_client: Count = 50
    tcp_idle: Annotated[Duration, _between("1s", "1h", units.read_duration)] = 10
    tcp_total: Annotated[Duration, _between("1s", "1d", units.read_duration)] = 120


class Document(Section):
    """The whole config."""

    version: Annotated[Literal[1], BeforeValidator(_number)] = Field(
        default=VERSION, description="of this format"
    )
    timezone: Text = Field(description="IANA name, such as Europe/Berlin")
    include: TextOrTexts = Field(default=(), description="more files, such as conf.d/*.yaml")
    listen: Listen = Listen()
    allow_clients: TextOrTexts = ("local",)
    trusted_forwarders: TextOrTexts = Field(
        default=(), description="routers that name the device that they ask for, by EDNS"
    )
    upstreams: Upstreams = Upstreams()
    lease_files: TextOrTexts | None = Field(
        default=None, description="of DHCP servers, in place of the usual ones; none: []"
    )
    hosts: Mapping[Text, TextOrTexts] = Field(default={}, description="addresses by name")
    categories: Mapping[Text, CategorySection] = {}
    refresh: Refresh = Refresh()
    essentials: Texts = Field(default=(), description="names that are never blocked")
    schedules: Mapping[Text, ScheduleSection] = Field(
        default={}, description="windows by weekdays, holidays or dates"
    )
    calendar: CalendarSection = CalendarSection()
    policies: Mapping[Text, PolicySection] = {}
    people: Mapping[Text, PersonSection] = {}
    groups: Mapping[Text, GroupSection] = {}
    unknown_devices: UnknownDevices = UnknownDevices()
    expect: tuple[ExpectSection, ...] = ()
    history: History = History()
    metrics: Metrics | None = None
    limits: LimitsSection = LimitsSection()


@dataclass(frozen=True, slots=True)
class Config:
    """What stands in a config file and in all that it includes, with the place of each value.

    *path* is the main file, *files* are all in the order read. *digest* changes with every value.
    *left_out* holds the paths of values that were wrong and are not in *document*: empty in every
    config that anybody gets to use.
    """

    document: Document
    places: Places
    path: Path
    files: tuple[Path, ...]
    digest: str
    left_out: frozenset[ValuePath] = frozenset()


@cache
def key_paths() -> tuple[tuple[str, ...], ...]:
    """Return every key of the config by its path; `*` is a name or an index of the writer's."""
    return tuple(_key_paths(Document, ()))


def known_keys(path: ValuePath) -> list[str]:
    """Return the keys that may stand in the mapping at *path*, none where names are free."""
    return [keys[-1] for keys in key_paths() if path_fits(path, keys[:-1]) and keys[-1] != "*"]


def _key_paths(kind: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(kind, type) and issubclass(kind, Section):
        for name, field in kind.model_fields.items():
            path = (*above, field.alias or name)
            yield path
            yield from _key_paths(field.annotation, path)
    elif get_origin(kind) in (Mapping, tuple):
        yield from _key_paths(get_args(kind)[get_origin(kind) is Mapping], (*above, "*"))
    else:
        for part in get_args(kind):
            yield from _key_paths(part, above)
