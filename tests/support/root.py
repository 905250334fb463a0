"""A root of its own: this machine's files under a layer, where a test may change all of them.

    with open_root(layer) as root:
        root.run("make", "install")          # as root, of a machine without any other service

What is written goes to the folder *layer* and nowhere else; mounts, network (a loopback interface)
and processes are the root's own. All that runs in it ends with it. Needs root's rights. Where these
are not to be had the test is skipped with the reason; CI=true: it fails.
"""

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
def open_root(layer: Path, below: Sequence[Path] = ()) -> Iterator[Root]:
    """Give a root that shows *layer* on top of the layers *below*, the topmost first, and of /."""
    for folder in (layer, *below):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # it becomes the root folder, for all users
    with tempfile.TemporaryDirectory(prefix="filterdns-root-", dir=MEMORY) as scratch:
        for name in ("work", "root"):
            Path(scratch, name).mkdir()
        lower = ":".join([*map(str, below), "/"])
        script = _MOUNTS.format(lower=lower, upper=layer, scratch=scratch)
        unshare = [need("unshare"), "--mount", "--net", "--pid", "--fork", "--kill-child=KILL"]
        outer = subprocess.Popen(
            [*unshare, "--propagation=private", "sh", "-euc", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert outer.stdout is not None
            first = outer.stdout.readline()
            if first != "ready\n":
                _give_up(f"needs root and an overlay file system: {first.strip()}")
            [init] = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
            yield Root(int(init), [layer, *below])
        finally:
            outer.kill()
            outer.wait()
            assert outer.stdout is not None
            outer.stdout.close()


# The first process of the root does nothing; when it ends, the kernel ends all others.
_MOUNTS: Final = """
mount -t overlay overlay -o lowerdir={lower},upperdir={upper},workdir={scratch}/work {scratch}/root
cd {scratch}/root
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/lock
ip link set lo up
exec chroot . sh -c 'echo ready; exec sleep infinity'
"""


def _give_up(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
