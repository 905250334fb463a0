"""`explain` tells what happens: at random moments, for everybody, it and the live answers agree.

A moment is chosen, the clock is moved there, and fifty names are asked by different people: live,
of the control socket for now and for that moment, and afterwards of the config without a filter.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from filterdns.blocklists.catalog import load_catalog
from filterdns.dns.names import to_text
from tests.support.house import House, config_file, open_house
from tests.support.peers import unbound
from tests.support.plain_client import Ask, Heard, ask_all
from tests.support.starter_names import starter_names

pytestmark = [pytest.mark.untimed, pytest.mark.peer("unbound"), pytest.mark.timeout(300)]

CONFIG = """\
version: 1
timezone: Europe/Berlin
hosts:
  printer.home.arpa: 192.168.1.40
  nas.house.example: [192.168.1.41, "fd00::41"]
categories:
  school: {names: [moodle.school.example, wikipedia.org, khanacademy.org]}
  chat: {names: [chat.example, talk.example]}
essentials: [api.glucose.example]
schedules:
  bedtime: {sun-thu: "20:30-06:30", fri-sat: "22:00-08:00", holidays: "22:30-09:00"}
  homework: {mon-fri: "14:00-15:30, 16:30-18:00", holidays: never, 2026-05-04: always}
  lessons: {mon-fri: "08:00-12:15, 13:15-16:00", holidays: never}
calendar:
  holidays: ["2026-03-30..2026-04-11", "2026-10-24..2026-11-01", "2026-12-21..2027-01-03"]
policies:
  safe:
    block: [adult, gambling, dating, pro-anorexia, self-harm]
    bypass: {doh: block, vpn: block, private-relay: block}
  child:
    extends: safe
    block: [service:tiktok, social, chat, games.example]
    allow: [open.games.example]
    during:
      bedtime: {internet: "off", except: [school, service:spotify]}
      homework: {allow-only: [school, open.games.example]}
  teen:
    extends: safe
    answer: {mode: nxdomain}
    block: [streaming, forum.example]
    allow: [service:vimeo, calm.forum.example]
    during:
      homework: {block: [service:youtube, service:discord]}
      bedtime: {block: [games, service:instagram]}
  guest: {extends: teen, answer: {mode: nodata}, block: [games]}
  adults: {bypass: {doh: block}}
people:
  mia:
    policy: child
    devices: [{name: phone, ip: 127.0.0.2}, {name: tablet, ip: 127.0.12.2}]
    allow: [tiktok.com, chess.chat.example]
    block: [wikipedia.org]
  ben:
    policy: teen
    timezone: America/Denver
    devices: [{name: laptop, ip: 127.0.0.3}]
    schedules: {bedtime: {sun-thu: "21:30-06:30"}, homework: {wed: never}}
    block: [chess.example]
  leo:
    policy: guest
    timezone: Australia/Lord_Howe
    devices: [{name: console, network: 127.0.5.0/24}]
  ada:
    policy: adults
    devices: [{name: laptop, ip: 127.0.0.4}, {name: watch, ip: 127.0.12.4}]
groups:
  room-12:
    networks: [127.0.12.0/24]
    during: {lessons: {allow-only: [school]}, homework: {block: [streaming]}}
