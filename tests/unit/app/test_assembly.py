"""The control process in its place: beside a supervisor and a worker, all of them real."""

import os
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.control import FAMILY
from tests.support.house import PROGRAM, House, descendants, open_house
from tests.support.peers import Endpoint, free_port, running

HOUSE = FAMILY.replace('listen: {dns: ["127.0.0.1:5300"]}\n', "")
UNMET = HOUSE + "expect: [{who: ada, at: 'Fri 12:00', name: games.example, is: blocked}]\n"

pytestmark = pytest.mark.peer("dig")


def control_pid(house: House) -> int:
    [pid] = [
        pid
        for pid in descendants(house.process.pid)
        if b"filterdns.app" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return pid


def test_sighup_puts_the_new_config_in_force(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        house.write_config(HOUSE.replace("games.example", "play.example"))
        house.process.send_signal(signal.SIGHUP)
        house.wait_until(lambda: "reloaded: " in house.log_text(), "the reload")
        assert house.dig("play.example", client="127.0.0.2").addresses == ["0.0.0.0"]


def test_sighup_with_a_broken_config_tells_why_and_changes_nothing(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        house.write_config("people: 7\n")
        house.process.send_signal(signal.SIGHUP)
        house.wait_until(lambda: "reload refused" in house.log_text(), "the refusal")
        why = 'people: "7" stands where keys are expected'
        house.wait_until(lambda: why in house.log_text(), "the reason")
        assert house.dig("games.example", client="127.0.0.2").addresses == ["0.0.0.0"]


def test_an_expectation_that_does_not_hold_is_told_and_no_reason_to_be_away(tmp_path: Path) -> None:
    with open_house(tmp_path, UNMET) as house:
        house.wait_until(lambda: "is allowed" in house.log_text(), "the complaint")
        assert house.dig("games.example", client="127.0.0.2").addresses == ["0.0.0.0"]


def test_what_was_blocked_last_is_on_disk_after_the_end(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        house.dig("games.example", client="127.0.0.2")
        house.stop()
    with closing(sqlite3.connect(tmp_path / "files" / "state" / "history.db")) as database:
        rows = database.execute("SELECT person, name FROM blocked").fetchall()
    assert rows == [("mia", "games.example")]


def test_the_sockets_are_gone_after_the_end(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        house.stop()
    left = (tmp_path / "files" / "run").iterdir()
    assert [path for path in left if path.is_socket()] == []


def test_a_control_process_that_is_killed_comes_back_and_misses_nothing(tmp_path: Path) -> None:
    with open_house(tmp_path, HOUSE) as house:
        os.kill(control_pid(house), signal.SIGKILL)
        assert house.dig("games.example", client="127.0.0.2").addresses == ["0.0.0.0"]
        house.wait_until(lambda: bool(house.status()["workers"][0]["image"]), "the worker's link")
        assert [row["name"] for row in house.log_rows("mia")] == ["games.example"]
        house.wait_until(lambda: bool(house.lists()["sources"]), "the lists")


def test_a_taken_port_of_the_metrics_is_told_and_no_reason_to_be_away(tmp_path: Path) -> None:
    server = Endpoint("127.0.0.1", free_port())
    with socket.create_server(("127.0.0.1", 0)) as other:
        metrics = f"metrics: {{listen: '127.0.0.1:{other.getsockname()[1]}'}}\n"
        config = tmp_path / "config.yaml"
        config.write_text(FAMILY.replace("127.0.0.1:5300", str(server)) + metrics)
        command: list[str | Path] = [PROGRAM, "serve", "--config", config, "--dir", tmp_path]
        with running(command, server, tmp_path / "log"):
            assert "no metrics and no health page at 127.0.0.1" in (tmp_path / "log").read_text()
