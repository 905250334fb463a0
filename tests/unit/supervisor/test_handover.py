"""What one program leaves to the next in the same process; the exec is real, in a child of ours."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from filterdns.listeners.binding import Endpoint, bind
from filterdns.supervisor.child import Child
from filterdns.supervisor.handover import VARIABLE, Inheritance, take_over, turn_into

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, os, socket, sys, time
from filterdns.supervisor.child import Child
from filterdns.supervisor.handover import Inheritance, take_over, turn_into
from filterdns.listeners.binding import Endpoint, bind

if sys.argv[1] == "old":
    endpoint = Endpoint("127.0.0.1", 0)
    bound = bind(endpoint, 2, {})
    bound.udp[1].close()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.send(b'{"t": "beat"}')
    gone = Child("worker 4", 5, None, 2.0, 0.0)
    child = Child("worker 0", os.getpid(), ours, 2.0, 0.0)
    child.is_up = True
    workers = [(0, child), (-1, gone)]
    os.environ["REAL"] = json.dumps([bound.endpoint, ours.fileno()])
    command = [sys.executable, "-c", sys.argv[2], "new"]
    turn_into(command, os.environ, Inheritance({endpoint: bound}, workers), [])
found = take_over(os.environ, 2.0, time.monotonic())
[(endpoint, bound)] = found.bound.items()
(number, child), (other, gone) = found.workers
print(json.dumps({
    "key": endpoint,
    "is_same": [list(bound.endpoint), child.channel.fileno()] == json.loads(os.environ["REAL"]),
    "udp": bound.udp[0].getsockname(),
    "closed": bound.udp[1].fileno(),
    "listens": bound.tcp.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN),
    "inheritable": [one.get_inheritable() for one in (bound.udp[0], bound.tcp, child.channel)],
    "worker": [number, child.pid == os.getpid(), child.is_up, child.is_ready],
    "heard": child.hear(0.0),
    "gone": [other, gone.pid, gone.channel],
    "again": take_over(os.environ, 2.0, 0.0),
    "port": bound.endpoint.port,
}))
"""


def test_sockets_and_workers_survive_the_exec() -> None:
    command = [sys.executable, "-c", PROGRAM, "old", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    port = found.pop("port")
    assert found == {
        "key": ["127.0.0.1", 0],
        "is_same": True,
        "udp": ["127.0.0.1", port],
        "closed": -1,
        "listens": 1,
        "inheritable": [False, False, False],
        "worker": [0, True, True, False],
        "heard": [{"t": "beat"}],
        "gone": [-1, 5, None],
        "again": None,
    }


def test_an_exec_that_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    endpoint = Endpoint("127.0.0.1", 0)
    bound = bind(endpoint, 1, {})
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with socket.socket() as passed, ours, theirs:
        child = Child("worker 0", 1, ours, 2.0, 0.0)
        with pytest.raises(FileNotFoundError):
            turn_into(
                [str(tmp_path / "no")], {}, Inheritance({endpoint: bound}, [(0, child)]), [passed]
            )
        assert not any(one.get_inheritable() for one in (*bound.udp, bound.tcp, ours, passed))
    bound.close()


def test_without_a_program_before_nothing_is_inherited() -> None:
    assert take_over({}, 2.0, 0.0) is None
    assert VARIABLE == "FILTERDNS_HANDOVER"  # other versions read it, too
