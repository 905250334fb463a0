"""The commands as people, scripts and shells use them: words, JSON, exit codes, completion."""

import json
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from filterdns.cli.main import VERBS
from tests.support.broken_configs import BROKEN_CONFIGS
from tests.support.command import filterdns
from tests.support.house import PROGRAM, House, config_file, open_house
from tests.support.peers import Endpoint
from tests.support.plain_client import ask

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"
COMMANDS = [
    *("serve", "check", "explain", "log", "reload", "status", "version"),
    *("lists build", "lists status", "lists update", "lists lint", "lists review"),
    *("lists accept", "lists reject", "lists who"),
]
NEED_A_FILTER = [
    *("status", "reload", "log", "log --follow", "explain mia a.example"),
    *("lists build", "lists status", "lists update", "lists review", "lists who a.example"),
    *("lists accept drugs x", "lists reject drugs x"),
]

CONFIG = """\
timezone: Europe/Berlin
categories: {drugs: {sources: ["file:drugs.txt"]}}
policies: {child: {block: [gambling, drugs]}, spare: {}}
people: {mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("commands")
    (folder / "drugs.txt").write_text("cannabis.example\nnot a name!\n")
    with open_house(folder, CONFIG, [Endpoint("127.0.0.1", 1)]) as house:
        assert ask(house.server, "127.0.0.2", "www.bet365.com").is_blocked
        house.reload()
        yield house


# JSON.


def documented(what: str) -> set[str]:
    """The keys of an object, as docs/api.md tells them."""
    page = (ROOT / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| (.*?) \| (.*) \|$", page, re.MULTILINE)
    [row] = [row for objects, row in rows if what == objects or what in objects.split(", ")]
    return set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", row).partition(";")[0]))


def answered(house: House, *arguments: str) -> dict[str, Any]:
    """The JSON object that a command prints."""
    said = house.cli(*arguments, "--json")
    assert (said.code, said.stderr) == (0, ""), said
    [line] = said.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("status", "status"),
        ("reload", "reload"),
        ("version", "version"),
        ("explain mia www.bet365.com", "explain"),
        ("explain unknown example.com --at 21:15 --type AAAA", "explain"),
        ("log", "log, one of `rows`"),
        ("lists status", "lists status"),
        ("lists build", "lists build"),
        ("lists update", "lists update"),
        ("lists review", "lists review"),
        ("lists who www.bet365.com", "lists who"),
        ("lists lint drugs.txt", "lists lint"),
    ],
)
def test_a_command_answers_in_json_with_the_documented_keys(
    house: House, command: str, what: str
) -> None:
    assert answered(house, *command.split()).keys() == documented(what)


@pytest.mark.parametrize(
    ("what", "pick"),
    [
        ("`image`", lambda status: status["image"]),
        ("`last_reload`", lambda status: status["last_reload"]),
        ("one of `listening`", lambda status: status["listening"][0]),
        ("one of `workers`", lambda status: status["workers"][0]),
        ("one of `upstreams`", lambda status: status["upstreams"][0]),
        ("`history`", lambda status: status["history"]),
        ("`devices`", lambda status: status["devices"]),
        ("`lists`", lambda status: status["lists"]),
    ],
)
def test_the_parts_of_the_status_have_the_documented_keys(
    house: House, what: str, pick: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    assert pick(house.status()).keys() == documented(what)


def test_each_list_has_the_documented_keys(house: House) -> None:
    sources = answered(house, "lists", "status")["sources"]
    assert {source["name"] for source in sources} >= {"starter", "file:drugs.txt"}
    keys = documented("one of `sources`") | documented("once it was read")
    assert all(source.keys() == keys for source in sources)


def test_what_is_said_of_a_name_has_the_documented_keys(house: House) -> None:
    [found] = answered(house, "lists", "who", "www.cannabis.example")["lists"]
    assert found.keys() == documented("one of its `lists`")
    assert found["lines"] == [{"file": "drugs.txt", "line": 1, "text": "cannabis.example"}]
    measured = answered(house, "lists", "status")["measured"]
    assert measured.keys() == documented("`measured`")


def test_check_answers_in_json_with_the_documented_keys(house: House) -> None:
    said = house.cli("check", str(config_file(house.folder)), "--json")
    assert (said.code, said.stderr) == (0, "")
    found = json.loads(said.stdout)
    assert found.keys() == documented("check")
    assert found["problems"] == []
    assert [each["path"] for each in found["warnings"]] == ["policies.spare"]
    assert found["warnings"][0].keys() == documented("one of both")


def test_check_tells_problems_in_json(tmp_path: Path) -> None:
    broken = next(each for each in BROKEN_CONFIGS if each.name == "a mistyped key")
    said = filterdns("check", broken.write(tmp_path), "--json")
    assert (said.code, said.err) == (2, "")
    problem = json.loads(said.out)["problems"][0]
    assert problem.keys() == documented("one of both")
    assert (problem["file"], problem["line"], problem["column"]) == ("config.yaml", 5, 9)


def test_a_batch_is_answered_with_a_line_of_json_each(house: House) -> None:
    questions = "mia www.bet365.com\nmia example.com AAAA Fri 21:15\n"
    said = house.cli("explain", "--batch", "-", "--json", stdin=questions)
    found = [json.loads(line) for line in said.stdout.splitlines()]
    assert said.code == 0
    assert [each["verdict"] for each in found] == ["blocked", "allowed"]
    assert all(each.keys() == documented("explain") for each in found)


# Words.


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    said = filterdns(*command.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert f"Usage: filterdns {command} [OPTIONS]" in said.out
    assert command == "serve" or "--json" in said.out


def test_the_example_is_right_without_a_word_of_doubt() -> None:
    said = filterdns("check", EXAMPLE)
    assert (said.code, said.out, said.err) == (0, f"{EXAMPLE} is right\n", "")


def test_the_status_tells_people_how_the_filter_does(house: House) -> None:
    said = house.cli("status")
    assert (said.code, said.stderr) == (0, "")
    assert f"listens on  {house.server}" in said.stdout
    assert re.search(r"processes   supervisor \d+; control \d+ for .*; worker", said.stdout)
    assert "1 person, 2 policies" in said.stdout


# Exit codes.


@pytest.mark.parametrize("command", NEED_A_FILTER)
def test_without_a_running_filter_one_line_says_so_with_the_cure(
    tmp_path: Path, command: str
) -> None:
    said = filterdns(*command.split(), "--dir", tmp_path)
    assert (said.code, said.out) == (3 if command == "status" else 1, "")
    [line] = said.err.splitlines()
    assert line == (
        f"filterdns: no filter answers at {tmp_path}/run/control.sock; start it with"
        " `filterdns serve`, or name its folder with --dir"
    )


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("sttus", "No such command 'sttus'. Did you mean 'status'"),
        ("status --jsn", "No such option: --jsn"),
        ("log --limit none", "Invalid value for '--limit'"),
        ("explain mia", "WHO and NAME are needed"),
        ("explain mai example.com", 'nobody is called "mai"; did you mean "mia"?'),
        ("explain mia a..example", "empty label"),
        ("explain mia example.com --at noon", '"noon" is no moment; write it like'),
        ("explain mia example.com --type AAAAA", 'did you mean "AAAA"?'),
        ("log --since yesterday", "write it like 30s, 5m, 1h, 14d"),
        ("check /nonexistent/a.yaml", "/nonexistent/a.yaml cannot be read: No such file"),
    ],
)
def test_a_mistake_in_a_command_is_one_line_on_stderr_and_2(
    house: House, command: str, complaint: str
) -> None:
    said = house.cli(*command.split())
    assert (said.code, said.stdout) == (2, "")
    [line] = said.stderr.splitlines()
    assert complaint in line


def test_what_went_wrong_in_part_is_told_and_1(house: House) -> None:
    said = house.cli("explain", "--batch", "-", stdin="mia example.com\nmai example.com\n")
    assert said.code == 1
    assert "example.com" in said.stdout
    assert said.stderr == 'mai example.com: nobody is called "mai"; did you mean "mia"?\n'


def test_a_list_that_cannot_be_built_is_told_and_1(house: House) -> None:
    drugs = house.folder / "drugs.txt"
    text = drugs.read_text()
    drugs.unlink()
    try:
        said = house.cli("lists", "build")
        assert said.code == 1
        assert "drugs file:drugs.txt: " in said.stderr
        assert house.cli("status").code == 1
        last_good = house.cli("explain", "mia", "cannabis.example", "--json")
        assert json.loads(last_good.stdout)["verdict"] == "blocked"
    finally:
        drugs.write_text(text)
    assert house.cli("lists", "build").code == 0
    assert house.cli("status").code == 0


# On a terminal.


def on_terminal(*arguments: str | Path) -> str:
    """What a command shows on stderr, which is a terminal for it; stdout is none."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(PROGRAM), *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 30
    try:
        while select.select([ours], [], [], deadline - time.monotonic())[0]:
            part = os.read(ours, 65_536)
            if not part:
                break
            shown += part
    except OSError:  # EIO: the other end is closed
        pass
    finally:
        os.close(ours)
        process.wait(30)
    assert process.returncode == 0
    return shown.decode()


