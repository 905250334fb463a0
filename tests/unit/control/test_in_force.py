import asyncio
from pathlib import Path

import pytest

from filterdns.blocklists.job import Wanted
from filterdns.control.in_force import PENDING_SECONDS
from filterdns.errors import StateError
from filterdns.resolver.image import read_image
from tests.support.control import FAMILY, ScriptedWorker, eventually, family, running_filter

OTHER = FAMILY.replace("games.example", "play.example")
WITH_LIST = FAMILY.replace(
    "categories: {", "categories: {gambling: {sources: ['file:list']}, "
).replace("[games.example, school]", "[games.example, school, gambling]")


def test_the_image_holds_what_is_in_force(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            image = read_image(running.options.folders.image)
            assert image.version == running.in_force.version
            assert image.ruleset == running.in_force.rules.ruleset
            assert image.upstreams == running.in_force.rules.compiled.upstreams
            assert len(image.probe_key) == 16

    asyncio.run(run())


def test_each_image_has_a_higher_version(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            first = running.in_force.version
            await running.in_force.replace(family(tmp_path), None)
            assert running.in_force.version > first

    asyncio.run(run())


def test_workers_answer_by_the_new_rules_when_they_are_in_force(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            worker = ScriptedWorker(running.options.folders.workers_socket)
            assert await eventually(lambda: worker.version == running.in_force.version)
            await running.in_force.replace(family(tmp_path, OTHER), None)
            assert worker.version == running.in_force.version
            worker.close()

    asyncio.run(run())


def test_a_refusal_leaves_all_as_it_was(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            worker = ScriptedWorker(running.options.folders.workers_socket)
            assert await eventually(lambda: worker.version == running.in_force.version)
            before = running.in_force.version, running.in_force.rules
            worker.refuses = "no memory"
            with pytest.raises(StateError, match="worker 0: no memory"):
                await running.in_force.replace(family(tmp_path, OTHER), None)
            assert (running.in_force.version, running.in_force.rules) == before
            image = read_image(running.options.folders.image)
            assert image.version == running.in_force.version
            assert image.ruleset == running.in_force.rules.ruleset
            worker.close()

    asyncio.run(run())


def test_a_disk_that_is_full_leaves_all_as_it_was(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            before = running.in_force.rules
            image = running.options.folders.image
            image.unlink()
            image.mkdir()
            with pytest.raises(StateError, match="cannot be written"):
                await running.in_force.replace(family(tmp_path, OTHER), None)
            assert running.in_force.rules is before

    asyncio.run(run())


def test_a_list_that_has_not_come_is_waited_for_since_it_was_first_missed(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "clock").write_text("0")
        (tmp_path / "list").write_text("casino.example\n")
        compiled = family(tmp_path, WITH_LIST)
        async with running_filter(tmp_path, WITH_LIST) as running:
            until = dict(running.in_force.rules.ruleset.pending)
            assert "gambling" in running.in_force.pending
            await running.in_force.replace(compiled, None)
            assert running.in_force.rules.ruleset.pending == until
            index = await running.lists.build(Wanted(compiled.sources))
            await running.in_force.replace(compiled, index)
            assert "gambling" not in running.in_force.pending
            assert running.in_force.rules.ruleset.pending == {}

    asyncio.run(run())


def test_a_list_is_not_waited_for_forever(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("casino.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            (tmp_path / "clock").write_text(str(PENDING_SECONDS + 1))
            assert await eventually(lambda: running.in_force.pending == [])

    asyncio.run(run())
