import json
import os
import socket
from pathlib import Path

import pytest

from tests.support.command import filterdns
from tests.support.control import FAMILY
from tests.support.house import PROGRAM, descendants, open_house
from tests.support.peers import Endpoint, free_port, running

HOUSE = FAMILY.replace('listen: {dns: ["127.0.0.1:5300"]}\n', "")


def config(folder: Path, listen: str, body: str = FAMILY) -> Path:
    path = folder / "config.yaml"
    path.write_text(body.replace("127.0.0.1:5300", listen))
    return path


def complaints(err: str) -> list[str]:
    """Return the lines of *err* but those about the clock of this machine, which is nobody's."""
    return [line for line in err.splitlines() if "the clock" not in line]


@pytest.mark.peer("dig")
def test_it_serves_says_so_and_ends_in_time(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        assert house.dig("games.example", client="127.0.0.2").addresses == ["0.0.0.0"]
        said = house.log_text()
        assert f"listens on  {house.server} (UDP and TCP, 1 worker)" in said
        assert "3 people, 2 policies" in said
        assert "explain mia" in said
        assert house.stop() < 5


@pytest.mark.peer("dig")
def test_every_process_is_told_to_give_memory_back_if_nobody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    with open_house(tmp_path, HOUSE) as house:
        family = [house.process.pid, *descendants(house.process.pid)]
        for pid in family:
            words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            assert {b"MALLOC_ARENA_MAX=3", b"MALLOC_TRIM_THRESHOLD_=1048576"} <= set(words)
        assert len(family) >= 3


@pytest.mark.parametrize(
    ("listen", "options", "code", "complaint"),
    [
        ("192.0.2.1:5300", ["--test-clock", "clock"], 2, "--test-clock is for tests"),
        ("127.0.0.1:5300", ["--upstream", "somewhere"], 2, '--upstream "somewhere" is a name'),
        (
            "192.0.2.77:5300",
            [],
            1,
            "cannot listen on 192.0.2.77:5300: this host has no such address",
        ),
    ],
)
def test_what_cannot_be_served_is_one_line(
    tmp_path: Path, listen: str, options: list[str], code: int, complaint: str
) -> None:
    outcome = filterdns("serve", "--config", config(tmp_path, listen), "--dir", tmp_path, *options)
    assert (outcome.code, outcome.out) == (code, "")
    [line] = complaints(outcome.err)
    assert complaint in line


def test_a_missing_config_is_told(tmp_path: Path) -> None:
    outcome = filterdns("serve", "--config", tmp_path / "none.yaml", "--dir", tmp_path)
    assert outcome.code == 2
    assert "none.yaml" in outcome.err


def test_a_taken_port_is_told_with_who_has_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        outcome = filterdns("serve", "--config", config(tmp_path, listen), "--dir", tmp_path)
    assert outcome.code == 1
    [line] = complaints(outcome.err)
    assert f"cannot listen on {listen}: " in line
    assert "has the port; stop it, or choose another in listen.dns" in line


def test_a_second_filter_with_the_same_folder_is_refused(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        other = config(tmp_path, f"127.0.0.1:{free_port()}")
        outcome = filterdns("serve", "--config", other, "--dir", house.folder / "files")
        assert outcome.code == 1
        assert "a filter runs already" in outcome.err


def test_strict_refuses_what_check_finds(tmp_path: Path) -> None:
    body = FAMILY + "expect: [{who: ada, at: 'Fri 12:00', name: games.example, is: blocked}]\n"
    listen = f"127.0.0.1:{free_port()}"
    path = config(tmp_path, listen, body)
    outcome = filterdns("serve", "--config", path, "--dir", tmp_path, "--strict")
    assert outcome.code == 2
    assert "config.yaml:" in outcome.err
    assert "is allowed" in outcome.err


def test_the_main_process_knows_how_it_was_called_through_a_link_too(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    path = config(tmp_path, listen)
    link = tmp_path / "filterdns"
    link.symlink_to(PROGRAM)
    called = [os.path.relpath(link), "serve", "--config", os.path.relpath(path)]
    called += ["--dir", str(tmp_path)]
    server = Endpoint("127.0.0.1", int(listen.rpartition(":")[2]))
    with running(called, server, tmp_path / "log") as process:
        variables = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    [serve] = [each for each in variables if each.startswith(b"FILTERDNS_SERVE=")]
    command, *arguments = json.loads(serve.partition(b"=")[2])
    assert Path(command).is_absolute()
    assert Path(command).parent.samefile(tmp_path)
    assert Path(command).is_symlink()
    assert arguments == called[1:]


def test_whether_it_would_start_is_told_without_a_start(tmp_path: Path) -> None:
    good = config(tmp_path, "127.0.0.1:5300")
    said = filterdns("serve", "--config", good, "--dir", tmp_path, "--check")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert not (tmp_path / "state").exists()
    bad = config(tmp_path, "127.0.0.1:5300", "people: 7\n")
    said = filterdns("serve", "--config", bad, "--dir", tmp_path, "--check")
    assert said.code == 2
    assert "config.yaml:1:" in said.err
