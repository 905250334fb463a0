"""The metrics page counts what happens, each query once, and names nobody."""

import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.job import State
from filterdns.clock import ClockState
from filterdns.control.troubles import Kind
from tests.support.house import House, open_house
from tests.support.messages import query_bytes
from tests.support.peers import Endpoint
from tests.support.plain_client import Ask, ask, ask_all
from tests.support.upstream import (
    Asked,
    ScriptedUpstream,
    Send,
    answer_code,
    answer_with,
    by_transport,
    later,
    response,
    truncated,
)

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
MIA, BEN, FLOODER, ELSEWHERE = "127.0.0.2", "127.0.0.3", "127.0.0.9", "127.0.9.9"
FLOOD = 500
TWO_QUESTIONS = query_bytes("x.example").replace(b"\x00\x01", b"\x00\x02", 1)

CONFIG = """\
timezone: Europe/Berlin
allow_clients: [127.0.0.0/28]
hosts: {printer.house.example: 192.168.1.40}
categories: {homework-ban: {names: [secret-games.example]}}
limits: {queries_per_second: 1, burst: 200}
policies: {child: {block: [gambling, homework-ban, named.example]}}
people:
  mia-schmidt: {policy: child, devices: [{name: mias-phone, ip: 127.0.0.2}]}
  ben-schmidt: {policy: child, devices: [{name: bens-console, ip: 127.0.0.3}]}
"""


def script(asked: Asked) -> Sequence[Send]:
    """An upstream that is slow, truncates, or has nothing, if the name says so."""
    name = asked.name.lower()
    steps = answer_with("192.0.2.1")
    if b"slow" in name:
        steps = later(steps, 0.5)
    if b"large" in name:
        steps = by_transport(lambda each: [Send(truncated(each))], steps)
    if b"refused" in name:
        steps = answer_code(5)
    if b"nothing" in name:
        return [Send(response(asked, rcode=2))]
    return [step for step in steps(asked) if isinstance(step, Send)]


class Scene(NamedTuple):
    """A house and the upstream that it asks."""

    house: House
    upstream: str

    def counts(self) -> Counter[tuple[str, ...]]:
        """Every counter of the page by name and label values."""
        self.house.control.get("/api/log")  # has the workers send what they have counted
        return Counter(
            {
                (sample.name, *sample.labels.values()): int(sample.value)
                for family in text_string_to_metric_families(self.house.metrics_page())
                for sample in family.samples
                if family.type == "counter"
            }
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("metrics")
    with ScriptedUpstream(script) as upstream:
        endpoint = Endpoint(upstream.host, upstream.port)
        with open_house(folder, CONFIG, [endpoint]) as house:
            house.wait_until(lambda: upstream.count() > 0, "the loop probe")
            house.control.post("/api/reload")
            yield Scene(house, str(endpoint))


Act = Callable[[House], object]


class Event(NamedTuple):
    """What somebody does, what that counts, and what is done before without being looked at."""

    act: Act
    counts: dict[tuple[str, ...], int]
    first: Act = lambda _: None


def asks(client: str, name: str, times: int = 1) -> Act:
    """Ask *name* so many times, one after the other."""
    return lambda house: [ask(house.server, client, name) for _ in range(times)]


def asks_at_once(name: str, count: int) -> Act:
    """Ask *name* so many times before the first answer comes."""
    return lambda house: ask_all(house.server, [Ask(MIA, name)] * count)


def sends(wire: bytes) -> Act:
    """Send *wire* over UDP and wait for what comes back."""

    def act(house: House) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.settimeout(5)
            one.sendto(wire, house.server)
            one.recv(4096)

    return act


def asks_over_tcp(name: str) -> Act:
    def act(house: House) -> None:
        wire = query_bytes(name)
        with socket.create_connection(house.server, 5) as one:
            one.sendall(len(wire).to_bytes(2) + wire)
            assert one.recv(2)

    return act


# Labels in the order of the page, which is that of the alphabet; `upstream` is the scene's.
QUERIES, BLOCKED = "filterdns_queries_total", "filterdns_blocked_total"
HITS, MISSES = "filterdns_cache_hits_total", "filterdns_cache_misses_total"
UPSTREAM = "filterdns_upstream_queries_total"
UPSTREAM_ANSWERED, UPSTREAM_TCP = (UPSTREAM, "answered"), (UPSTREAM, "tcp")

EVENTS = {
    "a name is forwarded": Event(
        asks(MIA, "one.example"),
        {(QUERIES, "forwarded", "udp"): 1, UPSTREAM_ANSWERED: 1, (MISSES,): 1},
    ),
    "another asks the same": Event(
        asks(BEN, "two.example"),
        {(QUERIES, "cached", "udp"): 1, (HITS,): 1},
        first=asks(MIA, "two.example"),
    ),
    "the same is asked over TCP": Event(
        asks_over_tcp("three.example"),
        {(QUERIES, "cached", "tcp"): 1, (HITS,): 1},
        first=asks(MIA, "three.example"),
    ),
    "a name is asked again and again": Event(
        asks(MIA, "hot.example", times=5),
        {
            (QUERIES, "forwarded", "udp"): 1,
            (QUERIES, "cached", "udp"): 1,
            (QUERIES, "memo", "udp"): 3,
            UPSTREAM_ANSWERED: 1,
            (HITS,): 1,
            (MISSES,): 1,
        },
    ),
    "equal questions come at once": Event(
        asks_at_once("slow.example", 5),
        {
            (QUERIES, "forwarded", "udp"): 5,
            ("filterdns_merged_total",): 4,
            UPSTREAM_ANSWERED: 1,
            (MISSES,): 5,
        },
    ),
    "an answer is too long for UDP": Event(
        asks(MIA, "large.example"),
        {(QUERIES, "forwarded", "udp"): 1, UPSTREAM_ANSWERED: 1, UPSTREAM_TCP: 1, (MISSES,): 1},
    ),
    "an upstream refuses": Event(
        asks(MIA, "refused.example"),
        {(QUERIES, "failed", "udp"): 1, UPSTREAM_ANSWERED: 1, (MISSES,): 1},
    ),
    "a list blocks": Event(
        asks(MIA, "www.bet365.com"),
        {(QUERIES, "blocked", "udp"): 1, (BLOCKED, "gambling", "A11"): 1},
    ),
    "a category of the config blocks": Event(
        asks(BEN, "secret-games.example"),
        {(QUERIES, "blocked", "udp"): 1, (BLOCKED, "homework-ban", "A11"): 1},
    ),
    "a name of the config is blocked again and again": Event(
        asks(BEN, "named.example", times=4),
        {(QUERIES, "blocked", "udp"): 2, (QUERIES, "memo", "udp"): 2, (BLOCKED, "", "A10"): 4},
    ),
    "a host of the config is asked": Event(
        asks(MIA, "printer.house.example"), {(QUERIES, "local", "udp"): 1}
    ),
    "a message holds two questions": Event(
        sends(TWO_QUESTIONS), {(QUERIES, "malformed", "udp"): 1}
    ),
    "a stranger asks": Event(asks(ELSEWHERE, "one.example"), {(QUERIES, "refused", "udp"): 1}),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))
