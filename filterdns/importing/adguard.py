"""AdGuard Home: its AdGuardHome.yaml, as of schema versions 14 to 34.

Documented order there: rewrites, then allow rules and lists before blocking ones, then services,
safe browsing, parental control, safe search. Whoever has no settings of their own has those of
the house: these become the policy `everyone`.
"""

from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import available_timezones

from filterdns.importing.adguard_client_rules import Asker, meant_by
from filterdns.importing.adguard_house import (
    add_filters,
    add_rewrites,
    add_upstreams,
    answer_mode,
    is_logged,
    remark_others,
    setting,
)
from filterdns.importing.adguard_policies import Policies, Wishes
from filterdns.importing.adguard_rules import Rules, read_rules
from filterdns.importing.adguard_safe_search import read_safe_search
from filterdns.importing.adguard_services import blocked_times, our_services
from filterdns.importing.devices import is_mac
from filterdns.importing.entries import several
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import Imported, Known
from filterdns.importing.written import Written, read_yaml

MOST_PAIRS: Final = 200_000
"""Of a client and a rule that holds for some clients alone: each is looked at."""


def import_adguard(path: Path, known: Known) -> Imported:
    """Return what the AdGuardHome.yaml at *path* says; raises `ConfigError`."""
    root = read_yaml(path)
    if not root.at("dns"):
        raise root.error("found no section dns, expected an AdGuardHome.yaml")
    return _Importing(root, Gathering("AdGuard Home", path.name, known)).run()


class _Client(NamedTuple):
    """A persistent client, and its time zone where that of its services is another."""

    asker: Asker
    wishes: Wishes
    timezone: str
    written: Written

    @property
    def ids(self) -> list[str]:
        """Return what it is known by there."""
        return self.written.at("ids").texts()


