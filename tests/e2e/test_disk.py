"""Disks that are full, stalled, read-only or damaged: answers go on, and what was lost is said.

The state of the filter lies on a disk of the test; its config, sockets and output do not.
"""

import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from filterdns.blocklists.layout import read_header
from filterdns.errors import FilterUnavailable
from tests.support.disks import fill, frozen, full_disk, make_read_only, slow_disk, small_disk
from tests.support.house import (
    PROGRAM,
    STOP_SECONDS,
    House,
    clock_file,
    config_file,
    config_head,
    descendants,
    directory,
    is_running,
    open_house,
)
from tests.support.memory import locked_bytes
from tests.support.peers import Endpoint, free_port, running
from tests.support.steady import steadily_asking
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = pytest.mark.timeout(400)

ROOM: Final = [f"127.0.1.{last}" for last in range(1, 21)]
BLOCKED: Final = "www.bet365.com"  # in the starter list of gambling
GAP_SECONDS: Final = 1.0  # worse would be a gap worth the name, here where machines are busy
SAY_SECONDS: Final = 40.0  # the disk is looked at every 30 s

DEVICES: Final = ", ".join(
    f"{{name: d{number}, ip: {address}}}" for number, address in enumerate(ROOM)
)
CONFIG: Final = f"""\
timezone: Europe/Berlin
categories: {{own: {{sources: ["file:own.txt"]}}}}
policies: {{child: {{block: [gambling, own, games.example]}}}}
people: {{mia: {{policy: child, devices: [{DEVICES}]}}}}
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endpoint]:
    with ScriptedUpstream(answer_with("192.0.2.99")) as scripted:
        yield Endpoint(scripted.host, scripted.port)


@pytest.fixture(scope="module")
def forgetful() -> Iterator[Endpoint]:
    """Give an upstream whose answers may not be kept: each is forwarded."""
    with ScriptedUpstream(answer_with("192.0.2.99", ttl=0)) as scripted:
        yield Endpoint(scripted.host, scripted.port)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.txt").write_text("own.example\n")
    return tmp_path


def state(folder: Path) -> Path:
    """Return where the state of the filter in *folder* lies, and where a test mounts its disk."""
    return directory(folder) / "state"


def assert_filters(house: House) -> None:
    assert house.dig(BLOCKED, client=ROOM[0]).is_blocked
    assert house.dig("www.example.org", client=ROOM[0]).addresses == ["192.0.2.99"]


def says(house: House, *words: str) -> bool:
    """Whether `filterdns status` speaks of trouble in all of these *words*."""
    text = house.cli("status").stdout
    return all(word in text for word in words)


def control_pid(house: House) -> int:
    pid: int = house.status()["control"]["pid"]
    return pid


def ask_names(house: House, count: int, clients: Sequence[str] = ROOM) -> None:
    """Ask *count* blocked names of their own as each of *clients*."""
    for client in clients:
        names = [f"n{number}.bet365.com" for number in range(count)]
        assert all(reply.is_blocked for reply in house.dig_all(names, client=client))


def counts(house: House) -> dict[tuple[str, str], int]:
    """Return how often each name was blocked for each device, as the log has it."""
    found: dict[tuple[str, str], int] = {}
    for row in house.log_rows():
        key = row["device"], row["name"]
        found[key] = found.get(key, 0) + row["count"]
    return found


# A full disk.


def test_on_a_full_disk_rows_wait_and_are_written_when_there_is_room(
    folder: Path, upstream: Endpoint
) -> None:
    with (
        small_disk(state(folder), "24m") as disk,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        filler = fill(disk)
        ask_names(house, 120)
        assert_filters(house)
        house.cli("log")  # has them written, if only it could
        house.wait_until(
            lambda: says(house, "history is not written", "full", "rows wait in memory"),
            "trouble in words",
        )
        house.wait_until(lambda: says(house, "it is full"), "the disk in words", SAY_SECONDS)
        assert house.metric("filterdns_history_trouble") == 1
        ask_names(house, 120)
        filler.unlink()
        found = counts(house)
        assert len(found) == 120 * len(ROOM) + 1
        assert {count for (_, name), count in found.items() if name != BLOCKED} == {2}
        house.wait_until(
            lambda: not says(house, "it is full"), "an end of the trouble", SAY_SECONDS
        )
        assert "history is written again" in house.log_text()


def test_on_a_full_disk_lists_are_not_built_and_the_old_ones_stay(
    folder: Path, upstream: Endpoint
) -> None:
    with (
        small_disk(state(folder), "24m") as disk,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        filler = fill(disk)
        (folder / "own.txt").write_text("own.example\nnew.example\n")
        built = house.cli("lists", "build")
        assert built.code != 0
        assert "No space left on device" in built.stderr
        assert says(house, "list own", "No space left on device", "its last good copy stays")
        assert house.dig("own.example", client=ROOM[0]).is_blocked
        assert not house.dig("new.example", client=ROOM[0]).is_blocked
        assert house.reload().code == 0  # with the copies that are there
        assert house.dig("own.example", client=ROOM[0]).is_blocked
        filler.unlink()
        assert house.cli("lists", "build").code == 0
        assert house.dig("new.example", client=ROOM[0]).is_blocked
        assert not says(house, "No space")
        assert not list(disk.rglob("*.tmp"))


def test_on_a_full_disk_a_reload_takes_effect(folder: Path, upstream: Endpoint) -> None:
    with (
        small_disk(state(folder), "24m") as disk,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        fill(disk)
        assert not house.dig("other.example", client=ROOM[0]).is_blocked
        house.write_config(CONFIG.replace("games.example", "other.example"))
        said = house.reload()
        assert said.code == 0, said.stderr
        assert house.dig("other.example", client=ROOM[0]).is_blocked
        os.kill(house.status()["workers"][0]["pid"], signal.SIGKILL)
        house.wait_until(lambda: house.dig("other.example", client=ROOM[0]).is_blocked, "a worker")


def test_a_start_on_a_full_disk_without_anything_filters_all_the_same(
    folder: Path, upstream: Endpoint
) -> None:
    with (
        full_disk(state(folder)),
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        assert_filters(house)
        assert house.dig("own.example", client=ROOM[0]).is_blocked
        assert says(house, "history is not written", "it is full", "kept in")


def test_a_start_on_a_full_disk_begins_with_what_is_there(folder: Path, upstream: Endpoint) -> None:
    with small_disk(state(folder), "24m") as disk:
        with open_house(folder, CONFIG, [upstream]) as house:
            built_at = house.lists()["built_at"]
        fill(disk)
        with open_house(folder, CONFIG, [upstream]) as house:
            assert_filters(house)
            assert house.lists()["built_at"] == built_at


# A stalled disk.


def test_a_stalled_disk_holds_up_no_answer_and_costs_no_row(
    folder: Path, forgetful: Endpoint, upstream: Endpoint
) -> None:
    with (
        slow_disk(state(folder)) as disk,
        open_house(folder, CONFIG, [forgetful]) as house,
        ExitStack() as asking,
    ):
        control = control_pid(house)
        forwarded, cached, blocked = (
            asking.enter_context(steadily_asking(house.server, ROOM, name, 0.01))
            for name in ("www.example.org", "localhost", BLOCKED)
        )
        with frozen(disk):
            started = time.monotonic()
            said = house.cli("log", seconds=30)
            assert said.code != 0
            assert "the disk does not answer" in said.stderr
            assert says(house, "the disk does not answer", "rows wait in memory")
            house.wait_until(
                lambda: says(house, f"the disk of {disk}: it does not answer"), "the disk", 60
            )
            assert house.reload().code == 0  # of a config, no disk is needed for it
            assert time.monotonic() - started < 90
            assert control_pid(house) == control
        house.wait_until(lambda: not says(house, "does not answer"), "the thaw", 60)
        asking.close()
        for seen in (forwarded, cached, blocked):
            assert seen.lost == []
            assert seen.worst_gap < GAP_SECONDS
        log = counts(house)
        asked = len(blocked.sent_at)
        assert asked <= sum(log.values()) <= asked + len(blocked.retried)
        assert control_pid(house) == control


def test_a_worker_that_dies_while_the_disk_stalls_is_replaced(
    folder: Path, upstream: Endpoint
) -> None:
    with (
        slow_disk(state(folder)) as disk,
        open_house(folder, CONFIG, [upstream], "--workers", "2") as house,
    ):
        with frozen(disk):
            pids = {worker["pid"] for worker in house.status()["workers"]}
            with steadily_asking(house.server, ROOM, BLOCKED) as seen:
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
                house.wait_until(
                    lambda: (
                        all(each["ready"] for each in house.status()["workers"])
                        and not pids & {each["pid"] for each in house.status()["workers"]}
                    ),
                    "new workers",
                )
            assert seen.lost == []
            assert_filters(house)
        assert_filters(house)


def test_sigterm_ends_the_filter_in_time_though_its_disk_stalls(
    folder: Path, upstream: Endpoint
) -> None:
    with (
        slow_disk(state(folder)) as disk,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        family = descendants(house.process.pid)
        with frozen(disk):
            ask_names(house, 10, ROOM[:1])
            assert house.cli("log").code != 0  # somebody waits for the disk now
            started = time.monotonic()
            house.process.send_signal(signal.SIGTERM)
            assert house.process.wait(STOP_SECONDS + 1) == 0
            assert time.monotonic() - started < STOP_SECONDS
        deadline = time.monotonic() + 10
        while left := [pid for pid in family if is_running(pid)]:
            assert time.monotonic() < deadline, left
            time.sleep(0.02)  # between two looks


def test_a_start_on_a_stalled_disk_answers_by_what_can_be_read(
    folder: Path, upstream: Endpoint
) -> None:
    with slow_disk(state(folder)) as disk:
        with open_house(folder, CONFIG, [upstream]):
            pass
        with ExitStack() as thaw:
            thaw.enter_context(frozen(disk))
            with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
                assert_filters(house)
                assert house.dig("own.example", client=ROOM[0]).is_blocked
                assert says(house, "the disk does not answer")
                thaw.close()
                house.wait_until(lambda: not says(house, "not answer"), "the thaw", 60)
                assert counts(house)


# A read-only disk.


def test_a_disk_that_becomes_read_only_holds_up_no_answer(folder: Path, upstream: Endpoint) -> None:
    with (
        slow_disk(state(folder)) as disk,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        make_read_only(disk)
        assert_filters(house)
        house.cli("log")
        assert says(house, "history is not written", "wait in memory")
        house.wait_until(lambda: says(house, "Read-only file system"), "words", SAY_SECONDS)
        house.write_config(CONFIG.replace("games.example", "other.example"))
        assert house.reload().code == 0
        assert house.dig("other.example", client=ROOM[0]).is_blocked


def test_a_start_on_a_read_only_disk_begins_with_what_is_there(
    folder: Path, upstream: Endpoint
) -> None:
    with slow_disk(state(folder)) as disk:
        with open_house(folder, CONFIG, [upstream]):
            pass
        make_read_only(disk)
        with open_house(folder, CONFIG, [upstream]) as house:
            assert_filters(house)
            assert house.dig("own.example", client=ROOM[0]).is_blocked
            assert says(house, "Read-only file system", "history is not written")


# The database.


def test_rows_wait_while_another_program_holds_the_database(
    folder: Path, upstream: Endpoint
) -> None:
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        house.log_rows()  # the database is there
        path = state(folder) / "history.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert house.dig(BLOCKED, client=ROOM[0]).is_blocked
            house.cli("log")
            assert says(house, "history is not written: database is locked", "1 rows wait")
            assert house.dig(BLOCKED, client=ROOM[0]).is_blocked
            other.execute("ROLLBACK")
        assert counts(house) == {("d0", BLOCKED): 2}
        assert not says(house, "locked")


def as_text(path: Path) -> None:
    path.write_text("this is no database\n" * 500)


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def with_junk_at(start: int, length: int) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(start)
            file.write(b"\xff" * length)

    return damage


@pytest.mark.parametrize(
    "damage",
    [as_text, as_folder, with_junk_at(0, 100), with_junk_at(4096, 8192)],
    ids=["text", "folder", "header", "middle"],
)
def test_a_database_that_is_broken_is_set_aside_and_said(
    folder: Path, upstream: Endpoint, damage: Callable[[Path], None]
) -> None:
    path = state(folder) / "history.db"
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        ask_names(house, 100, ROOM[:5])
    damage(path)
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        ask_names(house, 1, ROOM[:1])
        assert counts(house) == {("d0", "n0.bet365.com"): 1}
        (copy,) = path.parent.glob("history.db.damaged-*[!l]")
        assert f"set aside as {copy}" in house.log_text()
        if copy.is_file():
            assert says(house, "damaged and begun anew", copy.name)


def test_a_database_that_readers_find_broken_is_set_aside(folder: Path, upstream: Endpoint) -> None:
    path = state(folder) / "history.db"
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        ask_names(house, 150, ROOM[:10])
        house.log_rows()
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = path.read_bytes()
        for at in range(4096, len(whole), 4096):
            if whole[at] == 13:  # rows: those of an index are what the writer needs
                with_junk_at(at, 4096)(path)
        ask_names(house, 1, ROOM[10:11])
        assert len(house.log_rows()) <= 1
        assert says(house, "damaged and begun anew")
        ask_names(house, 1, ROOM[10:11])
        assert counts(house)[("d10", "n0.bet365.com")] >= 1


def test_junk_in_the_log_of_the_database_costs_no_row_that_was_written(
    folder: Path, upstream: Endpoint
) -> None:
    path = state(folder) / "history.db"
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        ask_names(house, 10, ROOM[:1])
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).write_bytes(random.Random(7).randbytes(50_000))
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        assert len(counts(house)) == 10


# The lists.


def parts_of(path: Path) -> dict[str, int]:
    data = path.read_bytes()
    parts = read_header(path, data, len(data)).parts
    return {"header": 20, "hashes": parts.middles + 9, "table": parts.table + 5}


def flip(part: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[parts_of(path)[part]] ^= 1
        path.write_bytes(data)

    return damage


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    "damage",
    [flip("header"), flip("hashes"), flip("table"), cut, Path.unlink],
    ids=["header", "hashes", "table", "cut off", "gone"],
)
def test_a_damaged_index_is_refused_and_made_anew(
    folder: Path, upstream: Endpoint, damage: Callable[[Path], None]
) -> None:
    with open_house(folder, CONFIG, [upstream]):
        pass
    (index,) = (state(folder) / "lists").glob("index-*.idx")
    whole = index.read_bytes()
    damage(index)
    with open_house(folder, CONFIG, [upstream], waits_for_lists=False) as house:
        assert house.dig(BLOCKED, client=ROOM[0]).is_blocked  # by the starter lists at once
        house.wait_until(lambda: house.lists()["pending"] == [], "all lists", 60)
        assert_filters(house)
        assert house.dig("own.example", client=ROOM[0]).is_blocked
        assert index.read_bytes() == whole


def test_damaged_runs_are_compiled_anew(folder: Path, upstream: Endpoint) -> None:
    with open_house(folder, CONFIG, [upstream]):
        pass
    lists = state(folder) / "lists"
    runs = {run: run.read_bytes() for run in (lists / "runs").glob("*.run")}
    for number, run in enumerate(runs):
        (cut if number % 2 else with_junk_at(30, 3))(run)
    for index in lists.glob("index-*.idx"):
        index.unlink()
    with open_house(folder, CONFIG, [upstream]) as house:
        assert_filters(house)
        assert house.dig("own.example", client=ROOM[0]).is_blocked
        assert {run: run.read_bytes() for run in (lists / "runs").glob("*.run")} == runs


def test_an_index_that_is_lost_while_it_is_in_use_is_made_anew_for_the_next_worker(
    folder: Path, upstream: Endpoint
) -> None:
    with open_house(folder, CONFIG, [upstream]) as house:
        shutil.rmtree(state(folder) / "lists")
        assert_filters(house)
        first = house.status()["workers"][0]["pid"]
        os.kill(first, signal.SIGKILL)
        house.wait_until(
            lambda: bool(list((state(folder) / "lists").glob("index-*.idx"))), "an index", 60
        )
        house.wait_until(
            lambda: (
                house.status()["workers"][0]["ready"]
                and house.status()["workers"][0]["pid"] != first
            ),
            "a worker",
            30,
        )
        assert_filters(house)
        assert house.dig("own.example", client=ROOM[0]).is_blocked


def test_a_worker_keeps_its_index_in_memory(folder: Path, upstream: Endpoint) -> None:
    with open_house(folder, CONFIG, [upstream]) as house:
        (index,) = (state(folder) / "lists").glob("index-*.idx")
        assert locked_bytes(house.status()["workers"][0]["pid"]) >= index.stat().st_size


# Death at any moment.


def test_killed_at_any_moment_it_starts_again_and_leaves_nothing_that_grows(
    folder: Path, upstream: Endpoint
) -> None:
    chance = random.Random(20260305)
    for turn in range(8):
        (folder / "own.txt").write_text("".join(f"own{n}.example\n" for n in range(turn + 1)))
        with killable(folder, CONFIG, upstream) as house:
            assert house.dig(BLOCKED, client=ROOM[0]).is_blocked
            busy = [
                subprocess.Popen(
                    [PROGRAM, *command, "--dir", directory(folder)],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                for command in (["lists", "build"], ["log"], ["reload"])
            ]
            ask_names(house, 20, ROOM[:2])
            time.sleep(chance.random())  # the moment
            kill_all(house)
            for each in busy:
                each.wait(60)
    with open_house(folder, CONFIG, [upstream]) as house:
        assert_filters(house)
        assert house.dig("own7.example", client=ROOM[0]).is_blocked
        assert counts(house)
        files = [each for each in directory(folder).rglob("*") if each.is_file()]
        assert not [each for each in files if each.name.endswith((".tmp", ".new"))]
        assert len([each for each in files if each.suffix == ".idx"]) == 1
        assert not [each for each in files if "damaged" in each.name]
        assert len(files) < 3 * len(house.lists()["sources"]) + 20  # of a list there are three


@contextmanager
def killable(folder: Path, config: str, upstream: Endpoint) -> Iterator[House]:
    """Run a filter that the block kills."""
    server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
    config_file(folder).write_text(config_head(server, metrics) + config)
    clock_file(folder).write_text("0")
    command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
    command += ["--dir", directory(folder), "--upstream", str(upstream)]
    with running(command, server, folder / "killed.log") as process:
        yield House(process, server, metrics, folder)


def kill_all(house: House) -> None:
    """Let every process of the filter end at once."""
    family = [house.process.pid, *descendants(house.process.pid)]
    for pid in family:
        with suppress(ProcessLookupError):  # a build may have just ended
            os.kill(pid, signal.SIGKILL)
    house.process.wait(10)
    deadline = time.monotonic() + 10
    while any(map(is_running, family)):
        assert time.monotonic() < deadline
        time.sleep(0.01)  # between two looks


# Output.


@pytest.mark.parametrize("sink", ["a pipe that nobody reads", "/dev/full"])
def test_output_that_is_not_taken_holds_up_nobody(
    folder: Path, upstream: Endpoint, sink: str
) -> None:
    server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
    config_file(folder).write_text(config_head(server, metrics) + CONFIG)
    command: list[str | Path] = [PROGRAM, "serve", "--config", config_file(folder)]
    command += ["--dir", directory(folder), "--upstream", str(upstream)]
    with ExitStack() as ends:
        if sink == "/dev/full":
            output = os.open(sink, os.O_WRONLY)
        else:
            reader, output = os.pipe()
            ends.callback(os.close, reader)
            fill_pipe(output)
        ends.callback(os.close, output)
        process = subprocess.Popen(command, stdout=output, stderr=output)
        house = House(process, server, metrics, folder)
        try:
            house.wait_until(lambda: answers(house), "an answer", 60)
            pids = [worker["pid"] for worker in house.status()["workers"]]
            for _ in range(10):
                house.write_config(CONFIG + "nonsense: 1\n")
                assert house.reload().code != 0  # several lines each
            assert_filters(house)
            assert [worker["pid"] for worker in house.status()["workers"]] == pids
            assert sum(worker["restarts"] for worker in house.status()["workers"]) == 0
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS + 1) == 0
            assert time.monotonic() - started < STOP_SECONDS
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def fill_pipe(writer: int) -> None:
    """Write until there is no room left, as a program whose reader hangs has done."""
    for size in (1 << 12, 1):
        while select.select([], [writer], [], 0)[1] and size:
            os.set_blocking(writer, False)
            try:
                os.write(writer, bytes(size))
            except BlockingIOError:
                break
    os.set_blocking(writer, True)


def answers(house: House) -> bool:
    try:
        return bool(house.status()["workers"][0]["ready"])
    except (FilterUnavailable, IndexError):
        return False
