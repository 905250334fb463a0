"""The life of the processes: signals, the service manager, deaths, neighbours, dead upstreams."""

import os
import pty
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from filterdns.priority import PREPARING
from tests.support.command import filterdns
from tests.support.house import (
    PROGRAM,
    STOP_SECONDS,
    House,
    config_file,
    config_head,
    descendants,
    is_running,
    open_house,
)
from tests.support.messages import query_bytes
from tests.support.peers import Endpoint, free_port, need, running
from tests.support.plain_client import Ask, Heard, ask, ask_all
from tests.support.upstream import ScriptedUpstream, answer_with, drop

pytestmark = pytest.mark.timeout(300)

MIA = "127.0.0.2"
CLIENTS = [f"127.0.1.{last}" for last in range(1, 61)]  # enough for the kernel to spread them
OPEN = "192.0.2.99"

CONFIG = """\
timezone: Europe/Berlin
policies: {child: {block: [gambling]}, adults: {}}
people:
  mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  visitors: {policy: child, devices: [{name: room, network: 127.0.1.0/24}]}
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Endpoint]:
    with ScriptedUpstream(answer_with(OPEN)) as scripted:
        yield Endpoint(scripted.host, scripted.port)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, upstream: Endpoint) -> Iterator[House]:
    """A house with two workers."""
    folder = tmp_path_factory.mktemp("processes")
    with open_house(folder, CONFIG, [upstream], "--workers", "2") as house:
        yield house


def heard_by_all(house: House, name: str) -> list[Heard]:
    """What is answered to *name* by every worker."""
    heard = ask_all(house.server, [Ask(client, name) for client in CLIENTS])
    assert None not in heard
    return [each for each in heard if each is not None]


def worker_pids(house: House) -> list[int]:
    return [worker["pid"] for worker in house.status()["workers"]]


def pid_of(house: House, module: str) -> int:
    """The process of the house that runs *module*; 0 where none does."""
    for pid in descendants(house.process.pid):
        with suppress(OSError):  # it has ended meanwhile
            if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
    return 0


# Workers.


def test_two_workers_share_the_clients(house: House) -> None:
    assert {heard.addresses for heard in heard_by_all(house, "www.library.example")} == {(OPEN,)}
    house.control.get("/api/log")  # has the workers send what they have counted
    slots = [house.metric(f'filterdns_client_slots{{worker="{number}"}}') for number in (0, 1)]
    assert min(slots) > 5
    assert sum(slots) >= len(CLIENTS)


def test_a_hangup_signal_brings_a_new_config_to_every_worker(house: House) -> None:
    try:
        house.write_config(CONFIG.replace("[gambling]", "[gambling, library.example]"))
        house.process.send_signal(signal.SIGHUP)
        house.wait_until(
            lambda: ask(house.server, MIA, "www.library.example").is_blocked, "the new config"
        )
        house.wait_until(
            lambda: len({worker["image"] for worker in house.status()["workers"]}) == 1,
            "both workers",
        )
        assert all(heard.is_blocked for heard in heard_by_all(house, "www.library.example"))
    finally:
        house.write_config(CONFIG)
        assert house.reload().code == 0
    assert not any(heard.is_blocked for heard in heard_by_all(house, "www.library.example"))


def test_a_killed_worker_is_replaced_and_what_was_asked_meanwhile_is_answered(
    house: House,
) -> None:
    old = worker_pids(house)
    restarts = house.status()["workers"][0]["restarts"]
    os.kill(old[0], signal.SIGKILL)
    heard = ask_all(house.server, [Ask(client, "www.bet365.com") for client in CLIENTS])
    assert all(each is not None and each.is_blocked for each in heard)
    house.wait_until(
        lambda: all(worker["ready"] for worker in house.status()["workers"]), "the new worker"
    )
    new = worker_pids(house)
    assert new[1] == old[1]
    assert new[0] != old[0]
    assert house.status()["workers"][0]["restarts"] == restarts + 1
    assert "worker 0 ended with -9; the spare takes its place" in house.log_text()
    assert all(heard.is_blocked for heard in heard_by_all(house, "www.bet365.com"))


def test_answers_go_on_while_the_control_process_stands_still(house: House) -> None:
    rows_before = len(house.log_rows("mia"))
    control = pid_of(house, "filterdns.app")
    os.kill(control, signal.SIGSTOP)
    try:
        for number in range(20):
            assert ask(house.server, MIA, f"{number}.bet365.com").is_blocked
            assert ask(house.server, MIA, f"{number}.library.example").addresses == (OPEN,)
    finally:
        os.kill(control, signal.SIGCONT)
    house.wait_until(lambda: house.status()["troubles"] == [], "control")
    assert len(house.log_rows("mia")) == rows_before + 20


def test_answers_go_on_while_the_control_process_is_dead_and_a_new_one_comes(
    house: House,
) -> None:
    workers = worker_pids(house)
    control = pid_of(house, "filterdns.app")
    os.kill(control, signal.SIGKILL)
    assert ask(house.server, MIA, "www.bet365.com").is_blocked
    house.wait_until(
        lambda: pid_of(house, "filterdns.app") not in (0, control), "a new control process"
    )
    house.wait_until(
        lambda: all(worker["image"] for worker in house.status()["workers"]), "its workers"
    )
    assert worker_pids(house) == workers
    assert house.reload().code == 0
    assert ask(house.server, MIA, "www.bet365.com").is_blocked


# What the processes may do.


def status_of(pid: int, key: str) -> str:
    """Return the line *key* of the kernel's own page about a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith(f"{key}:"))


