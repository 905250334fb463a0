"""Data files are read with the line of everything, and every scalar as it is written."""

from pathlib import Path

import pytest
import yaml

from filterdns.blocklists.data_file import (
    YAML_LOADER,
    Entry,
    read_list,
    read_lists,
    read_names,
    read_table,
)
from filterdns.errors import BlocklistError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data"


def entry(path: Path, text: str) -> Entry:
    path.write_text(text)
    return read_list(path)[0]


def test_scalars_stay_the_text_that_they_are(path: Path) -> None:
    found = entry(path, "- {a: no, b: 12:30, c: 9gag, d: [on, 1.0]}")
    assert (found.text("a"), found.text("b"), found.text("c")) == ("no", "12:30", "9gag")
    assert found.texts("d") == ("on", "1.0")


def test_names_become_canonical(path: Path) -> None:
    found = entry(path, "- {a: BAD.example, b: a.example B.example}")
    assert found.name("a") == b"\x03bad\x07example\x00"
    assert found.names("b") == (b"\x01a\x07example\x00", b"\x01b\x07example\x00")


def test_what_is_absent_has_its_default(path: Path) -> None:
    found = entry(path, "- {a: b}")
    assert found.text("help", "none") == "none"
    assert found.flag("locked") is False
    assert found.names("anchors", "") == ()


def test_a_mapping_in_a_mapping_has_its_own_line(path: Path) -> None:
    inner = entry(path, "- a: b\n  c:\n    d: e\n").entry("c")
    assert (inner.line, inner.text("d")) == (3, "e")


def test_names_stand_one_a_line_among_comments(path: Path) -> None:
    path.write_text("# first\nB.example\n\na.example\n")
    assert read_names(path) == (b"\x01b\x07example\x00", b"\x01a\x07example\x00")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a.example\n#\na..b\n", r'data:3: "a\.\.b" has an empty label'),
        ("a.example\nA.example\n", r'data:2: "A\.example" stands twice'),
        ("a.example # of whom\n", "data:1: .* has a character that no domain name has"),
    ],
)
def test_a_wrong_name_is_told_with_its_line(path: Path, text: str, problem: str) -> None:
    path.write_text(text)
    with pytest.raises(BlocklistError, match=problem):
        read_names(path)


@pytest.mark.parametrize(
    ("text", "read", "problem"),
    [
        ("- {a: b}\n- {a: [c]}", lambda found: found.text("a"), 'data:2: found no text under "a"'),
        ("- {a: b}\n- {c: d}", lambda found: found.text("a"), 'data:2: found no text under "a"'),
        ("\n- {a: b}", lambda found: found.texts("a"), 'data:2: found no list under "a"'),
        ("\n- {a: b}", lambda found: found.entry("a"), 'data:2: found no mapping under "a"'),
        ("- {a: [b.example]}", lambda found: found.names("a"), 'data:1: found no text under "a"'),
        ("- {a: [[b]]}", lambda found: found.texts("a"), "data:1: found a list or a mapping"),
        ("- {a: yes}", lambda found: found.flag("a"), 'data:1: found "yes" under "a"'),
        ("- {a: b..c}", lambda found: found.name("a"), 'data:1: "b..c" has an empty label'),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    path: Path, text: str, read: object, problem: str
) -> None:
    path.write_text(text)
    assert callable(read)
    with pytest.raises(BlocklistError, match=problem):
        read(read_list(path)[-1])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a: b\n  a: c", 'data:2: "a" stands twice'),
        ("- a: b\n- [", r"data:[23]: (while|expected|did not find)"),
        ("a: b", "data:1: found no list"),
        ("- a", "data: found a text or a list"),
        ("- \x00", "data: "),
    ],
)
def test_what_is_no_list_of_mappings_is_refused(path: Path, text: str, problem: str) -> None:
    path.write_text(text)
    with pytest.raises(BlocklistError, match=problem):
        read_list(path)


def test_an_empty_file_is_an_empty_list(path: Path) -> None:
    path.write_text("# nothing\n")
    assert read_list(path) == []


def test_lists_are_read_by_key(path: Path) -> None:
    path.write_text("x:\n  - {a: b}\ny: []\n")
    lists = read_lists(path)
    assert [found.text("a") for found in lists["x"]] == ["b"]
    assert lists["y"] == []


@pytest.mark.parametrize("text", ["[]", "x: y"])
def test_what_is_no_mapping_of_lists_is_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BlocklistError, match="data:1: found no"):
        read_lists(path)


def test_rows_of_a_table_have_the_names_of_its_columns(path: Path) -> None:
    path.write_text("name\twhy\na.example\t\nb.example\ttime\n")
    rows = list(read_table(path))
    assert [(row.line, row.text("name"), row.text("why")) for row in rows] == [
        (2, "a.example", ""),
        (3, "b.example", "time"),
    ]


def test_a_row_with_too_few_columns_is_named(path: Path) -> None:
    path.write_text("name\twhy\na.example\n")
    with pytest.raises(BlocklistError, match="data:2: found 1 columns, expected 2"):
        list(read_table(path))


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named(
    path: Path, content: bytes | None, problem: str
) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BlocklistError, match=problem):
        read_list(path)


def test_the_fast_parser_reads_them_where_there_is_one() -> None:
    """The catalogue is read with every reload; the other parser takes a tenth of a second."""
    assert yaml.__with_libyaml__ == (YAML_LOADER is not yaml.SafeLoader)
