"""Sealed lists end to end: no way to disarm one works, and its names are in no file or output."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.house import (
    PROGRAM,
    House,
    config_file,
    config_head,
    directory,
)
from tests.support.peers import Endpoint, free_port, running
from tests.support.plain_client import Ask, Heard, ask_all
from tests.support.sealing import digest, numbered, sealed_text
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
MIA, ADA, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.77"
CLIENTS = (MIA, ADA, STRANGER)
COUNT = 1_000
NAMES = numbered(COUNT)
SEALED = "categories: {illegal: {sources: ['file:illegal.sha256'], sealed: true}}"
CONFIG = f"""\
timezone: Europe/Berlin
{SEALED}
policies:
  child: {{block: [games.example]}}
  parent: {{}}
people:
  mia: {{policy: child, devices: [{{name: phone, ip: {MIA}}}]}}
  ada: {{policy: parent, devices: [{{name: laptop, ip: {ADA}}}]}}
unknown_devices: {{policy: child}}
"""


class Home(NamedTuple):
    """A folder with a config and the state of a filter, which listens at the same place always."""

    folder: Path
    server: Endpoint
    metrics: Endpoint
    upstream: Endpoint

    @property
    def source(self) -> Path:
        """The sealed list as it is published."""
        return self.folder / "illegal.sha256"

    @property
    def state(self) -> Path:
        """All that the filter writes."""
        return directory(self.folder)

    def write(self, body: str, text: str | None) -> None:
        """Write the config, and the list; None removes it."""
        config_file(self.folder).write_text(config_head(self.server, self.metrics) + body)
        self.source.unlink(missing_ok=True)
        if text is not None:
            self.source.write_text(text)

    @contextmanager
    def serving(self) -> Iterator[House]:
        """Run the filter until the block ends."""
        files = ("--config", str(config_file(self.folder)), "--dir", str(self.state))
        command = [str(PROGRAM), "serve", *files, "--upstream", str(self.upstream)]
        with running(command, self.server, self.folder / "filterdns.log") as process:
            house = House(process, self.server, self.metrics, self.folder)
            try:
                yield house
            finally:
                if process.poll() is None:
                    house.stop()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose list has been armed once, and whose filter is stopped."""
    with ScriptedUpstream(answer_with(OPEN)) as scripted:
        upstream = Endpoint(scripted.host, scripted.port)
        server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
        home = Home(tmp_path_factory.mktemp("sealed"), server, metrics, upstream)
        home.write(CONFIG, sealed_text(NAMES))
        with home.serving() as house:
            assert house.cli("lists", "build", seconds=200).code == 0
            assert_sealed(house, "armed")
        yield home


def assert_sealed(house: House, when: str) -> None:
    """Assert that for everybody names of the list are blocked, and others are open."""
    asks = [Ask(client, name) for client in CLIENTS for name in (NAMES[0], f"www.{NAMES[-1]}")]
    for ask, heard in zip(asks, ask_all(house.server, asks), strict=True):
        assert heard is not None, f"{when}: {ask}"
        assert heard.reason == "Blocked by this filter", f"{when}: {ask} {heard}"
    (heard,) = ask_all(house.server, [Ask(MIA, "www.news.example")])
    assert heard == Heard("NOERROR", (OPEN,), ()), when


class Way(NamedTuple):
    """A way to disarm: the config and the list that somebody writes, None if they remove it."""

    config: str
    text: str | None = sealed_text(NAMES)
    is_dropped: bool = False