def test_a_build_shows_its_progress_on_a_terminal(house: House, tmp_path: Path) -> None:
    here = ("lists", "build", "--config", EXAMPLE, "--dir", tmp_path)
    by_the_filter = ("lists", "build", "--dir", house.folder / "files")
    for command in (here, by_the_filter):
        shown = on_terminal(*command)
        assert "━" in shown
        assert re.search(r"\d+%", shown)


def test_a_build_is_silent_where_nobody_watches(house: House, tmp_path: Path) -> None:
    said = filterdns("lists", "build", "--config", EXAMPLE, "--dir", tmp_path)
    assert (said.code, said.err) == (0, "")
    assert "names in" in said.out
    assert "\x1b" not in said.out
    assert house.cli("lists", "build").stderr == ""


# Completion.


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (
            "",
            {*VERBS},
        ),
        ("sta", {"status"}),
        (
            "lists ",
            {*("build", "status", "update", "lint"), *("review", "accept", "reject", "who")},
        ),
        ("log --f", {"--follow"}),
        ("explain --ba", {"--batch"}),
    ],
)
def test_bash_completes_what_is_typed(typed: str, offered: set[str], tmp_path: Path) -> None:
    script = filterdns("--show-completion", environment={"SHELL": "/bin/bash"})
    assert script.code == 0
    words = ["filterdns", *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    complete = f"""\
{script.out}
COMP_WORDS=({quoted})
COMP_CWORD={len(words) - 1}
function=$(complete -p filterdns | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function {PROGRAM} '{words[-1]}' '{words[-2]}'
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", complete],
        env={**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert set(done.stdout.split()) == offered
