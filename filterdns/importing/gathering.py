"""What is carried over while an export is read: names that are free, words that are known.

Whatever our config would refuse becomes a remark here, so that what comes out always loads.
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final

from filterdns.config.servers import read_server
from filterdns.config.units import read_address
from filterdns.config.vocabulary import BYPASS_WORDS
from filterdns.errors import ConfigError, InvalidValue, Problem
from filterdns.importing.entries import read_name
from filterdns.importing.imported import (
    Imported,
    ImportedCategory,
    ImportedPerson,
    ImportedPolicy,
    Known,
    Remark,
)
from filterdns.importing.naming import Names, clean_name, make_slug, telling_words
from filterdns.importing.people import People

NO_DHCP: Final = (
    "left out: it gave devices their addresses, and filterdns gives none; let the router do that, "
    "and name this computer as DNS server"
)
MOST_POLICIES: Final = 500
MOST_ENTRIES: Final = 200_000
"""Names, categories and services in all policies together."""


class Gathering:
    """Collects one export of *peer*; each `add_…` returns the name under which it is known."""

    def __init__(self, peer: str, file: str, known: Known) -> None:
        self.known = known
        self.timezone = known.timezone
        self.answer_mode = "zero-ip"
        self.is_logged = True
        self._peer = peer
        self._file = file
        self._remarks: dict[Remark, None] = {}
        self._upstreams: dict[str, None] = {}
        self._upstreams_later: dict[str, None] = {}
        self._hosts: dict[str, dict[str, None]] = {}
        self._categories: dict[str, ImportedCategory] = {}
        self._schedules: dict[str, Mapping[str, str]] = {}
        self._policies: dict[str, ImportedPolicy] = {}
        self._people = People()
        self._category_names = Names()
        self._schedule_names = Names()
        self._policy_names = Names("strictest")
        self._schedule_by_lines: dict[tuple[tuple[str, str], ...], str] = {}
        self._entries = 0

    def remark(self, place: str, found: str, meaning: str) -> None:
        """Note that *found* at *place* was not carried over, or what it means with us."""
        self._remarks[Remark(place, found, meaning)] = None

    def remark_all(self, remarks: Iterable[Remark]) -> None:
        """Note *remarks*."""
        self._remarks |= dict.fromkeys(remarks)

    def add_category(
        self, wanted: str, locations: Sequence[str], names: Iterable[str], place: str
    ) -> str:
        """Return the id of a category for the lists at *locations* and for *names*.

        A list that the catalogue knows goes into the category that it belongs to.
        """
        name = self._category_id(wanted, locations)
        known = self._categories.get(name, ImportedCategory(name))
        sources, later = dict.fromkeys(known.sources), dict.fromkeys(known.later)
        for location in locations:
            if len(location) > _LONGEST_LOCATION or not location.isprintable():
                self.remark(place, location, "left out: that is no address of a list")
            elif _is_url(location):
                sources[location] = None
                if location.startswith("http://"):
                    self.remark(place, location, _IN_THE_CLEAR)
            else:
                later[f"file:{location}"] = None
                self.remark(place, location, _FILE)
        names = dict.fromkeys([*known.names, *names])
        self._categories[name] = ImportedCategory(name, tuple(sources), tuple(names), tuple(later))
        self._remark_built_in(name, place)
        return name

    def add_catalogued(self, name: str) -> bool:
        """Return whether lists feed our category *name*; else keep those of the catalogue for it.

        They are kept as a comment: to fetch lists that nobody has chosen is for the reader to say.
        """
        known = self._categories.get(name, ImportedCategory(name))
        if not known.sources:
            later = tuple(dict.fromkeys([*known.later, f"catalog:{name}"]))
            self._categories[name] = known._replace(later=later)
        return bool(known.sources)

    def add_schedule(self, wanted: str, lines: Mapping[str, str]) -> str:
        """Return the name of a schedule with *lines*, one that is there already if it is equal."""
        key = tuple(lines.items())
        if key not in self._schedule_by_lines:
            name = self._schedule_names.free(clean_name(wanted, "times"))
            self._schedule_by_lines[key] = name
            self._schedules[name] = lines
        return self._schedule_by_lines[key]

    def add_policy(self, policy: ImportedPolicy) -> str:
        """Return the name under which *policy* is kept: its own, if that is free.

        Raises `ConfigError` where there are more than a config could hold.
        """
        self._entries += len(policy.block) + len(policy.allow)
        if len(self._policies) == MOST_POLICIES or self._entries > MOST_ENTRIES:
            problem = (
                f"needs more than {MOST_POLICIES} policies or {MOST_ENTRIES:,} entries, "
                "expected what one config can hold"
            )
            raise ConfigError([Problem(self._file, 0, 0, "", problem)])
        name = self._policy_names.free(clean_name(policy.name, "policy"))
        self._policies[name] = policy._replace(name=name)
        return name

    def add_person(
        self,
        wanted: str,
        policy: str,
        keys: Sequence[tuple[str, str]],
        place: str,
        timezone: str = "",
        *,
        takes_ids: bool = False,
        is_logged: bool = True,
    ) -> None:
        """Keep whoever has the clients *keys*: each the name of a device and how to know it.

        *takes_ids*: a word is the id that a client sends in its DoH path or TLS name.
        """
        zone = "" if timezone == self.timezone else timezone
        rules = ImportedPerson(wanted, policy, (), zone, is_logged)
        self.remark_all(self._people.add(wanted, rules, keys, place, takes_ids=takes_ids))

    def add_host(self, text: str, addresses: Iterable[str], place: str) -> None:
        """Keep the local name *text* with *addresses*."""
        name = read_name(text)
        if name is None:
            self.remark(place, text, "left out: a local name is one exact name with us")
            return
        for address in addresses:
            try:
                self._hosts.setdefault(name, {})[read_address(address)] = None
            except InvalidValue as error:
                self.remark(place, f"{text} {address}", f"left out: {error.message}")
        if not self._hosts.get(name):
            self._hosts.pop(name, None)

    def add_upstream(self, text: str, place: str, found: str = "") -> None:
        """Keep the upstream *text*, as a comment where we cannot ask it; *found* is the peer's."""
        try:
            server = read_server(text)
        except InvalidValue as error:
            self._upstreams_later[text] = None
            self.remark(place, found or text, f"kept as a comment: {error.message}")
            return
        if ip_address(server.host).is_loopback and server.port == _DNS_PORT:
            self._upstreams_later[text] = None
            self.remark(place, found or text, "kept as a comment: that will be filterdns itself")
            return
        self._upstreams[text] = None

    def finish(self, default_policy: str) -> Imported:
        """Return all of it; clients that nobody has named had *default_policy* there."""
        people = self._people.all()
        self.remark_all(self._people.doubts())
        if any(person.policy != default_policy for person in people):
            self.remark("clients without a name", default_policy, _STRICTEST)
        if not self._upstreams:
            self.remark("upstreams", "none that we can ask yet", _SYSTEM)
        self.remark("everywhere", "help lines, and what devices need", _PROTECTED)
        return Imported(
            peer=self._peer,
            file=self._file,
            timezone=self.timezone,
            upstreams=tuple(self._upstreams) or ("system",),
            hosts={name: tuple(addresses) for name, addresses in self._hosts.items()},
            categories=tuple(self._categories.values()),
            schedules=self._schedules,
            policies=tuple(self._policies.values()),
            people=people,
            answer_mode=self.answer_mode,
            upstreams_later=tuple(self._upstreams_later),
            remarks=tuple(self._remarks),
            is_logged=self.is_logged,
        )

    def _category_id(self, wanted: str, locations: Sequence[str]) -> str:
        for location in locations:
            if location in self.known.category_by_url:
                return self.known.category_by_url[location]
        slug = make_slug(wanted) or make_slug(" ".join(map(telling_words, locations[:1]))) or "list"
        is_free = slug not in BYPASS_WORDS and (
            slug in self.known.locked or slug not in self.known.with_starter
        )
        slug = slug if is_free else f"list-{slug}"
        return slug if slug in self.known.categories else self._category_names.free(slug, "-")

    def _remark_built_in(self, name: str, place: str) -> None:
        if name not in self.known.categories:
            return
        meaning = "goes into our category of that name"
        if name in self.known.with_starter:
            meaning += ", which blocks the names that ship with it, too"
        if name in self.known.locked:
            meaning += "; it is locked: only an exact name opens it"
        self.remark(place, name, meaning)


_DNS_PORT: Final = 53
_FILE: Final = (
    "kept as a comment: copy the file to this computer, write its path, and uncomment the source"
)
_IN_THE_CLEAR: Final = "fetched without encryption: whoever is on the way can change the list"
_STRICTEST: Final = (
    "with us they get the strictest of all policies, so that nobody gains by changing an address"
)
_SYSTEM: Final = "`system` stands in: the resolvers of this computer"
_PROTECTED: Final = (
    "names that ship as lifelines or essentials stay open, and special names such as `local` or "
    "`test` never leave the house, whatever a list says"
)
_LONGEST_LOCATION: Final = 900


def _is_url(location: str) -> bool:
    return location.startswith(("https://", "http://"))