class _Importing:
    def __init__(self, root: Written, gathering: Gathering) -> None:
        self._root = root
        self._gathering = gathering

    def run(self) -> Imported:
        gathering = self._gathering
        services = setting(self._root, "blocked_services")
        gathering.timezone = self._timezone(services)
        add_upstreams(self._root, gathering)
        add_rewrites(self._root, gathering)
        gathering.answer_mode = answer_mode(self._root, gathering)
        gathering.is_logged = is_logged(self._root, gathering)
        categories = add_filters(self._root, gathering)
        rules = self._read_user_rules()
        remark_others(self._root, gathering)
        house = self._house_wishes(services)
        policies = Policies(categories, rules, gathering)
        everyone = policies.policy(["everyone"], house)
        found = self._clients()
        if len(found) * len(rules.of_clients) > MOST_PAIRS:
            problem = f"found more than {MOST_PAIRS:,} pairs of a client and a rule for clients"
            raise self._root.at("user_rules").error(f"{problem}, expected a household")
        clients = [self._read_client(each, house, rules) for each in found]
        self._remark_client_rules(rules, [client.asker for client in clients])
        names_by_wishes: dict[Wishes, list[str]] = {}
        for client in clients:
            names_by_wishes.setdefault(client.wishes, []).append(client.asker.name)
        for client in clients:
            policy = policies.policy(names_by_wishes[client.wishes], client.wishes)
            self._add_client(client, policy)
        cards = [text for client in clients for text in client.ids if is_mac(text)]
        if cards:
            gathering.remark("clients.persistent", several(cards), _CARDS)
        return gathering.finish(everyone)

    def _timezone(self, services: Written) -> str:
        """Return the zone of a schedule; that of this computer stands in for its machine's."""
        ours = self._gathering.known.timezone
        zone = self._schedule_of(services).at("time_zone")
        text = zone.text("Local")
        if text in available_timezones():
            return text
        if text == "Local":
            meaning = "the export means the clock of its machine; check that it is yours"
            self._gathering.remark("timezone", ours, meaning)
        else:
            meaning = f"there is no such time zone; {ours} stands in"
            self._gathering.remark(zone.place, text, meaning)
        return ours

    def _schedule_of(self, services: Written) -> Written:
        """Return the schedule of version 21 and later; earlier ones list the services alone."""
        return services.at("schedule") if services.is_mapping else services.nothing()

    def _read_user_rules(self) -> Rules:
        written = self._root.at("user_rules")
        rules = read_rules([(item.text(), item.place) for item in written.items()])
        for name, address, place in rules.hosts:
            self._gathering.add_host(name, [address], place)
        for rule, place in rules.unread:
            self._gathering.remark(place, rule, _UNREAD)
        for verb, entries in (("allowed", rules.allow), ("blocked", rules.deny)):
            exact = [entry.name for entry in entries if entry.is_exact]
            if exact:
                meaning = f"{verb} exactly there; with us what lies below it is {verb}, too"
                self._gathering.remark(written.place, several(exact), meaning)
        return rules

    def _remark_client_rules(self, rules: Rules, askers: list[Asker]) -> None:
        for rule in rules.of_clients:
            meant = {asker.name: meant_by(rule, asker) for asker in askers}
            people = [name for name, words in meant.items() if words]
            words = {word for found in meant.values() for word in found}
            wanted = (*(word for word, _ in rule.who), *rule.tags)
            others = [word for word in wanted if word not in words]
            if people:
                meaning = f"in the policy of {several(people)}, for all of their devices"
                self._gathering.remark(rule.entry.place, rule.text, meaning)
            if others:
                meaning = f"left out for {several(others)}: that is no client alone"
                self._gathering.remark(rule.entry.place, rule.text, meaning)

    def _clients(self) -> list[Written]:
        clients = self._root.at("clients")
        return (clients.at("persistent") if clients.is_mapping else clients).items()

    def _house_wishes(self, services: Written) -> Wishes:
        root = self._root
        return Wishes(
            setting(root, "filtering_enabled").flag(default=True),
            self._services(services),
            self._schedule("services", services),
            setting(root, "parental_enabled").flag(default=False),
            setting(root, "safebrowsing_enabled").flag(default=False),
            self._safe_search(setting(root, "safe_search"), setting(root, "safesearch_enabled")),
        )

    def _read_client(self, client: Written, house: Wishes, rules: Rules) -> _Client:
        name = client.at("name").text() or "client"
        asker = Asker.written(name, client.at("ids").texts(), client.at("tags").texts())
        own = tuple(rule for rule in rules.of_clients if meant_by(rule, asker))
        wishes = house._replace(rules=own)
        timezone = ""
        if not client.at("use_global_settings").flag(default=True):
            wishes = wishes._replace(
                is_filtered=client.at("filtering_enabled").flag(default=True),
                is_parental=client.at("parental_enabled").flag(default=False),
                is_safe_browsing=client.at("safebrowsing_enabled").flag(default=False),
                safe_search=self._safe_search(
                    client.at("safe_search"), client.at("safesearch_enabled")
                ),
            )
        if not client.at("use_global_blocked_services").flag(default=True):
            services = client.at("blocked_services")
            schedule = self._schedule(f"services of {name}", services)
            timezone = self._timezone(services) if schedule else ""
            wishes = wishes._replace(services=self._services(services), schedule=schedule)
        return _Client(asker, wishes, timezone, client)

    def _add_client(self, client: _Client, policy: str) -> None:
        written = client.written
        for key, meaning in _CLIENTS_OTHERS.items():
            found = written.at(key).texts()
            if found:
                self._gathering.remark(written.at(key).place, several(found), meaning)
        self._gathering.add_person(
            client.asker.name,
            policy,
            [(text, text) for text in client.ids],
            written.place,
            client.timezone,
            takes_ids=True,
            is_logged=not written.at("ignore_querylog").flag(default=False),
        )

    def _safe_search(self, section: Written, flag: Written) -> tuple[tuple[str, str], ...]:
        found = read_safe_search(section, flag)
        if found.meaning:
            self._gathering.remark((section or flag).place, "safe search", found.meaning)
        return found.modes

    def _services(self, services: Written) -> tuple[str, ...]:
        ids = services.at("ids") if services.is_mapping else services
        ours = {service: our_services(service, self._gathering.known) for service in ids.texts()}
        known = [service for service in ours if ours[service]]
        lacking = [service for service in ours if not ours[service]]
        found = tuple(dict.fromkeys(name for service in known for name in ours[service]))
        if known:
            meaning = f"{several([*found])}: our own sets of names, wider or narrower than theirs"
            self._gathering.remark(ids.place, several(known), meaning)
        if lacking:
            self._gathering.remark(ids.place, several(lacking), _NO_SERVICE)
        return found

    def _schedule(self, wanted: str, services: Written) -> str:
        schedule = self._schedule_of(services)
        lines = blocked_times(schedule)
        if not lines or not self._services(services):
            return ""
        self._gathering.remark(schedule.place, wanted, _SCHEDULE)
        return self._gathering.add_schedule(wanted, lines)


_CLIENTS_OTHERS: Final = {
    "tags": "left out: people have no tags with us",
    "upstreams": "left out: upstreams are everybody's with us, these were for this client alone",
}
_UNREAD: Final = "left out: we block and allow names, and this rule says more or something else"
_NO_SERVICE: Final = "left out: we have no such service; block its names"
_SCHEDULE: Final = (
    "one range a day in which services are open: with us a schedule blocks them around it. A "
    "blocked time comes before allowed names, and counts by the wall clock when clocks change"
)
_CARDS: Final = (
    "there a MAC counted for devices that its own DHCP server had given an address; with us it "
    "counts for all on the same link, and for those in a lease file"
)
