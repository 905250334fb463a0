import json
from pathlib import Path

from filterdns.control.running import RunningFilter
from tests.support.commands import Command, typed_to
from tests.support.control import FAMILY


def test_a_reload_that_is_in_force_is_told(command: Command, tmp_path: Path) -> None:
    assert typed_to(tmp_path, command, "reload") == (0, "reloaded\n", "")
    assert json.loads(typed_to(tmp_path, command, "reload", "--json").out) == {"warnings": []}


def test_warnings_are_told(command: Command, tmp_path: Path) -> None:
    body = FAMILY.replace("adults: {}", "adults: {}\n  x: {}")
    typed = typed_to(tmp_path, command, "reload", body=body)
    assert (typed.code, typed.out) == (0, "reloaded\n")
    assert "policies.x: nobody has this policy" in typed.err


def test_a_refused_reload_tells_every_problem(command: Command, tmp_path: Path) -> None:
    def break_config(running: RunningFilter) -> None:
        running.options.config.write_text("people: 7\npolicies: 8\n")

    typed = typed_to(tmp_path, command, "reload", first=break_config)
    assert (typed.code, typed.out) == (2, "")
    assert "config.yaml:1:" in typed.err
    assert "config.yaml:2:" in typed.err
