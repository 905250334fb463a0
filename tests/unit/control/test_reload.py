import asyncio
from pathlib import Path

import pytest

from filterdns.control.last_good import read_last_good
from filterdns.control.reload import problems_of, reload
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes
from filterdns.errors import ConfigError, FilterdnsError
from tests.support.broken_configs import BROKEN_CONFIGS, BrokenConfig
from tests.support.control import FAMILY, ScriptedWorker, eventually, running_filter

OTHER = FAMILY.replace("games.example", "play.example")
WITH_LIST = OTHER.replace("categories: {", "categories: {gambling: {sources: ['file:list']}, ")


def reload_with(folder: Path, body: str) -> list[str]:
    """Reload *body*; return its warnings, or raise after proving that nothing has changed."""

    async def run() -> list[str]:
        async with running_filter(folder) as running:
            before = running.in_force.rules
            running.options.config.write_text(body)
            try:
                warnings = await reload(running)
            except FilterdnsError as error:
                assert running.in_force.rules is before
                assert running.last_reload is not None
                assert running.last_reload.problems == problems_of(error)
                raise
            assert running.in_force.rules is not before
            assert running.last_reload is not None
            assert not running.last_reload.problems
            return warnings

    return asyncio.run(run())


def test_a_new_config_is_in_force_and_its_warnings_are_told(tmp_path: Path) -> None:
    [warning] = reload_with(tmp_path, OTHER.replace("adults: {}", "adults: {}\n  teen: {}"))
    assert "policies.teen: nobody has this policy" in warning


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (OTHER.replace("mia: {policy: child", "mia: {policy: kid"), 'did you mean "child"'),
        (
            OTHER + "expect: [{who: mia, at: 'Fri 12:00', name: a.example, is: blocked}]\n",
            "is allowed",
        ),
        (OTHER.replace("5300", "5301"), "listen.dns: this changes only with a restart"),
        (OTHER.replace('5300"]', '5300"], workers: 2'), "listen.workers: this changes only"),
        (OTHER + "metrics: {listen: '127.0.0.1:9999'}\n", "metrics.listen: this changes only"),
    ],
)
def test_a_config_that_cannot_be_used_changes_nothing_and_says_why(
    tmp_path: Path, body: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        reload_with(tmp_path, body)


@pytest.mark.parametrize("broken", BROKEN_CONFIGS, ids=lambda broken: broken.name)
def test_every_broken_config_leaves_the_running_rules_alone(
    tmp_path: Path, broken: BrokenConfig
) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            before = running.in_force.rules
            broken.write(tmp_path)
            with pytest.raises(ConfigError) as refused:
                await reload(running)
            assert str(refused.value).startswith(broken.place)
            assert running.in_force.rules is before

    asyncio.run(run())


def test_new_lists_are_built_before_the_config_that_names_them_is_in_force(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("casino.example\n")

    async def run() -> None:
        async with running_filter(tmp_path) as running:
            running.options.config.write_text(WITH_LIST)
            await reload(running)
            index = running.in_force.rules.index
            assert index is not None
            assert index.claims(suffixes(from_text("casino.example")), codes.A)
            assert running.in_force.pending == []

    asyncio.run(run())


def test_a_list_that_changed_on_disk_is_built_anew(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("casino.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await reload(running)
            (tmp_path / "list").write_text("casino.example\npoker.example\n")
            await reload(running)
            index = running.in_force.rules.index
            assert index is not None
            assert index.claims(suffixes(from_text("poker.example")), codes.A)

    asyncio.run(run())


def test_workers_answer_by_the_new_config_when_the_reload_is_over(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            worker = ScriptedWorker(running.options.folders.workers_socket)
            assert await eventually(lambda: bool(running.workers.connected))
            running.options.config.write_text(OTHER)
            await reload(running)
            assert worker.version == running.in_force.version
            worker.close()

    asyncio.run(run())


def test_reloads_are_counted_by_their_result(tmp_path: Path) -> None:
    async def run() -> bytes:
        async with running_filter(tmp_path) as running:
            await reload(running)
            running.options.config.write_text("people: 7")
            with pytest.raises(ConfigError):
                await reload(running)
            return running.metrics.page()

    page = asyncio.run(run())
    assert b'filterdns_config_reloads_total{result="applied"} 1.0' in page
    assert b'filterdns_config_reloads_total{result="refused"} 1.0' in page


def test_an_error_of_ours_is_told_like_a_refusal(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            lists, running.lists = running.lists, None  # type: ignore[assignment]
            with pytest.raises(AttributeError):
                await reload(running)
            running.lists = lists
            assert running.last_reload is not None
            [problem] = running.last_reload.problems
            assert problem.startswith("internal error: AttributeError(")
            assert problem.endswith("; the log has more")
            assert b'reloads_total{result="refused"} 1.0' in running.metrics.page()

    asyncio.run(run())


def test_a_reload_that_works_ends_what_was_degraded_and_is_kept(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            running.degraded = "the files are bad"
            running.options.config.write_text("people: 7")
            with pytest.raises(ConfigError):
                await reload(running)
            assert running.degraded == "the files are bad"
            assert read_last_good(running.options.folders.last_good) is None
            running.options.config.write_text(OTHER)
            await reload(running)
            assert running.degraded == ""
            kept = read_last_good(running.options.folders.last_good)
            assert kept is not None
            assert kept.meaning.digest == running.in_force.rules.compiled.digest

    asyncio.run(run())
