"""Slow, obvious models of what other filters document to do, for exports as in `exports`.

Each answers whether a name is blocked for an address at a local time, and where its config says so
(empty where nothing does). They share nothing with the importers.
"""

import fnmatch
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import yaml

BERLIN: Final = ZoneInfo("Europe/Berlin")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Said(NamedTuple):
    """A verdict, and the place in the peer's config that made it so."""

    is_blocked: bool
    place: str


class Peer(Protocol):
    """Decides as a peer documents that it does."""

    def decide(self, address: str, name: str, at: datetime) -> Said:
        """Return what becomes of *name* asked from *address* at *at*."""
        ...


OPEN: Final = Said(is_blocked=False, place="")


def is_at_or_below(name: str, above: str) -> bool:
    return name == above or name.endswith(f".{above}")


class PiholeModel:
    """docs.pi-hole.net: priorities of the domain database, group management."""

    def __init__(self, gravity: Path) -> None:
        with closing(sqlite3.connect(gravity)) as database:
            self._enabled = {
                row[0] for row in database.execute('SELECT id FROM "group" WHERE enabled')
            }
            self._clients = database.execute("SELECT id, ip FROM client").fetchall()
            self._links = {
                table: database.execute(f"SELECT * FROM {table}_by_group").fetchall()
                for table in ("client", "adlist", "domainlist")
            }
            self._domains = database.execute(
                "SELECT id, type, domain FROM domainlist WHERE enabled ORDER BY id"
            ).fetchall()
            self._listed = {
                table: database.execute(
                    f"SELECT domain, adlist_id FROM {table} JOIN adlist ON adlist.id = adlist_id "
                    "WHERE adlist.enabled"
                ).fetchall()
                for table in ("gravity", "antigravity")
            }

    def decide(self, address: str, name: str, at: datetime) -> Said:
        groups = self._groups(address)
        for kind, table, is_blocked in (
            (0, "", False),
            (2, "", False),
            (1, "", True),
            (None, "antigravity", False),
            (None, "gravity", True),
            (3, "", True),
        ):
            place = self._listed_at(table, name, groups) if table else ""
            if kind is not None:
                place = self._written_at(kind, name, groups)
            if place:
                return Said(is_blocked, place)
        return OPEN

    def _groups(self, address: str) -> set[int]:
        matching = [
            (ip_network(key, strict=False).prefixlen, number)
            for number, key in self._clients
            if re.fullmatch(r"[0-9./]+", key)
            and ip_address(address) in ip_network(key, strict=False)
        ]
        if not matching:
            return {0}
        return {group for client, group in self._links["client"] if client == max(matching)[1]}

    def _applies(self, table: str, number: int, groups: set[int]) -> bool:
        own = {group for other, group in self._links[table] if other == number}
        return bool(own & groups & self._enabled)

    def _written_at(self, kind: int, name: str, groups: set[int]) -> str:
        for number, other, text in self._domains:
            is_match = name == text if kind < 2 else re.search(text, name) is not None
            if other == kind and is_match and self._applies("domainlist", number, groups):
                return f"domainlist {number}"
        return ""

    def _listed_at(self, table: str, name: str, groups: set[int]) -> str:
        for domain, number in self._listed[table]:
            if domain == name and self._applies("adlist", number, groups):
                return f"adlist {number}"
        return ""


