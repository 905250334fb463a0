"""The supervisor with real children that are a few lines each."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.disks import frozen, slow_disk

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
from filterdns.supervisor.handover import take_over
from filterdns.logs import set_up_logging
from filterdns.supervisor.supervisor import Supervisor
set_up_logging({})
programs = ("tests.support.tiny_control", "tests.support.tiny_worker")
silence_seconds = float(os.environ.get("SILENCE", "60"))
left = take_over(os.environ, 2.0, 0.0)
sys.exit(Supervisor(sys.argv[1:], os.environ, left, programs, silence_seconds).run())
"""
# The installed program of a restart: what it is called with, and the same again.
INSTALLED = """\
#!/bin/sh
case "$*" in *--check) exit 0;; esac
cd {root} && exec {python} -c "$PROGRAM" "$@"
"""
PATIENCE_SECONDS = 20


class House:
    """A supervisor in a process of its own, and how it is met from outside."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.address: tuple[str, int] = server.getsockname()
        self.heard_file = folder / "heard"
        self.log_file = folder / "log"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.settimeout(PATIENCE_SECONDS)
        self.process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        *worker_arguments: str,
        workers: int = 1,
        exit_code: str = "-",
        passed: Sequence[socket.socket] = (),
    ) -> None:
        """Start with *passed* sockets where a service manager puts them (sd_listen_fds(3))."""
        program = "import os\n"
        for place, one in enumerate(passed, 3):
            program += f"os.dup2({one.fileno()}, {place})\n"
        program += f"os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='{len(passed)}')\n"
        plan = {"dns": [self.address], "workers": workers, "worker_arguments": worker_arguments}
        arguments = [str(self.heard_file), json.dumps(plan), exit_code]
        installed = self.log_file.with_name("filterdns")
        installed.write_text(INSTALLED.format(root=ROOT, python=sys.executable))
        installed.chmod(0o755)
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.manager.getsockname())}
        environment |= {"FILTERDNS_SERVE": json.dumps([str(installed), *arguments])}
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program + PROGRAM, *arguments],
                pass_fds=[one.fileno() for one in passed],
                cwd=ROOT,
                env={**environment, "PROGRAM": PROGRAM},
                stderr=log,
            )

    def serve(self, workers: int = 1) -> None:
        """Start, and wait until it is ready."""
        self.start(workers=workers)
        assert self.notified() == "READY=1"

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def ended(self) -> int:
        assert self.process is not None
        return self.process.wait(PATIENCE_SECONDS)

    def control(self) -> int:
        """Return the pid of the control process."""
        assert self.process is not None
        family = [self.process.pid, self.spare(), *(each[0] for each in self.state()["workers"])]
        children = Path(f"/proc/{family[0]}/task/{family[0]}/children").read_text().split()
        [control] = {int(pid) for pid in children} - set(family)
        return control

    def notified(self) -> str:
        return self.manager.recv(1000).decode()

    def state(self) -> dict[str, Any]:
        """Wait until control has been told something, and return what it has been told last."""
        assert eventually(lambda: bool(self.heard("state")))
        return self.heard("state")[-1]

    def spare(self) -> int:
        """Wait for the spare and return its pid."""
        assert eventually(lambda: (self.state()["spare"] or [0, False])[1])
        pid: int = self.state()["spare"][0]
        return pid

    def heard(self, kind: str) -> list[dict[str, Any]]:
        lines = self.heard_file.read_text().splitlines() if self.heard_file.exists() else []
        return [message for line in lines if (message := json.loads(line))["t"] == kind]

    def log(self) -> str:
        return self.log_file.read_text()

    def ask(self, question: bytes, seconds: float = PATIENCE_SECONDS) -> int:
        """Return the pid of the worker that answered."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(seconds)
            client.sendto(question, self.address)
            return int(client.recv(100).split()[0])

    def send(self, order: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(order, self.address)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_SECONDS)
        self.manager.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_workers_answer_when_readiness_is_told(house: House) -> None:
    house.start()
    assert house.notified() == "READY=1"
    assert house.ask(b"hello") > 0
    assert eventually(lambda: bool(house.heard("serving")))


