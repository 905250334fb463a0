"""What `filterdns log` shows, follows, leaves out and forgets."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.house import PROGRAM, House, directory, open_house
from tests.support.peers import Endpoint
from tests.support.plain_client import Ask, ask, ask_all

pytestmark = [pytest.mark.timeout(300)]

NOBODY = [Endpoint("127.0.0.1", 1)]  # what is asked here is blocked: no upstream is needed
MIA_PHONE, MIA_TABLET, BEN, ADA, STRANGER = (f"127.0.0.{last}" for last in (2, 3, 4, 5, 77))
HOUR_SECONDS, DAY_SECONDS, MONTH_SECONDS = 3_600, 86_400, 30 * 86_400
QUIET_SECONDS = 600  # after a lifeline
FOLLOW_SECONDS = 2.0

CONFIG = """\
timezone: Europe/Berlin
policies:
  child: {block: [gambling, dating, games.example]}
  private: {extends: child, log: none}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}, {name: tablet, ip: 127.0.0.3}]}
  ben: {policy: child, devices: [{name: console, ip: 127.0.0.4}]}
  ada: {policy: private, devices: [{name: laptop, ip: 127.0.0.5}]}
unknown_devices: {policy: child}
history: {keep: 7d}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("log"), CONFIG, NOBODY) as house:
        yield house


@pytest.fixture
def empty(house: House) -> House:
    """The house a month after all that was asked before: its log is empty."""
    pass_time(house, MONTH_SECONDS)
    assert log(house) == []
    return house


def pass_time(house: House, seconds: float) -> None:
    then = datetime.fromtimestamp(house.now() + seconds, UTC)
    house.set_time(f"{then:%Y-%m-%d %H:%M:%S}", "UTC")


def log(house: House, *options: str) -> list[dict[str, Any]]:
    """The rows that `filterdns log --json` shows."""
    said = house.cli("log", "--json", *options)
    assert said.code == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_a_row_says_who_what_why_and_how_often(empty: House) -> None:
    for _ in range(3):
        assert ask(empty.server, MIA_PHONE, "WWW.Bet365.com").is_blocked
    now = int(empty.now())
    [row] = log(empty)
    assert (row["person"], row["device"]) == ("mia", "phone")
    assert (row["name"], row["category"]) == ("www.bet365.com", "gambling")
    assert (row["row"], row["rule"], row["count"]) == ("A11", "block: gambling", 3)
    assert now - 60 <= row["first_seen"] <= row["last_seen"] <= now


def test_rows_are_chosen_by_person_device_category_age_and_number(empty: House) -> None:
    ask(empty.server, MIA_PHONE, "old.bet365.com")
    assert names(log(empty)) == ["old.bet365.com"]
    pass_time(empty, 2 * HOUR_SECONDS)
    for client, name in [
        (MIA_PHONE, "www.bet365.com"),
        (MIA_TABLET, "games.example"),
        (BEN, "www.tinder.com"),
        (STRANGER, "www.bwin.com"),
    ]:
        assert ask(empty.server, client, name).is_blocked
    theirs = {"old.bet365.com", "www.bet365.com", "games.example"}
    assert set(names(log(empty, "--who", "mia"))) == theirs
    assert names(log(empty, "--who", "tablet")) == ["games.example"]
    assert names(log(empty, "--who", STRANGER)) == ["www.bwin.com"]
    assert names(log(empty, "--category", "dating")) == ["www.tinder.com"]
    assert len(log(empty, "--since", "1h")) == 4
    assert names(log(empty, "--since", "1h", "--who", "phone")) == ["www.bet365.com"]
    assert log(empty, "--limit", "2") == log(empty)[-2:]


def test_people_read_a_table_with_the_newest_last(empty: House) -> None:
    ask(empty.server, BEN, "www.tinder.com")
    pass_time(empty, 60)
    ask(empty.server, STRANGER, "games.example")
    said = empty.cli("log")
    heading, first, last = (" ".join(line.split()) for line in said.stdout.splitlines())
    assert heading == "last seen who device name count category rule"
    assert first.endswith(" ben console www.tinder.com 1 dating A11 block: dating")
    assert last.endswith(f" unknown {STRANGER} games.example 1 A10 block: games.example")


def test_nothing_is_written_down_of_a_person_who_is_not_logged(empty: House) -> None:
    assert ask(empty.server, ADA, "www.bet365.com").is_blocked
    assert ask(empty.server, BEN, "www.bet365.com").is_blocked
    assert [row["person"] for row in log(empty)] == ["ben"]


# Lifelines.


