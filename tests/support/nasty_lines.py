"""The fixtures of nasty lines: a line as it would stand in a list, and what it has to give."""

import re
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parents[1] / "unit/blocklists"

ARROW: Final = " → "
REPEATED: Final = re.compile(r"\{([^{}]*)\*(\d+)\}")
ESCAPED: Final = re.compile(rb"\\(t|r|x[0-9A-F]{2})")
BYTE_BY_LETTER: Final = {b"t": b"\t", b"r": b"\r"}


class NastyLine(NamedTuple):
    """A line and what it gives, sorted. *as_written* is the line in the words of the fixture."""

    place: str
    as_written: str
    line: bytes
    gives: list[str]


def read_fixture(name: str) -> list[NastyLine]:
    """Return the lines of the fixture *name*; nasty_lines.txt says how they are written."""
    found = []
    for number, row in enumerate((FOLDER / name).read_text(encoding="utf-8").splitlines(), 1):
        line, arrow, gives = row.partition(ARROW)
        if arrow:
            expected = sorted(part.strip() for part in _repeated(gives).split(","))
            as_written = line.rstrip()
            place = f"{name}:{number}"
            found.append(NastyLine(place, as_written, _unescaped(as_written), expected))
    return found


def _repeated(text: str) -> str:
    return REPEATED.sub(lambda found: found[1] * int(found[2]), text)


def _unescaped(line: str) -> bytes:
    return ESCAPED.sub(
        lambda found: BYTE_BY_LETTER.get(found[1]) or bytes.fromhex(found[1][1:].decode()),
        _repeated(line).encode(),
    )
