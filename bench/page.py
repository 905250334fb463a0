"""Write measured tables into docs/performance.md: `python -m bench.page [RESULT.json …]`.

Without files, the newest result of each bench. What stands between `<!-- bench:run -->` and
`<!-- bench:end -->` is written anew, the rest is left alone. So is what has no result yet.
"""

import argparse
import json
import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from bench.names import ROOT
from bench.result import FOLDER, Result, latest_result
from bench.tables import Table, tables_of

PAGE: Final = ROOT / "docs" / "performance.md"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="bench.page", description="writes docs/performance.md")
    parser.add_argument("results", nargs="*", type=Path)
    options = parser.parse_args()
    text = PAGE.read_text()
    results = {kind: latest_result(FOLDER, kind) for kind in marks(text)}
    for path in options.results:
        result = json.loads(path.read_text())
        results[result["kind"]] = result
    for kind, result in results.items():
        if result is not None:
            text = replaced(text, kind, section(result))
            _take_plot(result)
    PAGE.write_text(text)


def marks(page: str) -> list[str]:
    """Return the kinds of results that the *page* has a place for."""
    return re.findall(r"^<!-- bench:(?!end)(\w+) -->$", page, re.MULTILINE)


def replaced(page: str, kind: str, section_text: str) -> str:
    """Return *page* with the text between the marks of *kind* replaced."""
    pattern = rf"(<!-- bench:{kind} -->\n).*?(<!-- bench:end -->)"
    return re.sub(pattern, lambda m: m[1] + section_text + m[2], page, count=1, flags=re.DOTALL)


def section(result: Result) -> str:
    """Return the tables of *result* in Markdown, with the machine and the command."""
    machine = result["machine"]
    date = datetime.fromisoformat(result["date"])
    head = (
        f"Measured on {date:%Y-%m-%d} at commit `{machine['commit']}`: {machine['processor']},"
        f" {machine['cores']} cores, Linux {machine['kernel']}, Python {machine['python']},"
        f" dnsperf {machine['dnsperf']}.\n\n```console\n$ {result['command']}\n```\n"
    )
    parts = [head, *(_markdown(table) for table in tables_of(result))]
    if plot := _plot_of(result):
        parts.append(f"![{result['kind']}](images/{_image_name(result)}{plot.suffix})\n")
    return "\n".join(parts)


def _markdown(table: Table) -> str:
    bars = ["---" if n < table.first_figure else "--:" for n in range(len(table.head))]
    rows = ["| " + " | ".join(cells) + " |" for cells in (table.head, tuple(bars), *table.rows)]
    notes = "".join(f"\n{note}" for note in table.notes)
    return f"**{table.title}**\n\n" + "\n".join(rows) + "\n" + (f"{notes}\n" if notes else "")


def _plot_of(result: Result) -> Path | None:
    suffix = "" if result["kind"] == "run" else f"-{result['kind']}"
    date = datetime.fromisoformat(result["date"])
    plot = FOLDER / f"{date:%Y-%m-%dT%H%M}{suffix}.svg"
    return plot if plot.exists() else None


def _image_name(result: Result) -> str:
    return f"bench-{result['kind']}"


def _take_plot(result: Result) -> None:
    if plot := _plot_of(result):
        folder = PAGE.parent / "images"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(plot, folder / f"{_image_name(result)}.svg")


if __name__ == "__main__":
    main()
