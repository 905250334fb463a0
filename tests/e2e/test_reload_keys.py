"""Every key of the config takes effect at a reload, or the reload is refused in words."""

import itertools
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from filterdns.config.model import Document, LimitsSection
from filterdns.devices.leases import LOOK_SECONDS
from filterdns.dns.codes import EDNS_MAC
from tests.support.house import House, config_file, open_house
from tests.support.messages import query_bytes
from tests.support.plain_client import Ask, Heard, ask, ask_all
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

MIA: Final = "127.0.0.2"
NOBODY: Final = "127.0.0.77"
ROUTER: Final = "127.0.0.78"
LENT: Final = "192.168.1.20"
ADA: Final = "3c:22:fb:00:00:01"
OPEN: Final = "192.0.2.99"
OTHER: Final = "192.0.2.100"
NOW: Final = "2026-03-05 20:00:00"

CONFIG: Final = f"""\
timezone: Europe/Berlin
lease_files: []
schedules:
  bedtime: {{daily: "20:30-06:30", holidays: "19:00-06:30"}}
  always: {{daily: always}}
policies:
  child: {{block: [games.example, gambling], during: {{bedtime: {{internet: "off"}}}}}}
  strict: {{extends: child, block: [news.example]}}
  adults: {{}}
people:
  mia: {{policy: child, devices: [{{name: phone, ip: 127.0.0.2}}]}}
  ada: {{policy: adults, devices: [{{name: laptop, mac: "{ADA}"}}]}}
"""

fresh = itertools.count(1)


def heard(house: House, name: str, client: str = MIA) -> Heard:
    return ask(house.server, client, name)


def is_blocked(name: str) -> Callable[[House], bool]:
    return lambda house: heard(house, name).is_blocked


def is_open(name: str, client: str = MIA) -> Callable[[House], bool]:
    return lambda house: heard(house, name, client).addresses == (OPEN,)


def has_address(name: str, address: str) -> Callable[[House], bool]:
    return lambda house: heard(house, name).addresses == (address,)


def router_is_believed(house: House) -> bool:
    """Whether the router may say that it asks for the laptop, which may see all."""
    mark = (EDNS_MAC, bytes.fromhex(ADA.replace(":", "")))
    return ask(house.server, ROUTER, "games.example", "A", mark).addresses == (OPEN,)


def lease_counts(house: House) -> bool:
    """Whether the laptop becomes known by the address that is lent to it: none on the loopback."""
    looked_after = time.monotonic() + 5 * LOOK_SECONDS
    while time.monotonic() < looked_after:
        if house.control.get("/api/explain", who=LENT, name="games.example")["person"] == "ada":
            return True
        time.sleep(0.05)  # between two looks
    return False


def other_upstream_answers(house: House) -> bool:
    return heard(house, f"n{next(fresh)}.library.example").addresses == (OTHER,)


def old_rows_are_gone(house: House) -> bool:
    """Whether what was blocked two hours ago is in no log any more."""
    assert heard(house, "games.example").is_blocked
    assert house.log_rows("mia")
    house.set_time("2026-03-05 22:00:00")
    try:
        return not [row for row in house.log_rows("mia") if row["name"] == "games.example"]
    finally:
        house.set_time(NOW)


def answers_at_once(house: House, count: int) -> int:
    """Return how many of *count* questions somebody new gets answers to."""
    client = f"127.0.3.{next(fresh)}"
    asks = [Ask(client, "library.example")] * count
    return sum(each is not None for each in ask_all(house.server, asks, seconds=2))


def slots_are_few(house: House) -> bool:
    for _ in range(20):
        heard(house, "library.example", f"127.0.4.{next(fresh)}")
    house.control.get("/api/log")
    return house.metric('filterdns_client_slots{worker="0"}') <= 3


def second_connection_is_refused(house: House) -> bool:
    client = f"127.0.5.{next(fresh)}"
    with tcp(house, client) as first:
        assert is_answered(first)
        with tcp(house, client) as second:
            return not is_answered(second)


def connection_ends_within_4_s(house: House) -> bool:
    with tcp(house, MIA) as one:
        assert is_answered(one)
        one.settimeout(4)
        try:
            return one.recv(1) == b""
        except TimeoutError:
            return False


def tcp(house: House, client: str) -> socket.socket:
    return socket.create_connection(house.server, 5, (client, 0))


def is_answered(one: socket.socket) -> bool:
    wire = query_bytes("library.example")
    try:
        one.sendall(len(wire).to_bytes(2) + wire)
        with one.makefile("rb") as answers:
            length = int.from_bytes(answers.read(2))
            return length > 0 and len(answers.read(length)) == length
    except ConnectionError:
        return False


class Row(NamedTuple):
    """A key, the config with another value of it, and what can then be seen and before cannot."""

    key: str
    config: str
    shows: Callable[[House], bool]


def limit(text: str) -> str:
    return f"{CONFIG}limits: {{{text}}}\n"


