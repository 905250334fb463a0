from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.blocky_lists import Group, read_groups
from filterdns.importing.entries import Entry
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import Remark
from filterdns.importing.written import read_yaml
from tests.support.exports import known


def read(folder: Path, text: str) -> tuple[dict[str, Group], tuple[Remark, ...]]:
    path = folder / "config.yml"
    path.write_text(text)
    gathering = Gathering("blocky", "config.yml", known())
    return read_groups(read_yaml(path).at("lists"), gathering), gathering.finish("").remarks


def test_inline_lists_are_told_from_places(tmp_path: Path) -> None:
    groups, _ = read(tmp_path, 'lists: {ads: [https://a.example, list.txt, "a.example\\n"]}')
    assert groups["ads"].locations == ("https://a.example", "list.txt")
    assert [entry.name for entry in groups["ads"].entries] == ["a.example"]


@pytest.mark.parametrize(
    ("line", "name", "is_exact"),
    [
        ("a.example # why", "a.example", True),
        ("*.a.example", "a.example", False),
        ("0.0.0.0 a.example", "a.example", True),
        ("/(^|\\\\.)a\\\\.example$/", "a.example", False),
    ],
)
def test_a_line_is_a_name(tmp_path: Path, line: str, name: str, is_exact: bool) -> None:
    groups, _ = read(tmp_path, f'lists: {{ads: ["{line}\\n"]}}')
    assert groups["ads"].entries == (
        Entry(name, is_exact=is_exact, place="config.yml:1 lists.ads[0] line 1"),
    )


@pytest.mark.parametrize("line", ["/^ads/", "192.0.2.1", "ads*.example"])
def test_a_line_that_is_no_name_is_told(tmp_path: Path, line: str) -> None:
    groups, remarks = read(tmp_path, f'lists: {{ads: ["# ours\\n{line}\\n"]}}')
    assert groups["ads"].entries == ()
    assert remarks[0].place == "config.yml:1 lists.ads[0] line 2"
    assert remarks[0].found == line


def test_a_group_that_is_no_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found no list"):
        read(tmp_path, "lists: {ads: {a: b}}")
