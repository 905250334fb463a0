"""A root of its own: this machine's files under a layer, where a test may change all of them.

    with open_root(layer, shows=checkout) as root:
        root.run("make", "-C", str(checkout), "install")     # nothing of the machine is changed

What is written goes to the folder *layer* and nowhere else; mounts, devices, network (a loopback
interface) and processes are the root's own. All that runs in it ends with it. With `boot=True` the
first process is a systemd, which starts nothing by itself but what it needs. Needs root's rights.
Where something is not to be had the test is skipped with the reason; CI=true: it fails.
"""

import os
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.support.peers import need

MEMORY: Final = Path("/dev/shm")  # the layer cannot lie in the files that are seen through it
PLAIN_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}


class Said(NamedTuple):
    """How a command ended and what it printed, errors among it."""

    code: int
    text: str


class Root:
    """Where commands run as on a machine of their own; *layers* have what they have changed."""

    def __init__(self, init: int, layers: Sequence[Path]) -> None:
        self._layers = layers
        self._enter = [need("nsenter"), f"--target={init}", "--mount", "--net", "--pid"]
        self._enter += ["--root", "--wd"]
        self._outside = Path(f"/proc/{init}/root")

    def path(self, inside: str) -> Path:
        """Return where the file *inside* of the root is for us; its folders must be no links."""
        return self._outside / inside.lstrip("/")

    def run(
        self, *command: str, environment: Mapping[str, str] | None = None, seconds: float = 300
    ) -> Said:
        """Run *command* to its end, with a plain environment and *environment* on top."""
        done = subprocess.run(
            [*self._enter, *command],
            env={**PLAIN_ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Said(done.returncode, done.stdout)

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start *command*; its output can be read line by line."""
        return subprocess.Popen(
            [*self._enter, *command],
            env=PLAIN_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def changes(self) -> dict[str, str]:
        """Return all that is other than on this machine: path inside to what is there now.

        A folder counts when it is new, a file by its content, rights and time.
        """
        paths = {path.relative_to(layer) for layer in self._layers for path in layer.rglob("*")}
        changed = {}
        for inside in sorted(paths):
            machine, here = Path("/", inside), self.path(str(inside))
            now = _look(here)
            if now != _look(machine) and not _is_same_text(machine, here):
                changed[f"/{inside}"] = now
        return changed


def _look(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return "nothing"
    owner = f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid}"
    if path.is_symlink():
        return f"{owner} -> {path.readlink()}"
    return owner if path.is_dir() else f"{owner} {found.st_size} {found.st_mtime_ns}"


def _is_same_text(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink() or not (one.is_file() and other.is_file()):
        return False
    return one.stat().st_mode == other.stat().st_mode and one.read_bytes() == other.read_bytes()


@contextmanager
def open_root(
    layer: Path, below: Sequence[Path] = (), shows: Path | None = None, *, boot: bool = False
) -> Iterator[Root]:
    """Give a root that shows *layer* on top of the layers *below*, the topmost first, and of /.

    The folder *shows* of the machine can be read in it, at its own place.
    """
    for folder in (layer, *below):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # it becomes the root folder, for all users
    with tempfile.TemporaryDirectory(prefix="filterdns-root-", dir=MEMORY) as scratch:
        for name in ("work", "root"):
            Path(scratch, name).mkdir()
        variables = {
            "lower": ":".join([*map(str, below), "/"]),
            "upper": str(layer),
            "scratch": scratch,
            "shows": str(shows or ""),
        }
        with _own_cgroup() if boot else nullcontext("") as cgroup:
            script = f"{_MOUNTS}\n{_BOOT if boot else _STAY}"
            with _first_process(script, {**variables, "cgroup": str(cgroup)}) as init:
                root = Root(init, [layer, *below])
                if boot:
                    _wait_for_systemd(root)
                yield root


@contextmanager
def _first_process(script: str, variables: Mapping[str, str]) -> Iterator[int]:
    unshare = [need("unshare"), "--mount", "--net", "--pid", "--cgroup", "--ipc", "--uts", "--fork"]
    # The child that becomes the first process is in the control group before it gets a view of it.
    enter = '[ -z "$cgroup" ] || echo $$ >"$cgroup/cgroup.procs"; exec "$@"'
    unshare += ["--kill-child=KILL", "--propagation=private"]
    outer = subprocess.Popen(
        ["sh", "-c", enter, "sh", *unshare, "sh", "-euc", script],
        env={**PLAIN_ENVIRONMENT, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert outer.stdout is not None
    try:
        first = outer.stdout.readline()
        if first != "ready\n":
            _give_up(f"needs root and an overlay file system: {first.strip()}")
        [init] = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        yield int(init)
    finally:
        outer.kill()
        outer.wait()
        outer.stdout.close()


_MOUNTS: Final = """
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$scratch/work" "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
if [ -n "$shows" ]; then
  mkdir -p ".$shows"
  mount --bind "$shows" ".$shows"
  mount -o remount,ro,bind ".$shows"
fi
ip link set lo up
"""
# The first process does nothing; when it ends, the kernel ends all others.
_STAY: Final = "exec chroot . sh -c 'echo ready; exec sleep infinity'"
_BOOT: Final = """
mount -t cgroup2 cgroup2 sys/fs/cgroup
exec chroot . sh -c 'echo ready; exec env -i container=test PATH="$PATH" /lib/systemd/systemd \\
  --system --unit=basic.target --log-target=null --show-status=no \\
  systemd.mask=systemd-modules-load.service systemd.mask=systemd-sysctl.service'
"""


@contextmanager
def _own_cgroup() -> Iterator[Path]:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    above = next((Path(each[1]) for each in mounts if each[2] == "cgroup2"), None)
    if above is None:
        _give_up("needs control groups of version 2")
    assert above is not None
    own = above / f"filterdns-test-{os.getpid()}"
    try:
        own.mkdir()
    except OSError as error:
        _give_up(f"needs control groups that can be written to: {error}")
    try:
        yield own
    finally:
        _wait_until(lambda: "populated 0" in (own / "cgroup.events").read_text(), "its end")
        for folder in sorted(own.rglob("*/"), reverse=True):
            folder.rmdir()
        own.rmdir()


def _wait_for_systemd(root: Root) -> None:
    _wait_until(lambda: root.run("systemctl", "is-active", "basic.target").code == 0, "systemd")


def _wait_until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.05)  # between two looks


def _give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
