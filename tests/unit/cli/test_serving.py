import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from filterdns.cli.main import make_application
from filterdns.cli.serving import become_supervisor, read_wishes

PROGRAM = "from filterdns.cli.main import main; main()"


class _Turned(BaseException):
    """Comes instead of another program in this process."""


@pytest.fixture(autouse=True)
def no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    def turn(*what: Any) -> NoReturn:
        raise _Turned(*what)

    monkeypatch.setattr(os, "execve", turn)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"FILTERDNS_CONFIG": "e.yaml", "FILTERDNS_DIR": "e"},
        {"FILTERDNS_CONFIG": "", "FILTERDNS_DIR": "e:f"},
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        "",
        "--config a.yaml",
        "-c a.yaml -d folder --strict",
        "--config=a.yaml --dir=folder --workers=3",
        "--config a.yaml --config b.yaml --workers 1 --workers 02",
        "--upstream 192.0.2.1 --upstream=[2001:db8::1]:53 --test-clock clock",
    ],
)
def test_typer_would_read_the_same(
    line: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    wishes = read_wishes(line.split(), os.environ)
    assert wishes is not None
    with pytest.raises(_Turned) as here:
        become_supervisor(wishes)
    with pytest.raises(_Turned) as there:
        make_application(["serve"])(["serve", *line.split()], standalone_mode=False)
    assert here.value.args == there.value.args


@pytest.mark.parametrize(
    "line",
    [
        "--help", "--check", "--strict=yes", "--config", "--config --strict", "--workers 0",
        "--workers two", "--workers=", "-ca.yaml", "-c=a.yaml", "a.yaml", "--conf a.yaml", "--",
        "--strict=--strict", f"--workers {'9' * 5000}",
    ],
)  # fmt: skip
def test_what_is_not_usual_is_left_to_typer(line: str) -> None:
    assert read_wishes(line.split(), {}) is None


def test_serve_turns_without_typer(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-c", PROGRAM, "serve"]
    command += ["--config", str(tmp_path / "missing.yaml"), "--dir", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "filterdns.cli.serving" in loaded
    assert not {"typer", "pydantic", "rich", "http.client", "asyncio"} & loaded
