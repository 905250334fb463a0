import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from filterdns.clock import BUILT_AT, Clock, Floor
from filterdns.config.calendars import CalendarPlan, HolidayPlan
from filterdns.control.disk import DiskState
from filterdns.control.refresh import build_lists
from filterdns.control.reload import reload
from filterdns.control.running import RunningFilter
from filterdns.control.supervisor_link import SupervisorState, WorkerProcess
from filterdns.control.troubles import Kind, Trouble, find_troubles, look
from filterdns.errors import ConfigError
from filterdns.history.pending import Pending
from filterdns.kernel_time import boot_seconds
from filterdns.listeners.buffers import BufferState
from tests.support.calendars import source
from tests.support.control import FAMILY, running_filter

Happen = Callable[[RunningFilter], None]

WITH_LIST = FAMILY.replace("categories: {", "categories: {drugs: {sources: ['file:list']}, ")


def a_socket_is_not_bound(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState((), ("cannot listen on 192.0.2.1:53",), ())


def a_worker_is_dead(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState((), (), (WorkerProcess(0, False, 3),))


def a_worker_is_braked(running: RunningFilter) -> None:
    running.supervisor.state = SupervisorState((), (), (WorkerProcess(0, False, 7, True),))


def with_losses(granted_bytes: int) -> Happen:
    def happen(running: RunningFilter) -> None:
        for dropped in (40, 43):
            buffer = BufferState("::1", 53, 0, granted_bytes, dropped)
            running.supervisor.state = SupervisorState(buffers=(buffer,))
            look(running)

    return happen


def with_clock(booted_seconds_ago: float, offset_seconds: float = 0.0) -> Happen:
    def happen(running: RunningFilter) -> None:
        file = running.options.config.with_name("unknown-clock")
        file.write_text(f"{offset_seconds} unsynchronised")
        floor = Floor(BUILT_AT, boot_seconds() - booted_seconds_ago)
        running.clock = Clock(file, floor)

    return happen


def an_upstream_is_down(running: RunningFilter) -> None:
    running.upstreams.take(0, [["192.0.2.1:53", "down", 3, 1.0, "192.0.2.1:53: no answer"]])


def an_upstream_leads_back(running: RunningFilter) -> None:
    running.upstreams.take(0, [["192.0.2.1:53", "loop", 0, 1.0, "leads back to this filter"]])


def the_history_is_not_written(running: RunningFilter) -> None:
    running.recorder.trouble = "history is not written: disk full"


def rows_found_no_room(running: RunningFilter) -> None:
    row = ["mia", "tablet", "x.example", "adult", "A11", "adult", 1, 1, 3]
    running.recorder._pending = Pending(0)
    running.recorder.add([row], 10.0)
    the_history_is_not_written(running)


def the_history_was_damaged(running: RunningFilter) -> None:
    running.recorder._store.broken_copy = Path("/state/history.db.damaged-1")


def the_disk_is_full(running: RunningFilter) -> None:
    running.disk.state = running.disk.state._replace(trouble="it is full, 0 bytes are free")


def an_old_config_is_in_force(running: RunningFilter) -> None:
    running.degraded = "the config of yesterday is in force"


def with_room(free_bytes: int, total_bytes: int) -> Happen:
    def happen(running: RunningFilter) -> None:
        running.disk.state = DiskState("/var/lib/filterdns", free_bytes, total_bytes)

    return happen


def a_build_has_failed(running: RunningFilter) -> None:
    running.lists.trouble = "disk full"


def a_calendar_has_not_come(running: RunningFilter) -> None:
    terms = source(url="https://a.example/t.ics")
    compiled = running.in_force.rules.compiled
    plan = CalendarPlan(house=HolidayPlan(sources=(terms,)))
    running.in_force.rules.compiled = replace(compiled, calendars=plan)
    running.calendars.look([terms])


@pytest.mark.parametrize(
    ("happen", "kind", "what", "cure"),
    [
        (a_socket_is_not_bound, Kind.LISTENING, "cannot listen on 192.0.2.1:53", ""),
        (a_worker_is_dead, Kind.WORKER, "worker 0 is not running", "the log"),
        (a_worker_is_braked, Kind.WORKER, "worker 0 keeps ending, 7 restarts", "the log"),
        (with_losses(212_992), Kind.QUEUE, "3 queries to [::1]:53 were lost", "rmem_max=4194304"),
        (with_losses(4 << 20), Kind.QUEUE, "in the last 5 minutes", "listen.workers"),
        (with_clock(0.0), Kind.CLOCK, "the clock is waited for", "a time client"),
        (
            with_clock(900.0, -1e9),
            Kind.CLOCK,
            "the clock is earlier than the last",
            "a time client",
        ),
        (an_upstream_is_down, Kind.UPSTREAM, "192.0.2.1:53 is down: no answer", "servers"),
        (an_upstream_leads_back, Kind.UPSTREAM, "leads back to this filter", "take it out"),
        (the_history_is_not_written, Kind.HISTORY, "history is not written: disk full", ""),
        (rows_found_no_room, Kind.HISTORY, "0 rows wait in memory, 3 queries found no room", ""),
        (the_history_was_damaged, Kind.HISTORY, "lies in /state/history.db.damaged-1", "remove it"),
        (with_room(10**8, 10**10), Kind.DISK, "nearly full: 100 MB of 10 GB", "make room"),
        (with_room(9 * 10**7, 10**9), Kind.DISK, "nearly full: 90 MB of 1.0 GB", "make room"),
        (the_disk_is_full, Kind.DISK, "it is full, 0 bytes are free", "make room"),
        (an_old_config_is_in_force, Kind.CONFIG, "degraded: the config of yesterday", "reload"),
        (a_build_has_failed, Kind.LIST, "lists: disk full", ""),
        (a_calendar_has_not_come, Kind.CALENDAR, "a.example/t.ics: it has not been", "by itself"),
    ],
)
def test_trouble_is_told_with_its_cure(
    tmp_path: Path, happen: Happen, kind: Kind, what: str, cure: str
) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            assert find_troubles(running) == []
            happen(running)
            [trouble] = find_troubles(running)
            assert trouble.kind is kind
            assert what in trouble.what
            assert cure in trouble.cure

    asyncio.run(run())


@pytest.mark.parametrize(
    ("free_bytes", "total_bytes"),
    [
        (0, 0),  # nobody has looked yet
        (110 * 10**6, 10**9),
        (2 * 10**9, 10**12),  # 0.2 %, and more than we ever fill
        (10 * 10**6, 32 * 10**6),  # small, and not full
    ],
)
def test_a_disk_with_room_is_no_trouble(tmp_path: Path, free_bytes: int, total_bytes: int) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            with_room(free_bytes, total_bytes)(running)
            assert find_troubles(running) == []

    asyncio.run(run())


def test_a_trouble_and_its_cure_are_one_line() -> None:
    assert str(Trouble(Kind.LIST, "it is torn", "mend it")) == "it is torn; mend it"
    assert str(Trouble(Kind.LIST, "it is late")) == "it is late"


def test_a_worker_that_stays_behind_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            running.supervisor.state = SupervisorState((), (), (WorkerProcess(7, True, 0),))
            assert find_troubles(running) == []
            monkeypatch.setattr("filterdns.control.watch.BEHIND_SECONDS", 0.0)
            [trouble] = find_troubles(running)  # it has not said hello at all
            assert trouble.kind is Kind.RULES
            assert "worker 0 goes by older rules" in trouble.what

    asyncio.run(run())


def test_a_list_that_is_missing_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("pills.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            [told] = [each for each in words(running) if "the list of drugs" in each]
            assert told.startswith("the list of drugs has not come yet; until it does, for 5 min")
            (tmp_path / "list").unlink()
            await build_lists(running)
            [told] = [each for each in words(running) if each.startswith("list drugs file:")]
            assert told.endswith("it has no entry; put it right, then `filterdns lists build`")

    asyncio.run(run())


def test_a_list_that_fails_keeps_its_last_good_copy(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("pills.example\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await build_lists(running)
            assert words(running) == []
            (tmp_path / "list").write_bytes(b"\x1f\x8b damaged")
            await build_lists(running)
            [told] = words(running)
            assert "its last good copy stays" in told

    asyncio.run(run())


def test_each_list_that_is_not_taken_has_its_cure(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("pills.example\n")
        url = "https://lists.example/drugs.txt"
        body = WITH_LIST.replace("'file:list'", f"'file:list', '{url}'")
        async with running_filter(tmp_path, body) as running:
            await build_lists(running)
            [told] = words(running)
            assert f"{url}: it has not been fetched yet" in told
            assert told.endswith("`filterdns lists update` tries again")
            (tmp_path / "list").write_text("# nothing\n")
            await build_lists(running)
            told = next(each for each in words(running) if "file:list" in each)
            assert told.endswith(
                "its last good copy stays; decide about it: `filterdns lists review`"
            )

    asyncio.run(run())


def test_a_list_that_is_a_web_page_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "list").write_text("<!DOCTYPE html>\n<p>Not found</p>\n")
        async with running_filter(tmp_path, WITH_LIST) as running:
            await build_lists(running)
            assert any(
                "2 of its 2 lines are those of a web page" in each for each in words(running)
            )

    asyncio.run(run())


def test_a_refused_reload_is_told_until_one_succeeds(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            running.options.config.write_text("people: 7")
            with pytest.raises(ConfigError):
                await reload(running)
            [told] = words(running)
            assert "the last reload was refused 0 s ago" in told
            assert "config.yaml:1:" in told
            running.options.config.write_text(FAMILY)
            await reload(running)
            assert words(running) == []

    asyncio.run(run())


def test_a_degraded_filter_tells_why_its_reload_was_refused_in_the_same_line(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with running_filter(tmp_path) as running:
            await build_lists(running)
            running.degraded = "the config of yesterday is in force"
            running.options.config.write_text("people: 7")
            with pytest.raises(ConfigError):
                await reload(running)
            [told] = words(running)
            assert told.startswith("degraded: the config of yesterday is in force; the last reload")

    asyncio.run(run())


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_without_a_name(kind: Kind) -> None:
    assert kind.words
    assert not any(character.isdigit() for character in kind.words)


@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        (None, "there is no such file", "start the DHCP server"),
        ("<html>", "no lease file of dnsmasq, kea, isc, odhcpd", "lease_files"),
        ("0 3c:22:fb:1:2:3 192.168.1.256 a *\n", "1 entry makes no sense", "the other 0 leases"),
        ("0 3c:22:fb:01:02:03 192.168.1.7 a *\nx\n\ny\n", "2 entries make no", "the other 1 le"),
    ],
)
def test_a_lease_file_that_tells_nothing_is_told_with_its_cure(
    tmp_path: Path, text: str | None, what: str, cure: str
) -> None:
    path = tmp_path / "leases"
    if text is not None:
        path.write_text(text)

    async def run() -> None:
        async with running_filter(tmp_path, f"{FAMILY}lease_files: [leases]\n") as running:
            await build_lists(running)
            await running.nearby.leases.look()
            [trouble] = find_troubles(running)
            assert trouble.kind is Kind.DEVICES
            assert trouble.what.startswith(f"lease file {path}: {what}")
            assert cure in trouble.cure
            path.write_text("0 3c:22:fb:01:02:03 192.168.1.7 tablet *\n")
            await running.nearby.leases.look()
            assert find_troubles(running) == []

    asyncio.run(run())


def words(running: RunningFilter) -> list[str]:
    return [str(trouble) for trouble in find_troubles(running)]


def test_a_clock_that_nobody_sets_but_is_plausible_is_no_trouble(tmp_path: Path) -> None:
    async def looked() -> list[Trouble]:
        async with running_filter(tmp_path) as running:
            with_clock(900.0)(running)
            return [each for each in find_troubles(running) if each.kind is Kind.CLOCK]

    assert asyncio.run(looked()) == []