def test_a_lifeline_is_never_there_and_silences_names_for_ten_minutes(empty: House) -> None:
    ask(empty.server, MIA_PHONE, "www.childline.org.uk")
    ask(empty.server, MIA_PHONE, "games.example")
    ask(empty.server, MIA_PHONE, "www.bet365.com")
    ask(empty.server, BEN, "games.example")
    pass_time(empty, QUIET_SECONDS - 30)
    ask(empty.server, MIA_PHONE, "www.bet365.com")
    named = {(row["person"], row["name"], row["category"], row["rule"]) for row in log(empty)}
    assert named == {
        ("mia", "", "", ""),
        ("mia", "", "gambling", ""),
        ("ben", "games.example", "", "block: games.example"),
    }
    pass_time(empty, 60)
    ask(empty.server, MIA_PHONE, "www.bet365.com")
    assert {"www.bet365.com"} == set(names(log(empty, "--who", "phone"))) - {""}
    database = b"".join(
        path.read_bytes() for path in (directory(empty.folder) / "state").glob("history.db*")
    )
    assert b"www.bet365.com" in database
    assert b"childline" not in database


# A flood.


def test_a_flood_leaves_two_hundred_names_and_every_query_counted(empty: House) -> None:
    flood = [Ask(BEN, f"{number}.bet365.com") for number in range(250)]
    assert all(heard is not None and heard.is_blocked for heard in ask_all(empty.server, flood))
    rows = log(empty, "--limit", "1000")
    asked = {ask.name for ask in flood}
    assert len(asked & set(names(rows))) == 200
    assert set(names(rows)) - asked <= {"", "bet365.com"}
    assert sum(row["count"] for row in rows) == 250
    ask(empty.server, MIA_PHONE, "0.bet365.com")
    assert names(log(empty, "--who", "mia")) == ["0.bet365.com"]


def test_the_next_hour_has_names_again(empty: House) -> None:
    ask_all(empty.server, [Ask(BEN, f"{number}.bet365.com") for number in range(250)])
    pass_time(empty, 2 * HOUR_SECONDS)
    ask(empty.server, BEN, "later.bet365.com")
    assert "later.bet365.com" in names(log(empty, "--since", "1h"))


# Following.


class Follower:
    """`filterdns log --follow` in another window."""

    def __init__(self, house: House, *options: str) -> None:
        command = [str(PROGRAM), "log", "--follow", "--dir", str(directory(house.folder))]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self._out = self.process.stdout
        self._unread = b""

    def line(self, seconds: float) -> str:
        """The next line, which has to come within *seconds*."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            assert left > 0, f"no line within {seconds} s"
            if select.select([self._out], [], [], left)[0]:
                self._unread += os.read(self._out.fileno(), 65_536)
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()

    def row(self, seconds: float) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(self.line(seconds))
        return row


@contextmanager
def following(house: House, *options: str) -> Iterator[Follower]:
    follower = Follower(house, *options)
    try:
        yield follower
    finally:
        follower.process.kill()
        follower.process.wait()
        assert follower.process.stdout is not None
        follower.process.stdout.close()


def test_a_blocked_query_is_seen_within_two_seconds_and_again_when_it_repeats(empty: House) -> None:
    ask(empty.server, BEN, "games.example")
    with following(empty, "--json") as follower:
        assert follower.row(20)["name"] == "games.example"  # it has started
        ask(empty.server, MIA_PHONE, "www.bet365.com")
        row = follower.row(FOLLOW_SECONDS)
        assert (row["name"], row["count"]) == ("www.bet365.com", 1)
        for _ in range(3):
            ask(empty.server, MIA_PHONE, "www.bet365.com")
        again = follower.row(FOLLOW_SECONDS)
        while again["count"] < 4:  # the look in between fell among the three
            again = follower.row(FOLLOW_SECONDS)
        assert (again["name"], again["count"]) == ("www.bet365.com", 4)
        assert again["first_seen"] == row["first_seen"]


def test_following_shows_only_what_is_chosen_as_lines_for_people(empty: House) -> None:
    ask(empty.server, BEN, "games.example")
    with following(empty, "--who", "ben") as follower:
        assert "games.example" in follower.line(20)
        ask(empty.server, MIA_PHONE, "www.bet365.com")
        ask(empty.server, BEN, "www.tinder.com")
        assert "ben  console  www.tinder.com  1  dating  A11 block: dating" in follower.line(
            FOLLOW_SECONDS
        )


def test_following_ends_in_order_on_ctrl_c(empty: House) -> None:
    ask(empty.server, BEN, "games.example")
    with following(empty) as follower:
        follower.line(20)
        follower.process.send_signal(signal.SIGINT)
        assert follower.process.wait(5) == 0


# How long.


def test_rows_go_when_they_are_too_old(empty: House) -> None:
    ask(empty.server, BEN, "www.bet365.com")
    pass_time(empty, 6 * DAY_SECONDS)
    ask(empty.server, BEN, "games.example")
    assert names(log(empty)) == ["www.bet365.com", "games.example"]
    pass_time(empty, 2 * DAY_SECONDS)
    assert names(log(empty)) == ["games.example"]
    pass_time(empty, 6 * DAY_SECONDS)
    assert log(empty) == []


def test_only_the_owner_of_the_filter_may_read_the_file(house: House) -> None:
    for path in (directory(house.folder) / "state").glob("history.db*"):
        assert path.stat().st_mode & 0o077 == 0
