import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.commands import Command

COMMANDS = ["serve", "check", "explain", "log", "reload", "status", "version", "lists"]
PROGRAM = "from filterdns.cli.main import main; main()"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command: Command, name: str) -> None:
    typed = command(name, "--help")
    assert (typed.code, typed.err) == (0, "")
    assert f"filterdns {name}" in typed.out


@pytest.mark.parametrize("group", ["", "lists", "devices", "schedule", "import"])
def test_the_help_of_a_group_tells_each_command_in_a_whole_sentence(
    command: Command, group: str
) -> None:
    typed = command(*group.split(), "--help")
    listed = typed.out.partition("Commands:\n")[2].rstrip()
    commands = re.split(r"\n  (?=\w)", listed.removeprefix("  "))
    assert all(re.fullmatch(r"[\w-]+ +[A-Z].*\w\.", each, re.DOTALL) for each in commands), listed


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Missing command"),
        (["serv"], "No such command 'serv'. Did you mean 'serve'?"),
        (["status", "--jsn"], "No such option: --jsn"),
        (["lists"], "Missing command"),
        (["serve", "--workers", "none"], "'--workers'"),
        (["log", "--limit", "0"], "'--limit'"),
    ],
)
def test_a_mistyped_command_is_one_line_on_stderr(
    command: Command, arguments: list[str], complaint: str
) -> None:
    typed = command(*arguments)
    assert (typed.code, typed.out) == (2, "")
    [line] = typed.err.splitlines()
    assert line.startswith("filterdns: ")
    assert complaint in line
    assert "--help`" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["reload"],
        ["log"],
        ["log", "-f"],
        ["explain", "a", "b.example"],
        ["lists", "build"],
    ],
)
def test_without_a_running_filter_one_line_says_so_and_what_to_do(
    command: Command, tmp_path: Path, arguments: list[str]
) -> None:
    typed = command(*arguments, "--dir", tmp_path)
    assert (typed.code, typed.out) == (1, "")
    [line] = typed.err.splitlines()
    assert f"no filter answers at {tmp_path}/run/control.sock" in line
    assert "filterdns serve" in line


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else for a moment")
def test_a_file_that_this_user_may_not_use_is_one_line_with_a_cure(command: Command) -> None:
    with TemporaryDirectory() as folder:  # one of pytest's may not even be entered
        Path(folder).chmod(0o755)
        state = Path(folder, "state")
        state.mkdir(0o700)
        Path(folder, "config.yaml").write_text("timezone: UTC\n")
        arguments = ["upgrade-check", "--config", f"{folder}/config.yaml", "--dir", folder]
        assert command(*arguments).code == 0  # all is imported then, which nobody may do
        os.seteuid(65_534)
        try:
            typed = command(*arguments)
        finally:
            os.seteuid(0)
    assert (typed.code, typed.out) == (1, "")
    assert typed.err.startswith(f"filterdns: {state}/")
    assert typed.err.endswith(" may not be used by this user; run the command with sudo\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands(shell: str) -> None:
    words = {"bash": {"COMP_WORDS": "filterdns ", "COMP_CWORD": "1"}}
    environment = {
        **os.environ,
        "_FILTERDNS_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "filterdns ",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        **words.get(shell, {}),
    }
    completed = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert all(name in completed.stdout for name in COMMANDS)


def test_a_reader_that_has_had_enough_is_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "version"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
