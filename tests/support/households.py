"""Small named families and a school, for tests that need somebody to decide about.

Moments are written as people say them: `moment("2026-03-05 20:30")` is a Thursday in Berlin.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

from filterdns.dns.names import from_text
from filterdns.policy.client import Identity
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import (
    Category,
    Device,
    During,
    Engine,
    Person,
    Place,
    PolicyRules,
    Ruleset,
    SafeMode,
    SafeWish,
    Schedule,
    Selection,
    Window,
)
from filterdns.policy.verdict import LogMode, Rule

BERLIN = "Europe/Berlin"
LOCKED = ("adult", "gambling", "dating", "pro-anorexia", "self-harm")

LENA = Identity("lena", "tablet", ())
TOM = Identity("tom", "phone", ())
PARENT = Identity("parents", "laptop", ())
STRANGER = Identity("", "", ())


class DictionaryClaims:
    """What lists say, from a dictionary of names to categories; counts how often it is asked.

    Another one maps addresses and networks to categories.
    """

    def __init__(
        self,
        categories_by_text: Mapping[str, Iterable[str]],
        categories_by_network: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.asked = 0
        self._categories_by_network = {
            ip_network(text): frozenset(categories)
            for text, categories in (categories_by_network or {}).items()
        }
        self.address_categories = frozenset[str]().union(*self._categories_by_network.values())
        self._categories_by_name = {
            from_text(text): frozenset(categories)
            for text, categories in categories_by_text.items()
        }
        self.categories = frozenset[str]().union(*self._categories_by_name.values())

    def claims(
        self, suffixes: Sequence[bytes], _qtype: int
    ) -> Sequence[tuple[int, frozenset[str]]]:
        self.asked += 1
        return [
            (len(suffixes) - skipped, self._categories_by_name[suffix])
            for skipped, suffix in enumerate(suffixes)
            if suffix in self._categories_by_name
        ]

    def categories_of(self, address: bytes) -> frozenset[str]:
        return frozenset[str]().union(
            *(
                categories
                for network, categories in self._categories_by_network.items()
                if ip_address(address) in network
            )
        )


class SealedNames:
    """Sealed lists, from the names that they seal."""

    def __init__(self, *texts: str) -> None:
        self._names = frozenset(map(from_text, texts))
        self.key = repr(sorted(texts)).encode()

    def covers(self, suffixes: Sequence[bytes]) -> bool:
        return not self._names.isdisjoint(suffixes)


def moment(text: str, zone: str = BERLIN, *, fold: int = 0) -> float:
    """Return Unix seconds of a local time such as `2026-03-05 20:30`."""
    local = datetime.fromisoformat(text)
    return local.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def days(first: str, last: str = "") -> tuple[int, int]:
    """Return an inclusive range of holidays."""
    start = datetime.fromisoformat(first).toordinal()
    return start, datetime.fromisoformat(last).toordinal() if last else start


def windows(text: str) -> tuple[Window, ...]:
    """Return the windows of `08:00-12:15, 13:15-16:00`; none for `never`."""
    if text == "never":
        return ()
    return tuple(
        Window(*(_minutes(end) for end in part.strip().split("-"))) for part in text.split(",")
    )


def _minutes(clock: str) -> int:
    hours, minutes = clock.strip().split(":")
    return int(hours) * 60 + int(minutes)


def schedule(
    name: str,
    daily: str = "never",
    *,
    weekend: str | None = None,
    nights: tuple[str, str] | None = None,
    holidays: str | None = None,
    dates: Mapping[str, str] | None = None,
) -> Schedule:
    """Return a schedule: *weekend* replaces Saturday and Sunday, *nights* sun-thu and fri-sat."""
    week = [daily] * 7
    if weekend is not None:
        week[5:] = [weekend] * 2
    if nights is not None:
        week = [nights[0]] * 4 + [nights[1]] * 2 + [nights[0]]
    return Schedule(
        name,
        tuple(windows(day) for day in week),
        None if holidays is None else windows(holidays),
        {day: windows(text) for day, text in (dates or {}).items()},
    )


def selection(*words: str) -> Selection:
    """Return what a list of the config names: `gambling`, `service:youtube`, `chess.example`."""
    names = {from_text(word): Rule(word) for word in words if "." in word}
    services = {
        word.removeprefix("service:"): Rule(word) for word in words if word.startswith("service:")
    }
    categories = {word: Rule(word) for word in words if "." not in word and ":" not in word}
    return Selection(names, services, categories)


def names(*texts: str) -> dict[bytes, Rule]:
    """Return a rule for each name."""
    return {from_text(text): Rule(text) for text in texts}


def safe(schedule: str = "", **modes: str) -> dict[str, SafeWish]:
    """Return what `safe_search:` wishes: `safe(search="strict", youtube="moderate")`."""
    return {
        kind: SafeWish(SafeMode(mode), Rule(f"{kind}: {mode}", schedule=schedule))
        for kind, mode in modes.items()
    }


BEDTIME = schedule("bedtime", nights=("20:30-06:30", "22:00-08:00"), holidays="22:30-09:00")
HOMEWORK = schedule("homework", "14:00-15:30, 16:30-18:00", weekend="never", holidays="never")
LESSONS = schedule("lessons", "08:00-12:15, 13:15-16:00", weekend="never", holidays="never")

CATEGORIES = {
    **{name: Category(name, is_locked=True) for name in LOCKED},
    **{name: Category(name) for name in ("social", "games", "streaming", "doh", "vpn")},
    "school": Category(
        "school", names=(from_text("moodle.school.example"), from_text("wikipedia.org"))
    ),
}
SERVICES = {
    "youtube": (from_text("youtube.com"), from_text("googlevideo.com")),
    "tiktok": (from_text("tiktok.com"), from_text("tiktokcdn.com")),
    "roblox": (from_text("roblox.com"),),
}
LISTS = {
    "porn.example": ["adult"],
    "casino.example": ["gambling"],
    "tumblr.com": ["social"],
    "proana-tips.tumblr.com": ["pro-anorexia"],
    "play.example": ["games"],
    "dns.example": ["doh"],
    "tunnel.example": ["vpn"],
    "bet.play.example": ["gambling"],
}

ENGINES = {
    "google": Engine(
        "search",
        (from_text("www.google.com"), from_text("www.google.de")),
        from_text("forcesafesearch.google.com"),
    ),
    "youtube": Engine(
        "youtube",
        (from_text("www.youtube.com"), from_text("m.youtube.com")),
        from_text("restrict.youtube.com"),
        from_text("restrictmoderate.youtube.com"),
    ),
}

BYPASS_RULES = {kind: Rule(f"bypass {kind}") for kind in ("doh", "vpn", "private-relay")}

CHILD = PolicyRules(
    "child",
    block=selection("adult", "gambling", "dating", "pro-anorexia", "service:tiktok"),
    during=(
        During("bedtime", Rule("internet off"), internet_off=True, exempt=selection("school")),
        During("homework", Rule("block"), block=selection("service:youtube", "games")),
    ),
    bypass=BYPASS_RULES,
)
ADULTS = PolicyRules("adults", log=LogMode.NONE)


def family(**changes: object) -> Ruleset:
    """Return a house with lena (child), tom (child, later bedtime, chess) and their parents."""
    people = (
        Person(
            "lena",
            "child",
            BERLIN,
            (Device("tablet", ("192.168.1.20",)),),
            block=selection("reddit.com"),
        ),
        Person(
            "tom",
            "child",
            BERLIN,
            (Device("phone", ("192.168.1.21", "fd00::21")),),
            schedules={"bedtime": schedule("bedtime", nights=("21:30-06:30", "22:00-08:00"))},
            allow=selection("chess.example", "service:tiktok"),
        ),
        Person("parents", "adults", BERLIN, (Device("laptop", ("192.168.1.10",)),)),
    )
    values: dict[str, object] = {
        "timezone": BERLIN,
        "categories": CATEGORIES,
        "services": SERVICES,
        "schedules": {one.name: one for one in (BEDTIME, HOMEWORK, LESSONS)},
        "holidays": (days("2026-12-21", "2027-01-03"), days("2027-05-06")),
        "policies": {"child": CHILD, "adults": ADULTS},
        "people": {person.name: person for person in people},
        "hosts": {from_text("printer.home"): ("192.168.1.40", "fd00::40")},
        "lifelines": names("childline.org.uk", "nummergegenkummer.de"),
        "essentials": names("time.apple.com", "ntp.org"),
        "engines": ENGINES,
    }
    return Ruleset(**{**values, **changes})  # type: ignore[arg-type]


def school(**changes: object) -> Ruleset:
    """Return the family at a school whose room 12 allows only school sites during lessons."""
    room = Place(
        "room-12",
        ("10.12.0.0/24", "fd00:12::/64"),
        (During("lessons", Rule("allow-only"), allow_only=selection("school")),),
    )
    return family(places={"room-12": room}, **changes)


def policies(
    ruleset: Ruleset, claims: DictionaryClaims | None = None, sealed: SealedNames | None = None
) -> EffectivePolicies:
    """Return a store over *ruleset* and a few listed names."""
    lists = DictionaryClaims(LISTS) if claims is None else claims
    return EffectivePolicies(ruleset, House(ruleset, lists, sealed=sealed))


def store(
    ruleset: Ruleset, previous: EffectivePolicies | None = None, index_key: bytes = b"1"
) -> EffectivePolicies:
    """Return a store over *ruleset* that goes on with what *previous* has made."""
    lists = DictionaryClaims(LISTS)
    house = House(ruleset, lists, index_key)
    return EffectivePolicies(ruleset, house, previous)


def lena_at_bedtime() -> EffectivePolicy:
    """Return what holds for lena on a Thursday at 23:00, half an hour's sleep into bedtime."""
    return policies(family()).policy_for(LENA, moment("2026-03-05 23:00"))


def lena_in_the_afternoon() -> EffectivePolicy:
    """Return what holds for lena on a Saturday at 15:00: no window is open."""
    return policies(family()).policy_for(LENA, moment("2026-03-07 15:00"))


def parents_in_the_evening() -> EffectivePolicy:
    """Return what holds for the parents, at any time."""
    return policies(family()).policy_for(PARENT, moment("2026-03-05 23:00"))


def stranger_in_the_afternoon() -> EffectivePolicy:
    """Return what holds for an unknown device on a Saturday at 15:00: the strictest of all."""
    return policies(family()).policy_for(STRANGER, moment("2026-03-07 15:00"))
