"""Pi-hole: a Teleporter backup (zip of version 6, tar.gz of version 5) or gravity.db.

Documented order there: exact allow, regex allow, exact deny, allow lists, lists, regex deny; each
entry for the clients that share an enabled group with it. Groups become policies: one for each set
of groups that some client has.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from filterdns.importing.archive import ZIP_MAGIC, failure, read_archive
from filterdns.importing.entries import Entry, as_listed, read_name, read_regex, several
from filterdns.importing.gathering import NO_DHCP, Gathering
from filterdns.importing.gravity import MAGIC, read_gravity
from filterdns.importing.imported import Imported, ImportedPolicy, Known
from filterdns.importing.pihole_json import KIND_BY_MEMBER, TABLE_BY_MEMBER, read_json_tables
from filterdns.importing.pihole_names import signs_by_name
from filterdns.importing.pihole_settings import MEMBERS, Said, Settings, read_settings
from filterdns.importing.pihole_tables import (
    ALLOW_EXACT,
    ALLOW_REGEX,
    ALLOWLIST,
    DENY_EXACT,
    Adlist,
    Client,
    Domain,
    Tables,
)
from filterdns.importing.settle import settle

GRAVITY: Final = "etc/pihole/gravity.db"
WANTED: Final = frozenset((GRAVITY, *MEMBERS, *TABLE_BY_MEMBER, *KIND_BY_MEMBER))


def import_pihole(path: Path, known: Known) -> Imported:
    """Return what the backup or database at *path* says; raises `ConfigError`."""
    tables, settings = _read(path)
    return _Importing(tables, Gathering("Pi-hole", path.name, known)).run(settings)


def _read(path: Path) -> tuple[Tables, Settings]:
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise failure(path.name, "", f"cannot be read: {error.strerror}") from None
    if start == MAGIC:
        return read_gravity(path, path.name), Settings()
    members = read_archive(path, WANTED)
    settings = read_settings(members, path.name)
    if not start.startswith(ZIP_MAGIC):
        if not members.keys() & TABLE_BY_MEMBER.keys():
            raise failure(path.name, "", "found no tables, expected a Teleporter backup")
        return read_json_tables(members, path.name), settings
    if GRAVITY not in members:
        raise failure(path.name, "", f"found no {GRAVITY}, expected a Teleporter backup")
    with tempfile.NamedTemporaryFile(prefix="filterdns-") as copy:
        copy.write(members[GRAVITY])
        copy.flush()
        return read_gravity(Path(copy.name), f"{path.name} {GRAVITY}"), settings


class _Importing:
    def __init__(self, tables: Tables, gathering: Gathering) -> None:
        self._tables = tables
        self._gathering = gathering
        self._enabled = {group.id for group in tables.groups if group.is_enabled}
        self._policy_by_groups: dict[frozenset[int], str] = {}
        self._category_by_adlist: dict[int, str] = {}

    def run(self, settings: Settings) -> Imported:
        gathering = self._gathering
        gathering.remark("timezone", gathering.timezone, "Pi-hole has none; check that it is yours")
        self._add_settings(settings)
        self._remark_disabled()
        self._add_lists()
        self._entries = {domain.id: self._entry(domain) for domain in self._used_domains()}
        self._remark_exact()
        default = self._policy(frozenset((_DEFAULT,)))
        signs = signs_by_name(settings)
        for client in self._tables.clients:
            self._add_client(client, signs)
        return gathering.finish(default)

    def _add_settings(self, settings: Settings) -> None:
        gathering = self._gathering
        for said in settings.upstreams:
            gathering.add_upstream(_server(said.text), said.place, said.text)
        for said in settings.hosts:
            address, *names = said.text.partition("#")[0].split() or [""]
            for name in names:
                gathering.add_host(name, [address], said.place)
        for said in settings.cnames:
            gathering.remark(said.place, said.text, "left out: local names have addresses with us")
        for said in settings.forwarded:
            gathering.remark(said.place, said.text, "left out: `upstreams.for` is not built yet")
        gathering.answer_mode = self._answer_mode(settings.mode)
        if settings.dhcp is not None:
            gathering.remark(settings.dhcp.place, settings.dhcp.text, NO_DHCP)

    def _answer_mode(self, said: Said) -> str:
        mode = said.text.upper()
        if mode and mode not in _MODES:
            meaning = "blocked names get 0.0.0.0 instead: we answer with no address of our own"
            self._gathering.remark(said.place, said.text, meaning)
        return _MODES.get(mode, "zero-ip")

    def _remark_disabled(self) -> None:
        rows = (
            ("group", [group.name for group in self._tables.groups if not group.is_enabled]),
            ("adlist", [each.address for each in self._tables.adlists if not each.is_enabled]),
            ("domainlist", [each.text for each in self._tables.domains if not each.is_enabled]),
        )
        for table, found in rows:
            if found:
                self._gathering.remark(table, several(found), "left out: disabled there")
        for table, found in (
            ("adlist", [each.address for each in self._tables.adlists if self._is_idle(each)]),
            ("domainlist", [each.text for each in self._tables.domains if self._is_idle(each)]),
        ):
            if found:
                self._gathering.remark(table, several(found), "left out: in no enabled group")

    def _is_idle(self, row: Adlist | Domain) -> bool:
        return row.is_enabled and not row.groups & self._enabled

    def _used_domains(self) -> list[Domain]:
        domains = self._tables.domains
        return [each for each in domains if each.is_enabled and not self._is_idle(each)]

    def _add_lists(self) -> None:
        for adlist in self._tables.adlists:
            if not adlist.is_enabled or self._is_idle(adlist):
                continue
            place = f"adlist {adlist.id}"
            if adlist.kind == ALLOWLIST:
                meaning = "left out: we have no lists that allow; allow its names one by one"
                self._gathering.remark(place, adlist.address, meaning)
                continue
            wanted = "" if adlist.comment.startswith(_NO_NAME) else adlist.comment
            category = self._gathering.add_category(wanted, [adlist.address], (), place)
            self._category_by_adlist[adlist.id] = category
            meaning = f"category {category}: each of its names covers what lies below it"
            self._gathering.remark(place, adlist.address, meaning)

    def _entry(self, domain: Domain) -> Entry | None:
        place = f"domainlist {domain.id}"
        if domain.kind in (ALLOW_EXACT, DENY_EXACT):
            name = read_name(domain.text)
            if name is not None:
                return Entry(name, is_exact=True, place=place)
            meaning = "left out: it is no domain name"
        else:
            entry = read_regex(domain.text, place)
            if entry is not None:
                return entry
            verb = "allow" if domain.kind == ALLOW_REGEX else "block"
            meaning = f"left out: we {verb} names, not expressions"
        self._gathering.remark(place, domain.text, meaning)
        return None

    def _remark_exact(self) -> None:
        for kinds, verb in ((_ALLOWS, "allowed"), (_DENIES, "blocked")):
            found = [
                entry.name
                for domain in self._used_domains()
                if domain.kind in kinds and (entry := self._entries[domain.id]) and entry.is_exact
            ]
            if found:
                meaning = f"{verb} exactly there; with us what lies below it is {verb}, too"
                self._gathering.remark("domainlist", several(found), meaning)

    def _policy(self, groups: frozenset[int]) -> str:
        if groups not in self._policy_by_groups:
            name = " + ".join(self._names_of(groups)) or "no group"
            if len(groups) > 1:
                meaning = "several groups: with us a client has one policy, which holds them all"
                self._gathering.remark("client_by_group", name, meaning)
            self._policy_by_groups[groups] = self._gathering.add_policy(
                self._made_policy(name, groups & self._enabled)
            )
        return self._policy_by_groups[groups]

    def _names_of(self, groups: frozenset[int]) -> list[str]:
        return [
            "default" if group.id == _DEFAULT else group.name
            for group in self._tables.groups
            if group.id in groups
        ]

    def _made_policy(self, name: str, groups: frozenset[int]) -> ImportedPolicy:
        def entries(kinds: Iterable[int]) -> Iterable[Entry]:
            for domain in self._used_domains():
                entry = self._entries[domain.id]
                if domain.kind in kinds and domain.groups & groups and entry is not None:
                    yield entry

        settled = settle(entries(_ALLOWS), entries(_DENIES))
        self._gathering.remark_all(settled.remarks)
        categories = dict.fromkeys(
            self._category_by_adlist[adlist.id]
            for adlist in self._tables.adlists
            if adlist.id in self._category_by_adlist and adlist.groups & groups
        )
        return ImportedPolicy(
            name,
            block=(*categories, *map(as_listed, settled.deny)),
            allow=tuple(map(as_listed, settled.allow)),
        )

    def _add_client(self, client: Client, signs: Mapping[str, Sequence[str]]) -> None:
        place = f"client {client.id}"
        label = client.comment or client.key
        found = signs.get(client.key.lower(), ())
        if found:
            meaning = f"known by {several([*found])}, which Pi-hole has written down for that name"
            self._gathering.remark(place, client.key, meaning)
        keys = [(label, text) for text in found or [client.key]]
        self._gathering.add_person(label, self._policy(client.groups), keys, place)


_DEFAULT: Final = 0
_NO_NAME: Final = "Migrated from "
"""A comment of Pi-hole's own on lists that it had before it had a database."""

_ALLOWS: Final = (ALLOW_EXACT, ALLOW_REGEX)
_DENIES: Final = (1, 3)
_MODES: Final = {
    "": "zero-ip", "NULL": "zero-ip", "NX": "nxdomain", "NXDOMAIN": "nxdomain", "NODATA": "nodata",
}  # fmt: skip


def _server(text: str) -> str:
    """Return `8.8.8.8#53` as we write it."""
    host, _, port = text.partition("#")
    if port in ("", "53"):
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
