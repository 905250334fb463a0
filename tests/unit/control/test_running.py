import asyncio
from pathlib import Path

from filterdns.control.refresh import build_lists
from filterdns.control.reload import reload
from tests.support.control import FAMILY, running_filter


def test_changes_of_what_is_in_force_wait_for_each_other(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            running.options.config.write_text(FAMILY.replace("games.example", "play.example"))
            await asyncio.gather(build_lists(running), reload(running), build_lists(running))
            rules = running.in_force.rules
            assert b"\x04play\x07example\x00" in rules.ruleset.policies["child"].block.names
            assert rules.index is not None
            assert rules.index.names > 1000

    asyncio.run(run())
