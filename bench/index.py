"""Measure the index: `python -m bench.index --help`.

For each number of names: the size of a name, a build of one source and of 50, a build after one of
the 50 changed, the peak memory of all processes of a build, how long a start takes and what a
look-up costs. Real names come first where the lists are there; beyond them names are generated.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any

from bench.names import load_names
from bench.processes import memory_of
from bench.report import make_console, print_tables
from bench.result import FOLDER, make_result, write_result
from bench.tables import tables_of
from filterdns.blocklists.current import open_whole
from filterdns.blocklists.guards.settings import NO_SETTINGS, GuardSettings
from filterdns.blocklists.index import Index
from filterdns.blocklists.job import BuildReport, Job, SourceSpec, from_line
from filterdns.dns import codes
from filterdns.dns.names import from_text, label_count, suffixes

SOURCES = 50
CHANGED_NAMES = 1000
ASKED = 20_000
READERS = 4
LOOK_SECONDS = 0.05


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.index", description="the index by itself")
    parser.add_argument("--names", type=int, nargs="+", default=[5_000_000])
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--results", type=Path, default=FOLDER)
    options = parser.parse_args()
    console = make_console(is_error=options.json)
    command = "python -m bench.index --names " + " ".join(map(str, options.names))
    measured = [measure_index(count) for count in options.names]
    result = make_result("index", command, measured=measured, targets=[])
    print_tables(console, tables_of(result))
    console.print(f"written to {write_result(options.results, result)}")
    if options.json:
        sys.stdout.write(json.dumps(result, indent=1) + "\n")


def measure_index(count: int) -> dict[str, Any]:
    """Return all figures for an index of *count* names."""
    names = load_names(0, count)
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name:
        folder = Path(name)
        one = _write_sources(folder / "one", names.blocked, 1)
        _, one_seconds, one_peak = build(one, folder / "one")
        many = _write_sources(folder / "many", names.blocked, SOURCES)
        report, many_seconds, many_peak = build(many, folder / "many")
        text = many[0].path.read_text().splitlines()
        new = [f"new{number}.example.org" for number in range(CHANGED_NAMES)]
        many[0].path.write_text("\n".join(text[: -min(CHANGED_NAMES, len(text) // 2)] + new))
        report, change_seconds, change_peak = build(many, folder / "many")
        figures: dict[str, Any] = {
            "names": report.names,
            "origin": names.blocked_origin,
            "bytes_per_name": round(report.file_bytes / report.names, 3),
            "build_of_1_source_seconds": round(one_seconds, 2),
            "build_of_1_source_peak_bytes": one_peak,
            f"build_of_{SOURCES}_sources_seconds": round(many_seconds, 2),
            f"build_of_{SOURCES}_sources_peak_bytes": many_peak,
            f"build_after_1_of_{SOURCES}_changed_seconds": round(change_seconds, 2),
            f"build_after_1_of_{SOURCES}_changed_peak_bytes": change_peak,
        }
        figures |= _start_seconds(report.index)
        figures["private_bytes_of_each_of_4_readers"] = _private_bytes(report.index)
        with closing(Index.open(report.index)) as index:
            index.keep_at_hand()
            figures |= _look_up_nanoseconds(index, names.blocked)
    return figures


def build(
    sources: Sequence[SourceSpec], folder: Path, guards: GuardSettings = NO_SETTINGS
) -> tuple[BuildReport, float, int]:
    """Return the report of a build, its seconds from start to end, and its peak memory.

    The memory is that of all its processes; a page that several have is counted once.
    """
    job = Job(tuple(sources), folder / "runs", folder / "lists", guards).to_json()
    peak = 0
    started = time.monotonic()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as asked:
        asked.write(job.encode())
        asked.seek(0)
        command = [sys.executable, "-m", "filterdns.blocklists.build"]
        with subprocess.Popen(command, stdin=asked, stdout=said) as process:
            while process.poll() is None:
                peak = max(peak, memory_of(process.pid).pss)
                time.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - started
        said.seek(0)
        report = from_line(said.readlines()[-1])
    assert isinstance(report, BuildReport)
    return report, seconds, peak


def _write_sources(folder: Path, names: Sequence[str], count: int) -> list[SourceSpec]:
    folder.mkdir()
    sources = []
    for place in range(count):
        path = folder / f"{place}.txt"
        path.write_text("\n".join(names[place::count]) + "\n")
        sources.append(SourceSpec("adult", f"file:{place}", path))
    return sources


def _start_seconds(path: Path) -> dict[str, float]:
    opened = _seconds(lambda: Index.open(path).close())
    verified = _seconds(lambda: open_whole(path).close())
    with closing(Index.open(path)) as index:
        kept = _seconds(index.keep_at_hand)
    return {"open_seconds": opened, "open_and_verify_seconds": verified, "keep_seconds": kept}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 5)


def _look_up_nanoseconds(index: Index, listed: Sequence[str]) -> dict[str, int]:
    random = Random("asked")
    figures = {}
    for labels in (2, 3, 4, 5):
        names = [
            from_text(".".join(f"w{random.randrange(10**6)}" for _ in range(labels - 1)) + ".com")
            for _ in range(ASKED)
        ]
        figures[f"look_up_{labels}_labels_unlisted_ns"] = _look_up(index, names)
    some = [from_text(text) for text in random.sample(listed, min(len(listed), 4 * ASKED))]
    for labels in (2, 3, 4):
        if names := [name for name in some if label_count(name) == labels]:
            figures[f"look_up_{labels}_labels_listed_ns"] = _look_up(index, names)
    return figures


def _look_up(index: Index, names: Sequence[bytes]) -> int:
    claims = index.claims
    best = min(
        _seconds(lambda: [claims(suffixes(name), codes.A) for name in names]) for _ in range(5)
    )
    return round(best / len(names) * 1e9)


_READER = """\
import sys
from pathlib import Path
from filterdns.blocklists.index import Index
index = Index.open(Path(sys.argv[1]))
index.keep_at_hand()
for number in range(20000):
    index.claims([b"\\x06%06d\\x07example\\x00" % number], 1)
print(flush=True)
sys.stdin.read()
"""


def _private_bytes(path: Path) -> list[int]:
    """Return for each of some processes that use the index how much of it is theirs alone."""
    with ExitStack() as stack:
        readers = []
        for _ in range(READERS):
            command = [sys.executable, "-c", _READER, str(path)]
            reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.enter_context(reader)
            readers.append(reader)
        for reader in readers:
            assert reader.stdout is not None
            reader.stdout.readline()
        return [_private_of_mapping(reader.pid, path) for reader in readers]


def _private_of_mapping(pid: int, path: Path) -> int:
    """Return the private bytes of the mapping of *path* in /proc/PID/smaps (proc(5))."""
    kilobytes, is_ours = 0, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head, *values = line.split()
        if not head.endswith(":"):
            is_ours = bool(values) and values[-1] == os.fspath(path.resolve())
        elif is_ours and head in ("Private_Clean:", "Private_Dirty:"):
            kilobytes += int(values[0])
    return 1024 * kilobytes


if __name__ == "__main__":
    main()
