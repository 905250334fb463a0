"""A family and a school, as configs: for the week in which every verdict is given twice."""

from ipaddress import ip_network
from typing import Any, Final, NamedTuple

from filterdns.blocklists.catalog import load_catalog
from filterdns.dns.names import to_text
from tests.support.reference.world import World

PUPILS_PER_CLASS: Final = 30
DEVICES_PER_PUPIL: Final = 2
BASE: Final = {
    "timezone": "Europe/Berlin",
    "upstreams": {"servers": ["127.0.0.1:5353"]},
    "hosts": {"printer.home": ["192.168.1.40"]},
    "categories": {"school": {"names": ["wikipedia.org", "khanacademy.org", "moodle.org"]}},
    "calendar": {"holidays": ["2026-03-06", "2026-03-30..2026-04-10"]},
    "schedules": {
        "bedtime": {"sun-thu": "20:30-06:30", "fri-sat": "22:00-08:00", "holidays": "22:30-09:00"},
        "homework": {"mon-fri": "14:00-15:30, 16:30-18:00", "holidays": "never"},
        "lessons": {"mon-fri": "08:00-12:15, 13:15-16:00", "holidays": "never"},
        "exam": {"2026-03-04": "09:00-11:00"},
        "nights": {"daily": "22:00-06:00"},
    },
}
SAFE: Final = {
    "block": ["adult", "gambling", "dating", "pro-anorexia", "self-harm"],
    "bypass": {"doh": "block", "vpn": "block", "private-relay": "block"},
}


class Scene(NamedTuple):
    """Somebody's world, and the addresses from which it is asked."""

    world: World
    addresses: list[str]


def family() -> Scene:
    """Return two children, two parents and what is theirs: 15 devices."""
    child = {
        "extends": "safe",
        "block": ["service:tiktok", "service:snapchat"],
        "during": {
            "bedtime": {"internet": "off", "except": ["school"]},
            "homework": {"block": ["service:youtube", "service:roblox", "games"]},
        },
    }
    policies = {"safe": SAFE, "child": child, "adults": {"log": "none"}}
    people: dict[str, Any] = {
        "mia": {"policy": "child", "block": ["reddit.com"]},
        "ben": {
            "policy": "child",
            "schedules": {"bedtime": {"sun-thu": "21:30-06:30"}},
            "allow": ["chess.com", "service:snapchat"],
        },
        "mum": {"policy": "adults"},
        "dad": {"policy": "adults", "block": ["gambling"], "timezone": "America/New_York"},
    }
    addresses: list[str] = []
    for number, person in enumerate(people.values()):
        mine = [f"192.168.1.{10 * number + each + 10}" for each in range(4 if number < 3 else 3)]
        person["devices"] = [{"name": f"device {ip}", "ip": [ip]} for ip in mine]
        addresses += mine
    return Scene(_world({"policies": policies, "people": people}), addresses)


def school(classes: int, policies: int) -> Scene:
    """Return a school: pupils with two devices each in classes, rooms, and so many policies."""
    rules: dict[str, Any] = {"safe": SAFE, "staff": {"extends": "safe", "bypass": {"vpn": "allow"}}}
    for number in range(policies - len(rules)):
        rules[f"year {number}"] = {
            "extends": "safe",
            "block": ["social", "games"] if number % 2 else ["service:tiktok"],
            "allow": [("wikipedia.org", "scratch.mit.edu", "service:youtube")[number % 3]],
            "during": {
                "lessons": {"allow-only": ["school", "google.com", "microsoft.com"]}
                if number % 4
                else {"block": ["service:youtube", "streaming"]},
                "nights": {"internet": "off"},
            },
            "answer": {"mode": ("zero-ip", "nxdomain", "nodata")[number % 3]},
        }
    people, addresses = {}, []
    for number in range(classes * PUPILS_PER_CLASS):
        room, seat = divmod(number, PUPILS_PER_CLASS)
        mine = [f"10.1.{room}.{DEVICES_PER_PUPIL * seat + each + 1}" for each in range(2)]
        years = policies - 2
        people[f"pupil {number}"] = {
            "policy": f"year {number % years}" if number % 50 else "staff",
            "devices": [{"name": f"device {ip}", "ip": [ip]} for ip in mine],
            **({"allow": ["github.com"]} if number % 7 == 0 else {}),
            **({"block": ["service:youtube"]} if number % 11 == 0 else {}),
        }
        addresses += mine
    groups = {
        f"room {room}": {
            "networks": [f"10.1.{room}.0/26"],
            "during": {"exam": {"internet": "off", "except": ["school"]}}
            if room % 2
            else {"lessons": {"block": ["games", "service:netflix"]}},
        }
        for room in range(classes)
    }
    return Scene(_world({"policies": rules, "people": people, "groups": groups}), addresses)


def _world(written: dict[str, Any]) -> World:
    """Return the world of a config with all that ships: starter lists, services, help lines."""
    catalog = load_catalog()
    lists: dict[str, list[str]] = {}
    for category in catalog.categories.values():
        text = category.starter.read_text() if category.starter else ""
        for line in text.splitlines():
            name = line.partition("#")[0].strip()
            if name and not _is_address(name):
                lists.setdefault(name, []).append(category.id)
    return World(
        written={**BASE, **written},
        services={each.id: list(map(to_text, each.names)) for each in catalog.services.values()},
        locked=frozenset(each.id for each in catalog.categories.values() if each.is_locked),
        lifelines=frozenset(to_text(each.name) for each in catalog.lifelines),
        essentials=frozenset(to_text(each.name) for each in catalog.essentials),
        lists=lists,
    )


def _is_address(entry: str) -> bool:
    try:
        ip_network(entry)
    except ValueError:
        return False
    return True
