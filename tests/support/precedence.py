"""Which of two rules wins: the table behind docs/precedence.md, a question a row.

    python -m tests.support.precedence > docs/precedence.md

`precedence.tsv` has the rows. `one` and `other` are pieces that are added to the config `HOUSE`;
`asks` is who asks, when, for what, and perhaps where the answer leads; `wins` is row and
verdict, and perhaps what is named: a schedule, a rule, the way of the answer.
"""

import csv
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import yaml

from filterdns.blocklists.catalog import (
    Catalog,
    CatalogCategory,
    CatalogService,
    Essential,
    Lifeline,
    PrivateAnswer,
)
from filterdns.dns.names import from_text
from tests.support.reference.answers import Leading
from tests.support.reference.rows import Question
from tests.support.reference.world import World

TABLE: Final = Path(__file__).with_suffix(".tsv")
PAGE: Final = Path(__file__).parents[2] / "docs" / "precedence.md"

ADDRESS_BY_WHO: Final = {"mia": "127.0.0.20", "parents": "127.0.0.10", "stranger": "127.0.0.99"}
DAY: Final = "2026-03-05"  # a Thursday
PENDING_SECONDS: Final = 300
HOME: Final = "192.168."

HOUSE: Final = """
timezone: Europe/Berlin
categories: {school: {names: [wiki.example]}}
schedules:
  early:   {daily: 07:00-10:00}
  lessons: {daily: 08:00-12:00}
  evening: {daily: 18:00-22:00}
  bedtime: {daily: 20:00-06:00}
policies:
  safe:   {}
  child:  {extends: safe}
  adults: {}
people:
  mia:     {policy: child, devices: [{name: phone, ip: [127.0.0.20]}]}
  parents: {policy: adults, devices: [{name: laptop, ip: [127.0.0.10]}]}
groups:
  room: {networks: [127.0.0.20/32]}
  hall: {networks: [127.0.0.16/28]}
"""
LISTS: Final = {
    "casino.example": ["gambling"],
    "games.example": ["games"],
    "bets.games.example": ["gambling"],
    "pages.example": ["social"],
    "thin.pages.example": ["pro-anorexia"],
    "tunnel.example": ["vpn"],
    "dns.example": ["doh"],
}
ADDRESS_LISTS: Final = {"192.0.2.53/32": ["doh"], "192.0.2.66/32": ["gambling"]}
PRIVATE_ANSWERS: Final = ("fritz.box",)
SERVICES: Final = {
    "youtube": ["youtube.com", "googlevideo.com"],
    "arcade": ["games.example"],
    "tunnel": ["tunnel.example", "dns.example"],
}
LOCKED: Final = ("adult", "gambling", "pro-anorexia")
OPEN: Final = ("games", "social", "streaming", "doh", "vpn", "proxy", "private-relay")
LIFELINES: Final = ("childline.org.uk",)
ESSENTIALS: Final = ("time.apple.com",)

_SECTION_BY_SHORT: Final = {
    "safe": "policies", "child": "policies", "adults": "policies",
    "mia": "people", "parents": "people", "room": "groups", "hall": "groups",
}  # fmt: skip


class Row(NamedTuple):
    """Two rules that meet, and what comes of it. *named* may be empty."""

    section: str
    one: str
    other: str
    asks: str
    wins: str
    named: str
    why: str

    @property
    def who(self) -> str:
        return self.asks.split()[0]

    @property
    def address(self) -> str:
        """Where it is asked from."""
        return ADDRESS_BY_WHO[self.who]

    @property
    def now(self) -> float:
        """When it is asked (Unix seconds)."""
        local = datetime.fromisoformat(f"{DAY} {self.asks.split()[1]}")
        return local.replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()

    @property
    def question(self) -> Question:
        asked, _, _ = self.asks.partition(" -> ")
        return Question(*asked.split()[2:])

    @property
    def leading(self) -> Leading:
        """Where the answer leads: names, and addresses, of which those of HOME are private."""
        leads_to = self.asks.partition(" -> ")[2].split()
        names = [each for each in leads_to if each[-1].isalpha()]
        addresses = [each for each in leads_to if each not in names]
        return Leading(names, addresses, any(each.startswith(HOME) for each in addresses))

    def world(self) -> World:
        """Return the house with both rules in it."""
        written: dict[str, Any] = yaml.load(HOUSE, yaml.BaseLoader)
        written["upstreams"] = {"servers": ["127.0.0.1:5353"]}
        written["lists"] = deepcopy(LISTS)
        written["addresses"] = deepcopy(ADDRESS_LISTS)
        for text in (self.one, self.other):
            for key, value in yaml.load(f"{{{text}}}", yaml.BaseLoader).items():
                section = _SECTION_BY_SHORT.get(key)
                _merge(written, {section: {key: value}} if section else {key: value})
        return World(
            lists=written.pop("lists"),
            address_lists=written.pop("addresses"),
            sealed=written.pop("sealed", ()),
            pending=dict.fromkeys(written.pop("pending", ()), self.now + PENDING_SECONDS),
            written=written,
            services=SERVICES,
            locked=LOCKED,
            lifelines=LIFELINES,
            essentials=ESSENTIALS,
            private_answers=PRIVATE_ANSWERS,
        )


