"""What docs/lists-compared.md says of this filter is what tests prove."""

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.support.nasty_lines import read_fixture

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs/lists-compared.md"
PEERS: Final = ("AdGuard Home", "Pi-hole", "blocky", "Technitium")
ZONE: Final = "zone: "

# How a cell begins, by what the line gives in the fixtures of nasty lines.
SAID_BY_GIVEN: Final = {
    "block": ("`x` and below", "each and below", "as `xn--", "yes"),
    "exact": ("`x` alone",),
    "below": ("what lies below `x`",),
    "exception": ("lifts `x` and below, for its own list",),
    "qualified": ("yes",),
    "without": ("yes",),
    "address": ("kept to check answers by",),
    "skip": ("skipped",),
}


class Cell(NamedTuple):
    """What the page says of us in a row, and what proves it."""

    row: str
    said: str
    proof: str


def rows() -> list[list[str]]:
    """The cells of the tables that compare."""
    page = PAGE.read_text(encoding="utf-8").partition("## Sources")[0]
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def own_cells() -> list[Cell]:
    found = []
    for row in rows():
        said, _, proof = row[1].partition("<!--")
        if said.strip() != "filterdns":
            proof = proof.removesuffix("-->").strip().replace(r"\|", "|")
            found.append(Cell(row[0], said.strip(), proof))
    return found


OWN_CELLS: Final = own_cells()
GIVEN_BY_LINE: Final = {
    nasty.as_written: nasty.gives for nasty in read_fixture("nasty_lines.txt")
} | {ZONE + nasty.as_written: nasty.gives for nasty in read_fixture("nasty_zone_lines.txt")}


@pytest.mark.parametrize("cell", OWN_CELLS, ids=lambda cell: cell.row)
def test_a_cell_of_ours_is_backed_by_a_test(cell: Cell) -> None:
    path, is_test, name = cell.proof.partition("::")
    if is_test:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
    else:
        given = {said.split()[0] for said in GIVEN_BY_LINE[cell.proof]}
        assert len(given) == 1
        assert cell.said.startswith(SAID_BY_GIVEN[given.pop()])


def test_every_row_speaks_of_all() -> None:
    heads = [row for row in rows() if row[1] == "filterdns"]
    assert len(heads) == 3
    assert all(tuple(row[2:]) == PEERS for row in heads)
    assert all(len(row) == 2 + len(PEERS) and all(row) for row in rows())


def test_a_test_named_in_the_text_exists() -> None:
    named = re.findall(r"<!-- (tests/\S+\.py)::(\w+) -->", PAGE.read_text(encoding="utf-8"))
    assert named
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_filter_has_its_sources() -> None:
    sources = PAGE.read_text(encoding="utf-8").partition("## Sources")[2]
    for peer in PEERS:
        assert re.search(rf"^\| {peer} \| .* \d{{4}}-\d\d-\d\d \|$", sources, re.MULTILINE)
