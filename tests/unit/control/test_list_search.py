"""Each list that speaks of a name, its line, whom it concerns, and what took an entry out."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from filterdns.control.refresh import build_lists
from filterdns.control.who import who
from filterdns.errors import ControlError
from tests.support.control import FAMILY, running_filter

CONFIG = FAMILY.replace(
    "categories: {", "categories: {games: {sources: ['file:list', 'file:zone']}, "
).replace("block: [games.example, school]", "block: [games, pro-anorexia]")
LIST = """# head
0.0.0.0 play-a-lot.example www.play-a-lot.example
@@||good.play-a-lot.example^
||SPORTFOGADÁS.example^
childline.org.uk
full:one.example
||six.example^$dnstype=AAAA
"""
ZONE = "@ SOA a. b. 1 2 3 4 5\n*.play-a-lot.example CNAME .\n"


def found(folder: Path, name: str, config: str = CONFIG) -> list[dict[str, Any]]:
    async def run() -> list[dict[str, Any]]:
        (folder / "list").write_text(LIST)
        (folder / "zone").write_text(ZONE)
        async with running_filter(folder, config) as running:
            await build_lists(running)
            lists: list[dict[str, Any]] = (await who(running, name))["lists"]
            return lists

    return asyncio.run(run())


def test_each_list_is_told_with_its_lines_and_the_people_it_concerns(tmp_path: Path) -> None:
    first, second = found(tmp_path, "a.play-a-lot.example")
    assert (first["list"], first["listed"], first["says"]) == (
        "file:list",
        "play-a-lot.example",
        ["block"],
    )
    assert first["lines"] == [
        {"file": "list", "line": 2, "text": "0.0.0.0 play-a-lot.example www.play-a-lot.example"}
    ]
    assert first["people"] == ["ben", "mia"]
    assert first["since"] > 0
    assert (second["list"], second["says"]) == ("file:zone", ["below"])
    assert [line["line"] for line in second["lines"]] == [2]


@pytest.mark.parametrize(
    ("name", "listed", "says", "line"),
    [
        ("good.play-a-lot.example", "good.play-a-lot.example", ["exception"], 3),
        ("xn--sportfogads-t7a.example", "xn--sportfogads-t7a.example", ["block"], 4),
        ("one.example", "one.example", ["exact"], 6),
        ("www.six.example", "six.example", ["qualified"], 7),
    ],
)
def test_what_a_list_says_is_told(
    tmp_path: Path, name: str, listed: str, says: list[str], line: int
) -> None:
    first = found(tmp_path, name)[0]
    assert (first["listed"], first["says"]) == (listed, says)
    assert [each["line"] for each in first["lines"]] == [line]


def test_what_took_an_entry_out_is_told(tmp_path: Path) -> None:
    [only] = found(tmp_path, "childline.org.uk")
    assert (only["in_force"], only["taken_out"]) == (False, "would block a lifeline")
    assert [line["line"] for line in only["lines"]] == [5]


def test_label_patterns_speak_too(tmp_path: Path) -> None:
    [only] = found(tmp_path, "my-proana-tips.blogs.example")
    assert (only["category"], only["list"], only["people"]) == (
        "pro-anorexia",
        "patterns",
        ["ben", "mia"],
    )


def test_a_name_that_no_list_knows_has_none(tmp_path: Path) -> None:
    assert found(tmp_path, "innocent.example") == []


def test_what_is_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="empty label"):
        found(tmp_path, "a..example")


def test_who_blocks_a_way_around_is_concerned(tmp_path: Path) -> None:
    body = CONFIG.replace("  adults: {}", "  adults: {during: {bedtime: {bypass: {proxy: block}}}}")
    body = body.replace("categories: {", "categories: {proxy: {sources: ['file:ways']}, ", 1)
    (tmp_path / "ways").write_text("way.example\n")
    [only] = found(tmp_path, "way.example", body)
    assert (only["category"], only["people"]) == ("proxy", ["ada"])
