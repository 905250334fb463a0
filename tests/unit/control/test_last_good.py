import asyncio
import stat
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from filterdns.config.compile import Meaning
from filterdns.control.arguments import Options
from filterdns.control.last_good import (
    LastGood,
    fall_back,
    keep_good,
    read_last_good,
    write_last_good,
)
from filterdns.control.reading import read_config
from filterdns.control.rules import Rules
from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.errors import ConfigError, Problem, StateError
from filterdns.folders import Folders
from filterdns.policy.address import read_address
from filterdns.policy.decide import decide
from tests.support.control import FAMILY, family, running_filter
from tests.support.households import moment

AT = moment("2026-03-05 12:00")
EVERYTHING = (
    FAMILY.replace("categories: {", "categories: {gambling: {sources: ['file:list']}, ")
    + "calendar: {holidays: [2026-12-24]}\n"
    + "hosts: {printer.home: 192.168.1.40}\n"
    + "essentials: [api.glucose.example]\n"
    + "metrics: {listen: '127.0.0.1:9199'}\n"
    + "history: {keep: 1d}\n"
    + "limits: {burst: 7}\n"
    + "expect: [{who: mia, at: 'Fri 12:00', name: games.example, is: blocked}]\n"
)
BROKEN = ConfigError([Problem("config.yaml", 3, 1, "people", "that is no mapping")])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "last-good"


def everything(folder: Path) -> Meaning:
    (folder / "list").write_text("casino.example\n")
    return family(folder, EVERYTHING)


def read(path: Path) -> LastGood:
    found = read_last_good(path)
    assert found is not None
    return found


def kept(folder: Path, body: str = FAMILY) -> Options:
    """Keep *body* in *folder* as what took effect last; return the options of the next start."""
    folders = Folders(folder, folder / "run")
    write_last_good(LastGood(family(folder, body), AT), folders.last_good)
    return Options(folder / "config.yaml", folders)


def test_all_that_the_config_means_comes_back_as_it_was(tmp_path: Path, path: Path) -> None:
    meaning = everything(tmp_path)
    write_last_good(LastGood(meaning, AT), path)
    found = read(path)
    assert found.at == AT
    for field in fields(Meaning):
        assert getattr(found.meaning, field.name) == getattr(meaning, field.name), field.name


def test_it_decides_as_before_and_names_the_same_rule_and_line(tmp_path: Path, path: Path) -> None:
    def verdict(meaning: Meaning) -> tuple[str, str]:
        rules = Rules(meaning, None, {})
        identity = rules.identifier.identify(read_address("127.0.0.2"))
        policy = rules.policies_of(identity).policy_for(identity, AT)
        rule = decide(from_text("games.example"), codes.A, policy).rule
        return rule.text, rule.where

    meaning = everything(tmp_path)
    write_last_good(LastGood(meaning, AT), path)
    assert (
        verdict(read(path).meaning)
        == verdict(meaning)
        == ("block: games.example", "config.yaml:8:13")
    )


def test_lists_that_ship_with_the_project_are_those_of_the_version_that_reads(
    tmp_path: Path, path: Path
) -> None:
    meaning = everything(tmp_path)
    write_last_good(LastGood(meaning, AT), path)
    starter = next(each for each in meaning.sources if each.name == "starter")
    assert str(starter.path) not in path.read_text()
    assert starter in read(path).meaning.sources


