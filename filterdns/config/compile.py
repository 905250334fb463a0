"""A config as written to everything that decides and serves, without side effects."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.catalog import Catalog
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.job import SourceSpec, Wanted
from filterdns.config.calendars import CalendarPlan, compile_calendars
from filterdns.config.categories import (
    WEB,
    compile_categories,
    compile_guards,
    compile_sources,
    help_by_category,
    web_list,
)
from filterdns.config.expectations import Expectation, compile_expectations
from filterdns.config.model import STRICTEST, Config, Document, LimitsSection
from filterdns.config.people import check_timezone, compile_people, compile_places, read_each
from filterdns.config.places import Places, Problems
from filterdns.config.policies import compile_policies
from filterdns.config.safe_search import compile_engines
from filterdns.config.schedules import compile_schedules
from filterdns.config.selections import read_name, read_names
from filterdns.config.servers import (
    Endpoint,
    compile_clients,
    compile_forwarders,
    compile_listen,
    compile_upstreams,
)
from filterdns.config.units import quoted, read_address, read_endpoint
from filterdns.config.vocabulary import Vocabulary, collect_words
from filterdns.devices.lease_file import USUAL_FILES, LeaseFile
from filterdns.dns.names import to_text
from filterdns.errors import ConfigError, InvalidName, InvalidValue
from filterdns.policy.ruleset import Ruleset
from filterdns.policy.verdict import ESSENTIAL, LIFELINE, Rule
from filterdns.resolver.image import Limits, UpstreamServer

RESOLV_CONF: Final = Path("/etc/resolv.conf")
METRICS_PORT: Final = 9153


class HistorySettings(NamedTuple):
    """How long and how much is kept of what happened."""

    keep_seconds: int
    at_most_bytes: int


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """How devices are told apart.

    *forwarders* are the networks of routers that may name the device they ask for, *lease_files*
    those of DHCP servers. *tells_new* is whether each new unknown device is told.
    """

    forwarders: tuple[str, ...] = ()
    lease_files: tuple[LeaseFile, ...] = ()
    tells_new: bool = False


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """What the processes around the workers need.

    *workers* is a number, 0 for one per core; *metrics* None serves no metrics.
    """

    dns: tuple[Endpoint, ...]
    workers: int
    metrics: Endpoint | None
    history: HistorySettings
    devices: DeviceSettings = DeviceSettings()


@dataclass(frozen=True, slots=True)
class RefreshSettings:
    """How often lists from the web are looked at, and whether from private addresses.

    *popularity_url* is where the ranked list of popular names is fetched from, empty if it is not;
    with the checksum that it must have.
    """

    every_seconds: int
    allow_private: bool
    popularity_url: str = ""
    popularity_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """All that a config means to what runs: to the workers, the processes, the build of lists.

    Nothing here has to be looked up again, so it can be kept while the files change: only what is
    read of *calendars* is laid into the *ruleset* as time passes. *digest* changes with every value
    of the config.
    """

    digest: str
    ruleset: Ruleset
    upstreams: tuple[UpstreamServer, ...]
    allow_clients: tuple[str, ...]
    limits: Limits
    process: ProcessSettings
    sources: tuple[SourceSpec, ...]
    guards: GuardSettings
    refresh: RefreshSettings
    help_by_category: Mapping[str, str]
    calendars: CalendarPlan = field(default_factory=CalendarPlan, kw_only=True)

    @property
    def lists(self) -> Wanted:
        """What lists are wanted."""
        return Wanted(self.sources, self.guards, self.refresh.popularity_url)


@dataclass(frozen=True, slots=True)
class Compiled(Meaning):
    """The meaning of *config* together with what it was written as: for `check`."""

    config: Config
    expectations: tuple[Expectation, ...]


def compile_config(
    config: Config,
    catalog: Catalog,
    *,
    upstreams: Sequence[str] = (),
    resolv_conf: Path = RESOLV_CONF,
) -> Compiled:
    """Return what *config* means; raises `ConfigError` with everything that is wrong.

    *upstreams* stand in for those of the config (`--upstream`). `system` among them is looked up in
    *resolv_conf* now.
    """
    document = config.document
    problems = Problems(config.places)
    words = collect_words(config, catalog, problems)
    process = _compile_process(document, config.path.parent, problems)
    calendars = compile_calendars(document, config.path.parent, problems)
    ruleset = _compile_ruleset(document, catalog, calendars, words)
    compiled = Compiled(
        digest=config.digest,
        ruleset=ruleset,
        calendars=calendars,
        upstreams=_compile_upstreams(document, upstreams, process.dns, resolv_conf, problems),
        allow_clients=compile_clients(document.allow_clients, ("allow_clients",), problems),
        limits=_compile_limits(document.limits),
        process=process,
        sources=compile_sources(document.categories, catalog, config.path.parent, words),
        guards=compile_guards(document, ruleset.essentials, config.path.parent, words),
        refresh=_compile_refresh(document, problems),
        help_by_category=help_by_category(document.categories, catalog),
        config=config,
        expectations=compile_expectations(document.expect, words),
    )
    problems.raise_if_any()
    return compiled


def read_override(
    texts: Sequence[str], listen: Sequence[Endpoint], resolv_conf: Path = RESOLV_CONF
) -> tuple[UpstreamServer, ...]:
    """Return the servers that `--upstream` names for a filter that is asked at *listen*.

    Raises `ConfigError`.
    """
    problems = Problems(Places("--upstream"))
    servers = compile_upstreams(texts, (), listen, resolv_conf, problems)
    found = [problem._replace(line=0, column=0) for problem in problems.in_order()]
    if found:
        raise ConfigError(found)
    return servers


def _compile_refresh(document: Document, problems: Problems) -> RefreshSettings:
    refresh = document.refresh
    popularity = refresh.popularity or ""
    url = digest = ""
    if popularity.startswith(WEB):
        try:
            url, digest = web_list(popularity)
        except InvalidValue as error:
            problems.reject(("refresh", "popularity"), error)
    return RefreshSettings(refresh.every, refresh.private, url, digest)


def _compile_ruleset(
    document: Document, catalog: Catalog, calendars: CalendarPlan, words: Vocabulary
) -> Ruleset:
    problems = words.problems
    check_timezone(document.timezone, ("timezone",), problems)
    schedules = compile_schedules(document, problems)
    unknown = document.unknown_devices.policy
    words.knows_policy(unknown, ("unknown_devices", "policy"), STRICTEST)
    return Ruleset(
        timezone=document.timezone,
        categories=compile_categories(document.categories, catalog, words),
        services=words.services,
        service_titles={each.id: each.title for each in catalog.services.values()},
        schedules=schedules,
        holidays=calendars.house.written,
        policies=compile_policies(document.policies, words),
        people=compile_people(
            document.people, document.timezone, schedules, calendars.people, words
        ),
        places=compile_places(document.groups, calendars.places, words),
        unknown_policy="" if unknown == STRICTEST else unknown,
        hosts=_compile_hosts(document.hosts, problems),
        lifelines={
            each.name: Rule(f"lifeline: {each.topic}", category=LIFELINE)
            for each in catalog.lifelines
        },
        essentials=_compile_essentials(document.essentials, catalog, problems),
        private_answers={
            each.name: Rule(f"private answers: {each.why}") for each in catalog.private_answers
        },
        engines=compile_engines(catalog),
    )


def _compile_essentials(
    texts: Sequence[str], catalog: Catalog, problems: Problems
) -> dict[bytes, Rule]:
    rules = {
        each.name: Rule(f"essential: {each.kind}", category=ESSENTIAL)
        for each in catalog.essentials
    }
    places = problems.places
    for name, path in read_names(texts, ("essentials",), problems).items():
        text = f"essentials: {places.shown(path, to_text(name))}"
        rules[name] = Rule(text, str(places.of_value(path)), category=ESSENTIAL)
    return rules


def _compile_hosts(
    hosts: Mapping[str, tuple[str, ...]], problems: Problems
) -> dict[bytes, tuple[str, ...]]:
    found: dict[bytes, tuple[str, ...]] = {}
    for text, addresses in hosts.items():
        path = ("hosts", text)
        try:
            name = read_name(text)
        except (InvalidName, InvalidValue) as error:
            problems.reject(path, error)
            continue
        if name in found:
            problems.add_at_key(path, f"{quoted(text)} stands here twice", "keep one of them")
        read = read_each(addresses, path, read_address, problems)
        found[name] = tuple(address for _, address in read)
    return found


def _compile_process(document: Document, folder: Path, problems: Problems) -> ProcessSettings:
    metrics = None
    if document.metrics:
        try:
            metrics = read_endpoint(document.metrics.listen, METRICS_PORT)
        except InvalidValue as error:
            problems.reject(("metrics", "listen"), error)
    workers = document.listen.workers
    return ProcessSettings(
        dns=compile_listen(document.listen.dns, ("listen", "dns"), problems),
        workers=len(os.sched_getaffinity(0)) if workers == "auto" else workers,
        metrics=metrics,
        history=HistorySettings(document.history.keep, document.history.at_most),
        devices=_compile_devices(document, folder, problems),
    )


def _compile_devices(document: Document, folder: Path, problems: Problems) -> DeviceSettings:
    path = ("trusted_forwarders",)
    return DeviceSettings(
        forwarders=compile_forwarders(document.trusted_forwarders, path, problems),
        lease_files=_compile_lease_files(document.lease_files, folder),
        tells_new=document.unknown_devices.notify,
    )


def _compile_lease_files(paths: Sequence[str] | None, folder: Path) -> tuple[LeaseFile, ...]:
    if paths is None:
        return USUAL_FILES
    return tuple(LeaseFile(str(folder / path)) for path in dict.fromkeys(paths))


def _compile_upstreams(
    document: Document,
    override: Sequence[str],
    listen: Sequence[Endpoint],
    resolv_conf: Path,
    problems: Problems,
) -> tuple[UpstreamServer, ...]:
    if not override:
        path = ("upstreams", "servers")
        return compile_upstreams(document.upstreams.servers, path, listen, resolv_conf, problems)
    try:
        return read_override(override, listen, resolv_conf)
    except ConfigError as error:
        problems.extend(error.problems)
        return ()


def _compile_limits(limits: LimitsSection) -> Limits:
    return Limits(
        queries_per_second=limits.queries_per_second,
        burst=limits.burst,
        client_slots=limits.client_slots,
        cache_bytes=limits.cache_size,
        memo_bytes=limits.memo_size,
        in_flight=limits.in_flight,
        in_flight_per_client=limits.in_flight_per_client,
        tcp_connections=limits.tcp_connections,
        tcp_connections_per_client=limits.tcp_connections_per_client,
        tcp_idle_seconds=limits.tcp_idle,
        tcp_total_seconds=limits.tcp_total,
    )
