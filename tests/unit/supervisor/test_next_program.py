import time
from collections.abc import Callable
from pathlib import Path

import pytest

from filterdns.supervisor.next_program import PATIENCE_SECONDS, Trial, command_of
from tests.support.descriptors import no_free_descriptor

Program = Callable[[str], str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    def write(body: str) -> str:
        path = tmp_path / "filterdns"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    return write


def outcome(trial: Trial, now: float = 0.0) -> list[str]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (found := trial.outcome(now)) is not None:
            return found
        time.sleep(0.01)
    raise AssertionError("no outcome")


def test_the_command_is_the_one_that_serve_was_called_with() -> None:
    environment = {"FILTERDNS_SERVE": '["/usr/bin/filterdns", "serve"]'}
    assert command_of(environment) == ["/usr/bin/filterdns", "serve"]


@pytest.mark.parametrize("environment", [{}, {"FILTERDNS_SERVE": "x"}, {"FILTERDNS_SERVE": "{}"}])
def test_without_one_there_is_no_command(environment: dict[str, str]) -> None:
    assert command_of(environment) == []


def test_a_program_that_would_start_has_no_problem(program: Program) -> None:
    command = [program('[ "$*" = "serve --config x --check" ]'), "serve", "--config", "x"]
    assert outcome(Trial(command, 0.0)) == []


def test_each_line_that_it_says_against_it_is_a_problem(program: Program) -> None:
    trial = Trial([program("echo 'a.yaml:1:1 bad'; echo 'a.yaml:2:1 worse' >&2; exit 2")], 0.0)
    assert outcome(trial) == ["a.yaml:1:1 bad", "a.yaml:2:1 worse"]


def test_of_a_traceback_the_last_line_is_told(program: Program) -> None:
    body = "echo 'Traceback (most recent call last):\n  File x\nImportError: no yaml' >&2; exit 1"
    assert outcome(Trial([program(body)], 0.0)) == ["ImportError: no yaml"]


def test_one_that_says_nothing_is_told_by_its_code(program: Program) -> None:
    command = [program("exit 3")]
    assert outcome(Trial(command, 0.0)) == [f"{command[0]} ended with 3"]


def test_one_that_cannot_be_executed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "filterdns"
    assert outcome(Trial([str(path)], 0.0)) == [
        f"{path} cannot be started: No such file or directory"
    ]


def test_one_that_does_not_end_is_ended(program: Program) -> None:
    trial = Trial([program("exec sleep 60")], 0.0)
    assert trial.outcome(1.0) is None
    [problem] = outcome(trial, PATIENCE_SECONDS + 1)
    assert problem.endswith("does not end its check")


def test_without_a_descriptor_it_is_refused_in_words(program: Program) -> None:
    command = [program("exit 0")]
    with no_free_descriptor():
        trial = Trial(command, 0.0)
    assert outcome(trial) == [f"{command[0]} cannot be started: Too many open files"]