def test_the_first_worker_is_started_while_control_makes_its_plan(house: House) -> None:
    house.start(exit_code="wait")
    assert house.process is not None
    children = Path(f"/proc/{house.process.pid}/task/{house.process.pid}/children")
    assert eventually(lambda: len(children.read_text().split()) == 2)
    early = {int(pid) for pid in children.read_text().split()}
    house.heard_file.with_name("go").touch()
    assert house.notified() == "READY=1"
    assert house.ask(b"hello") in early


def test_it_ends_in_order_while_control_makes_its_plan(house: House) -> None:
    house.start(exit_code="wait")
    assert house.process is not None
    children = Path(f"/proc/{house.process.pid}/task/{house.process.pid}/children")
    assert eventually(lambda: len(children.read_text().split()) == 2)
    family = [int(pid) for pid in children.read_text().split()]
    house.signal(signal.SIGTERM)
    assert house.ended() == 0
    assert all(is_gone(pid) for pid in family)


def test_control_is_told_where_it_listens_and_who_works(house: House) -> None:
    house.serve()
    worker = house.ask(b"hello")
    assert eventually(lambda: bool(house.heard("state")) and house.state()["workers"][0][1])
    state = house.state()
    assert state["listening"] == [list(house.address)]
    assert state["troubles"] == []
    assert state["workers"] == [[worker, True, 0, False]]
    [[host, port, number, granted_bytes, dropped]] = state["buffers"]
    assert ((host, port), number, dropped) == (house.address, 0, 0)
    assert granted_bytes > 0


def test_what_the_queues_have_dropped_is_told_again_and_again(house: House) -> None:
    house.serve()
    worker = house.ask(b"hello")
    os.kill(worker, signal.SIGSTOP)
    for _ in range(40_000):
        house.send(b"x" * 90)
    os.kill(worker, signal.SIGCONT)
    assert eventually(lambda: house.state()["buffers"][0][4] > 0)


def test_several_workers_share_the_address(house: House) -> None:
    house.serve(workers=2)
    assert eventually(lambda: len({house.ask(b"hello") for _ in range(8)}) == 2)


def test_a_worker_that_dies_is_replaced_and_what_it_left_unread_is_answered(house: House) -> None:
    house.serve()
    first, spare = house.ask(b"hello"), house.spare()
    house.send(b"die")
    assert house.ask(b"hello") == spare != first
    assert eventually(lambda: "worker 0 ended with 7; the spare takes its place" in house.log())
    assert eventually(lambda: "worker 0 answers again" in house.log())
    assert eventually(lambda: house.spare() not in (first, spare))
    assert house.state()["workers"] == [[spare, True, 1, False]]


def test_a_spare_that_dies_is_replaced_and_nothing_else_happens(house: House) -> None:
    house.serve()
    worker, spare = house.ask(b"hello"), house.spare()
    os.kill(spare, signal.SIGKILL)
    assert eventually(lambda: house.spare() != spare)
    assert house.state()["workers"] == [[worker, True, 0, False]]


def test_a_worker_that_does_not_move_is_killed(house: House) -> None:
    house.serve()
    first, spare = house.ask(b"hello"), house.spare()
    house.send(b"hang")
    began = time.monotonic()
    assert house.ask(b"hello") == spare != first
    assert time.monotonic() - began < 3
    assert eventually(lambda: "does not move any more" in house.log())


def test_a_control_process_that_dies_is_replaced_while_workers_go_on(house: House) -> None:
    house.serve()
    worker = house.ask(b"hello")
    os.kill(house.control(), signal.SIGKILL)
    assert eventually(lambda: bool(house.heard("resumed")))
    assert house.ask(b"hello") == worker


def test_a_control_process_that_stands_still_is_replaced_while_workers_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SILENCE", "2.5")
    house.serve()
    worker = house.ask(b"hello")
    os.kill(house.control(), signal.SIGSTOP)
    assert eventually(lambda: bool(house.heard("resumed")))
    assert house.ask(b"hello") == worker
    said = "control process ended with -9; another one is started"
    assert eventually(lambda: said in house.log())


def test_sighup_reaches_control_and_the_service_manager(house: House) -> None:
    house.serve()
    house.signal(signal.SIGHUP)
    assert house.notified().startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert house.notified() == "READY=1"
    assert len(house.heard("reload")) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_orderly_and_leaves_nobody_behind(house: House, number: int) -> None:
    house.serve(workers=2)
    workers = {house.ask(b"hello") for _ in range(8)}
    house.signal(number)
    assert house.ended() == 0
    assert house.notified() == "STOPPING=1"
    assert house.heard("stop") == [{"t": "stop"}]
    assert all(is_gone(worker) for worker in workers)


