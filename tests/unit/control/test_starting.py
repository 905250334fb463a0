import asyncio
import logging
import socket
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.blocklists.index import Index
from filterdns.control.arguments import Options
from filterdns.control.calendars import Calendars
from filterdns.control.last_good import LastGood, write_last_good
from filterdns.control.lists import Lists
from filterdns.control.starting import first_index, first_meaning, may_refuse, take_folders
from filterdns.durable import TEMPORARY_SUFFIX
from filterdns.errors import ConfigError, ControlError, StateError
from filterdns.folders import Folders
from tests.support.control import FAMILY, family

NO_CALENDARS = Calendars(None, time.time)
OPEN_TO_ALL = FAMILY.replace("127.0.0.1:5300", "192.0.2.1:53")


@pytest.fixture
def options(tmp_path: Path) -> Options:
    family(tmp_path)
    folders = Folders(tmp_path / "state", tmp_path / "run")
    return Options(tmp_path / "config.yaml", folders)


@pytest.fixture
def folders(options: Options) -> Folders:
    take_folders(options.folders)
    return options.folders


def with_last_good(options: Options) -> None:
    """Keep the config as the last good one, and break the file."""
    good = family(options.config.parent)
    write_last_good(LastGood(good, 1_700_000_000.0), options.folders.last_good)
    options.config.write_text(FAMILY + "peple: {}\n")


def test_folders_are_made_and_tidied_up(options: Options) -> None:
    lists = options.folders.lists
    lists.mkdir(parents=True)
    (lists / f".half{TEMPORARY_SUFFIX}").touch()
    (lists / "whole").touch()
    take_folders(options.folders)
    assert [path.name for path in lists.iterdir()] == ["whole"]
    assert options.folders.run.is_dir()


def test_a_second_filter_in_the_same_folders_is_refused(folders: Folders) -> None:
    with socket.socket(socket.AF_UNIX) as first:
        first.bind(str(folders.control_socket))
        first.listen()
        with pytest.raises(StateError, match="a filter runs already"):
            take_folders(folders)
    take_folders(folders)  # of a dead one only the file is left


def test_the_config_comes_first(options: Options) -> None:
    first = first_meaning(options, {}, NO_CALENDARS)
    assert first.why_old == ""
    assert first.meaning.process.dns == (("127.0.0.1", 5300),)


def test_a_bad_one_gives_way_to_the_last_good_one(options: Options, folders: Folders) -> None:
    with_last_good(options)
    first = first_meaning(options, {}, NO_CALENDARS)
    assert "config.yaml cannot be used" in first.why_old
    assert set(first.meaning.ruleset.people) == {"mia", "ben", "ada"}


def test_whoever_is_strict_is_refused_unless_workers_answer_already(
    options: Options, folders: Folders
) -> None:
    with_last_good(options)
    strict = replace(options, is_strict=True)
    assert may_refuse(strict)
    with pytest.raises(ConfigError):
        first_meaning(strict, {}, NO_CALENDARS)
    in_use = replace(strict, in_use=((("127.0.0.1", 5300),), 1))
    assert not may_refuse(in_use)
    assert first_meaning(in_use, {}, NO_CALENDARS).why_old


def test_what_only_a_restart_may_change_gives_way_while_workers_answer(
    options: Options, folders: Folders
) -> None:
    with_last_good(options)
    options.config.write_text(FAMILY.replace("5300", "5400"))
    in_use = replace(options, in_use=((("127.0.0.1", 5300),), 1))
    assert "only with a restart" in first_meaning(in_use, {}, NO_CALENDARS).why_old


def test_a_moved_clock_is_only_for_this_host(options: Options, tmp_path: Path) -> None:
    moved = replace(options, test_clock=tmp_path / "clock")
    first_meaning(moved, {}, NO_CALENDARS)
    options.config.write_text(OPEN_TO_ALL)
    with pytest.raises(ControlError, match=r"192\.0\.2\.1 is not"):
        first_meaning(moved, {}, NO_CALENDARS)


def index_of(options: Options, lists: Lists) -> Index | None:
    sources = first_meaning(options, {}, NO_CALENDARS).meaning.sources
    return asyncio.run(first_index(lists, options.folders, sources))


def test_the_last_index_is_used_at_once(options: Options, folders: Folders) -> None:
    built = index_of(options, Lists(folders.lists))
    assert built is not None
    built.close()
    last = index_of(options, Lists(folders.lists))
    assert last is not None
    with closing(last):
        assert last.path == built.path


def test_a_disk_that_takes_nothing_has_its_lists_in_the_run_folder(
    options: Options, folders: Folders, caplog: pytest.LogCaptureFixture
) -> None:
    folders.lists.rmdir()
    folders.lists.touch()  # nothing can be made below a file
    with caplog.at_level(logging.ERROR):
        index = index_of(options, Lists(folders.lists))
    assert index is not None
    with closing(index):
        assert index.path.is_relative_to(folders.run)
    assert "are kept in" in caplog.text
