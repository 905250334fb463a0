"""Sealed lists in a running filter: in force whatever happens to config and files, and told."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from filterdns.blocklists.fetching.job import State
from filterdns.blocklists.guards.reviews import SourceKey
from filterdns.control import in_force
from filterdns.control.explain import Asked, explain
from filterdns.control.list_search import who_lists
from filterdns.control.metrics_page import metrics_page
from filterdns.control.refresh import build_lists, mend_lists
from filterdns.control.reload import reload
from filterdns.control.reviews import decide
from filterdns.control.running import RunningFilter
from filterdns.control.sealed_lists import degraded, describe_sealed
from filterdns.control.status import read_status
from filterdns.control.troubles import Kind, find_troubles
from filterdns.control.web_lists import update_lists
from filterdns.errors import ControlError
from filterdns.resolver.image import read_image
from tests.support.control import FAMILY, eventually, running_filter
from tests.support.list_server import ListServer, Visit, status, text
from tests.support.sealing import numbered, sealed_text

SEALED = FAMILY.replace(
    "categories: {", "categories: {illegal: {sources: ['file:illegal'], sealed: true}, "
)
NAMES = numbered(100)


def play(folder: Path, scene: Callable[[RunningFilter], Awaitable[None]]) -> None:
    """Play *scene* with a filter whose sealed list is armed."""

    async def run() -> None:
        (folder / "illegal").write_text(sealed_text(NAMES))
        async with running_filter(folder, SEALED) as running:
            await build_lists(running)
            await scene(running)

    asyncio.run(run())


def row_of(running: RunningFilter, name: str = NAMES[7]) -> str:
    found = explain(Asked("unknown", name), running.in_force.rules, running.clock.now())
    row: str = found["row"]
    return row


def test_a_sealed_list_is_in_force_after_its_build(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        assert row_of(running) == "A1"
        assert row_of(running, f"www.{NAMES[0]}") == "A1"
        image = read_image(running.options.folders.image)
        assert list(map(Path, image.sealed_paths)) == list(running.lists.armory.folder.iterdir())
        assert degraded(running) == ""
        assert not [each for each in find_troubles(running) if each.kind is Kind.CONFIG]
        described = describe_sealed(running)
        assert (described["armed"], described["entries"]) == (1, 100)

    play(tmp_path, scene)


def test_a_new_version_is_in_force_and_the_old_one_goes(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        version = running.in_force.version
        (tmp_path / "illegal").write_text(sealed_text([*NAMES, "new.example"]))
        await build_lists(running)
        assert running.in_force.version > version
        assert row_of(running, "new.example") == "A1"
        assert len(list(running.lists.armory.folder.iterdir())) == 1

    play(tmp_path, scene)


def test_lists_that_have_not_changed_change_nothing(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        rules = running.in_force.rules
        await build_lists(running)
        assert running.in_force.rules is rules
        await reload(running)
        assert running.in_force.rules.house.sealed is rules.house.sealed

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "body",
    [FAMILY, SEALED.replace("sealed: true", "sealed: false"), SEALED.replace("'file:illegal'", "")],
    ids=["no category", "unsealed", "no source"],
)
def test_a_config_that_drops_it_is_degraded_and_changes_nothing(tmp_path: Path, body: str) -> None:
    async def scene(running: RunningFilter) -> None:
        running.options.config.write_text(body)
        warnings = await reload(running)
        await build_lists(running)
        assert row_of(running) == "A1"
        assert "the config has dropped a sealed list" in degraded(running)
        assert any("dropped a sealed list" in each for each in warnings)
        status = read_status(running)
        assert "dropped a sealed list" in status["degraded"]
        assert any("dropped a sealed list" in each for each in status["troubles"])
        page = metrics_page(running).decode()
        assert "filterdns_degraded 1" in page
        assert 'filterdns_trouble{kind="config"} 1' in page
        running.options.config.write_text(SEALED)
        await reload(running)
        assert degraded(running) == ""

    play(tmp_path, scene)


@pytest.mark.parametrize("is_accepted", [True, False])
def test_nobody_decides_about_it(tmp_path: Path, is_accepted: bool) -> None:
    async def scene(running: RunningFilter) -> None:
        (tmp_path / "illegal").write_text(sealed_text(NAMES[:10]))
        await build_lists(running)
        for names in ([], [NAMES[7]]):
            with pytest.raises(ControlError, match="sealed"):
                await decide(
                    running, SourceKey("illegal", "file:illegal"), names, is_accepted=is_accepted
                )
        assert row_of(running, NAMES[99]) == "A1"

    play(tmp_path, scene)


def test_a_bad_version_is_told_by_counts(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        (tmp_path / "illegal").write_text(sealed_text(NAMES[:10]) + "www.secret.example\n")
        await build_lists(running)
        troubles = "\n".join(map(str, find_troubles(running)))
        assert "it has 10 entries, and has had 100; what is armed stays in force" in troubles
        assert "1 lines are no SHA-256" in troubles
        assert "secret" not in troubles + str(read_status(running))

    play(tmp_path, scene)


def test_an_entry_that_covers_a_lifeline_is_an_alarm(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        (tmp_path / "illegal").write_text(sealed_text([*NAMES, "childline.org.uk"]))
        await build_lists(running)
        assert row_of(running, "www.childline.org.uk") == "A4"
        troubles = "\n".join(map(str, find_troubles(running)))
        assert "1 entries are refused, each would block a lifeline" in troubles
        assert "childline" not in troubles

    play(tmp_path, scene)


def test_a_file_that_somebody_removes_comes_back(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        (path,) = running.lists.armory.folder.iterdir()
        path.unlink()
        await mend_lists(running)
        assert path.exists()
        path.write_bytes(b"garbage")
        running.options.config.write_text(FAMILY)
        await reload(running)
        assert row_of(running) == "A1"
        assert path.stat().st_size > 100

    play(tmp_path, scene)


def test_a_file_that_is_gone_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "SEALED_LOOK_SECONDS", 0.01)

    async def scene(running: RunningFilter) -> None:
        running.tasks.spawn(running.in_force.keep_sealed())
        (path,) = running.lists.armory.folder.iterdir()
        path.unlink()
        assert await eventually(path.exists)

    play(tmp_path, scene)


def test_it_is_in_force_from_the_first_moment_of_the_next_start(tmp_path: Path) -> None:
    async def nothing(_: RunningFilter) -> None:
        return

    async def next_start() -> None:
        async with running_filter(tmp_path, FAMILY) as running:
            assert row_of(running) == "A1"
            assert degraded(running)

    play(tmp_path, nothing)
    asyncio.run(next_start())


def test_who_and_explain_tell_no_list_and_nobody(tmp_path: Path) -> None:
    async def scene(running: RunningFilter) -> None:
        rules = running.in_force.rules
        (found,) = who_lists(NAMES[7], rules, ())["lists"]
        assert found["list"] == "a sealed list"
        assert not any((found["category"], found["listed"], found["lines"], found["people"]))
        said = explain(Asked("unknown", NAMES[7]), rules, running.clock.now())
        assert (said["rule"], said["where"], said["listed"]) == ("a sealed list", "", "")
        assert said["category"] == ""

    play(tmp_path, scene)


def test_a_download_is_removed_and_asked_for_again_only_if_it_has_changed(tmp_path: Path) -> None:
    def serve(visit: Visit) -> None:
        if visit.request.headers.get("if-none-match") == '"1"':
            status("304 Not Modified")(visit)
        else:
            text(sealed_text(NAMES).encode(), 'ETag: "1"')(visit)

    async def run() -> None:
        with ListServer() as server:
            server.script("/illegal", serve)
            body = SEALED.replace("file:illegal", server.url("/illegal"))
            async with running_filter(tmp_path, body + "\nrefresh: {private: true}\n") as running:
                await update_lists(running)
                assert row_of(running) == "A1"
                web = running.lists.web_folder
                assert list(web.glob("*.text")) == []
                (fetched,) = await update_lists(running)
                assert fetched.state is State.UNCHANGED
                assert row_of(running) == "A1"
                assert degraded(running) == ""
                assert not any("sealed" in str(each) for each in find_troubles(running))
                conditions = [each.headers.get("if-none-match") for each in server.asked]
                assert conditions == [None, '"1"']

    asyncio.run(run())


def test_a_list_whose_state_was_removed_by_hand_is_fetched_whole(tmp_path: Path) -> None:
    async def run() -> None:
        with ListServer() as server:
            server.script("/illegal", text(sealed_text(NAMES).encode(), 'ETag: "1"'))
            body = SEALED.replace("file:illegal", server.url("/illegal"))
            body += "\nrefresh: {private: true}\n"
            async with running_filter(tmp_path, body) as running:
                await update_lists(running)
                folder = running.lists.armory.folder
            shutil.rmtree(folder)
            async with running_filter(tmp_path, body) as running:
                assert row_of(running) != "A1"
                await update_lists(running)
                assert row_of(running) == "A1"
            assert [each.headers.get("if-none-match") for each in server.asked] == [None, None]

    asyncio.run(run())
