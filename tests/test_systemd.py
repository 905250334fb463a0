"""The unit is valid, starts what it says, and gives away next to nothing."""

import subprocess
from pathlib import Path

from tests.support.peers import need

FOLDER = Path(__file__).parent.parent / "systemd"
UNIT = FOLDER / "filterdns.service"
PROGRAM = "/usr/bin/filterdns"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [need(str(arguments[0])), *map(str, arguments[1:])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )


def settings() -> dict[str, str]:
    pairs = (line.partition("=") for line in UNIT.read_text().splitlines() if "=" in line)
    return {key: value for key, _, value in pairs if not key.startswith("#")}


def test_systemd_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(PROGRAM, "/bin/true"))
    checked = run("systemd-analyze", "verify", copy)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_the_unit_is_sandboxed() -> None:
    checked = run("systemd-analyze", "security", "--offline=true", "--threshold=16", UNIT)
    assert checked.returncode == 0, checked.stdout


def test_port_53_is_the_only_privilege() -> None:
    unit = settings()
    assert unit["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    assert unit["CapabilityBoundingSet"] == "CAP_NET_BIND_SERVICE"


def test_the_unit_reports_readiness_and_is_watched() -> None:
    unit = settings()
    assert (unit["Type"], unit["NotifyAccess"], unit["Restart"]) == ("notify", "main", "always")
    assert "WatchdogSec" in unit


def test_reload_is_the_verb_of_the_command_line() -> None:
    assert settings()["ExecReload"] == f"{PROGRAM} reload"


def test_the_user_of_the_unit_is_made_by_sysusers(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    made = run("systemd-sysusers", f"--root={tmp_path}", FOLDER / "filterdns.sysusers")
    users = (tmp_path / "etc" / "passwd").read_text()
    assert made.returncode == 0
    assert users.startswith(f"{settings()['User']}:")
