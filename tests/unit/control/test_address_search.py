"""Each list that holds an address or a network: its entry, its line, whom it concerns."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from filterdns.control.refresh import build_lists
from filterdns.control.who import who
from tests.support.control import FAMILY, running_filter

CONFIG = FAMILY.replace(
    "categories: {",
    "categories: {games: {sources: ['file:list', 'file:other']},"
    " page-fetcher: {sources: ['file:ways']}, ",
).replace("block: [games.example, school]", "block: [games]\n    bypass: {page-fetcher: block}")
LIST = """# head
play.example
203.0.28.0/24
0.0.0.0 203.0.28.7 # one of them
2001:DB8:0:0::/48
"""


def found(folder: Path, asked: str) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        (folder / "list").write_text(LIST)
        (folder / "other").write_text("203.0.0.0/16\n")
        (folder / "ways").write_text("198.51.100.7\n")
        async with running_filter(folder, CONFIG) as running:
            await build_lists(running)
            return await who(running, asked)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("asked", "entries"),
    [
        ("203.0.28.8", [("file:list", "203.0.28.0/24", 3), ("file:other", "203.0.0.0/16", 1)]),
        (
            "203.0.28.7",
            [
                ("file:list", "203.0.28.7", 4),
                ("file:list", "203.0.28.0/24", 3),
                ("file:other", "203.0.0.0/16", 1),
            ],
        ),
        ("203.0.28.0/23", [("file:other", "203.0.0.0/16", 1)]),
        ("203.0.0.0/8", []),
        ("2001:db8::7", [("file:list", "2001:db8::/48", 5)]),
        ("2001:db8:0:ff00::/56", [("file:list", "2001:db8::/48", 5)]),
        ("::ffff:203.0.1.1", [("file:other", "203.0.0.0/16", 1)]),  # within an IPv6 one
        ("64:ff9b::cb00:101", [("file:other", "203.0.0.0/16", 1)]),
        ("198.51.100.8", []),
        ("0.0.0.0", []),
    ],
)
def test_each_entry_that_holds_the_address_is_told_with_its_line(
    tmp_path: Path, asked: str, entries: list[tuple[str, str, int]]
) -> None:
    told = found(tmp_path, asked)["lists"]
    lines = [[line["line"] for line in each["lines"]] for each in told]
    assert [(each["list"], each["listed"]) for each in told] == [each[:2] for each in entries]
    assert lines == [[line] for _, _, line in entries]
    assert all(each["says"] == ["address"] and each["in_force"] for each in told)


def test_who_blocks_a_way_around_is_concerned(tmp_path: Path) -> None:
    told = found(tmp_path, "198.51.100.7/32")
    assert told["name"] == "198.51.100.7"
    [only] = told["lists"]
    assert (only["category"], only["people"]) == ("page-fetcher", ["ben", "mia"])
    assert only["lines"] == [{"file": "ways", "line": 1, "text": "198.51.100.7"}]
