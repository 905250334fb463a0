import asyncio
import json
from pathlib import Path

from filterdns.blocklists.fetching.copies import Copies, Copy
from filterdns.blocklists.job import NOWHERE, SourceSpec
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


def test_a_build_without_a_filter_takes_the_copies_of_lists_from_the_web(
    command: Command, tmp_path: Path
) -> None:
    url = "https://lists.example/drugs.txt"
    family(tmp_path, WITH_LIST.replace("file:list", url))
    web = tmp_path / "state" / "lists" / "web"
    web.mkdir(parents=True)
    (web / "copy.text").write_text("pills.example\nweed.example\n")
    Copies(web).write(Copy(url, file="copy.text"))
    config = ("--config", tmp_path / "config.yaml", "--dir", tmp_path)
    typed = command("lists", "build", *config, "--json")
    assert typed.code == 0, typed.err
    found = {each["name"]: each for each in json.loads(typed.out)["sources"]}
    assert (found[url]["state"], found[url]["names"]) == ("good", 2)


def test_the_status_tells_why_a_list_does_not_come(command: Command, tmp_path: Path) -> None:
    url = "https://lists.example/drugs.txt"
    spec = SourceSpec("drugs", url, NOWHERE, url, trouble="it answered 404")
    report = asyncio.run(run_build([spec], tmp_path / "built"))

    def first(running: RunningFilter) -> None:
        running.lists.report = report

    body = WITH_LIST.replace("file:list", url)
    out = typed_to(tmp_path, command, "lists", "status", first=first, body=body).out
    assert "it answered 404" in out
    assert "not been fetched" not in out
    assert "licence" not in out  # nobody knows one: no column without a word


def test_the_status_tells_of_each_list(command: Command, tmp_path: Path) -> None:
    typed = typed_to(tmp_path, command, "lists", "status")
    assert typed.code == 0
    assert "0 names" in typed.out
    assert "the list of gambling has not come yet" in typed.err
    found = json.loads(typed_to(tmp_path, command, "lists", "status", "--json").out)
    assert "gambling" in found["pending"]


def test_the_status_shows_the_first_of_what_was_skipped(command: Command, tmp_path: Path) -> None:
    lines = ["pills.example", "weed.example", *(f"/{number}/" for number in range(5)), "<p>"]
    (tmp_path / "list").write_text("\n".join(lines))
    report = asyncio.run(
        run_build([SourceSpec("drugs", "file:list", tmp_path / "list")], tmp_path / "built")
    )

    def first(running: RunningFilter) -> None:
        running.lists.report = report

    out = typed_to(tmp_path, command, "lists", "status", first=first).out
    assert (
        "drugs file:list: 5 × a regular expression (line 3: /0/; line 4: /1/; line 5: /2/; …)\n"
        in out
    )
    assert "drugs file:list: 1 × a line of a web page (line 8: <p>)\n" in out
