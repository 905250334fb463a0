"""What processes use, as /proc tells it: CPU time and memory of one and all below it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """Bytes of several processes in all, but for the largest *private* one.

    In *pss* a page that n processes share counts 1/n; in *rss* it counts each time.
    """

    rss: int
    pss: int
    private: int


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that *pid* and all processes below it have used, ended ones included."""
    fields = (_stat(member) for member in family(pid))
    ticks = sum(sum(map(int, stat[11:15])) for stat in fields if stat)
    return ticks / TICKS_PER_SECOND


def busy_seconds() -> float:
    """Return the CPU time that all processes of the machine, and the kernel, have used."""
    user, nice, system, _idle, _iowait, irq, softirq = map(
        int, Path("/proc/stat").read_text().split()[1:8]
    )
    return (user + nice + system + irq + softirq) / TICKS_PER_SECOND


def own_cpu_seconds(pid: int) -> float:
    """Return the CPU time that *pid* alone has used; 0 if it is gone."""
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / TICKS_PER_SECOND if stat else 0.0


def memory_of(pid: int) -> Memory:
    """Return the memory of *pid* and all processes below it."""
    each = [own_memory(member) for member in family(pid)]
    return Memory(
        sum(memory.rss for memory in each),
        sum(memory.pss for memory in each),
        max(memory.private for memory in each),
    )


def own_memory(pid: int) -> Memory:
    """Return the memory of *pid* alone; zeros if it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return Memory(0, 0, 0)
    rows = re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)
    kilobytes = {key: int(value) for key, value in rows}
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Memory(kilobytes["Rss"] * 1024, kilobytes["Pss"] * 1024, private * 1024)


def family(pid: int) -> Iterator[int]:
    """Yield *pid* and every process below it."""
    parent_by_pid = {
        int(path.name): int(stat[1])
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and (stat := _stat(int(path.name)))
    }
    found = {pid}
    while found:
        yield from found
        found = {child for child, parent in parent_by_pid.items() if parent in found}


def with_module(pid: int, module: str) -> list[int]:
    """Return those of the family of *pid* that run the Python *module*, in the order of age."""
    return [member for member in sorted(family(pid)) if module.encode() in _words(member)]


def _words(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on (proc(5)); none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
