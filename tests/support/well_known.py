"""300 services that everybody knows, 50 of each of six categories: no guard may lose one."""

import csv
from pathlib import Path

TABLE = Path(__file__).with_suffix(".tsv")


def well_known() -> dict[str, list[str]]:
    """Return the names of each category."""
    names_by_category: dict[str, list[str]] = {}
    with TABLE.open(encoding="ascii", newline="") as text:
        for row in csv.DictReader(text, delimiter="\t", strict=True):
            names_by_category.setdefault(row["category"], []).append(row["name"])
    return names_by_category
