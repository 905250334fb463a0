"""What is typed and told; the restart itself is proved in tests/e2e/test_restart.py."""

from pathlib import Path

from filterdns.control.running import RunningFilter
from tests.support.commands import Command, typed_to


def test_a_refusal_is_told_and_is_no_success(command: Command, tmp_path: Path) -> None:
    def lose_supervisor(running: RunningFilter) -> None:
        running.supervisor.close()

    typed = typed_to(tmp_path, command, "restart", first=lose_supervisor)
    assert typed == (2, "", "filterdns: the main process is gone\n")


def test_where_nothing_runs_nothing_is_restarted(command: Command, tmp_path: Path) -> None:
    typed = command("restart", "--dir", tmp_path)
    assert typed.code == 1
    assert typed.err.startswith("filterdns: no filter answers at ")
