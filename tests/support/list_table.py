"""Makes docs/real-lists.md: `python -m tests.support.list_table`, where the pack is there."""

from pathlib import Path
from typing import Final

from filterdns.blocklists.run import RunReport
from tests.support.real_lists import RealList, real_lists, report_on

PAGE: Final = Path(__file__).parents[2] / "docs/real-lists.md"

HEAD: Final = """\
# Real lists, as they are read

{count} real files of other people, as public repositories had them, and what filterdns makes of
them. They are no part of the project. This page is made by `python -m tests.support.list_table`; a
test keeps it in step.

The same counts come from another tool chain, `awk`, `sed`, `sort` and `comm`, a program per format
in `tests/support/list_awk/`. `tests/unit/blocklists/test_real_lists.py` compares both, and the
names with the manifest that came with the files.

| column | meaning |
|---|---|
| lines | of the text; {comments} of all {lines} are comments or blank |
| names | in the index: each covers itself and what lies below it |
| covered | of these names, those below another one of the list |
| duplicates | stood in the list before |
| twins | `www.x` beside `x` |
| others | entries that are no plain name, see [lists.md](lists.md) |
| addresses | kept apart, to check answers by |
| skipped | and why: the reasons are those of [lists.md](lists.md) |

| list | format | lines | names | covered | duplicates | twins | others | addresses | skipped |
|---|---|---:|---:|---:|---:|---:|---|---:|---|
"""


def make_page() -> str:
    """Return the page. Reads every list of the pack: some seconds."""
    reports = {listed: report_on(listed.path) for listed in real_lists()}
    lines = sum(report.lines for report in reports.values())
    comments = sum(report.comments for report in reports.values())
    head = HEAD.format(count=len(reports), lines=f"{lines:,}", comments=f"{comments:,}")
    return head + "".join(f"{_row(*each)}\n" for each in reports.items())


def _row(listed: RealList, report: RunReport) -> str:
    by_reason = {why.name: skips.count for why, skips in report.skipped.items()}
    cells = [
        listed.file.removesuffix(".xz"),
        listed.format_name,
        *(f"{count:,}" for count in (report.lines, report.names, report.covered)),
        *(f"{count:,}" for count in (report.duplicates, report.twins)),
        _each(report.others),
        f"{report.addresses:,}",
        _each({name.lower(): count for name, count in by_reason.items()}),
    ]
    return f"| {' | '.join(cells)} |"


def _each(count_by_what: dict[str, int]) -> str:
    """Return the counts in words, the largest first."""
    ordered = sorted(count_by_what.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{what.replace('_', ' ')} {count:,}" for what, count in ordered)


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