ALLOWED = f"allow: [{NAMES[0]}, {NAMES[-1]}, www.{NAMES[-1]}]"
WAYS = {
    "no source": Way(CONFIG.replace("'file:illegal.sha256'", ""), is_dropped=True),
    "no category": Way(CONFIG.replace(SEALED, ""), is_dropped=True),
    "sealed: false": Way(CONFIG.replace("sealed: true", "sealed: false"), is_dropped=True),
    "an empty file": Way(CONFIG, ""),
    "a garbage file": Way(CONFIG, "garbage\n" * COUNT),
    "the file removed": Way(CONFIG, None),
    "a shrunk file": Way(CONFIG, sealed_text(NAMES[1 : COUNT // 2 - 1])),
    "other digests": Way(CONFIG, sealed_text(numbered(COUNT, first=5_000))),
    "allow of a policy": Way(CONFIG.replace("parent: {}", f"parent: {{{ALLOWED}}}")),
    "allow of a person": Way(CONFIG.replace("policy: parent,", f"policy: parent, {ALLOWED},")),
    "hosts": Way(CONFIG + f"hosts: {{{NAMES[0]}: 192.0.2.1, www.{NAMES[-1]}: 192.0.2.1}}\n"),
    "essentials": Way(CONFIG + f"essentials: [{NAMES[0]}, {NAMES[-1]}]\n"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_restart_and_no_reload_disarms_a_list(home: Home, way: Way) -> None:
    home.write(way.config, way.text)
    with home.serving() as house:
        assert_sealed(house, "at once after the start")
        house.cli("lists", "build", seconds=200)
        assert_sealed(house, "after a build")
        if way.is_dropped:
            assert "the config has dropped a sealed list" in house.status()["degraded"]
            assert house.metric("filterdns_degraded") == 1
        home.write(CONFIG, sealed_text(NAMES))
        assert house.reload().code == 0
        assert house.status()["degraded"] == ""
        home.write(way.config, way.text)
        before = house.status()["last_reload"]["at"]
        house.process.send_signal(signal.SIGHUP)
        house.wait_until(lambda: house.status()["last_reload"]["at"] != before, "the reload")
        assert_sealed(house, "after a reload")
        house.cli("lists", "build", seconds=200)
        assert_sealed(house, "after a reload and a build")
        if way.is_dropped:
            assert "the config has dropped a sealed list" in house.status()["degraded"]


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_no_decision_disarms_a_list(home: Home, decision: str) -> None:
    home.write(CONFIG, sealed_text(NAMES[:10]))
    with home.serving() as house:
        house.cli("lists", "build", seconds=200)
        for names in ((), (NAMES[0],)):
            said = house.cli("lists", decision, "illegal", "file:illegal.sha256", *names)
            assert said.code != 0
            assert "sealed list" in said.stderr
        assert_sealed(house, decision)


def test_a_removed_file_of_the_state_comes_back_while_the_program_runs(home: Home) -> None:
    home.write(CONFIG, sealed_text(NAMES))
    with home.serving() as house:
        house.cli("lists", "build", seconds=200)
        (path,) = (home.state / "state" / "lists" / "sealed").iterdir()
        path.unlink()
        house.wait_until(path.exists, "the file")
        path.unlink()
        home.write(CONFIG.replace(SEALED, ""), None)
        assert house.reload().code == 0
        assert_sealed(house, "after a reload")


def test_neither_names_nor_digests_are_in_any_file_or_output(home: Home) -> None:
    home.write(CONFIG, sealed_text(NAMES))
    outputs = []
    with home.serving() as house:
        house.cli("lists", "build", seconds=200)
        before = hits(house)
        for client in CLIENTS:
            replies = house.dig_all(NAMES, client=client)
            assert all(reply.is_blocked for reply in replies)
        house.wait_until(lambda: hits(house) - before == COUNT * len(CLIENTS), "the hits")
        assert house.log_rows() == []
        assert house.dig(NAMES[0], "DS").is_blocked
        assert house.dig(NAMES[0], "DNSKEY").is_blocked
        explained = house.cli("explain", "mia", NAMES[1]).stdout
        who = house.cli("lists", "who", NAMES[1]).stdout
        # Whoever asks about a name is told that name, and nothing else.
        outputs += [text.replace(NAMES[1], "") for text in (explained, who)]
        assert "a sealed list" in explained
        assert "a sealed list" in who
        for command in (["status"], ["status", "--json"], ["lists", "status"], ["log"]):
            outputs.append(house.cli(*command).stdout)
        outputs.append(house.cli("lists", "status", "--json").stdout)
        outputs.append(house.metrics_page())
        home.write(CONFIG.replace("sealed: true", "sealed: false"), sealed_text(NAMES))
        outputs.append(house.reload().stdout)
        house.cli("lists", "build", seconds=200)
        outputs.append(house.cli("lists", "status", "--json").stdout)
        live = [path.read_bytes() for path in files_below(home.state)]
    outputs.append(house.log_text())
    stopped = [path.read_bytes() for path in files_below(home.state)]
    assert any(data.startswith(b"FDNSSEAL") for data in stopped)
    for data in (*live, *stopped, *(text.encode() for text in outputs)):
        assert_holds_no_name(data)


def hits(house: House) -> float:
    return house.metric("filterdns_sealed_hits_total")


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def assert_holds_no_name(data: bytes) -> None:
    """Assert that *data* has no name of the list as text or on the wire, and no digest of one."""
    assert b"sealed-names" not in data.lower()
    in_hex = set(re.findall(rb"[0-9a-f]{64}", data.lower()))
    for name in NAMES:
        assert digest(name).hex().encode() not in in_hex
        assert digest(name) not in data
