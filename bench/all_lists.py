"""Measure a build of all real lists under all guards: `python -m bench.all_lists --help`.

How long it takes, how much memory, how large the index is; the same again after one list changed;
and what each category blocks of the most popular names, the worst first.
"""

import argparse
import json
import lzma
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from bench.index import build
from bench.names import LISTS
from bench.report import make_console
from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.job import STARTER, BuildReport, SourceSpec

CATEGORY_BY_FOLDER: Final = {
    "ads": "ads", "adult": "adult", "ai": "ai-chat", "bypass": "vpn", "chat": "chat",
    "dating": "dating", "drugs": "drugs", "gambling": "gambling", "games": "games",
    "hacking": "hacking", "hate": "hate", "malware": "malware", "piracy": "piracy",
    "scam": "scam", "social": "social", "streaming": "streaming", "weapons": "weapons",
}  # fmt: skip
POPULAR: Final = LISTS / "popularity/tranco_top100k_2026-08.txt.xz"
CHANGED: Final = "dating"


def main() -> None:
    """Measure, and print or write what the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.all_lists", description="all real lists at once")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    if not LISTS.is_dir():
        sys.exit(f"{LISTS} is not there: nothing to measure")
    figures = measure()
    if options.json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    else:
        _show(figures)


def measure() -> dict[str, Any]:
    """Return all figures."""
    catalog = load_catalog()
    locked = tuple(each.id for each in catalog.categories.values() if each.is_locked)
    guards = GuardSettings(locked=locked, popularity=str(POPULAR))
    with tempfile.TemporaryDirectory(prefix="filterdns-bench-") as name:
        folder = Path(name)
        specs = [*_starters(), *unpacked(folder)]
        report, seconds, peak = build(specs, folder, guards)
        changed = next(spec for spec in specs if CHANGED in spec.path.name and spec.name != STARTER)
        changed.path.write_bytes(changed.path.read_bytes() + b"\nnew-date.example\n")
        _, again_seconds, again_peak = build(specs, folder, guards)
    return {
        "lists": len(specs),
        "entries": sum(each.run.entries for each in report.sources if each.run is not None),
        "names": report.names,
        "file_bytes": report.file_bytes,
        "build_seconds": round(seconds, 1),
        "build_peak_bytes": peak,
        "build_after_1_changed_seconds": round(again_seconds, 1),
        "build_after_1_changed_peak_bytes": again_peak,
        "taken_out": _taken_out(report),
        "canaries_blocked": list(report.measured.canaries),
        "popular": report.measured.popular,
        "popular_blocked": report.measured.popular_blocked,
        "worst": {key: list(names) for key, names in report.measured.worst.items()},
    }


def unpacked(folder: Path) -> Iterator[SourceSpec]:
    """Unpack the real lists into *folder*; yield each under its category."""
    for name, category in CATEGORY_BY_FOLDER.items():
        for packed in sorted((LISTS / name).glob("*.xz")):
            path = folder / packed.stem
            path.write_bytes(lzma.decompress(packed.read_bytes()))
            yield SourceSpec(category, f"file:{packed.stem}", path)


def _starters() -> Iterator[SourceSpec]:
    for category in load_catalog().categories.values():
        if category.starter is not None:
            yield SourceSpec(category.id, STARTER, category.starter)


def _taken_out(report: BuildReport) -> dict[str, int]:
    counts: dict[str, int] = {}
    for source in report.sources:
        for why, names in source.taken_out.items():
            counts[why] = counts.get(why, 0) + len(names)
    return counts


def _show(figures: dict[str, Any]) -> None:
    console = make_console(is_error=False)
    for key, value in figures.items():
        if not isinstance(value, dict):
            console.print(f"{key.replace('_', ' ')}: {value}")
    for why, count in figures["taken_out"].items():
        console.print(f"taken out, {why}: {count}")
    table = Table(title=f"Of the {figures['popular']:,} most popular names")
    for column in ("category", "blocked", "share", "the most popular of them"):
        table.add_column(column, overflow="fold")
    for category, count in figures["popular_blocked"].items():
        share = f"{count / figures['popular']:.2%}"
        table.add_row(category, f"{count:,}", share, ", ".join(figures["worst"][category]))
    console.print(table)


if __name__ == "__main__":
    main()