@pytest.mark.parametrize("module", ["filterdns.app", "filterdns.worker"])
def test_a_child_may_not_bind_low_ports_though_the_main_process_may(
    house: House, module: str
) -> None:
    low_ports = 1 << 10  # CAP_NET_BIND_SERVICE
    if not int(status_of(house.process.pid, "CapEff"), 16) & low_ports:
        pytest.skip("needs a main process that may; cure: run the tests as root")
    child = pid_of(house, module)
    for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert not int(status_of(child, key), 16) & low_ports


@pytest.mark.parametrize("module", ["filterdns.app", "filterdns.worker"])
def test_a_child_may_open_as_many_files_as_the_host_allows(house: House, module: str) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, _ = resource.prlimit(pid_of(house, module), resource.RLIMIT_NOFILE)
    assert soft == min(hard, 65_536)


# What only a restart changes.


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("listen.dns", lambda head: re.sub(r':\d+"\]', ':5399"]', head)),
        ("metrics.listen", lambda head: re.sub(r'(metrics.*):\d+"', r'\1:9199"', head)),
    ],
)
def test_what_only_a_restart_can_change_is_refused_in_words(
    house: House, key: str, change: Callable[[str], str]
) -> None:
    config = config_file(house.folder)
    text = config.read_text()
    try:
        config.write_text(change(text))
        assert config.read_text() != text
        said = house.reload()
    finally:
        config.write_text(text)
    assert said.code == 2
    assert re.search(r"config\.yaml:\d+:\d+ " + re.escape(key), said.stderr)
    assert "only with a restart; run `filterdns restart`, or change it back" in said.stderr
    assert ask(house.server, MIA, "www.bet365.com").is_blocked


# Neighbours.