def test_only_the_owner_reads_it(tmp_path: Path, path: Path) -> None:
    write_last_good(LastGood(everything(tmp_path), AT), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_that_only_messages_would_show_is_not_in_it(tmp_path: Path, path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        FAMILY.replace("mia: {", "mia: {block: [!env HIDDEN], ")
        + "expect: [{who: mia, at: !env MOMENT, name: games.example, is: blocked}]\n"
    )
    environment = {"HIDDEN": "hidden.example", "MOMENT": "2031-01-01 11:11"}
    write_last_good(LastGood(read_config(tmp_path / "config.yaml", environment), AT), path)
    assert "block: !env HIDDEN" in path.read_text()
    assert "2031" not in path.read_text()


def test_the_same_meaning_keeps_the_moment_when_it_took_effect(tmp_path: Path, path: Path) -> None:
    meaning = everything(tmp_path)
    write_last_good(LastGood(meaning, AT), path)
    write_last_good(LastGood(meaning, AT + 60), path)
    assert read(path).at == AT
    write_last_good(LastGood(family(tmp_path), AT + 90), path)
    assert read(path).at == AT + 90


def test_nothing_has_been_kept_before_the_first_start(path: Path) -> None:
    assert read_last_good(path) is None


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data.replace(b'"format": 1', b'"format": 2'), "format 2, expected 1"),
        (lambda data: data.replace(b"games.example", b"gamez.example"), "the checksum is another"),
        (lambda data: data[: len(data) // 2], "the checksum is another"),
        (lambda _: b"", "it is damaged"),
        (lambda _: b"\x00\xff\n\n\n", "it is damaged"),
        (lambda _: b"[]\n{}\n", "it is damaged"),
    ],
)
def test_a_file_of_another_format_and_a_damaged_one_are_refused(
    tmp_path: Path, path: Path, damage: Callable[[bytes], bytes], words: str
) -> None:
    write_last_good(LastGood(everything(tmp_path), AT), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StateError, match=words):
        read_last_good(path)


def test_a_damaged_file_is_written_anew(tmp_path: Path, path: Path) -> None:
    meaning = everything(tmp_path)
    write_last_good(LastGood(meaning, AT), path)
    path.write_bytes(path.read_bytes()[:-9])
    write_last_good(LastGood(meaning, AT + 60), path)
    assert read(path).at == AT + 60


def test_a_file_of_another_format_is_written_anew(tmp_path: Path, path: Path) -> None:
    meaning = everything(tmp_path)
    write_last_good(LastGood(meaning, AT), path)
    path.write_bytes(path.read_bytes().replace(b'"format": 1', b'"format": 9'))
    write_last_good(LastGood(meaning, AT + 60), path)
    assert read(path).at == AT + 60


def test_a_disk_that_does_not_take_it_is_an_error_of_the_state(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be written"):
        write_last_good(LastGood(everything(tmp_path), AT), tmp_path / "file" / "last-good")


def test_a_disk_that_does_not_take_it_is_a_warning_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            running.options.folders.last_good.mkdir()
            await keep_good(running)

    asyncio.run(run())
    assert "is not kept for a start with a bad one" in caplog.text


def test_the_last_good_config_stands_in_and_the_log_tells_everything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in = fall_back(kept(tmp_path), BROKEN)
    assert set(stand_in.meaning.ruleset.people) == {"mia", "ben", "ada"}
    assert stand_in.why == (
        f"{tmp_path}/config.yaml cannot be used, the old config of Thu 2026-03-05 12:00 is in"
        " force: config.yaml:3:1 people: that is no mapping"
    )
    assert "config.yaml:3:1 people: that is no mapping" in caplog.text
    assert "the old one of Thu 2026-03-05 12:00 is in force" in caplog.text


def test_the_command_line_still_has_the_last_word(tmp_path: Path) -> None:
    options = kept(tmp_path)
    asked = Options(options.config, options.folders, upstreams=("127.0.0.1:5399",), workers=3)
    meaning = fall_back(asked, BROKEN).meaning
    assert [server.port for server in meaning.upstreams] == [5399]
    assert meaning.process.workers == 3


def test_a_wrong_command_line_is_refused_all_the_same(tmp_path: Path) -> None:
    options = kept(tmp_path)
    with pytest.raises(ConfigError, match="--upstream"):
        fall_back(Options(options.config, options.folders, upstreams=("nowhere",)), BROKEN)


def test_without_a_last_good_config_the_problems_are_what_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = Options(tmp_path / "config.yaml", Folders(tmp_path, tmp_path / "run"))
    with pytest.raises(ConfigError) as refused:
        fall_back(options, BROKEN)
    assert refused.value is BROKEN
    options.folders.last_good.write_text('{"format": 99}\n')
    with pytest.raises(ConfigError) as refused:
        fall_back(options, BROKEN)
    assert refused.value is BROKEN
    assert "format 99, expected 1; the last good config cannot stand in" in caplog.text
