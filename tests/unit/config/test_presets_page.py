"""The page of the presets: its table, and the examples beside it."""

import re
from pathlib import Path

import pytest

from filterdns.blocklists.catalog import load_catalog
from filterdns.config.check import check
from filterdns.config.presets import PRESETS
from filterdns.config.presets_page import with_table
from tests.support.configs import compiled
from tests.support.households import moment
from tests.unit.config.test_presets import EVERY_CATEGORY

PAGE = Path(__file__).parents[3] / "docs" / "presets.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_the_table_is_that_of_the_presets() -> None:
    assert PAGE.read_text() == with_table(PAGE.read_text(), load_catalog()), (
        "run: python -m filterdns.config.presets_page"
    )


def test_every_preset_is_introduced() -> None:
    introduction = PAGE.read_text().split("## ")[0]
    assert tuple(re.findall(r"^\| `([\w-]+)` \|", introduction, re.MULTILINE)) == PRESETS


def test_a_row_tells_of_each_preset() -> None:
    rows = {
        row[1].strip(): [cell.strip() for cell in row[2:-2]]
        for line in PAGE.read_text().splitlines()
        if len(row := line.split("|")) == len(PRESETS) + 4
    }
    assert len(rows) == len(load_catalog().categories) + 4
    assert rows["Adult content"] == ["closed"] * len(PRESETS)
    assert rows["Games"][:4] == ["some hours"] * 3 + ["open"]
    assert rows["Video and music"][0] == "safe mode"
    assert rows["That of YouTube"][:4] == ["strict", "strict", "moderate", "off"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_page_is_right(tmp_path: Path, example: str) -> None:
    report = check(compiled(tmp_path, example), EVERY_CATEGORY, moment("2026-03-05 12:00"))
    assert not report.problems
