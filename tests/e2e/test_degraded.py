"""Bad files at the start: the last good config answers, everything says so, a reload ends it."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.house import (
    PROGRAM,
    House,
    Said,
    config_file,
    config_head,
    descendants,
    directory,
)
from tests.support.peers import Endpoint, free_port, running
from tests.support.plain_client import Heard, ask
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

OPEN = "192.0.2.99"
MIA = "127.0.0.2"
BLOCKED = "games.example"
LISTED = "casino.example"

CONFIG = """\
timezone: Europe/Berlin
include: people.yaml
categories: {gambling: {sources: ["file:list.txt"]}}
policies:
  child:
    block: [gambling, games.example, !env HIDDEN_NAME]
"""
PEOPLE = "people: {mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}}\n"


class Home(NamedTuple):
    """A folder with a config, lists and the state of a filter that ran well, and is stopped."""

    folder: Path
    server: Endpoint
    metrics: Endpoint
    upstream: Endpoint

    def command(self, *options: str) -> list[str]:
        """Return what starts the filter on the files as they are."""
        upstream = ("--upstream", str(self.upstream))
        files = ("--config", str(config_file(self.folder)), "--dir", str(directory(self.folder)))
        return [str(PROGRAM), "serve", *files, *upstream, *options]

    def config(self) -> str:
        """Return the config that is right."""
        return config_head(self.server, self.metrics) + CONFIG

    def mend(self) -> None:
        """Make all files right."""
        config_file(self.folder).write_text(self.config())
        (self.folder / "people.yaml").write_text(PEOPLE)
        (self.folder / "list.txt").write_text(f"{LISTED}\n")
        os.environ["HIDDEN_NAME"] = "hidden.example"

    @contextmanager
    def answering(self, *options: str) -> Iterator[House]:
        """Run the filter until the block ends, which begins with its first answer."""
        log = self.folder / "filterdns.log"
        with running(self.command(*options), self.server, log) as process:
            yield House(process, self.server, self.metrics, self.folder)

    @contextmanager
    def serving(self, *options: str) -> Iterator[House]:
        """Run the filter until the block ends, which begins when it has looked at the lists."""
        with self.answering(*options) as house:
            house.wait_until(lambda: bool(house.lists()["sources"]), "the lists")
            yield house

    def start(self, *options: str) -> Said:
        """Try to start the filter where it has to refuse."""
        done = subprocess.run(
            self.command(*options), capture_output=True, text=True, timeout=60, check=False
        )
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with ScriptedUpstream(answer_with(OPEN)) as scripted:
        upstream = Endpoint(scripted.host, scripted.port)
        server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
        home = Home(tmp_path_factory.mktemp("degraded"), server, metrics, upstream)
        home.mend()
        with home.answering() as house:
            built = house.cli("lists", "build")  # all of them, and in force when it ends
            assert built.code == 0, built
            house.wait_until((directory(home.folder) / "state" / "last-good").exists, "the copy")
        yield home
        os.environ.pop("HIDDEN_NAME", None)


@pytest.fixture
def home(stopped: Home) -> Iterator[Home]:
    yield stopped
    stopped.mend()


def no_yaml(home: Home) -> None:
    config_file(home.folder).write_text(home.config() + "people: [\n")


def no_config(home: Home) -> None:
    config_file(home.folder).unlink()


def no_include(home: Home) -> None:
    (home.folder / "people.yaml").unlink()


def no_variable(_: Home) -> None:
    del os.environ["HIDDEN_NAME"]


def no_list(home: Home) -> None:
    (home.folder / "list.txt").unlink()


def several_mistakes(home: Home) -> None:
    text = home.config().replace("gambling, games", "gamblin, games") + "peple: {}\n"
    config_file(home.folder).write_text(text)


def asked(house: House, name: str) -> Heard:
    return ask(house.server, MIA, name)


@pytest.mark.parametrize(
    ("spoil", "problems"),
    [
        (no_yaml, ["config.yaml:10:1 "]),
        (no_config, ["config.yaml cannot be read: No such file or directory"]),
        (no_include, ['config.yaml:4:10 include: "people.yaml" cannot be read']),
        (no_variable, ['the environment variable "HIDDEN_NAME" is not set']),
        (no_list, ['the list "list.txt" does not exist']),
        (several_mistakes, ['"gamblin" is neither a name nor a category', '"peple"']),
    ],
)
def test_whatever_is_wrong_with_the_files_the_old_rules_answer_and_everything_says_so(
    home: Home, spoil: Callable[[Home], None], problems: list[str]
) -> None:
    spoil(home)
    with home.answering() as house:  # from the first answer on
        assert asked(house, BLOCKED).is_blocked
        assert asked(house, LISTED).is_blocked
        assert asked(house, "hidden.example").is_blocked
        assert asked(house, "library.example").addresses == (OPEN,)
        house.wait_until(lambda: bool(house.lists()["sources"]), "the lists")
        assert asked(house, LISTED).is_blocked
        explained = house.cli("explain", "mia", BLOCKED).stdout
        assert "config.yaml:8:23" in explained
        said = house.log_text()
        for problem in problems:
            assert problem in said
        assert "the config cannot be used: the old one of " in said
        assert f"  degraded    {config_file(home.folder)} cannot be used, the old config of" in said
        status = house.cli("status")
        assert status.code == 1
        assert "cannot be used, the old config of" in status.stdout
        assert house.metric("filterdns_degraded") == 1


def test_strict_refuses_to_start_from_the_old_config(home: Home) -> None:
    several_mistakes(home)
    said = home.start("--strict")
    assert said.code == 2
    assert '"gamblin" is neither a name nor a category' in said.stderr
    assert "old one" not in said.stderr


def test_a_wrong_command_line_is_no_reason_to_start_from_the_old_config(home: Home) -> None:
    said = home.start("--upstream", "nowhere")
    assert said.code == 2
    assert '--upstream "nowhere" is a name' in said.stderr


def test_a_damaged_copy_is_not_used(home: Home) -> None:
    no_yaml(home)
    copy = directory(home.folder) / "state" / "last-good"
    whole = copy.read_bytes()
    try:
        copy.write_bytes(whole.replace(b"child", b"adult"))
        said = home.start()
    finally:
        copy.write_bytes(whole)
    assert said.code == 2
    assert "it is damaged: the checksum is another one" in said.stderr
    assert "config.yaml:10:1 " in said.stderr


def test_a_reload_of_mended_files_ends_it(home: Home) -> None:
    several_mistakes(home)
    with home.serving() as house:
        assert house.reload().code == 2
        assert "the old config of" in house.status()["degraded"]
        home.mend()
        (home.folder / "people.yaml").write_text(
            PEOPLE.replace("mia: {", "mia: {block: [new.example], ")
        )
        house.process.send_signal(signal.SIGHUP)
        house.wait_until(lambda: asked(house, "new.example").is_blocked, "the new config")
        house.wait_until(lambda: house.status()["degraded"] == "", "the end of it")
        assert house.metric("filterdns_degraded") == 0
        assert house.status()["degraded"] == ""
        home.mend()
        assert house.reload().code == 0


def test_what_needs_a_restart_is_refused_against_what_is_in_force(home: Home) -> None:
    no_yaml(home)
    with home.serving() as house:
        other = home._replace(server=Endpoint("127.0.0.1", free_port()))
        config_file(home.folder).write_text(other.config())
        said = house.reload()
        assert said.code == 2
        assert "listen.dns: this changes only with a restart" in said.stderr
        assert "the old config of" in house.status()["degraded"]


def bad_include(home: Home) -> None:
    (home.folder / "people.yaml").write_text("people: 7\n")


def another_address(home: Home) -> None:
    other = home._replace(server=Endpoint("127.0.0.1", free_port()))
    config_file(home.folder).write_text(other.config().replace("games.example", "play.example"))


@pytest.mark.parametrize(
    ("spoil", "options", "problem"),
    [
        (no_yaml, [], "config.yaml:10:1 "),
        (bad_include, ["--strict"], 'people: "7" stands where keys are expected'),
        (another_address, [], "listen.dns: this changes only with a restart"),
    ],
)
def test_a_control_process_that_dies_meanwhile_comes_back_with_the_old_config(
    home: Home, spoil: Callable[[Home], None], options: list[str], problem: str
) -> None:
    with home.serving(*options) as house:
        workers = [worker["pid"] for worker in house.status()["workers"]]
        spoil(home)
        before = control_pid(house)
        os.kill(before, signal.SIGKILL)

        def is_back() -> bool:
            assert asked(house, BLOCKED).is_blocked
            assert asked(house, "library.example").addresses == (OPEN,)
            return "the old config of" in house.status()["degraded"]

        house.wait_until(is_back, "a control process that tells of it", seconds=60)
        assert problem in house.status()["degraded"]
        assert control_pid(house) != before
        assert [worker["pid"] for worker in house.status()["workers"]] == workers
        assert "config.yaml:8:23" in house.cli("explain", "mia", BLOCKED).stdout
        home.mend()
        assert house.reload().code == 0
        assert house.status()["degraded"] == ""


def control_pid(house: House) -> int:
    [pid] = [
        pid
        for pid in descendants(house.process.pid)
        if b"filterdns.app" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    ]
    return pid
