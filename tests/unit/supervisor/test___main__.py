"""`python -m filterdns.supervisor` as `serve` turns into it."""

import resource
import subprocess
import sys
from pathlib import Path


def started(folder: Path, descriptors: int) -> "subprocess.CompletedProcess[str]":
    """Return how it ends with a config that is not there, and so few *descriptors*."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "filterdns.supervisor", "--config", folder / "config.yaml"),
            *("--state", folder / "state", "--run", folder / "run"),
        ],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_its_exit_code_is_that_of_a_control_process_that_cannot_start(tmp_path: Path) -> None:
    said = started(tmp_path, 5000)
    assert said.returncode == 2
    assert "config.yaml" in said.stderr
    assert "LimitNOFILE" not in said.stderr


def test_few_descriptors_are_told(tmp_path: Path) -> None:
    assert "only 500 files and TCP clients may be open" in started(tmp_path, 500).stderr