def test_what_happens_is_counted_once_and_nothing_else_is(scene: Scene, event: Event) -> None:
    event.first(scene.house)
    before = scene.counts()
    event.act(scene.house)
    counted = scene.counts() - before
    assert counted == {
        (*labels, scene.upstream) if labels[0] == UPSTREAM else labels: count
        for labels, count in event.counts.items()
    }


def test_a_flood_is_counted_to_the_last_query(scene: Scene) -> None:
    before = scene.counts()
    heard = ask_all(scene.house.server, [Ask(FLOODER, "localhost")] * FLOOD, seconds=1)
    counted = scene.counts() - before
    by_outcome = {labels[1]: count for labels, count in counted.items()}
    assert {labels[0] for labels in counted} == {QUERIES}
    assert by_outcome.keys() <= {"local", "memo", "limited", "dropped"}
    assert by_outcome["dropped"] == heard.count(None)
    assert by_outcome["limited"] > 0
    assert sum(by_outcome.values()) == FLOOD


# The page.


def documented(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of docs/metrics.md, or above the first one."""
    text = DOCS.read_text()
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0] if heading else text
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


def test_every_metric_of_the_page_is_documented_with_its_kind_and_labels(scene: Scene) -> None:
    tables = documented("What workers count") + documented("What the control process knows")
    described = {row[0].strip("`"): (row[1], set(re.findall(r"`(\w+)`", row[2]))) for row in tables}
    found = {}
    for family in text_string_to_metric_families(scene.house.metrics_page()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels}
        found[name] = (family.type, labels)
        assert family.documentation in DOCS.read_text()
    assert found.keys() == described.keys()
    for name, (kind, labels) in found.items():
        assert kind == described[name][0], name
        assert labels in (set(), described[name][1]), name


def test_every_label_has_a_value_of_its_closed_set(scene: Scene) -> None:
    categories = {"", "homework-ban", *load_catalog().categories}
    rows = {f"A{number}" for number in range(1, 13)} | {"C"}
    upstream_outcomes = {"answered", "timeout", "misfit", "tcp", "failed"}
    outcomes = {"memo", "cached", "forwarded", "blocked", "local", "malformed", "refused"}
    outcomes |= {"limited", "dropped", "failed", *upstream_outcomes}
    allowed: dict[str, set[str]] = {
        "transport": {"udp", "tcp"},
        "outcome": outcomes,
        "row": rows,
        "category": categories,
        "upstream": {scene.upstream},
        "worker": {"0"},
        "result": {"applied", "refused"},
        "kind": set(Kind),
        "state": {*ClockState, *State},
    }
    for family in text_string_to_metric_families(scene.house.metrics_page()):
        for sample in family.samples:
            for label, value in sample.labels.items():
                if label not in ("version", "digest"):
                    assert value in allowed[label], sample


def test_no_site_person_or_device_is_on_the_page(scene: Scene) -> None:
    asks(MIA, "www.childline.org.uk")(scene.house)
    asks(MIA, "www.bet365.com")(scene.house)
    scene.counts()
    page = scene.house.metrics_page()
    for word in (
        *("bet365", "childline", "example", "printer", "secret"),
        *("mia", "ben", "schmidt", "phone", "console", MIA, BEN, FLOODER, ELSEWHERE),
    ):
        assert word not in page


def test_control_tells_what_is_in_force(scene: Scene) -> None:
    page = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scene.house.metrics_page())
        for sample in family.samples
    }
    status = scene.house.status()
    assert page["filterdns_workers",] == 1
    assert page["filterdns_build_info", status["version"]] == 1
    assert page["filterdns_config_info", status["image"]["digest"]] == 1
    assert page["filterdns_config_version",] == status["image"]["version"]
    assert page["filterdns_config_reloads_total", "applied"] == 1
    assert page["filterdns_index_names",] == status["lists"]["names"]
    for category, entries in status["lists"]["categories"].items():
        assert page["filterdns_blocklist_entries", category] == entries
