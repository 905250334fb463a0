"""The household that asks: its config, who has which address, and what each name has to meet.

The table is short enough to be known by heart, so that an answer can be judged without asking the
filter's own code: names of the upstream are open, listed names are blocked for whoever a child is,
and at bedtime nothing but school is open for the child.
"""

from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

STARTER: Final = Path(__file__).parent.parent / "blocklists"
OPEN_IPV4: Final = "192.0.2.99"
OPEN_IPV6: Final = "2001:db8::99"
ZONES: Final = {".": f"* A {OPEN_IPV4}\n* AAAA {OPEN_IPV6}\n"}
LISTED: Final = ("pills.example", "powder.example")
TOGGLED: Final = "toggled.example"  # blocked in one of the two good configs, asked by nobody else
SCHOOL: Final = "moodle.school.example"
BEDTIME: Final = "20:30"


class Expected(Enum):
    """What has to come back."""

    OPEN = "the upstream's address, at any time"
    BLOCKED = "the address that leads nowhere, at any time"
    UNTIL_BEDTIME = "open, and blocked from the second on in which bedtime begins"


class Person(NamedTuple):
    """Somebody in the house: *addresses* are those of their devices, *blocks* are categories."""

    name: str
    addresses: tuple[str, ...]
    blocks: tuple[str, ...]
    has_bedtime: bool


def _addresses(first: int) -> tuple[str, ...]:
    return tuple(f"127.0.0.{last}" for last in range(first, first + 4))


PEOPLE: Final = (
    Person("mia", _addresses(2), ("adult", "gambling", "dating", "drugs"), True),
    Person("ben", _addresses(6), ("adult", "gambling", "drugs"), False),
    Person("parents", _addresses(10), (), False),
    # Nobody has named these devices: the strictest of all policies holds, mia's.
    Person("guest", _addresses(14), ("adult", "gambling", "dating", "drugs"), True),
)


def config(lists: Path, toggled: str = "") -> str:
    """Return what the filter's config says, all but where to listen.

    *lists* is the folder with `drugs.txt`. *toggled* is a name that ben's policy blocks, too.
    """
    more = f", {toggled}" if toggled else ""
    return f"""\
version: 1
timezone: Europe/Berlin
categories:
  school: {{names: [{SCHOOL}]}}
  drugs: {{sources: ["file:{lists / "drugs.txt"}"]}}
schedules: {{bedtime: {{daily: "{BEDTIME}-06:30"}}}}
policies:
  child:
    block: [adult, gambling, dating, drugs]
    during: {{bedtime: {{internet: "off", except: [school]}}}}
  teen: {{block: [adult, gambling, drugs{more}]}}
  adults: {{block: [], log: none}}
people:
{"".join(_person(person) for person in PEOPLE[:3])}\
history: {{queries: blocked}}
"""


def _person(person: Person) -> str:
    policy = {"mia": "child", "ben": "teen", "parents": "adults"}[person.name]
    addresses = ", ".join(person.addresses)
    return f"  {person.name}: {{policy: {policy}, devices: [{{name: all, ip: [{addresses}]}}]}}\n"


def write_lists(folder: Path, more: tuple[str, ...] = ()) -> None:
    """Write the list of a category of its own into *folder*, whole or not at all."""
    folder.mkdir(exist_ok=True)
    fresh = folder / "drugs.new"
    fresh.write_text("\n".join([*LISTED, *more]) + "\n")
    fresh.replace(folder / "drugs.txt")


def blocked_names() -> dict[str, tuple[str, ...]]:
    """Return the 20 names of the prober by category: as the lists have them, and hosts below."""
    found: dict[str, tuple[str, ...]] = {"drugs": LISTED}
    for category in ("adult", "gambling", "dating"):
        lines = (STARTER / f"{category}.txt").read_text().splitlines()
        names = [line for line in lines if line and line[0].isalnum()][:6]
        found[category] = tuple(
            f"www.{name}" if number % 2 else name for number, name in enumerate(names)
        )
    return found


def expected_of(person: Person, category: str) -> Expected:
    """Return what *person* gets for a name of *category*; "" is one that no list has."""
    if category in person.blocks:
        return Expected.BLOCKED
    if person.has_bedtime and category != "school":
        return Expected.UNTIL_BEDTIME
    return Expected.OPEN
