"""Asking the running filter which lists cover a name."""

import asyncio
from pathlib import Path

from filterdns.control.refresh import build_lists
from filterdns.control.who import who
from tests.support.control import FAMILY, running_filter

CONFIG = FAMILY.replace("categories: {", "categories: {games: {sources: ['file:list']}, ")


def test_the_lists_of_the_running_filter_are_asked(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("# ours\nplay-a-lot.example\n")
        async with running_filter(tmp_path, CONFIG) as running:
            assert (await who(running, "play-a-lot.example"))["lists"] == []
            await build_lists(running)
            [found] = (await who(running, "www.Play-a-lot.example"))["lists"]
            assert (found["category"], found["list"]) == ("games", "file:list")
            assert found["lines"] == [{"file": "list", "line": 2, "text": "play-a-lot.example"}]

    asyncio.run(run())