unknown_devices: {policy: strictest}
"""

WHO_BY_CLIENT = {
    "127.0.0.2": "mia/phone",
    "127.0.12.2": "mia/tablet",
    "127.0.0.3": "ben",
    "127.0.5.9": "leo",
    "127.0.0.4": "ada/laptop",
    "127.0.12.4": "watch",
    "127.0.0.77": "unknown",
    "127.0.12.77": "127.0.12.77",
}
TYPES = ["A"] * 6 + ["AAAA", "AAAA", "HTTPS", "MX", "TXT", "DS"]

OPEN, OPEN_IPV6 = "192.0.2.99", "2001:db8::99"  # what unbound says of every name
ADDRESSES_BY_MODE = {("zero-ip", "A"): ("0.0.0.0",), ("zero-ip", "AAAA"): ("::",)}

ODD_NAMES = [
    *("localhost", "a.localhost", "x.test", "printer.local", "a.onion", "resolver.arpa"),
    *("printer.home.arpa", "home.arpa", "nas.house.example", "house.example", "b.house.example"),
    *("40.1.168.192.in-addr.arpa", "9.9.10.in-addr.arpa", "api.glucose.example"),
    *("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com", "dns.google"),
    *("games.example", "open.games.example", "a.open.games.example", "b.games.example"),
    *("forum.example", "calm.forum.example", "loud.forum.example"),
    *("chat.example", "chess.chat.example", "go.chess.chat.example", "talk.example"),
    *("chess.example", "wikipedia.org", "de.wikipedia.org", "moodle.school.example"),
    *("tiktok.com", "www.tiktok.com", "tiktokcdn.com", "vimeo.com", "player.vimeo.com"),
    *("pro-ana-blog.example", "thinspo.tumblr.com", "analytics.example", "sussex.example"),
]
MOMENTS = [  # both sides of windows, of DST changes in each zone, of holidays
    *("2026-03-05 19:29", "2026-03-05 19:30", "2026-03-06 05:29", "2026-03-06 05:30"),
    *("2026-03-06 21:00", "2026-03-08 08:59", "2026-03-08 09:01", "2026-03-09 04:30"),
    *("2026-03-29 00:59", "2026-03-29 01:00", "2026-04-04 15:00", "2026-04-10 20:30"),
    *("2026-04-11 18:30", "2026-05-04 10:00", "2026-10-03 15:29", "2026-10-25 00:30"),
    *("2026-10-25 01:30", "2026-11-01 07:30", "2026-11-01 08:30", "2026-12-31 23:30"),
    *("2027-01-03 19:29", "2027-01-03 19:30", "2026-03-09 13:00", "2026-03-09 15:00"),
]


class Moment(NamedTuple):
    """A minute, in Unix seconds."""

    at: int

    @classmethod
    def parsed(cls, utc: str) -> "Moment":
        return cls(int(datetime.fromisoformat(f"{utc}+00:00").timestamp()))

    @property
    def utc(self) -> str:
        return f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%d %H:%M}"


class Draw:
    """Random moments and questions, the same for the same *seed*."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        catalog = load_catalog()
        self._pools: list[Sequence[str]] = [
            [
                to_text(name)
                for category in catalog.categories.values()
                if category.starter is not None
                for name in sorted(starter_names(category.starter))
            ],
            [to_text(name) for service in catalog.services.values() for name in service.names],
            [to_text(lifeline.name) for lifeline in catalog.lifelines],
            [to_text(essential.name) for essential in catalog.essentials],
            ODD_NAMES,
            ODD_NAMES,
            [f"{self._label()}.{top}" for top in ("com", "org", "example") for _ in range(99)],
        ]

    def moments(self, count: int) -> list[Moment]:
        chosen = [Moment.parsed(utc) for utc in self._random.sample(MOMENTS, count // 2)]
        first, last = Moment.parsed("2026-02-01 00:00").at, Moment.parsed("2027-02-01 00:00").at
        chosen += [
            Moment(self._random.randrange(first, last, 60)) for _ in range(count - len(chosen))
        ]
        self._random.shuffle(chosen)
        return chosen

    def asks(self, count: int) -> list[Ask]:
        return [self._ask() for _ in range(count)]

    def _ask(self) -> Ask:
        name = self._random.choice(self._random.choice(self._pools))
        if self._random.random() < 0.3:
            name = f"{self._label()}.{name}"
        client = self._random.choice(list(WHO_BY_CLIENT))
        return Ask(client, name, self._random.choice(TYPES))

    def _label(self) -> str:
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=7))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("explain")
    zones = {".": f"* A {OPEN}\n* AAAA {OPEN_IPV6}"}
    with (
        unbound(folder / "unbound", zones) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        yield house


def test_explain_and_the_live_answers_agree_on_two_thousand_questions(house: House) -> None:
    explained = compare(house, Draw(20260305), moments=40)
    assert len(explained) == 2_000
    # It is no test if only the easy rows are met.
    rows = {"A2", "A3", "A4", "A5", "A7", "A8", "A10", "A11", "A12"}
    assert {each["row"] for each in explained} == rows


@pytest.mark.parametrize("seed", [time.time_ns() % 10**9])  # a failure names it
def test_explain_and_the_live_answers_agree_on_questions_never_asked_before(
    house: House, seed: int
) -> None:
    compare(house, Draw(seed), moments=10)


def compare(house: House, draw: Draw, moments: int) -> list[dict[str, Any]]:
    """Ask 50 questions at each of so many *moments*, compare all answers, return the explained."""
    blocked_before = blocked_by_row(house)
    all_questions: list[dict[str, str]] = []
    explained: list[dict[str, Any]] = []
    for moment in draw.moments(moments):
        asks = draw.asks(50)
        house.set_time(f"{moment.utc}:00", "UTC")
        questions = [question(ask, moment) for ask in asks]
        then = explain(house, questions)
        now = explain(house, [{**question, "at": ""} for question in questions])
        heard = ask_all(house.server, asks)
        for asked, at_moment, at_now, answer in zip(asks, then, now, heard, strict=True):
            assert {**at_now, "at_unix": moment.at} == at_moment, (moment.utc, asked)
            assert answer is not None, (moment.utc, asked)
            assert disagreement(at_moment, answer) == "", (moment.utc, asked, at_moment, answer)
        all_questions += questions
        explained += then
    blocked = Counter(
        (each["row"], each["category"]) for each in explained if each["verdict"] == "blocked"
    )
    assert blocked_by_row(house) - blocked_before == blocked
    offline = explained_offline(house, all_questions)
    assert [without_end(each) for each in offline] == [without_end(each) for each in explained]
    ends = [(each["holds_until_unix"], each["at_unix"]) for each in (*offline, *explained)]
    assert all(end is None or end > at for end, at in ends)
    return explained


def without_end(explained: dict[str, Any]) -> dict[str, Any]:
    """What was *explained*, but for its end: what no window changes for a week is known to hold as
    long as was looked ahead, and the filter may have looked some days ago."""
    return {key: value for key, value in explained.items() if not key.startswith("holds_until")}


def question(ask: Ask, moment: Moment) -> dict[str, str]:
    """The question of *ask*, as it is put to `explain`."""
    who = WHO_BY_CLIENT[ask.client]
    return {"who": who, "name": ask.name, "type": ask.qtype, "at": f"{moment.utc}+00:00"}


def explain(house: House, questions: list[dict[str, str]]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = house.control.post("/api/explain", {"questions": questions})[
        "answers"
    ]
    return answers


def explained_offline(house: House, questions: list[dict[str, str]]) -> list[dict[str, Any]]:
    """What `explain --config` says, which asks no filter."""
    lines = ["{who} {name} {type} {at}\n".format(**question) for question in questions]
    config = str(config_file(house.folder))
    said = house.cli("explain", "--config", config, "--batch", "-", "--json", stdin="".join(lines))
    assert said.code == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def disagreement(explained: dict[str, Any], heard: Heard) -> str:
    """What is wrong with *heard* if *explained* is right; empty if nothing is."""
    if explained["verdict"] == "blocked":
        return _disagreement_on_block(explained, heard)
    if heard.is_blocked or heard.errors:
        return "an allowed name is blocked"
    if explained["row"] in ("A2", "A3"):
        is_open = OPEN in heard.addresses or OPEN_IPV6 in heard.addresses
        return "a name of the house went out" if is_open else ""
    wanted = {"A": (OPEN,), "AAAA": (OPEN_IPV6,)}.get(explained["type"], ())
    return "" if (heard.status, heard.addresses) == ("NOERROR", wanted) else "not what is upstream"


def _disagreement_on_block(explained: dict[str, Any], heard: Heard) -> str:
    if not heard.is_blocked:
        return "a blocked name is open"
    if heard.reason != explained["reason"]:
        return "another reason"
    status = "NXDOMAIN" if explained["answer"] == "nxdomain" else "NOERROR"
    wanted = ADDRESSES_BY_MODE.get((explained["answer"], explained["type"]), ())
    return "" if (heard.status, heard.addresses) == (status, wanted) else "another way of blocking"


def blocked_by_row(house: House) -> Counter[tuple[str, str]]:
    """How many queries each row has blocked so far, by category."""
    house.log_rows()  # has the workers send what they have counted
    return Counter(
        {
            (sample.labels["row"], sample.labels["category"]): int(sample.value)
            for family in text_string_to_metric_families(house.metrics_page())
            for sample in family.samples
            if sample.name == "filterdns_blocked_total"
        }
    )
