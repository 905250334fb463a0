"""The process that fetches: a job in, lines out, and it shows that it lives."""

import subprocess
import sys
from pathlib import Path

import pytest

from filterdns.blocklists import fetch
from filterdns.blocklists.fetch import Teller
from filterdns.blocklists.fetching.job import Done, FetchProgress, State, from_line
from filterdns.errors import BlocklistError
from tests.support.fetching import FetchHouse
from tests.support.list_server import ListServer, text


def test_a_job_is_done_and_told_of(tmp_path: Path) -> None:
    house = FetchHouse(tmp_path / "fetched")
    with ListServer() as server:
        server.script("/list", text(b"bad.example\n"))
        [fetched] = house.fetch(server.url("/list"))
    assert fetched.state is State.NEW
    assert house.progress == [FetchProgress(server.url("/list"), 12, 12)]


def test_what_is_no_job_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "filterdns.blocklists.fetch"],
        input=b"[]",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert not done.stderr
    with pytest.raises(BlocklistError, match="the fetch got no job"):
        from_line(done.stdout)


def test_progress_is_told_now_and_then_and_all_else_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(fetch, "monotonic", lambda: now)
    teller = Teller()
    for done in (1, 2, 3):
        teller.say(FetchProgress("list", done, 9))
    teller.say(Done())
    now += fetch.PROGRESS_SECONDS
    teller.say(FetchProgress("list", 4, 9))
    said = [from_line(line) for line in capsys.readouterr().out.splitlines()]
    assert said == [FetchProgress("list", 1, 9), Done(), FetchProgress("list", 4, 9)]


def test_a_sign_of_life_is_the_last_progress(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller()
    teller.say(FetchProgress("list", 1, 9))
    teller.say(FetchProgress("list", 2, 9))
    teller.show_life()
    assert from_line(capsys.readouterr().out.splitlines()[-1]) == FetchProgress("list", 2, 9)
