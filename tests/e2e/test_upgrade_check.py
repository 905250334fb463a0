"""A new version meets what an old one has left: told before, migrated at the start, and undone."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.house import config_file, directory, open_house
from tests.support.old_history import write_old_history

pytestmark = pytest.mark.untimed

CONFIG = """\
timezone: Europe/Berlin
upstreams: {servers: ["127.0.0.1:9"]}
people:
  mia: {policy: child, devices: [{name: tablet, ip: 127.0.0.2}]}
policies:
  child: {block: [gambling]}
"""


def old_state(folder: Path) -> Path:
    """Return the history of an old version in the state of the filter in *folder*."""
    state = directory(folder) / "state"
    state.mkdir(parents=True)
    return write_old_history(state / "history.db", time.time() - 60)


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        ((found,),) = connection.execute("PRAGMA user_version").fetchall()
    return int(found)


def test_an_old_history_is_copied_and_goes_on_with_its_rows(tmp_path: Path) -> None:
    old = old_state(tmp_path)
    with open_house(tmp_path, CONFIG) as house:
        assert [row["name"] for row in house.log_rows("mia")] == ["old.example"]
        assert "history goes from schema 1 to 2; copy: " in house.log_text()
        said = house.cli("upgrade-check", "--config", str(config_file(tmp_path)))
        assert said.code == 0, said.stderr
        assert "has schema 2, as this version" in said.stdout
    copy = old.with_name("history.db.schema-1")
    assert (version(copy), version(old)) == (1, 2)


def test_the_copy_takes_its_place_again_on_the_way_back(tmp_path: Path) -> None:
    old = old_state(tmp_path)
    with open_house(tmp_path, CONFIG):
        pass
    old.with_name("history.db.schema-1").replace(old)
    assert version(old) == 1
    with open_house(tmp_path, CONFIG) as house:  # and forward once more
        assert [row["name"] for row in house.log_rows("mia")] == ["old.example"]


def test_a_newer_history_is_left_alone_and_clients_are_answered(tmp_path: Path) -> None:
    old = old_state(tmp_path)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with open_house(tmp_path, CONFIG) as house:
        said = house.cli("upgrade-check", "--config", str(config_file(tmp_path)))
        assert said.code == 1
        assert "of a newer filterdns (schema 99" in said.stderr
        assert house.dig("www.bet365.com", client="127.0.0.2").is_blocked
        assert any("of a newer filterdns" in trouble for trouble in house.status()["troubles"])
    assert version(old) == 99