ROWS: Final = [
    Row("timezone", CONFIG.replace("Europe/Berlin", "Asia/Tokyo"), is_blocked("library.example")),
    Row("include", f"{CONFIG}include: more.yaml\n", has_address("more.home", "192.0.2.7")),
    Row(
        "allow_clients",
        f"{CONFIG}allow_clients: [127.0.0.9/32]\n",
        lambda house: heard(house, "library.example").status == "REFUSED",
    ),
    Row("trusted_forwarders", f"{CONFIG}trusted_forwarders: {ROUTER}\n", router_is_believed),
    Row("lease_files", CONFIG.replace("files: []", "files: leases"), lease_counts),
    Row("upstreams", CONFIG, other_upstream_answers),
    Row(
        "hosts",
        f"{CONFIG}hosts: {{printer.home: 192.0.2.8}}\n",
        has_address("printer.home", "192.0.2.8"),
    ),
    Row(
        "categories",
        f"{CONFIG}categories: {{gambling: {{names: [chips.example]}}}}\n",
        is_blocked("chips.example"),
    ),
    Row(
        "categories",
        f"{CONFIG}categories: {{gambling: {{sources: ['file:list.txt']}}}}\n",
        is_blocked("listed.example"),
    ),
    Row(
        "refresh",
        f"{CONFIG}refresh: {{popularity: 'file:list.txt'}}\n",
        lambda house: house.lists()["measured"]["popular"] > 0,
    ),
    Row("essentials", f"{CONFIG}essentials: [games.example]\n", is_open("games.example")),
    Row("schedules", CONFIG.replace("20:30", "19:30"), is_blocked("library.example")),
    Row(
        "calendar",
        f"{CONFIG}calendar: {{holidays: ['2026-03-05..2026-03-06']}}\n",
        is_blocked("library.example"),
    ),
    Row("policies", CONFIG.replace("[games", "[chat.example, games"), is_blocked("chat.example")),
    Row(
        "people",
        CONFIG.replace("{policy: child, dev", "{policy: child, allow: [games.example], dev"),
        is_open("games.example"),
    ),
    Row(
        "groups",
        f"{CONFIG}groups: {{room: {{networks: [127.0.0.0/24],"
        " during: {always: {allow-only: [school.example]}}}}\n",
        is_blocked("library.example"),
    ),
    Row(
        "unknown_devices",
        f"{CONFIG}unknown_devices: {{policy: child}}\n",
        is_open("news.example", NOBODY),
    ),
    Row("history", f"{CONFIG}history: {{keep: 1h}}\n", old_rows_are_gone),
    Row(
        "limits",
        limit("queries_per_second: 1, burst: 5"),
        lambda house: answers_at_once(house, 60) < 30,
    ),
    Row("limits", limit("client_slots: 3"), slots_are_few),
    Row("limits", limit("tcp_connections_per_client: 1"), second_connection_is_refused),
    Row("limits", limit("tcp_idle: 1s"), connection_ends_within_4_s),
    Row("limits", limit("tcp_total: 2s"), connection_ends_within_4_s),
]
REFUSED: Final = {"listen", "metrics", "expect"}
MEANS_NOTHING_ELSE: Final = {"version"}


@pytest.fixture(scope="module")
def upstreams() -> Iterator[tuple[str, str]]:
    with (
        ScriptedUpstream(answer_with(OPEN)) as one,
        ScriptedUpstream(answer_with(OTHER)) as other,
    ):
        yield f"{one.host}:{one.port}", f"{other.host}:{other.port}"


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[str, str]
) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("keys")
    (folder / "list.txt").write_text("listed.example\n")
    (folder / "leases").write_text(f"0 {ADA} {LENT} laptop *\n")
    (folder / "more.yaml").write_text("hosts: {more.home: 192.0.2.7}\n")
    with open_house(folder, asking(upstreams[0])) as house:
        house.set_time(NOW)
        yield house


@pytest.fixture
def house(started: House, upstreams: tuple[str, str]) -> Iterator[House]:
    yield started
    started.write_config(asking(upstreams[0]))
    assert started.reload().code == 0


def asking(upstream: str, config: str = CONFIG) -> str:
    return f'{config}upstreams: {{servers: ["{upstream}"]}}\n'


def test_every_key_has_a_row_or_is_refused() -> None:
    keys = {field.alias or name for name, field in Document.model_fields.items()}
    assert {row.key for row in ROWS} | REFUSED | MEANS_NOTHING_ELSE == keys
    assert set(LimitsSection.model_fields) > {"burst", "client_slots", "tcp_connections"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_key_takes_effect_at_a_reload(house: House, upstreams: tuple[str, str], row: Row) -> None:
    assert not row.shows(house)
    house.write_config(asking(upstreams[row.key == "upstreams"], row.config))
    said = house.reload()
    assert said.code == 0, said
    assert row.shows(house)


RESTART: Final = "this changes only with a restart; run `filterdns restart`, or change it back"


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("listen.dns", lambda text: re.sub(r'(dns: .*):\d+"\]', r'\1:5399"]', text)),
        ("listen.workers", lambda text: text.replace('"]}', '"], workers: 2}', 1)),
        ("metrics.listen", lambda text: re.sub(r'(metrics: .*):\d+"', r'\1:9199"', text)),
    ],
)
def test_what_only_a_restart_can_change_is_refused_with_the_cure(
    house: House, key: str, change: Callable[[str], str]
) -> None:
    path = config_file(house.folder)
    text = path.read_text()
    path.write_text(change(text).replace("[games", "[chat.example, games"))
    assert path.read_text() != text
    said = house.reload()
    assert said.code == 2
    [line] = said.stderr.splitlines()
    assert re.fullmatch(
        rf"filterdns: config\.yaml:[12]:\d+ {re.escape(key)}: {re.escape(RESTART)}", line
    )
    assert is_open("chat.example")(house)  # nothing of it is in force


def test_an_expectation_that_does_not_hold_refuses_the_rest(
    house: House, upstreams: tuple[str, str]
) -> None:
    unmet = "expect: [{who: mia, at: 'Fri 12:00', name: library.example, is: blocked}]\n"
    house.write_config(
        asking(upstreams[0], CONFIG.replace("[games", "[chat.example, games") + unmet)
    )
    said = house.reload()
    assert said.code == 2
    assert "library.example on Fri" in said.stderr
    assert is_open("chat.example")(house)
    house.write_config(asking(upstreams[0], CONFIG + unmet.replace("blocked", "allowed")))
    assert house.reload().code == 0
