"""Where a filter stands while a fault happens: its disk, its network, its memory. All need root.

Each is made for one run below a folder of its own and taken down again, whatever has happened.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.house import directory
from tests.support.namespaces import Namespace, cable
from tests.support.peers import find

PROGRAMS: Final = ("fsfreeze", "ip", "mkfs.ext4", "mount", "nsd", "umount")
SMALL_DISK_BYTES: Final = 48 << 20
EXT4_BYTES: Final = 128 << 20
CGROUPS: Final = Path("/sys/fs/cgroup")
MOVED: Final = "127.77.0.1"  # comes and goes, while somebody asks it
VISITING: Final = "127.77.0.2"  # is not there at first


@dataclass
class Setting:
    """What a fault may take hold of. *hosts* are the addresses that the load asks.

    *birth* is entered while the filter is started, and nothing else.
    """

    hosts: tuple[str, ...] = ("127.0.0.1",)
    more_hosts: tuple[str, ...] = ()
    disk: Path | None = None
    namespace: Namespace | None = None
    group: "MemoryGroup | None" = None
    birth: Callable[[], AbstractContextManager[None]] = nullcontext


@contextmanager
def usual(_folder: Path) -> Iterator[Setting]:
    """Stand where every filter of the tests stands."""
    yield Setting()


@contextmanager
def small_disk(folder: Path) -> Iterator[Setting]:
    """Let the state lie on a disk of `SMALL_DISK_BYTES`, in memory."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs") as disk:
        yield Setting(disk=disk)


@contextmanager
def disk_that_freezes(folder: Path, size_bytes: int = EXT4_BYTES) -> Iterator[Setting]:
    """Let the state lie on a file system of its own that `freezing` can stop."""
    image = folder / "disk.ext4"
    with image.open("wb") as file:
        file.truncate(size_bytes)
    _run("mkfs.ext4", "-q", "-F", str(image))
    with _mounted(folder, "-o", "loop", str(image)) as disk:
        yield Setting(disk=disk)


@contextmanager
def house_of_its_own(_folder: Path) -> Iterator[Setting]:
    """Stand in a network namespace in which 127.0.0.0/8 is no longer one network.

    The test clock wants loopback addresses only, and usually all of them are always there.
    """
    with cable() as (indoors, _street):
        indoors.command("address", "delete", "127.0.0.1/8", "dev", "lo")
        for last in range(1, 18):
            indoors.command("address", "add", f"127.0.0.{last}/32", "dev", "lo")
        indoors.command("address", "add", f"{MOVED}/32", "dev", "lo")
        with indoors.inside():
            yield Setting(hosts=("127.0.0.1", MOVED), more_hosts=(VISITING,), namespace=indoors)


@contextmanager
def memory_group(_folder: Path) -> Iterator[Setting]:
    """Have a control group at hand whose memory can be limited."""
    group = MemoryGroup(f"filterdns-soak-{os.getpid()}")
    try:
        yield Setting(group=group)
    finally:
        group.remove()


@contextmanager
def memory_of_all(folder: Path) -> Iterator[Setting]:
    """Let everything that the filter uses be counted in a control group, from its birth on."""
    with memory_group(folder) as setting:
        assert setting.group is not None
        setting.birth = setting.group.inside
        yield setting


class MemoryGroup:
    """A control group of the first or second version (cgroups(7)), for memory alone."""

    def __init__(self, name: str) -> None:
        first = CGROUPS / "memory"
        self._is_first = first.is_dir()
        self._folder = (first if self._is_first else CGROUPS) / name
        self._folder.mkdir()

    def take(self, pid: int) -> None:
        """Move the process into the group; what it already has counts elsewhere in version 1."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Put ourselves, and the processes that we start, into the group for the block."""
        controller = ":memory:" if self._is_first else "0::"
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        path = next(line.partition(controller)[2] for line in lines if controller in line)
        self.take(os.getpid())
        try:
            yield
        finally:
            before = self._folder.parent / path.lstrip("/") / "cgroup.procs"
            before.write_text(str(os.getpid()))

    def limit(self, limit_bytes: int) -> None:
        """Set the limit; raises OSError where the group uses more and cannot give it back."""
        name = "memory.limit_in_bytes" if self._is_first else "memory.max"
        (self._folder / name).write_text(str(limit_bytes))

    def unlimit(self) -> None:
        """Let it use as much as there is."""
        if self._is_first:
            self.limit(-1)
        else:
            (self._folder / "memory.max").write_text("max")

    @property
    def used_bytes(self) -> int:
        """How much it uses, what the kernel could take back included."""
        name = "memory.usage_in_bytes" if self._is_first else "memory.current"
        return int((self._folder / name).read_text())

    @property
    def refusals(self) -> int:
        """How often somebody met the limit."""
        if self._is_first:
            return int((self._folder / "memory.failcnt").read_text())
        words = (self._folder / "memory.events").read_text().split()
        return int(words[words.index("max") + 1])

    @property
    def kills(self) -> int:
        """How many processes the kernel has killed for want of memory."""
        name = "memory.oom_control" if self._is_first else "memory.events"
        words = (self._folder / name).read_text().split()
        return int(words[words.index("oom_kill") + 1])

    def remove(self) -> None:
        """Let all processes go and remove the group."""
        deadline = time.monotonic() + 5
        while True:
            for pid in (self._folder / "cgroup.procs").read_text().split():
                try:
                    (self._folder.parent / "cgroup.procs").write_text(pid)
                except OSError:
                    continue  # it has ended meanwhile
            try:
                self._folder.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)  # until the kernel has buried those that were killed
            else:
                return


@contextmanager
def freezing(disk: Path, at_most_seconds: float) -> Iterator[None]:
    """Let nothing be written to *disk* for the block.

    Who writes then cannot even be killed, so a process of its own thaws the disk when we are gone,
    and when it has taken too long.
    """
    script = 'fsfreeze -f "$1" && echo frozen; timeout "$2" cat >/dev/null; fsfreeze -u "$1"'
    guard = subprocess.Popen(
        ["/bin/sh", "-c", script, "freezing", str(disk), f"{at_most_seconds:g}"],
        env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,  # Ctrl-C must not end it before it has thawed the disk
    )
    assert guard.stdin is not None
    assert guard.stdout is not None
    try:
        assert guard.stdout.readline() == b"frozen\n", f"{disk} cannot be frozen"
        yield
    finally:
        guard.stdin.close()
        guard.wait(10)
        guard.stdout.close()


@contextmanager
def _mounted(folder: Path, *what: str) -> Iterator[Path]:
    disk = directory(folder) / "state"
    disk.mkdir(parents=True)
    _run("mount", *what, str(disk))
    try:
        yield disk
    finally:
        _unmount(disk)


def _unmount(disk: Path) -> None:
    deadline = time.monotonic() + 5
    while subprocess.run(["umount", disk], capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            _run("umount", "--lazy", str(disk))  # somebody holds a file: it goes with the last one
            return
        time.sleep(0.1)  # until those that were killed have let go of their files


def _run(program: str, *arguments: str) -> None:
    found = find(program)
    assert found is not None, program
    subprocess.run([found, *arguments], check=True, capture_output=True)
