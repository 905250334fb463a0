"""What `status`, `/healthz`, `/readyz` say is what is: while things break, and when they mend."""

import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import PROGRAM, House, descendants, directory, open_house
from tests.support.messages import query_bytes
from tests.support.peers import Endpoint
from tests.support.plain_client import ask
from tests.support.upstream import ScriptedUpstream, answer_with, drop

pytestmark = pytest.mark.timeout(300)

OPEN = "192.0.2.99"
MIA = "127.0.0.2"
NAMES = ("mia", "schmidt", "phone", "games.example", "library", "pills", "list.txt", "127.0.0.2")
FLOOD = 30_000  # queries: more than the queue that is asked for has room for
GOING_MAD_SECONDS = 14.0

CONFIG = """\
timezone: Europe/Berlin
categories: {drugs: {sources: ["file:list.txt"]}}
policies: {child: {block: [games.example]}}
people: {mia-schmidt: {policy: child, devices: [{name: mias-phone, ip: 127.0.0.2}]}}
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[ScriptedUpstream]:
    with ScriptedUpstream(answer_with(OPEN)) as scripted:
        yield scripted


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, upstream: ScriptedUpstream) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("status"), upstream) as house:
        yield house


@contextmanager
def a_house(folder: Path, upstream: ScriptedUpstream) -> Iterator[House]:
    (folder / "list.txt").write_text("pills.example\n")
    with open_house(folder, CONFIG, [Endpoint(upstream.host, upstream.port)]) as house:
        yield house


@pytest.fixture
def house(shared: House) -> Iterator[House]:
    """The house, in which a test finds all well, and leaves it so."""
    wait_until_well(shared)
    yield shared
    wait_until_well(shared)


def wait_until_well(house: House) -> None:
    house.wait_until(lambda: house.cli("status").code == 0, "all to be well", seconds=60)


def worker(house: House) -> dict[str, Any]:
    [one] = house.status()["workers"]
    found: dict[str, Any] = one
    return found


def wait_for_trouble(house: House, words: str) -> None:
    house.wait_until(
        lambda: any(words in trouble for trouble in house.status()["troubles"]), words, seconds=40
    )


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let the process *pid* stand still until the block ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


# All is well.


def test_a_filter_that_is_well_says_so_everywhere(house: House) -> None:
    said = house.cli("status")
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.splitlines()[0] == "filterdns: all is well"
    assert house.probe("/healthz") == (200, "ok\n")
    assert house.probe("/readyz") == (200, "ready\n")
    assert "filterdns_trouble{" in house.metrics_page()
    assert house.metric('filterdns_trouble{kind="worker"}') == 0


def test_all_of_it_fits_on_a_screen(house: House) -> None:
    said = house.cli("status")
    assert len(said.stdout.splitlines()) <= 23
    for label in ("processes", "listens on", "rules", "lists", "upstreams", "queues", "clock"):
        assert f"\n  {label} " in said.stdout


def test_the_processes_are_those_that_run(house: House) -> None:
    found = house.status()
    assert found["supervisor"]["pid"] == house.process.pid
    told = {found["control"]["pid"], *(each["pid"] for each in found["workers"])}
    if found["spare"] is not None:
        told.add(found["spare"]["pid"])
    assert told == set(descendants(house.process.pid))
    assert 0 < found["now"] - found["supervisor"]["since"] < 300
    assert found["supervisor"]["since"] <= found["control"]["since"] <= found["now"]


@pytest.mark.parametrize(("no_color", "is_coloured"), [("", True), ("1", False)])
def test_colours_are_for_terminals(house: House, no_color: str, is_coloured: bool) -> None:
    assert "\x1b" not in house.cli("status").stdout
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "FILTERDNS_DIR": str(directory(house.folder)),
        "TERM": "xterm",
        "NO_COLOR": no_color,
    }
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen([PROGRAM, "status"], stdout=theirs, env=environment)
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # EIO: nobody writes any more
            while part := screen.read(4096):
                shown += part
        assert process.wait(30) == 0
    assert (b"\x1b[1;32mfilterdns: all is well\x1b[0m" in shown) == is_coloured
    assert b"filterdns: all is well" in shown


# Processes.


def test_a_worker_that_has_died_is_not_shown_as_ready(house: House) -> None:
    before = worker(house)
    os.kill(before["pid"], signal.SIGKILL)
    died = time.monotonic()
    house.wait_until(lambda: worker(house)["pid"] != before["pid"], "the death to be told")
    assert time.monotonic() - died < 1.0
    house.wait_until(lambda: worker(house)["ready"], "another worker")
    after = worker(house)
    assert after["restarts"] == before["restarts"] + 1
    assert after["since"] > before["since"]
    assert house.metric('filterdns_worker_restarts_total{worker="0"}') == after["restarts"]


def test_a_control_process_that_stands_still_ends_status_within_seconds(house: House) -> None:
    with stopped(house.status()["control"]["pid"]):
        began = time.monotonic()
        said = house.cli("status")
        assert time.monotonic() - began < 10.0
        assert (said.code, said.stdout) == (3, "")
        assert "has not answered for 5 s: its control process hangs" in said.stderr
        assert ask(house.server, MIA, "games.example").is_blocked  # as it says


def test_a_control_process_that_is_born_again_tells_its_age(house: House) -> None:
    before = house.status()["control"]
    os.kill(before["pid"], signal.SIGKILL)
    house.wait_until(lambda: house.status()["control"]["pid"] != before["pid"], "control")
    found = house.status()
    assert found["control"]["since"] > before["since"]
    assert found["supervisor"]["since"] < before["since"]


def test_where_no_worker_comes_up_it_is_not_ready_and_soon_not_alive(house: House) -> None:
    """A restart is what helps then: `/healthz` says so, not at once, and says when it is over."""
    control = house.status()["control"]["pid"]
    saw_unready = saw_failing = False
    deadline = time.monotonic() + GOING_MAD_SECONDS
    while time.monotonic() < deadline and not saw_failing:
        for pid in descendants(house.process.pid):
            if pid != control and is_worker(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        ready, alive = house.probe("/readyz"), house.probe("/healthz")
        if not saw_unready:
            assert alive.code == 200
        saw_unready = saw_unready or ready == (503, "not ready\nno worker is ready\n")
        saw_failing = alive == (
            503,
            "failing\nno worker is ready, and none has been for a while\n",
        )
        time.sleep(0.02)  # between two murders
    assert saw_unready
    assert saw_failing
    house.wait_until(lambda: house.probe("/readyz").code == 200, "a worker", seconds=60)
    assert house.probe("/healthz").code == 200


def is_worker(pid: int) -> bool:
    try:
        return b"filterdns.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


# What is around it.


def test_upstreams_that_are_down_are_told_and_clients_are_kept(
    house: House, upstream: ScriptedUpstream
) -> None:
    upstream.script = drop
    try:
        for number in range(4):
            ask(house.server, MIA, f"{number}.gone.example")
        wait_for_trouble(house, f"upstream {upstream.host}:{upstream.port} is down")
        assert house.probe("/readyz") == (200, "ready\ndegraded: no upstream answers\n")
        assert house.probe("/healthz").code == 200
        assert house.metric('filterdns_trouble{kind="upstream"}') == 1
        said = house.cli("status")
        assert said.code == 1
        assert said.stdout.startswith("filterdns: 1 thing needs a look\n  ! upstream ")
    finally:
        upstream.script = answer_with(OPEN)

    def is_up_again() -> bool:
        ask(house.server, MIA, f"{time.monotonic()}.back.example")
        return not house.status()["troubles"]

    house.wait_until(is_up_again, "the upstream", seconds=90)
    assert house.metric('filterdns_trouble{kind="upstream"}') == 0


def test_a_list_that_has_become_a_web_page_is_told(house: House) -> None:
    page = house.folder / "list.txt"
    page.write_text("<!DOCTYPE html>\n<p>This list has moved.</p>\n")
    try:
        house.cli("lists", "build", seconds=200)
        wait_for_trouble(house, "file:list.txt: 2 of its 2 lines are those of a web page")
        assert "degraded: a list is missing or not up to date" in house.probe("/readyz").text
    finally:
        page.write_text("pills.example\n")
        assert house.cli("lists", "build", seconds=200).code == 0


def test_a_config_that_cannot_be_used_is_told_with_its_place(house: House) -> None:
    house.write_config(CONFIG.replace("games.example", "service:gamez"))
    try:
        assert house.reload().code == 2
        [trouble] = house.status()["troubles"]
        assert trouble.startswith("the last reload was refused 0 s ago: config.yaml:5:")
        assert "put it right, then `filterdns reload`" in trouble
        ready = house.probe("/readyz")
        assert ready == (200, "ready\ndegraded: the config on disk is not in force\n")
    finally:
        house.write_config(CONFIG)
        assert house.reload().code == 0


def test_an_old_config_in_force_after_a_death_is_degraded(house: House) -> None:
    house.write_config(CONFIG.replace("games.example", "service:gamez"))
    try:
        os.kill(house.status()["control"]["pid"], signal.SIGKILL)
        wait_for_trouble(house, "degraded: ")
        assert "config.yaml:5:" in house.status()["degraded"]
        assert house.metric("filterdns_degraded") == 1
        assert "degraded: the config on disk is not in force" in house.probe("/readyz").text
        assert ask(house.server, MIA, "games.example").is_blocked
    finally:
        house.write_config(CONFIG)
        assert house.reload().code == 0
    assert house.metric("filterdns_degraded") == 0


def test_queries_that_found_no_room_are_told_with_the_cure(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    with a_house(tmp_path, upstream) as house:
        with stopped(worker(house)["pid"]):  # for less than it takes to be killed for it
            flood(house.server)
        see_losses(house)


def see_losses(house: House) -> None:
    wait_for_trouble(house, f"queries to {house.server} were lost in the last 5 minutes")
    [trouble] = house.status()["troubles"]
    assert "net.core.rmem_max" in trouble or "listen.workers" in trouble
    [buffer] = house.status()["buffers"]
    assert 0 < buffer["granted_bytes"] <= buffer["asked_bytes"]
    assert 0 < buffer["dropped"] < FLOOD
    assert house.metric('filterdns_udp_dropped_total{worker="0"}') == buffer["dropped"]
    assert house.probe("/readyz").text == "ready\ndegraded: queries were lost for want of room\n"


def flood(server: Endpoint) -> None:
    wire = query_bytes("games.example")
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((MIA, 0))
        for _ in range(FLOOD):
            one.sendto(wire, server)
            if time.monotonic() - began > 1.2:
                return


# Whatever happens.


def test_nobody_and_nothing_is_named_to_those_who_watch(house: House) -> None:
    happen: list[Callable[[], object]] = [
        lambda: ask(house.server, MIA, "games.example"),
        lambda: ask(house.server, MIA, "library.example"),
        lambda: house.write_config(CONFIG.replace("child, dev", "kid, dev")),
        lambda: (house.folder / "list.txt").write_text("<p>"),
        lambda: house.cli("lists", "build", seconds=200),
        house.reload,
    ]
    try:
        for each in happen:
            each()
        wait_for_trouble(house, "mia-schmidt")
        wait_for_trouble(house, "file:list.txt")
        said = house.probe("/readyz?format=json").text + house.probe("/readyz").text
        said += house.probe("/healthz").text
        assert "degraded" in said
        assert not [name for name in NAMES if name in said]
        assert not [name for name in NAMES if name in house.metrics_page()]
    finally:
        (house.folder / "list.txt").write_text("pills.example\n")
        house.write_config(CONFIG)
        assert house.reload().code == 0


def test_a_filter_that_ends_says_so_before_it_is_gone(tmp_path: Path) -> None:
    with ScriptedUpstream(drop) as silent, a_house(tmp_path, silent) as house:
        assert house.probe("/readyz").code == 200
        ask_and_wait_not(house.server)
        house.process.send_signal(signal.SIGTERM)
        seen = set()
        with suppress(OSError):  # it is gone
            while house.process.poll() is None:
                seen.add(house.probe("/readyz"))
        assert (503, "not ready\nno address is listened on\n") in seen
        house.process.wait(10)


def ask_and_wait_not(server: Endpoint) -> None:
    """Leave a question behind that takes long, so that the filter does not end at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((MIA, 0))
        one.sendto(query_bytes("slow.example"), server)


def test_no_filter_is_told_by_a_code_of_its_own(house: House, tmp_path: Path) -> None:
    said = house.cli("status", "--dir", str(tmp_path))
    assert (said.code, said.stdout) == (3, "")
    assert "no filter answers at" in said.stderr
