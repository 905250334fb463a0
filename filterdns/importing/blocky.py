"""blocky: its config.yml, with the keys of today and the older ones (`blackLists`, `upstream`).

Documented order there: allow lists of all groups of the client; if a group has allow lists only,
nothing else; then deny lists. Groups may be on at certain times only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from filterdns.config.units import WEEKDAYS, read_time, read_windows
from filterdns.errors import InvalidValue
from filterdns.importing.blocky_clients import DEFAULT, read_clients
from filterdns.importing.blocky_lists import Group, read_groups
from filterdns.importing.entries import Entry, above, as_listed, several
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import Imported, ImportedDuring, ImportedPolicy, Known
from filterdns.importing.settle import settle
from filterdns.importing.written import Written, read_yaml


def import_blocky(path: Path, known: Known) -> Imported:
    """Return what the config at *path* says; raises `ConfigError`."""
    root = read_yaml(path)
    if not any(root.at(key) for key in ("upstreams", "upstream", "blocking", "customDNS")):
        raise root.error("found neither upstreams nor blocking, expected a config of blocky")
    return _Importing(root, Gathering("blocky", path.name, known)).run()


class _Importing:
    def __init__(self, root: Written, gathering: Gathering) -> None:
        self._root = root
        self._blocking = root.at("blocking")
        self._gathering = gathering
        self._policy_by_groups: dict[tuple[str, ...], str] = {}

    def run(self) -> Imported:
        gathering = self._gathering
        gathering.remark("timezone", gathering.timezone, "blocky has none; check that it is yours")
        self._add_upstreams()
        self._add_hosts()
        gathering.answer_mode = self._answer_mode()
        blocking = self._blocking
        self._deny = read_groups(blocking.at("denylists") or blocking.at("blackLists"), gathering)
        self._allow = read_groups(blocking.at("allowlists") or blocking.at("whiteLists"), gathering)
        self._schedules = self._add_schedules()
        self._categories = self._add_categories()
        self._remark_exact()
        by_client = blocking.at("clientGroupsBlock")
        groups_by_key = {key: value.texts() for key, value in by_client.pairs()}
        default = self._policy(groups_by_key.get(DEFAULT, []))
        lookup = self._root.at("clientLookup", "clients")
        mapping = self._root.at("customDNS", "mapping")
        for client in read_clients(by_client, lookup, mapping, gathering):
            policy = self._policy([name for key in client.keys for name in groups_by_key[key]])
            gathering.add_person(client.keys[0], policy, client.devices, client.place)
        return gathering.finish(default)

    def _add_upstreams(self) -> None:
        groups = self._root.at("upstreams", "groups") or self._root.at("upstream")
        for name, servers in groups.pairs():
            for item in servers.items():
                if name == DEFAULT:
                    self._gathering.add_upstream(_server(item.text()), item.place, item.text())
                else:
                    meaning = f"left out: upstreams of {name} alone; with us they are everybody's"
                    self._gathering.remark(item.place, item.text(), meaning)
        for zone, servers in self._root.at("conditional", "mapping").pairs():
            meaning = "left out: `upstreams.for` is not built yet"
            self._gathering.remark(servers.place, f"{zone}: {servers.text()}", meaning)

    def _add_hosts(self) -> None:
        mapping = self._root.at("customDNS", "mapping")
        for name, addresses in mapping.pairs():
            texts = [text.strip() for text in addresses.text().split(",")]
            self._gathering.add_host(name, texts, addresses.place)
        if mapping:
            found = several([name for name, _ in mapping.pairs()])
            meaning = "with its subdomains there; with us a local name is one exact name"
            self._gathering.remark(mapping.place, found, meaning)
        for key in ("rewrite", "zone"):
            written = self._root.at("customDNS", key)
            if written:
                self._gathering.remark(written.place, key, "left out: we rewrite no names")

    def _answer_mode(self) -> str:
        written = self._blocking.at("blockType")
        mode = written.text("zeroIp")
        if mode.lower() not in _MODES:
            meaning = "blocked names get 0.0.0.0 instead: we answer with no address of our own"
            self._gathering.remark(written.place, mode, meaning)
        return _MODES.get(mode.lower(), "zero-ip")

    def _add_schedules(self) -> dict[str, list[str]]:
        """Return the names of our schedules by list group."""
        named = {
            name: self._gathering.add_schedule(name, _lines(schedule))
            for name, schedule in self._blocking.at("schedules").pairs()
        }
        found = {}
        for group, names in self._blocking.at("listSchedules").pairs():
            unknown = [name for name in names.texts() if name not in named]
            if unknown:
                raise names.error(f'found "{unknown[0]}", expected one of blocking.schedules')
            found[group] = [named[name] for name in names.texts()]
            self._gathering.remark(names.place, group, _SCHEDULED)
        return found

    def _add_categories(self) -> dict[str, str]:
        """Return our categories by deny group, and by group whose allow lists are not inline."""
        found = {}
        for name, group in self._deny.items():
            names = dict.fromkeys(as_listed(entry.name) for entry in group.entries)
            category = self._gathering.add_category(name, group.locations, names, group.place)
            found[name] = category
            if group.locations:
                meaning = f"category {category}: each of its names covers what lies below it"
                self._gathering.remark(group.place, several([*group.locations]), meaning)
        for name, group in self._allow.items():
            if not group.locations:
                continue
            if name in self._deny:
                meaning = "left out: we have no lists that allow; allow its names one by one"
                self._gathering.remark(group.place, several([*group.locations]), meaning)
            else:
                found[name] = self._gathering.add_category(
                    f"allowed {name}", group.locations, (), group.place
                )
        return found

    def _remark_exact(self) -> None:
        for verb, groups in (("allowed", self._allow), ("blocked", self._deny)):
            for group in groups.values():
                exact = [entry.name for entry in group.entries if entry.is_exact]
                if exact:
                    meaning = f"{verb} exactly there; with us what lies below it is {verb}, too"
                    self._gathering.remark(group.place, several(exact), meaning)

    def _policy(self, names: Sequence[str]) -> str:
        groups = tuple(sorted(set(names)))
        if groups not in self._policy_by_groups:
            policy = self._made_policy(" + ".join(groups) or "no lists", groups)
            self._policy_by_groups[groups] = self._gathering.add_policy(policy)
        return self._policy_by_groups[groups]

    def _made_policy(self, wanted: str, groups: Sequence[str]) -> ImportedPolicy:
        unknown = [name for name in groups if name not in self._deny and name not in self._allow]
        if unknown:
            found = several(unknown)
            self._gathering.remark("blocking.clientGroupsBlock", found, "left out: no such group")
        deny = [name for name in groups if name in self._deny]
        always = [name for name in deny if name not in self._schedules]
        settled = settle(_entries(groups, self._allow), _entries(always, self._deny))
        self._gathering.remark_all(settled.remarks)
        allow = tuple(map(as_listed, settled.allow))
        # Those of the categories give way to allowed names above them; written here they do not.
        below = [
            name for name in settled.deny if any(each in settled.allow for each in above(name))
        ]
        return ImportedPolicy(
            wanted,
            block=(*(self._categories[name] for name in always), *map(as_listed, below)),
            allow=allow,
            during=self._during(groups, allow),
        )

    def _during(self, groups: Sequence[str], allow: tuple[str, ...]) -> tuple[ImportedDuring, ...]:
        """Return what holds at times: allow lists alone, and deny lists with a schedule."""
        only = [name for name in groups if name in self._allow and name not in self._deny]
        open_names = (
            *(self._categories[name] for name in only if name in self._categories),
            *allow,
        )
        block_by_schedule: dict[str, list[str]] = {}
        for name in groups:
            if name in self._deny:
                for schedule in self._schedules.get(name, ()):
                    block_by_schedule.setdefault(schedule, []).append(self._categories[name])
        restricted = dict.fromkeys(
            schedule for name in only for schedule in self._schedules.get(name, [self._always()])
        )
        return tuple(
            ImportedDuring(
                schedule,
                tuple(block_by_schedule.get(schedule, ())),
                open_names if schedule in restricted else None,
            )
            for schedule in dict.fromkeys([*restricted, *block_by_schedule])
        )

    def _always(self) -> str:
        return self._gathering.add_schedule("always", {"daily": "always"})


_MODES: Final = {"zeroip": "zero-ip", "nxdomain": "nxdomain"}
_SCHEDULED: Final = (
    "a list with a schedule: what a schedule blocks comes before allowed names with us, and the "
    "names of its allow lists stay allowed at other times"
)


def _entries(names: Sequence[str], groups: dict[str, Group]) -> list[Entry]:
    return [entry for name in names if name in groups for entry in groups[name].entries]


def _lines(schedule: Written) -> dict[str, str]:
    """Return the lines of our schedule; both sides let the starting day own the night."""
    days = [day.strip().lower() for day in schedule.at("weekdays").texts()]
    unknown = [day for day in days if day not in WEEKDAYS]
    if unknown or not days:
        raise schedule.error(f"found {unknown or 'no weekdays'}, expected {', '.join(WEEKDAYS)}")
    return dict.fromkeys(dict.fromkeys(days), _window(schedule.at("start"), schedule.at("end")))


def _window(start: Written, end: Written) -> str:
    if not start and not end:
        return "always"
    window = f"{start.text()}-{end.text()}"
    try:
        if read_time(start.text()) == read_time(end.text()):
            return "never"
        read_windows(window)
    except InvalidValue as error:
        raise (start or end).error(error.message) from None
    return window


def _server(text: str) -> str:
    """Return `tcp-tls:dns.example:853` as we write it, `tls://dns.example:853`."""
    text = text.strip().partition("#")[0]
    for theirs, ours in _NETS.items():
        if text.startswith(theirs):
            rest = text.removeprefix(theirs).removeprefix("//")
            return f"{ours}{rest}"
    return text


_NETS: Final = {
    "tcp+udp:": "", "tcp-tls:": "tls://", "tcp:": "tcp://", "udp:": "", "quic:": "quic://",
}  # fmt: skip