def rows() -> list[Row]:
    """Return the rows of the table."""
    with TABLE.open(encoding="ascii", newline="") as text:
        reader = csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
        return [Row(**row) for row in reader]


def catalog() -> Catalog:
    """Return the catalogue of the house."""
    return Catalog(
        {
            each: CatalogCategory(each, each, "", is_locked=each in LOCKED)
            for each in (*LOCKED, *OPEN)
        },
        {
            each: CatalogService(each, each, tuple(map(from_text, names)))
            for each, names in SERVICES.items()
        },
        tuple(Lifeline(from_text(each), "", "help", "") for each in LIFELINES),
        tuple(Essential(from_text(each), "device", "") for each in ESSENTIALS),
        private_answers=tuple(PrivateAnswer(from_text(each), "") for each in PRIVATE_ANSWERS),
    )


def page() -> str:
    """Return docs/precedence.md."""
    return "\n".join(_lines()) + "\n"


def _merge(onto: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Lay *more* over *onto*: mappings are joined, lists are made longer."""
    for key, value in more.items():
        if isinstance(value, Mapping):
            _merge(onto.setdefault(key, {}), value)
        elif isinstance(value, list):
            onto[key] = [*onto.get(key, []), *value]
        else:
            onto[key] = value


def _lines() -> Iterator[str]:
    yield INTRODUCTION.format(house=HOUSE.strip(), count=len(rows())).strip()
    section = ""
    for row in rows():
        if row.section != section:
            section = row.section
            yield from ("", f"## {section}", "", _HEAD, "|---|---|---|---|---|")
        one, other, named = (
            f"`{each}`" if each else "" for each in (row.one, row.other, row.named)
        )
        wins = f"**{row.wins}**" + (f", {named}" if named else "")
        yield f"| {one} | {other} | `{row.asks.replace(' -> ', ' → ')}` | {wins} | {row.why} |"


_HEAD: Final = "| one rule | another | who asks, when, for what | wins | why |"
INTRODUCTION: Final = """
# Which of two rules wins

The order of the rows stands in [policy.md](policy.md); here it is, case by case, {count} of them.
Every line is a test: its two rules are put into a config, the question is asked, and both the
filter and a second interpreter of policy.md have to say what stands under *wins*.

All lines speak of one house. `mia` is a child with the policy `child`, which extends `safe`; she
is in two places, `room` and `hall`. It is a Thursday. Beside the config, `sealed:` stands for the
names of a [sealed list](lists.md#sealed-lists), `lists:` for what blocklists say, `pending:` for a
category whose list has not come yet. `→` shows where an answer leads.

```yaml
{house}
```

Lists: `casino.example` and `bets.games.example` are gambling, `games.example` is games,
`pages.example` is social, `thin.pages.example` is pro-anorexia, `tunnel.example` is a VPN,
`dns.example` a public DNS service. Services: `youtube` is `youtube.com` and `googlevideo.com`,
`arcade` is `games.example`, `tunnel` is `tunnel.example` and `dns.example`. `childline.org.uk` is a
lifeline, `time.apple.com` an essential, `fritz.box` leads home on purpose. Of addresses,
`192.0.2.53` is a public DNS service, `192.0.2.66` gambling. Gambling and pro-anorexia are locked.

This page is made of the table of the tests (`tests/support/precedence.tsv`).
"""


if __name__ == "__main__":
    print(page(), end="")
