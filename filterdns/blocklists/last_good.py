"""Which run a source last had: what stays in force while its list cannot be read."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

from filterdns.blocklists.durable import new_file
from filterdns.blocklists.run import Run
from filterdns.errors import BlocklistError

LAST_GOOD_SUFFIX: Final = ".last"


def last_good_path(folder: Path, category: str, name: str) -> Path:
    """Return the file in the folder of runs that says which run the source last had."""
    source = blake2b(f"{category}\n{name}".encode(), digest_size=16).hexdigest()
    return folder / (source + LAST_GOOD_SUFFIX)


def remember_good(folder: Path, category: str, name: str, run_path: Path) -> None:
    """Write down that the source has the run at *run_path*, in the same folder."""
    path = last_good_path(folder, category, name)
    if _run_name(path) != run_path.name:
        with new_file(path) as file:
            file.write(run_path.name.encode())


def open_last_good(folder: Path, category: str, name: str) -> Run | None:
    """Return the run that the source last had, open, or None if there is none or it is damaged."""
    run_name = _run_name(last_good_path(folder, category, name))
    try:
        return Run.open(folder / run_name) if run_name else None
    except BlocklistError:
        return None


def _run_name(path: Path) -> str:
    try:
        return Path(path.read_text("ascii")).name
    except (OSError, UnicodeDecodeError):
        return ""