def test_a_second_filter_on_the_port_says_who_holds_it(house: House, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(config_head(house.server, Endpoint("127.0.0.1", free_port())) + CONFIG)
    said = filterdns(
        "serve", "--config", config, "--dir", tmp_path / "files", "--upstream", "127.0.0.1:1"
    )
    assert said.code == 1
    [line] = [line for line in said.err.splitlines() if "cannot listen" in line]
    assert f"cannot listen on {house.server}: " in line
    assert "choose another in listen.dns" in line
    holder = re.search(r"\(pid (\d+)\) has the port", line)
    assert holder is not None
    assert int(holder[1]) in [house.process.pid, *descendants(house.process.pid)]
    assert "Traceback" not in said.err


def test_a_second_filter_in_the_folder_says_that_one_runs(house: House) -> None:
    said = house.cli("serve", "--config", str(config_file(house.folder)))
    assert said.code == 1
    assert "a filter runs already with" in said.stderr
    assert "--dir" in said.stderr
    assert ask(house.server, MIA, "www.bet365.com").is_blocked


def test_moved_time_is_refused_where_others_could_ask(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f'listen: {{dns: ["0.0.0.0:{free_port()}"]}}\n{CONFIG}')
    (tmp_path / "clock").write_text("0")
    said = filterdns(
        *("serve", "--config", config, "--dir", tmp_path / "files"),
        *("--test-clock", tmp_path / "clock"),
    )
    assert said.code == 2
    assert "--test-clock is for tests: every address in listen.dns has to be loopback" in said.err
    assert "0.0.0.0 is not" in said.err


# The end.

IN_TERMINAL = """\
import os, sys
os.setsid()
os.open(sys.argv[1], os.O_RDWR)  # becomes the terminal of the new session
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_ctrl_c_ends_all_processes_in_order(tmp_path: Path, upstream: Endpoint) -> None:
    keyboard, terminal = pty.openpty()
    first = [sys.executable, "-c", IN_TERMINAL, os.ttyname(terminal)]
    with serving(tmp_path, upstream, first) as (process, _):
        family = descendants(process.pid)
        assert len(family) >= 2
        os.write(keyboard, b"\x03")
        assert process.wait(STOP_SECONDS) == 0
        assert not any(is_running(pid) for pid in family)
    os.close(keyboard)
    os.close(terminal)
    assert "Traceback" not in (tmp_path / "filterdns.log").read_text()


def test_nothing_is_left_behind_when_the_main_process_is_killed(
    tmp_path: Path, upstream: Endpoint
) -> None:
    with serving(tmp_path, upstream) as (process, _):
        family = descendants(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + STOP_SECONDS
        while any(is_running(pid) for pid in family):
            assert time.monotonic() < deadline, "processes are left behind"
            time.sleep(0.02)  # between two looks


@contextmanager
def serving(
    folder: Path, upstream: Endpoint, first: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], Endpoint]]:
    """Run the filter until the block ends; unlike in a house, nothing is awaited but an answer.

    *first* is a command that starts it, with arguments of its own.
    """
    server, metrics = (Endpoint("127.0.0.1", free_port()) for _ in range(2))
    config_file(folder).write_text(config_head(server, metrics) + CONFIG)
    command: list[str | Path] = [*(part.format(server) for part in first), PROGRAM]
    command += ["serve", "--config", config_file(folder), "--dir", folder / "files"]
    command += ["--upstream", str(upstream)]
    with running(command, server, folder / "filterdns.log") as process:
        yield process, server


# The service manager.


class ServiceManager:
    """What systemd is to a service: a socket on which it hears how the service is."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def hears(self, word: str, seconds: float = 20.0) -> str:
        """Return the next message that begins with *word*, within *seconds*."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                message = self._socket.recv(4096).decode()
            except TimeoutError:
                break
            if message.startswith(word):
                return message
        raise AssertionError(f"no {word} within {seconds} s")

    def close(self) -> None:
        self._socket.close()


def test_the_service_manager_hears_of_start_life_reload_and_end(
    tmp_path: Path, upstream: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = ServiceManager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    with serving(tmp_path, upstream) as (process, server):
        manager.hears("READY=1")
        assert ask(server, MIA, "www.bet365.com").is_blocked
        manager.hears("WATCHDOG=1", seconds=5)
        manager.hears("WATCHDOG=1", seconds=5)
        process.send_signal(signal.SIGHUP)
        assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.hears("RELOADING=1"))
        manager.hears("READY=1")
        process.send_signal(signal.SIGTERM)
        manager.hears("STOPPING=1", seconds=5)
        assert process.wait(STOP_SECONDS) == 0
    manager.close()


WITH_SOCKETS = """\
import fcntl, os, socket, sys
host, _, port = sys.argv[1].rpartition(":")
udp, tcp = (socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM))
for one in (udp, tcp):
    one.bind((host, int(port)))
