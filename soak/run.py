"""Let everything happen to the filter, one fault after the other: `python -m soak.run --help`.

Each fault meets a filter of its own, under load, with bedtime in the middle. Exits with 1 if any
question was lost, any answer was one that policy forbids, bedtime was late, or something else went
wrong that the lines below the table tell. Needs root: it mounts disks, limits memory, makes
network namespaces; all of that is gone when it ends.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from soak.faults import FAULTS, Fault
from soak.kills import KILLS, KillReport, try_kills
from soak.load_process import Figures
from soak.settings import PROGRAMS
from soak.table import Row, print_report, write_result
from soak.trial import try_fault
from tests.support.peers import find

WIDTH = 140
NAMES = (*(fault.name for fault in FAULTS), KILLS)


def main() -> None:
    """Try the faults that the command line names, or all."""
    options = _parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("soak: stopped"))  # and takes all down
    _refuse_without_means()
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)  # whoever reads a file has as much as it takes
    rows: list[Row] = []
    kills: KillReport | None = None
    chosen = [fault for fault in FAULTS if fault.name in options.only]
    try:
        with tempfile.TemporaryDirectory(prefix="filterdns-soak-", dir=options.folder) as name:
            for fault in chosen:
                row = _try_fault(console, fault, Path(name, fault.name), options)
                rows.append(row)
            if KILLS in options.only:
                kills = _try_kills(console, Path(name, KILLS), options)
    except KeyboardInterrupt:
        console.print("stopped; what was counted until then:")
    _report(console, options, rows, kills)
    failed = any(row.failures for row in rows) or bool(kills and kills.failures)
    sys.exit(1 if failed or len(rows) < len(chosen) else 0)


def _try_fault(console: Console, fault: Fault, folder: Path, options: argparse.Namespace) -> Row:
    with _progress(console) as progress:
        task = progress.add_task(fault.name, figures=fault.sentence)

        def show(figures: Figures) -> None:
            progress.update(task, figures=_in_short(figures))

        row = try_fault(fault, folder, options.seconds, options.rate, show)
    if not console.is_terminal:
        console.print(f"{fault.name}: {_in_short(row.figures)}", highlight=False)
    return row


def _try_kills(console: Console, folder: Path, options: argparse.Namespace) -> KillReport:
    with _progress(console) as progress:
        task = progress.add_task(KILLS, figures="")

        def show(text: str) -> None:
            progress.update(task, figures=text)

        return try_kills(folder, options.rounds, options.seed, show)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:15}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[figures]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _in_short(figures: Figures) -> str:
    gap_ms = figures["worst_gap_seconds"] * 1000
    return (
        f"{figures['answered']:,} of {figures['sent']:,} answered, {figures['lost']} lost,"
        f" {figures['forbidden']} forbidden, worst gap {gap_ms:,.0f} ms"
    )


def _report(
    console: Console, options: argparse.Namespace, rows: list[Row], kills: KillReport | None
) -> None:
    if rows:
        print_report(console, rows)
    settings: dict[str, Any] = {"rate": options.rate, "seed": options.seed}
    if kills is not None:
        for line in kills.lines():
            console.print(line, highlight=False, markup=False)
        settings[KILLS] = {**kills._asdict(), "failures": list(kills.failures)}
    if options.json is not None:
        write_result(options.json, rows, settings)
        console.print(f"written to {options.json}")


def _refuse_without_means() -> None:
    missing = [program for program in PROGRAMS if find(program) is None]
    if missing:
        sys.exit(
            f"soak: needs {', '.join(missing)}; cure: apt install nsd iproute2 e2fsprogs mount"
        )
    if os.geteuid():
        sys.exit("soak: needs root: it mounts disks, limits memory, makes network namespaces")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description="what the filter survives")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="FAULT")
    parser.add_argument("--seconds", type=float, default=80, help="of each fault")
    parser.add_argument("--rate", type=float, default=2000, help="questions a second")
    parser.add_argument("--rounds", type=int, default=200, help="how often all are killed")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of these kills")
    parser.add_argument("--folder", type=Path, help="where the filters keep their files")
    parser.add_argument("--json", type=Path, help="write everything that was counted there, too")
    parser.epilog = f"FAULT is one of {', '.join(NAMES)}."
    return parser.parse_args()


if __name__ == "__main__":
    main()
