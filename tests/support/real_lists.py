"""The pack of real lists: what its manifest says of them, and what our reader makes of them."""

import csv
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.run import RunReport
from tests.support.pack import LISTS, has_pack


class RealList(NamedTuple):
    """A row of the manifest. *entries* is how many distinct names it counts; some rows do not."""

    file: str
    category: str
    format_name: str
    entries: int | None

    @property
    def path(self) -> Path:
        """Where the list lies."""
        return LISTS / self.file


def real_lists() -> list[RealList]:
    """Return the lists of the pack in the order of its manifest; none where it is not there."""
    if not has_pack():
        return []
    with (LISTS / "manifest.tsv").open(encoding="utf-8") as manifest:
        return [
            RealList(
                row["file"],
                row["category"],
                row["format"],
                int(row["entries"]) if row["entries"].isdigit() else None,
            )
            for row in csv.DictReader(manifest, delimiter="\t")
        ]


@cache
def report_on(path: Path) -> RunReport:
    """Return what our reader says of the list at *path*."""
    with TemporaryDirectory() as folder:
        run = compile_run(path, Path(folder), bytes(16))
        run.close()
        return run.report
