"""The first steps work as they are written: the file, the commands, and what they print.

The port is another one than that of the page, the program is started as `make run` does (which
the test of the README types), and it is a Monday afternoon. Then bedtime comes, which the page
only explains.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.home import open_home
from tests.support.house import House, directory
from tests.support.peers import Endpoint, free_port, running
from tests.support.upstream import ScriptedUpstream, answer_with

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-steps.md").read_text()
PROGRAM = Path(sys.executable).with_name("filterdns")
PORT = "5300"
# Presets grow, and their lines move.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?|(?<=presets.yaml:)\d+:\d+")
PLACEHOLDER = "192.0.2.1"

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig"), pytest.mark.timeout(120)]


class Example(NamedTuple):
    """A command of the page, and what it prints there."""

    command: str
    output: str


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def examples(text: str) -> list[Example]:
    parts = [part.partition("\n") for part in text.split("$ ")[1:]]
    return [Example(command, output) for command, _, output in parts]


FILE, ADDITION = blocks("yaml")
START, *STEPS = [examples(block) for block in blocks("console")]


class Home(NamedTuple):
    """The folder of somebody who follows the page, and the filter that was started in it."""

    folder: Path
    house: House

    def write(self, text: str) -> None:
        (self.folder / "home.yaml").write_text(text.replace(PORT, str(self.house.server.port)))

    def type(self, command: str) -> str:
        """Return what *command* prints there."""
        command = command.replace(f"-p {PORT}", f"-p {self.house.server.port}")
        said = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        return said.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("first-steps")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(PROGRAM.parent)
    endpoint = Endpoint("127.0.0.1", free_port())
    (folder / "home.yaml").write_text(FILE.replace(PORT, str(endpoint.port)))
    (folder / "clock").write_text("0")
    with ScriptedUpstream(answer_with(PLACEHOLDER)) as upstream:
        command = [str(PROGRAM), "serve", "--config", str(folder / "home.yaml")]
        command += ["--dir", str(folder / ".filterdns"), "--test-clock", str(folder / "clock")]
        command += ["--upstream", f"127.0.0.1:{upstream.port}"]
        with running(command, endpoint, folder / "filterdns.log") as process:
            directory(folder).symlink_to(folder / ".filterdns")
            home = Home(folder, House(process, endpoint, endpoint, folder))
            home.house.set_time("2026-11-30 17:30:00")
            yield home


def shown_in(text: str) -> list[str]:
    """The lines of *text* without what differs each time; rows of the log come as they come."""
    lines = [MOMENT.sub("…", line).rstrip() for line in text.splitlines() if line.strip()]
    return sorted(lines) if text.startswith("last seen") else lines


def test_the_page_starts_the_filter_as_the_makefile_does() -> None:
    [(command, output)] = START
    assert (command, output) == ("make run CONFIG=home.yaml", "")
    recipe = (ROOT / "Makefile").read_text().split("\nrun:")[1].split("\n\n")[0]
    assert "serve --config $(CONFIG) --dir $(DIR)" in recipe


def test_every_step_prints_what_the_page_shows(home: Home) -> None:
    """In one piece: a step builds upon those before it."""
    before, after = STEPS[:-1], STEPS[-1]
    for example in [example for step in before for example in step]:
        assert shown_in(home.type(example.command)) == shown_in(example.output), example.command
    line = next(line for line in FILE.splitlines() if line.strip() == "policy: 7-11")
    home.write(FILE.replace(f"{line}\n", f"{line}\n{ADDITION}"))
    for example in after:
        assert shown_in(home.type(example.command)) == shown_in(example.output), example.command


@pytest.mark.parametrize(
    ("local", "open_for"),
    [
        ("2026-11-30 19:29:55", {"mia", "ben", "grandma"}),
        ("2026-11-30 19:30:05", {"ben", "grandma"}),
        ("2026-11-30 20:30:05", {"grandma"}),
        ("2026-12-01 06:30:05", {"mia", "ben", "grandma"}),
        ("2026-12-04 20:00:00", {"mia", "ben", "grandma"}),
    ],
)
def test_bedtime_comes_for_each_child_and_never_for_grandma(
    home: Home, local: str, open_for: set[str]
) -> None:
    home.house.set_time(local)
    client_by_person = {"mia": "127.0.0.2", "ben": "127.0.0.5", "grandma": "127.0.0.4"}
    found = {
        person
        for person, client in client_by_person.items()
        if not home.house.dig("wikipedia.org", client=client).is_blocked
    }
    assert found == open_for


def test_homework_closes_games_for_the_children_alone(home: Home) -> None:
    home.house.set_time("2026-12-01 15:00:00")
    replies = {
        client: home.house.dig("www.roblox.com", client=client)
        for client in ("127.0.0.2", "127.0.0.3", "127.0.0.4")
    }
    assert replies["127.0.0.2"].reason == replies["127.0.0.3"].reason
    assert replies["127.0.0.2"].reason == "Homework until 16:00: games"
    assert not replies["127.0.0.4"].is_blocked


@pytest.mark.peer("ip", "dig", "nsd")
def test_the_same_home_knows_its_devices_by_their_cards(tmp_path: Path) -> None:
    """Step 5: real cards on a switch, whatever address they have."""
    mac_of_page = "3c:22:fb:01:02:03"
    assert f'devices: [{{name: tablet, mac: "{mac_of_page}"}}]' in PAGE
    mac_by_ip = {"127.0.0.2": mac_of_page, "127.0.0.3": "3c:22:fb:01:02:04"}
    mac_by_ip |= {"127.0.0.5": "3c:22:fb:01:02:05", "127.0.0.4": "3c:22:fb:01:02:06"}
    config = re.sub(r"^listen:.*\n", "", FILE, flags=re.MULTILINE)
    for ip, mac in mac_by_ip.items():
        config = config.replace(f"ip: {ip}}}", f'mac: "{mac}"}}')
    with open_home(tmp_path, config, "mia", "grandma") as home:
        for number, (client, ip) in enumerate((("mia", "127.0.0.2"), ("grandma", "127.0.0.4"))):
            home.clients[client].set_mac(mac_by_ip[ip])
            home.clients[client].give(f"10.77.1.{20 + number}/24")
        home.house.wait_until(
            lambda: not home.ask("grandma", "pokerstars.com").is_blocked, "grandma to be known"
        )
        home.house.wait_until(
            lambda: (
                home.ask("mia", "pokerstars.com").is_blocked and bool(home.house.log_rows("mia"))
            ),
            "mia to be known",
        )
        assert not home.ask("mia", "nummergegenkummer.de").is_blocked
        [row] = home.house.log_rows("mia")
        assert (row["device"], row["name"]) == ("tablet", "pokerstars.com")


def test_a_mistake_is_told_with_its_line_and_changes_nothing(home: Home) -> None:
    home.write(FILE.replace("policy: 12-15", "policy: 12-14"))
    said = home.house.cli("reload")
    assert said.code == 2
    assert '"12-14" is not a policy; did you mean "12-15"?' in said.stderr
    assert "home.yaml:16:13" in said.stderr
    home.write(FILE)
    assert home.house.cli("reload").code == 0
