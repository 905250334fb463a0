"""The devices that were seen, over a restart."""

from pathlib import Path

import pytest

from filterdns.control.seen_file import read_seen, write_seen
from filterdns.devices.seen import SeenDevice
from filterdns.errors import StateError

TABLET = SeenDevice(
    mac="3c:22:fb:01:02:03",
    addresses=("192.168.1.20", "fe80::1%eth0"),
    host_name="Mias-iPad",
    maker="Apple, Inc.",
    is_private=False,
    is_router=False,
    first_seen_at=1.5,
    last_seen_at=2.5,
    asked_at=2.0,
)
STRAY = TABLET._replace(mac="", addresses=("10.9.9.9",), asked_at=None)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_seen([TABLET, STRAY], tmp_path / "seen")
    assert read_seen(tmp_path / "seen") == [TABLET, STRAY]
    assert (tmp_path / "seen").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "null\n", '["seen", 2]\n', '["seen", 1]\n[1]\n', '["seen", 1]\nx\n', "[" * 5000]
)
def test_a_damaged_file_is_begun_anew(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "seen").write_text(text)
    assert read_seen(tmp_path / "seen") == []
    assert "are forgotten" in caplog.text


def test_a_missing_file_is_nothing_to_speak_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_seen(tmp_path / "seen") == []
    assert not caplog.text


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be written"):
        write_seen([], tmp_path / "file" / "seen")
