import os
from pathlib import Path

import pytest

from filterdns.errors import StateError
from filterdns.folders import Folders, find_folders, find_running
from tests.support.disks import full_disk

SYSTEM = Folders(Path("/var/lib/filterdns"), Path("/run/filterdns"))
HOME = {"HOME": "/home/ada"}


def test_a_named_folder_holds_both(tmp_path: Path) -> None:
    expected = Folders(tmp_path / "state", tmp_path / "run")
    assert (
        find_folders(tmp_path, {"STATE_DIRECTORY": "/s", "RUNTIME_DIRECTORY": "/r"}, 0) == expected
    )
    assert find_folders(None, {"FILTERDNS_DIR": str(tmp_path)}, 1000) == expected


def test_a_relative_folder_becomes_absolute() -> None:
    assert find_folders(Path("here"), {}, 1000).state == Path.cwd() / "here" / "state"


def test_systemd_names_the_folders_of_its_service() -> None:
    environment = {
        "STATE_DIRECTORY": "/var/lib/private/filterdns:/x",
        "RUNTIME_DIRECTORY": "/run/f",
    }
    found = find_folders(None, environment, 991)
    assert found == Folders(Path("/var/lib/private/filterdns"), Path("/run/f"))


def test_root_uses_the_folders_of_the_system() -> None:
    assert find_folders(None, HOME, 0) == SYSTEM


def test_a_user_has_folders_of_its_own() -> None:
    found = find_folders(None, HOME, 1000)
    assert found.state == Path("/home/ada/.local/state/filterdns")
    assert found.run == Path("/run/user/1000/filterdns")
    named = find_folders(None, {"XDG_STATE_HOME": "/s", "XDG_RUNTIME_DIR": "/r"}, 1000)
    assert named == Folders(Path("/s/filterdns"), Path("/r/filterdns"))


def test_a_command_finds_the_server_that_runs(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    own = find_folders(None, environment, 1000)
    own.make()
    own.control_socket.touch()
    assert find_running(None, environment, 1000) == own


def test_a_state_folder_on_a_disk_that_takes_nothing_is_told_and_no_obstacle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with full_disk(tmp_path / "full") as full:
        Folders(full / "new", tmp_path / "run").make()
    assert (tmp_path / "run").is_dir()
    assert "new cannot be made: No space left on device" in caplog.text


def test_folders_are_made_for_nobody_else(tmp_path: Path) -> None:
    folders = find_folders(tmp_path / "new", {}, 1000)
    folders.make()
    folders.make()
    assert folders.run.stat().st_mode & 0o027 == 0
    assert folders.lists.is_dir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(StateError, match=r"state.* cannot be made"):
        find_folders(tmp_path, {}, 1000).make()


def test_a_path_too_long_for_a_socket_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="shorter --dir"):
        find_folders(tmp_path / ("x" * 100), {}, 1000).make()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else for a moment")
def test_a_filter_that_this_user_may_not_see_is_still_the_one_that_is_meant(tmp_path: Path) -> None:
    folders = find_folders(tmp_path, {}, 0)
    folders.make()
    folders.run.chmod(0o700)
    os.seteuid(65534)
    try:
        assert find_running(tmp_path, {}, 65534) == folders
    finally:
        os.seteuid(0)
