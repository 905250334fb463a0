"""What came of each fault: a row, the table, and whether the filter has passed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.machine import describe_machine
from soak.judge import LATE_AT_MOST_SECONDS

COLUMNS = (
    *("fault", "sent", "answered", "retried", "lost", "forbidden"),
    *("worst gap ms", "bedtime late s", "p99 ms"),
)


class Row(NamedTuple):
    """What was counted while *fault* went on. *complaints* say what else went wrong."""

    fault: str
    seconds: float
    figures: dict[str, Any]
    complaints: tuple[str, ...] = ()

    @property
    def failures(self) -> list[str]:
        """Why the filter has not passed; none where it has."""
        figures = self.figures
        found = list(self.complaints)
        if not figures["answered"]:
            found.append("nothing was answered")
        if figures["lost"]:
            found.append(f"{figures['lost']} lost, {figures['wrong']} of them by wrong answers")
        if figures["forbidden"]:
            found.append(f"{figures['forbidden']} answers that policy forbids")
        if not figures["child_open"] or not figures["child_closed"]:
            found.append("bedtime did not come")
        if figures["bedtime_late_seconds"] > LATE_AT_MOST_SECONDS:
            found.append(f"bedtime came {figures['bedtime_late_seconds']:.1f} s late")
        return [*found, *figures["examples"]]

    def cells(self) -> tuple[str, ...]:
        """Return the row as the table shows it."""
        figures = self.figures
        return (
            self.fault,
            *(f"{figures[name]:,}" for name in COLUMNS[1:6]),
            f"{figures['worst_gap_seconds'] * 1000:,.0f}",
            f"{figures['bedtime_late_seconds']:.3f}" if figures["child_closed"] else "never",
            f"{figures['p99_seconds'] * 1000:,.1f}",
        )


def make_table(rows: Sequence[Row]) -> Table:
    """Return the table of *rows*; those that have failed are red."""
    # Fits a terminal of 80 columns.
    table = Table(title="What the filter survives", box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column(COLUMNS[0], no_wrap=True)
    for column in COLUMNS[1:]:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row.cells(), style="red" if row.failures else "")
    return table


def print_report(console: Console, rows: Sequence[Row]) -> None:
    """Print the table, and below it what went wrong."""
    console.print(make_table(rows))
    for row in rows:
        for failure in row.failures:
            console.print(f"{row.fault}: {failure}", style="red", highlight=False, markup=False)


def write_result(path: Path, rows: Sequence[Row], settings: dict[str, Any]) -> None:
    """Write everything that was counted, with the machine's description."""
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": describe_machine(),
        **settings,
        "rows": [
            {"fault": row.fault, "seconds": row.seconds, "failures": row.failures, **row.figures}
            for row in rows
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
