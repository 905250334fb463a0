import time
from pathlib import Path

import pytest

from filterdns.clock import LOOK_AGAIN_SECONDS, Clock


def test_without_a_file_the_clock_is_the_system_clock() -> None:
    assert Clock().now() == pytest.approx(time.time(), abs=1)


def test_the_offset_of_the_file_moves_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    file.write_text("-86400.5\n")
    assert Clock(file).now() == pytest.approx(time.time() - 86400.5, abs=1)


def test_a_changed_offset_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "offset"
    file.write_text("0")
    clock = Clock(file)
    clock.now()
    file.write_text("3600")
    later = time.monotonic() + LOOK_AGAIN_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert clock.now() == pytest.approx(time.time() + 3600, abs=1)


@pytest.mark.parametrize("content", [b"soon", b"", b"\xff\xfe"])
def test_a_broken_file_leaves_the_offset_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    file = tmp_path / "offset"
    file.write_text("3600")
    clock = Clock(file)
    clock.now()
    file.write_bytes(content)
    later = time.monotonic() + LOOK_AGAIN_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert clock.now() == pytest.approx(time.time() + 3600, abs=1)


def test_a_missing_file_means_no_offset(tmp_path: Path) -> None:
    assert Clock(tmp_path / "none").now() == pytest.approx(time.time(), abs=1)
