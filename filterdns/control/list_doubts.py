"""Lists that could be read, and yet are none: a web page, a picture, a format that is not read."""

from typing import NamedTuple

from filterdns.blocklists.job import SourceReport


class Doubt(NamedTuple):
    """What is odd about a list, and what to do about it."""

    message: str
    cure: str


def doubt_about(source: SourceReport) -> Doubt | None:
    """Return why what was read of *source* is hardly a list, or None where it is one.

    It holds lines, and none of them gives a name. An empty file is no doubt: somebody begins.
    """
    run = source.run
    if source.error or run is None or run.names or not run.skipped:
        return None
    reason, skipped = max(run.skipped.items(), key=lambda each: each[1].count)
    example = f": {skipped.examples[0]}" if skipped.examples else ""
    return Doubt(
        f"no line of {run.lines:,} gives a name; found {reason}{example}",
        "write one name a line, or fetch the list anew",
    )
