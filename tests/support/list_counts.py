"""What a list holds, counted by xz, tar, sed, awk, sort and comm: a witness against our reader.

The programs stand in `list_awk/`. They were written from docs/lists.md and share nothing with the
reader, so what both say is right, or wrong for two reasons at once.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

PROGRAMS: Final = Path(__file__).parent / "list_awk"
TOOLS: Final = ("sh", "xz", "tar", "find", "sed", "awk", "sort", "comm", "wc", "mktemp", "tr")

PROGRAM_BY_FORMAT: Final = {
    "domains": "domains",
    "wildcard": "domains",
    "urls": "domains",
    "regex": "domains",
    "popularity": "domains",
    "psl": "domains",
    "hosts": "hosts",
    "adblock": "adblock",
    "adblock dnsrewrite": "adblock",
    "dnsmasq": "dnsmasq",
    "unbound": "unbound",
    "v2fly": "v2fly",
    "v2fly tar": "v2fly",
}


def missing_tools() -> list[str]:
    """Return which of the programs that count are not installed."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def count_list(path: Path, format_name: str) -> dict[str, int]:
    """Return how often the xz-compressed list at *path* has what; nothing is counted as 0.

    Keys: `lines`, `comment`, `address`, a kind of entry, `distinct_` and a kind, `skip_` and a
    reason; of the distinct blocks `twins`, `kept` (those that are no twins), `covered` (of these).
    """
    packed = "tar" if format_name.endswith(" tar") else "plain"
    with path.open("rb") as file:
        done = subprocess.run(
            ["sh", PROGRAMS / "count.sh", packed, PROGRAM_BY_FORMAT[format_name]],
            stdin=file,
            capture_output=True,
            check=True,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
    rows = (line.split() for line in done.stdout.splitlines())
    return {what: int(count) for count, what in rows}
