import asyncio
import json
from pathlib import Path

from filterdns.blocklists.job import SourceSpec
from filterdns.control.lists import run_build
from filterdns.control.running import RunningFilter
from tests.support.commands import Command, typed_to
from tests.support.control import FAMILY, family

WITH_LIST = FAMILY.replace("categories: {", "categories: {drugs: {sources: ['file:list']}, ")


def test_the_running_filter_builds_its_lists(command: Command, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("pills.example\n")
    typed = typed_to(tmp_path, command, "lists", "build", body=WITH_LIST)
    assert (typed.code, typed.err) == (0, "")
    assert "drugs" in typed.out
    assert " names in " in typed.out.splitlines()[-1]


def test_lists_can_be_built_without_a_running_filter(command: Command, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("pills.example\n")
    family(tmp_path, WITH_LIST)
    config = ("--config", tmp_path / "config.yaml", "--dir", tmp_path)
    typed = command("lists", "build", *config, "--json")
    assert typed.code == 0
    by_category = {each["category"]: each["names"] for each in json.loads(typed.out)["sources"]}
    assert by_category["drugs"] == 1
    assert list((tmp_path / "state" / "lists").glob("index-*.idx"))


def test_a_list_that_fails_is_told_and_the_others_are_built(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "list").write_text("pills.example\n")
    family(tmp_path, WITH_LIST)
    (tmp_path / "list").write_bytes(b"\x1f\x8b damaged")
    typed = command("lists", "build", "--config", tmp_path / "config.yaml", "--dir", tmp_path)
    assert typed.code == 1
    assert "drugs file:" in typed.err
    assert "gambling" in typed.out


def test_the_status_tells_of_each_list(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "lists", "status")
    assert typed.code == 0
    assert "0 names" in typed.out
    assert "the list of gambling has not come yet" in typed.err
    found = json.loads(typed_to(tmp_path, command, "lists", "status", "--json").out)
    assert "gambling" in found["pending"]


def test_the_status_shows_the_first_of_what_was_skipped(command: Command, tmp_path: Path) -> None:
    lines = ["pills.example", *(f"192.0.2.{number}" for number in range(5)), "<p>"]
    (tmp_path / "list").write_text("\n".join(lines))
    report = asyncio.run(
        run_build([SourceSpec("drugs", "file:list", tmp_path / "list")], tmp_path / "built")
    )

    def first(running: RunningFilter) -> None:
        running.lists.report = report

    out = typed_to(tmp_path, command, "lists", "status", first=first).out
    assert (
        "drugs file:list: 5 × an address, not a name"
        " (line 2: 192.0.2.0; line 3: 192.0.2.1; line 4: 192.0.2.2; …)\n" in out
    )
    assert "drugs file:list: 1 × a line of a web page (line 7: <p>)\n" in out
