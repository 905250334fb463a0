"""What figures depend on: the machine, the kernel, the versions, the commit."""

import os
import platform
import re
import subprocess
from pathlib import Path

from bench.names import ROOT


def describe_machine() -> dict[str, str | int]:
    """Return processor, cores, memory, kernel, Python, dnsperf and the commit."""
    model = re.search(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal: +(\d+) kB", _read("/proc/meminfo"), re.MULTILINE)
    dnsperf = re.search(r"Version ([\d.]+)", _say("dnsperf", "-h"))
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": os.cpu_count() or 1,  # however the bench itself is pinned
        "memory_bytes": 1024 * int(memory[1]) if memory else 0,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "dnsperf": dnsperf[1] if dnsperf else "none",
        "commit": _commit(),
    }


def _commit() -> str:
    """Return the commit of the checkout; with a + where files differ from it."""
    commit = _say("git", "rev-parse", "--short=12", "HEAD").strip()
    if not commit:
        return "unknown"
    changed = _say("git", "status", "--porcelain", "--untracked-files=no").strip()
    return f"{commit}+" if changed else commit


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _say(*command: str) -> str:
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return run.stdout
