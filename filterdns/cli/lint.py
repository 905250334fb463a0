"""`filterdns lists lint`: what each line of a list gives, or why it gives nothing."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

from filterdns.blocklists.formats.item import Reason
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.parse import parse
from filterdns.blocklists.parse_report import ParseReport
from filterdns.blocklists.source_text import SourceText
from filterdns.cli.output import say, say_table
from filterdns.dns.names import suffixes

MOST_EXAMPLES: Final = 1_000  # of one reason: a list of another format would fill the screen
MOST_CHECKED: Final = 2_000_000


def lint_file(path: Path) -> dict[str, Any]:
    """Return the counts of the list at *path* and its lines that give nothing, as plain values.

    Raises `BlocklistError` where it cannot be read.
    """
    report = ParseReport()
    kinds: Counter[str] = Counter()
    names: set[bytes] = set()
    for member in SourceText(path).members():
        for parsed in parse(member, examples=MOST_EXAMPLES):
            report.add(parsed.report, MOST_EXAMPLES)
            kinds.update(_word(entry.kind) for entry in parsed.others)
            kinds[_word(Kind.BLOCK)] += len(parsed.names)
            if len(names) < MOST_CHECKED:
                names.update(parsed.names)
    return {
        "file": str(path),
        "lines": report.lines,
        "comments": report.comments,
        "entries": report.entries,
        "kinds": dict(kinds),
        "different": len(names),
        "covered": sum(not names.isdisjoint(suffixes(name)[1:]) for name in names),
        "addresses": report.addresses,
        "skipped": {
            reason.value: {"count": skipped.count, "lines": skipped.examples}
            for reason, skipped in _in_order(report)
        },
    }


def show_lint(found: dict[str, Any]) -> None:
    """Write what `lint_file` has found."""
    say(
        f"{found['lines']:,} lines: {found['entries']:,} entries, {found['addresses']:,} addresses,"
        f" {found['comments']:,} comments"
    )
    say(f"{found['different']:,} different names, {found['covered']:,} of them below another one")
    say_table(
        ["entries", "kind"],
        [[f"{count:,}", kind] for kind, count in found["kinds"].items() if count],
    )
    for reason, skipped in found["skipped"].items():
        say(f"{skipped['count']:,} × {reason}:")
        for line in skipped["lines"]:
            say(f"  {line}")
        if skipped["count"] > len(skipped["lines"]):
            say("  …")


def _in_order(report: ParseReport) -> list[tuple[Reason, Any]]:
    return sorted(report.skipped.items(), key=lambda each: -each[1].count)


def _word(kind: Kind) -> str:
    return kind.name.lower().replace("_", " ")