def test_a_stop_does_not_wait_for_a_worker_that_hangs(house: House) -> None:
    house.serve()
    worker = house.ask(b"hello")
    os.kill(worker, signal.SIGSTOP)
    began = time.monotonic()
    house.signal(signal.SIGTERM)
    assert house.ended() == 0
    assert time.monotonic() - began < 5


def test_a_stop_does_not_wait_for_a_worker_that_a_frozen_disk_holds(
    house: House, tmp_path: Path
) -> None:
    with slow_disk(tmp_path / "disk") as disk:
        house.serve()
        worker = house.ask(b"hello")
        with frozen(disk):
            house.send(b"write %s" % bytes(disk / "file"))
            assert eventually(lambda: _state(worker) == "D")
            began = time.monotonic()
            house.signal(signal.SIGTERM)
            assert house.ended() == 0
            assert time.monotonic() - began < 5
            assert house.heard("stop") == [{"t": "stop"}]  # control had its time, too


def test_a_worker_that_a_frozen_disk_holds_loses_its_place_at_once(
    house: House, tmp_path: Path
) -> None:
    with slow_disk(tmp_path / "disk") as disk:
        house.serve()
        spare = house.spare()
        with frozen(disk):
            house.send(b"write %s" % bytes(disk / "file"))
            began = time.monotonic()
            assert house.ask(b"hello") == spare
            assert time.monotonic() - began < 3


def test_children_end_when_the_supervisor_is_killed(house: House) -> None:
    house.serve()
    worker = house.ask(b"hello")
    house.signal(signal.SIGKILL)
    house.ended()
    assert eventually(lambda: is_gone(worker) or _is_zombie(worker))


def _is_zombie(pid: int) -> bool:
    return _state(pid) in ("Z", "")


def _state(pid: int) -> str:
    """Return the letter of proc_pid_stat(5); nothing where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


@pytest.mark.parametrize(("of_control", "expected"), [("2", 2), ("1", 1), ("9", 1)])
def test_a_control_process_that_cannot_start_ends_it_all(
    house: House, of_control: str, expected: int
) -> None:
    house.start(exit_code=of_control)
    assert house.ended() == expected


def test_workers_that_never_come_up_end_it_all(house: House) -> None:
    house.start("--broken")
    assert house.ended() == 1
    assert house.log().count("a worker ended with 3; another one is started") == 5
    assert "no worker comes up; giving up" in house.log()


def test_a_taken_port_is_told_in_one_line(house: House) -> None:
    with socket.create_server(house.address):
        house.start()
        assert house.ended() == 1
    [line] = house.log().splitlines()
    host, port = house.address
    assert f"error: cannot listen on {host}:{port}: " in line
    assert f"(pid {os.getpid()}) has the port" in line


def test_sockets_of_the_service_manager_are_served(house: House) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_server(house.address) as tcp,
    ):
        udp.bind(house.address)
        house.start(passed=[udp, tcp])
        assert house.notified() == "READY=1"
        assert house.ask(b"hello") > 0


def test_a_restart_keeps_pid_and_sockets_and_the_service_manager_follows(house: House) -> None:
    house.serve()
    worker, spare, control = house.ask(b"hello"), house.spare(), house.control()
    house.signal(signal.SIGUSR2)
    assert house.notified().startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert house.notified() == "READY=1"
    assert house.ask(b"hello") not in (worker, spare)
    assert eventually(lambda: len(house.heard("serving")) == 2)
    assert eventually(lambda: all(map(is_gone, (worker, spare, control))))
    assert "restarting; the workers answer meanwhile" in house.log()


def test_sockets_of_the_service_manager_are_served_after_a_restart_too(house: House) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.create_server(house.address) as tcp,
    ):
        udp.bind(house.address)
        house.start(passed=[udp, tcp])
        assert house.notified() == "READY=1"
        for _ in range(2):
            old = house.ask(b"hello")
            house.signal(signal.SIGUSR2)
            assert house.notified().startswith("RELOADING=1")
            assert house.notified() == "READY=1"
            assert house.ask(b"hello") != old
    assert "cannot listen" not in house.log()


def test_the_watchdog_is_fed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    house.start()
    assert eventually(lambda: house.notified() == "READY=1")
    assert house.notified() == "WATCHDOG=1"