tcp.listen()
for number, high in enumerate([fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (udp, tcp)], 3):
    os.dup2(high, number)
os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_sockets_of_the_service_manager_are_served(tmp_path: Path, upstream: Endpoint) -> None:
    # They do not share their port, so nothing could be served if they were not taken.
    first = [sys.executable, "-c", WITH_SOCKETS.replace("{", "{{").replace("}", "}}"), "{}"]
    with serving(tmp_path, upstream, first) as (_, server):
        assert ask(server, MIA, "www.bet365.com").is_blocked
        with socket.create_connection(server, 5) as connection:
            wire = query_bytes("www.library.example")
            connection.sendall(len(wire).to_bytes(2) + wire)
            length = int.from_bytes(connection.recv(2))
            assert connection.recv(length).endswith(socket.inet_aton(OPEN))
    assert "cannot listen" not in (tmp_path / "filterdns.log").read_text()


# Upstreams that are none.


@pytest.mark.parametrize(("name", "ede"), [("silent", 22), ("absent", 23)])
def test_a_dead_upstream_is_a_failure_with_its_reason_in_time(
    tmp_path: Path, name: str, ede: int
) -> None:
    with ScriptedUpstream(drop) as silent:
        port = {"silent": silent.port, "absent": free_port()}[name]
        with serving(tmp_path, Endpoint("127.0.0.1", port)) as (_, server):
            started = time.monotonic()
            heard = ask(server, MIA, "www.library.example")
            assert time.monotonic() - started < 5
            assert (heard.status, heard.errors) == ("SERVFAIL", ((ede, ""),))
            assert ask(server, MIA, "www.bet365.com").is_blocked


@pytest.mark.peer("dnsmasq")
def test_an_upstream_that_leads_back_to_the_filter_is_named_and_left_alone(
    tmp_path: Path, upstream: Endpoint
) -> None:
    router = Endpoint("127.0.0.1", free_port())
    with open_house(tmp_path, asking(upstream)) as house:
        options = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"]
        options += ["--bind-interfaces", f"--listen-address={router.host}", f"--port={router.port}"]
        options += [f"--server={house.server.host}#{house.server.port}", "--pid-file=", "--user="]
        with running([need("dnsmasq"), *options], router, tmp_path / "dnsmasq.log"):
            house.write_config(asking(router, upstream))
            assert house.reload().code == 0
            house.wait_until(
                lambda: [each["state"] for each in house.status()["upstreams"]] == ["loop", "up"],
                "the loop probe",
            )
            assert ask(house.server, MIA, "www.library.example").addresses == (OPEN,)
            said = house.cli("status")
            assert said.code == 1
            assert f"upstream {router} is loop: leads back to this filter" in said.stdout
            assert (
                f"upstream {router} leads back to this filter and is not asked any more; name"
                in (house.log_text())
            )


def test_an_upstream_that_is_the_filter_itself_is_refused(house: House) -> None:
    said = house.cli(
        *("serve", "--config", str(config_file(house.folder)), "--dir", "elsewhere"),
        *("--upstream", str(house.server)),
    )
    assert said.code == 2
    assert f'"{house.server}" is filterdns itself; name a resolver' in said.stderr


def asking(*upstreams: Endpoint) -> str:
    """The config, with *upstreams* in it."""
    servers = ", ".join(f'"{upstream}"' for upstream in upstreams)
    return f"{CONFIG}upstreams: {{servers: [{servers}]}}\n"


def test_who_answers_goes_before_who_prepares(house: House) -> None:
    niceness: dict[str, set[int]] = {}
    for pid in descendants(house.process.pid):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        module = words[words.index(b"-m") + 1].decode()
        niceness.setdefault(module, set()).add(os.getpriority(os.PRIO_PROCESS, pid))
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert niceness == {"filterdns.worker": {ours}, "filterdns.app": {max(ours, PREPARING)}}
