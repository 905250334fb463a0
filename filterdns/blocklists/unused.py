"""Old generations of runs and indexes, removed."""

from collections.abc import Collection
from pathlib import Path

from filterdns.blocklists.added import ADDED_SUFFIX, added_path
from filterdns.blocklists.job import BuildReport
from filterdns.blocklists.last_good import LAST_GOOD_SUFFIX, last_good_path
from filterdns.blocklists.run import RUN_SUFFIX
from filterdns.durable import TEMPORARY_SUFFIX
from filterdns.errors import BlocklistError


def remove_unused(
    report: BuildReport, runs_folder: Path, keep: Collection[Path] = ()
) -> tuple[Path, ...]:
    """Remove indexes, runs and halves of either that *report* does not use; return which.

    *keep* are indexes that some process has still to open: an open one may go, its mapping stays.
    Not while a build runs. Raises `BlocklistError` if the disk refuses.
    """
    used = {report.index, *keep}
    for source in report.sources:
        used.add(last_good_path(runs_folder, source.category, source.name))
        used.add(added_path(runs_folder, source.category, source.name))
        used.update(source.kept_paths)
    lists_folder = report.index.parent
    found = {
        *lists_folder.glob("index-*.idx"),
        *lists_folder.glob(f".*{TEMPORARY_SUFFIX}"),
        *runs_folder.glob(f".*{TEMPORARY_SUFFIX}"),
        *runs_folder.glob(f"*{RUN_SUFFIX}"),
        *runs_folder.glob(f"*{LAST_GOOD_SUFFIX}"),
        *runs_folder.glob(f"*{ADDED_SUFFIX}"),
    }
    unused = tuple(sorted(found - used))
    for path in unused:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise BlocklistError(f"{path}: cannot be removed: {error.strerror}") from error
    return unused
