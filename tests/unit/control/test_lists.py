import asyncio
import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from filterdns.blocklists.job import Progress, SourceSpec, Wanted
from filterdns.control.lists import Lists, describe_source, run_build
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from filterdns.errors import BlocklistError
from tests.support.disks import frozen, slow_disk


def source(folder: Path, text: str = "casino.example\n", name: str = "list") -> SourceSpec:
    path = folder / name
    path.write_text(text)
    return SourceSpec("gambling", f"file:{path}", path)


def indexes(folder: Path) -> list[Path]:
    return list(folder.glob("*.idx"))


def test_a_build_by_another_process_gives_the_index(tmp_path: Path) -> None:
    lists = Lists(tmp_path)
    with closing(asyncio.run(lists.build(Wanted((source(tmp_path),))))) as index:
        assert len(index.claims(suffixes(from_text("www.casino.example")), codes.A)) == 1
    assert lists.report is not None
    assert lists.report.names == 1


def test_progress_is_told(tmp_path: Path) -> None:
    said: list[Progress] = []
    asyncio.run(run_build([source(tmp_path)], tmp_path, said.append))
    assert {progress.step for progress in said} == {"read", "merge"}


def test_the_last_index_is_found_again(tmp_path: Path) -> None:
    assert Lists(tmp_path).last_index() is None
    with closing(asyncio.run(Lists(tmp_path).build(Wanted((source(tmp_path),))))) as built:
        last = Lists(tmp_path).last_index()
        assert last is not None
        with closing(last):
            assert last.key == built.key


def test_the_index_in_force_is_the_last_whatever_the_clock_says(tmp_path: Path) -> None:
    lists = Lists(tmp_path)

    async def run() -> None:
        index = await lists.build(Wanted((source(tmp_path),)))
        await lists.settle(index)
        index.close()
        os.utime(index.path, (1, 1))
        (await lists.build(Wanted((source(tmp_path, "poker.example\n"),)))).close()
        last = Lists(tmp_path).last_index()
        assert last is not None
        with closing(last):
            assert last.path == index.path

    asyncio.run(run())


def test_a_change_of_a_source_is_seen(tmp_path: Path) -> None:
    lists, sources = Lists(tmp_path), [source(tmp_path)]
    assert not lists.is_current(Wanted(tuple(sources)), None)
    with closing(asyncio.run(lists.build(Wanted(tuple(sources))))) as index:
        assert lists.is_current(Wanted(tuple(sources)), index)
        source(tmp_path, "casino.example\npoker.example\n")
        assert not lists.is_current(Wanted(tuple(sources)), index)


def test_what_was_built_and_is_not_in_force_is_not_current(tmp_path: Path) -> None:
    lists, sources = Lists(tmp_path), [source(tmp_path)]
    with closing(asyncio.run(lists.build(Wanted(tuple(sources))))) as in_force:
        changed = [source(tmp_path, "poker.example\n")]
        asyncio.run(lists.build(Wanted(tuple(changed)))).close()
        assert not lists.is_current(Wanted(tuple(changed)), in_force)
        asyncio.run(lists.settle(in_force))
        assert in_force.path.exists()  # a worker that is born now opens it


def test_a_source_that_fails_is_told_once_and_does_not_fail_the_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lists = Lists(tmp_path)
    missing = SourceSpec("adult", "file:gone", tmp_path / "gone")
    for _ in range(2):
        asyncio.run(
            lists.build(
                Wanted(
                    (
                        source(tmp_path),
                        missing,
                    )
                )
            )
        ).close()
    assert lists.report is not None
    assert describe_source(lists.report.sources[1])["error"]
    assert [record.getMessage()[:20] for record in caplog.records] == ["list adult file:gone"]


def test_a_build_that_cannot_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    lists = Lists(tmp_path)
    with pytest.raises(BlocklistError):
        asyncio.run(lists.build(Wanted((source(tmp_path),))))
    assert lists.trouble
    assert not lists.is_building


def test_lists_that_have_moved_say_why(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    lists = Lists(tmp_path)
    lists.move(tmp_path / "elsewhere", "the disk is full")
    with closing(asyncio.run(lists.build(Wanted((source(tmp_path),))))) as index:
        assert index.path.parent == tmp_path / "elsewhere"
    assert lists.trouble == "the disk is full"


def test_a_build_that_a_disk_holds_up_is_given_up(tmp_path: Path) -> None:
    async def given_up() -> float:
        with frozen(disk):
            started = time.monotonic()
            with pytest.raises(BlocklistError, match="has not moved for 5 s"):
                await lists.build(Wanted((source(tmp_path),)))
            seconds = time.monotonic() - started
        (await lists.build(Wanted((source(tmp_path),)))).close()
        return seconds

    with slow_disk(tmp_path / "disk") as disk:
        lists = Lists(disk, silence_seconds=5)
        assert asyncio.run(given_up()) < 30
    assert not lists.trouble


def test_what_is_not_used_any_more_is_removed(tmp_path: Path) -> None:
    lists = Lists(tmp_path)

    async def run() -> None:
        (await lists.build(Wanted((source(tmp_path),)))).close()
        index = await lists.build(Wanted((source(tmp_path, "poker.example\n"),)))
        assert len(indexes(tmp_path)) == 2
        await lists.settle(index)
        index.close()

    asyncio.run(run())
    assert lists.report is not None
    assert indexes(tmp_path) == [lists.report.index]


def test_what_became_of_a_list_is_described(tmp_path: Path) -> None:
    report = asyncio.run(run_build([source(tmp_path, "a.example\na.example\n# c\n")], tmp_path))
    found = describe_source(report.sources[0])
    assert (found["names"], found["duplicates"], found["error"]) == (1, 1, "")
