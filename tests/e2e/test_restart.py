"""A restart without a gap: the installed program takes over while clients ask."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
from tests.support.peers import Endpoint, free_port, running
from tests.support.plain_client import ask
from tests.support.steady import Seen, steadily_asking
from tests.support.upstream import ScriptedUpstream, answer_with

pytestmark = pytest.mark.timeout(300)

MIA = "127.0.0.2"
CLIENTS = [f"127.0.1.{last}" for last in range(1, 41)]
BLOCKED = "www.bet365.com"
GAP_SECONDS = 0.3  # the promise

CONFIG = """\
timezone: Europe/Berlin
policies: {child: {block: [gambling]}}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  visitors: {policy: child, devices: [{name: room, network: 127.0.1.0/24}]}
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endpoint]:
    with ScriptedUpstream(answer_with("192.0.2.99")) as scripted:
        yield Endpoint(scripted.host, scripted.port)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, upstream: Endpoint) -> Iterator[House]:
    """A house whose program stands behind a link, as an upgrade would move it."""
    with installed(tmp_path_factory.mktemp("restart"), upstream) as house:
        yield house


@contextmanager
def installed(folder: Path, upstream: Endpoint) -> Iterator[House]:
    server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
    config_file(folder).write_text(config_head(server, metrics) + CONFIG)
    clock_file(folder).write_text("0")
    program(folder).symlink_to(PROGRAM)
    command: list[str | Path] = [program(folder), "serve", "--config", config_file(folder)]
    command += ["--dir", directory(folder), "--test-clock", clock_file(folder)]
    command += ["--upstream", str(upstream)]
    with running(command, server, folder / "filterdns.log") as process:
        house = House(process, server, metrics, folder)
        assert house.cli("lists", "build", seconds=200).code == 0
        yield house
        house.stop()


def program(folder: Path) -> Path:
    return folder / "filterdns"


def pids(house: House) -> list[int]:
    status = house.status()
    return [status["control"]["pid"], *(worker["pid"] for worker in status["workers"])]


def wait_for_answers(seen: Seen, count: int, house: House) -> None:
    wanted = len(seen.answered_at) + count
    house.wait_until(lambda: len(seen.answered_at) >= wanted, "answers")


def test_under_load_a_restart_loses_no_query_and_makes_no_gap(house: House) -> None:
    old, main = pids(house), house.process.pid
    family = descendants(main)
    with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
        wait_for_answers(seen, 100, house)
        said = house.cli("restart")
        assert (said.code, said.stderr) == (0, "")
        assert re.fullmatch(r"restarted: filterdns \S+ answers\n", said.stdout)
        wait_for_answers(seen, 100, house)
    assert seen.lost == []
    assert not seen.retried
    assert max(seen.worst_gap, seen.worst_wait) < GAP_SECONDS
    assert not set(pids(house)) & set(old)
    assert house.status()["supervisor"]["pid"] == main == house.process.pid
    house.wait_until(lambda: not any(map(is_running, family)), "the end of the old ones")


def test_what_was_blocked_before_and_meanwhile_is_in_the_log(house: House) -> None:
    before = sum(row["count"] for row in house.log_rows("mia"))
    with steadily_asking(house.server, [MIA], BLOCKED, every_seconds=0.02) as seen:
        wait_for_answers(seen, 20, house)
        assert house.cli("restart").code == 0
        wait_for_answers(seen, 20, house)
    asked = len(seen.sent_at) + len(seen.retried)
    house.wait_until(
        lambda: sum(r["count"] for r in house.log_rows("mia")) == before + asked, "all rows", 60
    )


def test_a_signal_does_the_same_and_twice_is_no_harm(house: House) -> None:
    for _ in range(2):
        old = pids(house)
        with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
            wait_for_answers(seen, 50, house)
            house.process.send_signal(signal.SIGUSR2)
            house.process.send_signal(signal.SIGUSR2)
            house.wait_until(
                lambda: (
                    not set(pids(house)) & set(old)  # noqa: B023 - called before the next round
                    and all(worker["ready"] for worker in house.status()["workers"])
                ),
                "the new program",
            )
        assert seen.lost == []
        assert not seen.retried


