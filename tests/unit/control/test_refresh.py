import asyncio
from pathlib import Path

from filterdns.control.refresh import build_lists, mend_lists
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from tests.support.control import FAMILY, running_filter

WITH_LIST = FAMILY.replace("categories: {", "categories: {gambling: {sources: ['file:list']}, ")


def test_a_changed_list_is_in_force_after_its_build(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("casino.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await build_lists(running)
            first = running.in_force.version
            (tmp_path / "list").write_text("casino.example\npoker.example\n")
            report = await build_lists(running)
            assert report.is_new
            assert running.in_force.version > first
            index = running.in_force.rules.index
            assert index is not None
            assert index.claims(suffixes(from_text("poker.example")), codes.A)
            assert list(running.options.folders.lists.glob("*.idx")) == [index.path]

    asyncio.run(run())


def test_lists_that_have_not_changed_change_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("casino.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await build_lists(running)
            rules = running.in_force.rules
            assert not (await build_lists(running)).is_new
            assert running.in_force.rules is rules
            assert rules.index is not None
            assert rules.index.claims(suffixes(from_text("casino.example")), codes.A)

    asyncio.run(run())


def test_an_index_that_is_gone_or_damaged_is_made_anew(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("casino.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await build_lists(running)
            index = running.in_force.rules.index
            assert index is not None
            whole = index.path.read_bytes()
            for damaged in (None, whole[:1000], bytes(len(whole))):
                index.path.unlink()  # the mapping stays
                if damaged is not None:
                    index.path.write_bytes(damaged)
                await mend_lists(running)
                assert index.path.read_bytes() == whole

    asyncio.run(run())


def test_an_index_that_is_whole_is_left_alone(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("casino.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await mend_lists(running)  # without any
            await build_lists(running)
            report = running.lists.report
            await mend_lists(running)
            assert running.lists.report is report

    asyncio.run(run())
