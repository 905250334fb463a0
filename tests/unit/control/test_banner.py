import asyncio
import re
import sys
from pathlib import Path

import pytest

from filterdns.control.banner import write_banner
from filterdns.control.refresh import build_lists
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from tests.support.control import running_filter


def banner(folder: Path, host: str = "127.0.0.1", port: int = 5300, degraded: str = "") -> str:
    async def run() -> str:
        async with running_filter(folder) as running:
            await build_lists(running)
            running.degraded = degraded
            listening = ((host, port), ("::1", 5300))
            running.supervisor.state = SupervisorState(listening, (), (WorkerProcess(7, True, 0),))
            return write_banner(running)

    return asyncio.run(run())


def test_a_few_lines_say_what_serves_where(tmp_path: Path) -> None:
    text = banner(tmp_path)
    assert len(text.splitlines()) <= 8
    assert all(len(line) <= 80 for line in text.splitlines() if str(tmp_path) not in line)
    assert "listens on  127.0.0.1:5300, [::1]:5300 (UDP and TCP, 1 worker)" in text
    assert "3 people, 2 policies, 1 schedule, 1 group" in text
    assert re.search(r"  lists       [\d,]+ names in \d+ categories\n", text)
    assert "upstreams   127.0.0.1:5353" in text


def test_the_next_command_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    text = banner(tmp_path)
    assert "dig @127.0.0.1 -p 5300 wikipedia.org" in text
    assert f"filterdns explain mia wikipedia.org --dir {tmp_path}" in text


def test_a_command_that_the_shell_finds_is_named_without_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    long = f"{Path(sys.executable).with_name('filterdns')} log"
    assert long in banner(tmp_path) or long.removeprefix(f"{Path.cwd()}/") in banner(tmp_path)
    (tmp_path / "filterdns").symlink_to(Path(sys.executable).with_name("filterdns"))
    assert "  filterdns log --follow" in banner(tmp_path)


def test_an_old_config_in_force_is_not_overlooked(tmp_path: Path) -> None:
    assert "  degraded    the old one is in force\n" in banner(
        tmp_path, degraded="the old one is in force"
    )
    assert "degraded" not in banner(tmp_path)


def test_the_usual_port_is_not_typed(tmp_path: Path) -> None:
    assert "dig @127.0.0.1 wikipedia.org" in banner(tmp_path, port=53)


def test_a_folder_below_the_current_one_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    text = banner(tmp_path)
    assert f"--dir {tmp_path.name}" in text
    assert f"rules       {tmp_path.name}/config.yaml" in text


def test_a_clock_that_is_waited_for_is_told(tmp_path: Path) -> None:
    assert "  clock  " not in banner(tmp_path)
    (tmp_path / "clock").write_text("0 unsynchronised")
    assert "  clock       not known to be right yet: every window of the week" in banner(tmp_path)
