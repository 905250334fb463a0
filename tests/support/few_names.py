"""Runs of a few names, for the tests of guards."""

from pathlib import Path

from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.run import Run
from filterdns.dns.names import from_text

KEY = b"k" * 16
HASH = make_name_hash(KEY)


def run_of(folder: Path, text: str) -> Run:
    """Return the run of a list of words: a word a line."""
    source = folder / "list.txt"
    source.write_text(text.replace(" ", "\n"))
    return compile_run(source, folder, KEY, single_labels=True)


def names(texts: str) -> list[bytes]:
    """Return the names in *texts*, canonical."""
    return [from_text(text) for text in texts.split()]
