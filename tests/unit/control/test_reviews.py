"""Adults decide about what waits, and the lists go by it at once."""

import asyncio
from pathlib import Path

import pytest

from filterdns.blocklists.guards.reviews import SourceKey
from filterdns.control.refresh import build_lists
from filterdns.control.reviews import decide, waiting
from filterdns.control.running import RunningFilter
from filterdns.errors import ControlError
from tests.support.control import FAMILY, running_filter

CONFIG = FAMILY.replace("categories: {", "categories: {games: {sources: ['file:list']}, ") + (
    "refresh: {popularity: 'file:top'}\n"
)
LIST = SourceKey("games", "file:list")
MANY = "".join(f"n{number}.example\n" for number in range(100))


def entries(running: RunningFilter) -> int:
    report = running.lists.report
    assert report is not None
    [run] = [each.run for each in report.sources if each.name == "file:list"]
    assert run is not None
    return run.entries


async def changed(running: RunningFilter, folder: Path, text: str) -> None:
    (folder / "list").write_text(text)
    await build_lists(running)


@pytest.mark.parametrize(("is_accepted", "left"), [(True, 2), (False, 100)])
def test_an_update_that_waits_is_taken_or_not(tmp_path: Path, is_accepted: bool, left: int) -> None:
    async def run() -> None:
        (tmp_path / "top").write_text("cdn.example\n")
        (tmp_path / "list").write_text(MANY)
        async with running_filter(tmp_path, CONFIG) as running:
            await build_lists(running)
            await changed(running, tmp_path, "a.example\nb.example\n")
            [item] = waiting(running)
            assert (item["kind"], item["category"], item["list"]) == ("update", *LIST)
            assert item["why"] == "it has shrunk from 100 entries to 2"
            said = await decide(running, LIST, (), is_accepted=is_accepted)
            assert said.startswith("the update of games file:list is ")
            assert entries(running) == left

    asyncio.run(run())


@pytest.mark.parametrize(("is_accepted", "left"), [(True, 101), (False, 100)])
def test_a_name_that_waits_is_blocked_or_never(
    tmp_path: Path, is_accepted: bool, left: int
) -> None:
    async def run() -> None:
        (tmp_path / "top").write_text("cdn.example\n")
        (tmp_path / "list").write_text(MANY)
        async with running_filter(tmp_path, CONFIG) as running:
            await build_lists(running)
            await changed(running, tmp_path, MANY + "cdn.example\n")
            assert [(item["kind"], item["name"]) for item in waiting(running)] == [
                ("name", "cdn.example")
            ]
            assert entries(running) == 100
            await decide(running, LIST, ["cdn.example"], is_accepted=is_accepted)
            assert entries(running) == left
            assert waiting(running) == []
            await decide(running, LIST, ["cdn.example"], is_accepted=not is_accepted)  # a way back
            assert entries(running) == 201 - left

    asyncio.run(run())


@pytest.mark.parametrize(
    ("source", "names", "words"),
    [
        (SourceKey("games", "file:other"), (), "is no list of the config; there are: "),
        (LIST, (), "found no update that waits"),
        (LIST, ("x.example",), "x.example: found no such name that waits for a review"),
    ],
)
def test_what_does_not_wait_cannot_be_decided(
    tmp_path: Path, source: SourceKey, names: tuple[str, ...], words: str
) -> None:
    async def run() -> None:
        (tmp_path / "top").write_text("cdn.example\n")
        (tmp_path / "list").write_text(MANY)
        async with running_filter(tmp_path, CONFIG) as running:
            await build_lists(running)
            with pytest.raises(ControlError, match=words):
                await decide(running, source, names, is_accepted=True)

    asyncio.run(run())


def test_where_nothing_can_be_decided_about_no_list_is_proposed(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            with pytest.raises(ControlError, match="it has no list but the starter lists"):
                await decide(running, SourceKey("ads", "x"), (), is_accepted=True)

    asyncio.run(run())