def test_keys_that_need_a_restart_take_effect(house: House) -> None:
    text = config_file(house.folder).read_text()
    extra = Endpoint("127.0.0.1", free_port())
    more = text.replace(
        f'dns: ["{house.server}"]', f'dns: ["{house.server}", "{extra}"], workers: 2'
    )
    assert more != text
    try:
        config_file(house.folder).write_text(more)
        with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
            assert house.cli("restart").code == 0
            assert ask(extra, MIA, BLOCKED).is_blocked
            wait_for_answers(seen, 50, house)
        assert (seen.lost, seen.retried) == ([], set())
        assert len(house.status()["workers"]) == 2
    finally:
        config_file(house.folder).write_text(text)
    with steadily_asking(house.server, CLIENTS, BLOCKED) as seen:
        assert house.cli("restart").code == 0
        wait_for_answers(seen, 50, house)
    assert (seen.lost, seen.retried) == ([], set())
    assert len(house.status()["workers"]) == 1
    assert [each["port"] for each in house.status()["listening"]] == [house.server.port]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(extra, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(extra)


# A new program that is none.


BROKEN = {
    "that cannot be executed": ("no program", "cannot be started"),
    "that does not come up": ("#!/bin/sh\necho 'no module named yaml' >&2\nexit 1\n", "no module"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_program_is_refused_and_the_old_one_answers_on(house: House, how: str) -> None:
    text, reason = BROKEN[how]
    old = pids(house)
    program(house.folder).unlink()
    program(house.folder).write_text(text)
    program(house.folder).chmod(0o755)
    try:
        said = house.cli("restart")
    finally:
        program(house.folder).unlink()
        program(house.folder).symlink_to(PROGRAM)
    assert said.code == 2
    assert reason in said.stderr
    assert f"no restart: {said.stderr.removeprefix('filterdns: ').splitlines()[0]}" in (
        house.log_text()
    )
    assert pids(house) == old
    assert ask(house.server, MIA, BLOCKED).is_blocked


def test_a_config_that_is_broken_at_that_moment_is_refused(house: House) -> None:
    old = pids(house)
    text = config_file(house.folder).read_text()
    config_file(house.folder).write_text(text.replace("[gambling]", "[gambling, nonsense]"))
    try:
        said = house.cli("restart")
    finally:
        config_file(house.folder).write_text(text)
    assert said.code == 2
    assert re.search(r"config\.yaml:\d+:\d+ policies\.child\.block", said.stderr)
    assert pids(house) == old
    assert ask(house.server, MIA, BLOCKED).is_blocked


def test_nothing_is_left_behind_when_the_new_main_process_is_killed_at_once(
    tmp_path: Path, upstream: Endpoint
) -> None:
    with open_house(tmp_path, CONFIG, [upstream]) as house:
        old_control = house.status()["control"]["pid"]
        house.process.send_signal(signal.SIGUSR2)
        family = {*descendants(house.process.pid)}
        house.wait_until(lambda: not is_running(old_control), "the old control process")
        family |= {*descendants(house.process.pid)}
        house.process.kill()
        house.process.wait()
        deadline = time.monotonic() + STOP_SECONDS
        while left := [pid for pid in family if is_running(pid)]:
            assert time.monotonic() < deadline, f"left behind: {left}"
            time.sleep(0.02)  # between two looks


def test_a_stop_in_the_middle_of_a_restart_is_a_stop(tmp_path: Path, upstream: Endpoint) -> None:
    with open_house(tmp_path, CONFIG, [upstream]) as house:
        old_control = house.status()["control"]["pid"]
        house.process.send_signal(signal.SIGUSR2)
        house.wait_until(lambda: not is_running(old_control), "the old control process")
        house.stop()