class AdguardModel:
    """The wiki's page on configuration, and adguard-dns.io on the syntax of rules."""

    SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
        "youtube": ("youtube.com", "googlevideo.com"),
        "tiktok": ("tiktok.com",),
        "500px": ("500px.com",),
        "roblox": ("roblox.com",),
    }

    def __init__(self, text: str, lists: Mapping[str, str], adult: tuple[str, ...]) -> None:
        self._config = yaml.safe_load(text)
        self._lists = lists
        self._adult = adult

    def decide(self, address: str, name: str, at: datetime) -> Said:
        client = self._client(address)
        house = self._config["filtering"]
        own = client if not client.get("use_global_settings", True) else house
        if own["filtering_enabled"] and (said := self._by_rules(name, address)):
            return said
        is_own = not client.get("use_global_blocked_services", True)
        place = f"clients.persistent[{client['at']}]" if is_own else "filtering"
        services = (client if is_own else house)["blocked_services"]
        if not self._is_open(services["schedule"], at):
            for service in services["ids"]:
                if any(is_at_or_below(name, each) for each in self.SERVICES.get(service, ())):
                    return Said(True, f"{place}.blocked_services.ids")
        if own.get("parental_enabled") and name in self._adult:
            return Said(True, "parental control")
        return OPEN

    def _client(self, address: str) -> dict[str, Any]:
        found: list[tuple[int, dict[str, Any]]] = []
        for at, client in enumerate(self._config["clients"]["persistent"]):
            for key in client["ids"]:
                if re.fullmatch(r"[0-9./]+", key) and ip_address(address) in ip_network(key):
                    found.append((ip_network(key).prefixlen, {**client, "at": at}))
        return max(found, key=lambda each: each[0])[1] if found else {}

    def _by_rules(self, name: str, address: str) -> Said | None:
        rules = [*self._rules(address)]
        for is_allow, is_important in ((False, True), (True, False), (False, False)):
            for rule, place in rules:
                if (
                    rule.startswith("@@") is not is_allow
                    or ("$important" in rule) is not is_important
                ):
                    continue
                if self._fits(rule.removeprefix("@@").partition("$")[0], name):
                    return Said(not is_allow, place)
        return None

    def _rules(self, address: str) -> Iterator[tuple[str, str]]:
        for at, rule in enumerate(self._config["user_rules"]):
            of_client = rule.partition("$client=")[2]
            if not of_client or of_client == address:
                yield rule.partition("$client")[0], f"user_rules[{at}]"
        for at, each in enumerate(self._config["filters"]):
            if each["enabled"]:
                for line in self._lists[each["url"]].split():
                    yield line, f"filters[{at}]"

    def _fits(self, rule: str, name: str) -> bool:
        if rule.startswith("||"):
            return is_at_or_below(name, rule[2:].rstrip("^"))
        if rule.startswith("/"):
            return re.search(rule.strip("/"), name) is not None
        return not rule.startswith("192.") and name in rule.removeprefix("0.0.0.0").split()

    def _is_open(self, schedule: Mapping[str, Any], at: datetime) -> bool:
        zone = schedule["time_zone"]
        local = at.astimezone(BERLIN if zone == "Local" else ZoneInfo(zone))
        day = schedule.get(DAYS[local.weekday()])
        if not day:
            return False
        minutes = local.hour * 60 + local.minute
        return self._minutes(day["start"]) <= minutes < self._minutes(day["end"])

    def _minutes(self, text: str) -> int:
        units = {"h": 60, "m": 1, "s": 0}
        return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([hms])", text))


class BlockyModel:
    """0xerr0r.github.io/blocky: blocking and allowlisting, client groups, schedules."""

    def __init__(self, text: str, lists: Mapping[str, str]) -> None:
        self._config = yaml.safe_load(text)
        self._blocking = self._config["blocking"]
        self._lists = lists

    def decide(self, address: str, name: str, at: datetime) -> Said:
        groups = [group for group in self._groups(address) if self._is_on(group, at)]
        for group in groups:
            place = self._match("allowlists", group, name)
            if place:
                return Said(False, place)
        for group in groups:
            if group in self._blocking["allowlists"] and group not in self._blocking["denylists"]:
                return Said(True, f"blocking.allowlists.{group}")
        for group in groups:
            place = self._match("denylists", group, name)
            if place:
                return Said(True, place)
        return OPEN

    def _groups(self, address: str) -> list[str]:
        names = [
            name
            for name, addresses in self._config["clientLookup"]["clients"].items()
            if address in addresses
        ]
        found: list[str] = []
        for key, groups in self._blocking["clientGroupsBlock"].items():
            if re.fullmatch(r"[0-9./]+", key):
                is_met = ip_address(address) in ip_network(key, strict=False)
            else:
                is_met = any(fnmatch.fnmatchcase(name, key) for name in names)
            found += groups if is_met else []
        return found or self._blocking["clientGroupsBlock"]["default"]

    def _is_on(self, group: str, at: datetime) -> bool:
        names = self._blocking["listSchedules"].get(group)
        return names is None or any(self._is_now(name, at) for name in names)

    def _is_now(self, name: str, at: datetime) -> bool:
        schedule = self._blocking["schedules"][name]
        local = at.astimezone(BERLIN)
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        if "start" not in schedule:
            return today in schedule["weekdays"]
        start, end = (time.fromisoformat(schedule[key]) for key in ("start", "end"))
        now = local.time()
        if start <= end:
            return today in schedule["weekdays"] and start <= now < end
        return (today in schedule["weekdays"] and now >= start) or (
            yesterday in schedule["weekdays"] and now < end
        )

    def _match(self, kind: str, group: str, name: str) -> str:
        for at, source in enumerate(self._blocking[kind].get(group, ())):
            text = source if "\n" in source else self._lists[source]
            for number, line in enumerate(text.splitlines(), 1):
                entry = line.strip()
                is_match = name == entry
                if entry.startswith("*."):
                    is_match = is_at_or_below(name, entry[2:])
                elif entry.startswith("/"):
                    is_match = re.search(entry.strip("/"), name) is not None
                if is_match:
                    return f"blocking.{kind}.{group}[{at}] line {number}"
        return ""
