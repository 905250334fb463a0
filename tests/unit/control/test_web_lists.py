"""Lists from the web come when they are due, and what fails keeps its copy."""

import asyncio
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.copies import Copy
from filterdns.blocklists.fetching.job import State
from filterdns.blocklists.job import State as Built
from filterdns.config.compile import RefreshSettings
from filterdns.control.running import RunningFilter
from filterdns.control.web_lists import due, is_due, update_lists, web_sources
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from tests.support.control import FAMILY, running_filter
from tests.support.list_server import ListServer, status, text

HOURLY = RefreshSettings(3600, False)
NOW = 1_000_000.0


def config(server: ListServer) -> str:
    url = server.url("/list")
    body = FAMILY.replace("categories: {", f"categories: {{gambling: {{sources: ['{url}']}}, ")
    return f"{body}refresh: {{private: true, popularity: '{server.url('/top')}'}}\n"


def blocks(running: RunningFilter, name: str) -> bool:
    index = running.in_force.rules.index
    assert index is not None
    return bool(index.claims(suffixes(from_text(name)), codes.A))


def test_lists_are_fetched_built_and_in_force(tmp_path: Path) -> None:
    async def run(server: ListServer) -> None:
        server.script("/list", text(b"casino-of-a-list.example\n"))
        server.script("/top", text(b"1,top.example\n"))
        async with running_filter(tmp_path, config(server)) as running:
            assert [source.name for source in due(running)] == [server.url("/list"), "popularity"]
            fetched = await update_lists(running)
            assert {each.state for each in fetched} == {State.NEW}
            assert blocks(running, "casino-of-a-list.example")
            assert running.lists.report is not None
            assert running.lists.report.measured.popular == 1
            assert due(running) == ()
            server.script("/list", status("500 Broken"))
            [first, _] = await update_lists(running, force=True)
            assert first.state is State.KEPT
            assert blocks(running, "casino-of-a-list.example")
            [told] = [each for each in running.lists.report.sources if each.name == first.name]
            assert told.state is Built.FAILED
            assert "500" in told.error

    with ListServer() as server:
        asyncio.run(run(server))


def test_a_copy_of_a_list_that_left_the_config_goes(tmp_path: Path) -> None:
    async def run(server: ListServer) -> None:
        server.script("*", text(b"casino-of-a-list.example\n"))
        async with running_filter(tmp_path, config(server)) as running:
            await update_lists(running)
            folder = running.lists.web_folder
            assert list(folder.glob("*.text"))
        async with running_filter(tmp_path) as running:
            assert web_sources(running.in_force.rules.compiled) == ()
            assert await update_lists(running) == []
            assert not list(folder.glob("*.text"))

    with ListServer() as server:
        asyncio.run(run(server))


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        (Copy("u"), True),
        (Copy("u", checked_at=NOW), False),
        (Copy("u", checked_at=NOW - 3599), False),
        (Copy("u", checked_at=NOW - 3600), True),
        (Copy("u", checked_at=NOW + 1), True),  # the clock was set back
        (Copy("u", checked_at=NOW, failures=1, next_try_at=NOW + 1), False),
        (Copy("u", checked_at=NOW, failures=1, next_try_at=NOW), True),
    ],
)
def test_a_list_is_due_after_its_time(copy: Copy, expected: bool) -> None:
    assert is_due(copy, HOURLY, NOW) is expected
