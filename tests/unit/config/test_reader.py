"""YAML to a tree: the traps of YAML 1.1 closed, everything limited."""

import time

import pytest
import yaml

from filterdns.config import reader
from filterdns.config.places import Place
from filterdns.config.reader import ListNode, MappingNode, ScalarNode, read_tree
from filterdns.errors import ConfigError


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def _each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers of PyYAML must give the same, whichever the machine has."""
    monkeypatch.setattr(reader, "YAML_LOADER", getattr(yaml, request.param))


def value_of(text: str) -> object:
    node = read_tree(f"key: {text}\n".encode(), "config.yaml")
    assert isinstance(node, MappingNode)
    value = node.pairs[0][1]
    assert isinstance(value, ScalarNode)
    return value.value


def complaint_about(data: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read_tree(data, "config.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["20:30", "22:00", "1:30:00", "on", "off", "yes", "no", "y", "n", "True", "FALSE", "Null",
     "2026-12-24", "2026-12-24 21:59:00", "0x1F", "0o17", "017", "1_000", "1e3", "1.5", ".inf",
     ".nan", "+5", "9" * 40, "=", "3c:22:fb:01:02:03", "98:76:54:32:10:00"],
)  # fmt: skip
def test_what_yaml_1_1_guesses_stays_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("0", 0),
     ("42", 42), ("-7", -7)],
)  # fmt: skip
def test_a_few_words_and_plain_numbers_are_no_text(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize("text", ['"true"', "'42'", '"null"', '""', "! 42"])
def test_what_is_quoted_is_text(text: str) -> None:
    assert isinstance(value_of(text), str)


def test_each_node_knows_its_place() -> None:
    root = read_tree(b"a: 1\nb:\n  - x\n  - {c: d}\n", "config.yaml")
    assert isinstance(root, MappingNode)
    (_, _), (key, items) = root.pairs
    assert key.place == Place("config.yaml", 2, 1)
    assert isinstance(items, ListNode)
    assert items.items[0].place == Place("config.yaml", 3, 5)
    assert isinstance(items.items[1], MappingNode)
    assert items.items[1].pairs[0][1].place == Place("config.yaml", 4, 9)


def test_columns_count_characters() -> None:
    root = read_tree("ü: {größe: x}\n".encode(), "config.yaml")
    assert isinstance(root, MappingNode)
    value = root.pairs[0][1]
    assert isinstance(value, MappingNode)
    assert value.pairs[0][1].place.column == 12


def test_a_byte_order_mark_is_no_text() -> None:
    root = read_tree(b"\xef\xbb\xbfa: 1\n", "config.yaml")
    assert isinstance(root, MappingNode)
    assert root.pairs[0][0].place == Place("config.yaml", 1, 1)


def test_an_alias_is_the_same_node() -> None:
    root = read_tree(b"a: &x [1]\nb: *x\n", "config.yaml")
    assert isinstance(root, MappingNode)
    assert root.pairs[0][1] is root.pairs[1][1]


@pytest.mark.parametrize("data", [b"", b"# only words\n", b"---\n"])
def test_an_empty_document_is_none_or_null(data: bytes) -> None:
    node = read_tree(data, "config.yaml")
    assert node is None or (isinstance(node, ScalarNode) and node.value is None)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"a: [1\nb: 2\n", "config.yaml:1:4 a bracket opens here and does not close"),
        (b"a: {b: 1\n", "config.yaml:1:4 a bracket opens here and does not close"),
        (b"a: [\n", "config.yaml:2:1 a value or a closing bracket is missing here"),
        (b"a: [1,,2]\n", "config.yaml:1:7 a value or a closing bracket is missing here"),
        (b'a: "x\n', "config.yaml:1:4 a quote opens here and is never closed; close it"),
        (b"a:\n\t- b\n", "config.yaml:2:1 a tab stands where only spaces may"),
        (b"a: b: c\n", 'config.yaml:1:5 a ": " stands where no key can be'),
        (b"a:\n  b: 1\n c: 2\n", "config.yaml:3:2 this does not continue what stands above"),
        (
            b"a:\n# b\nc:\n    d: 1\n  e: 2\n",
            "stands above; check the indentation here and from line 3 on, and put",
        ),
        (b"a:\n  b: 1\n  c\n    d: 2\n", 'config.yaml:3:3 this line has no ":"; write it after'),
        (b"a:\n  b\n    c: 2\n", 'config.yaml:3:6 a ": " stands where no key can be'),
        (
            "a:\n    b: 1\n\u00a0\u00a0  c: 2\n    d: 3\n".encode(),
            "config.yaml:3:1 a blank of another kind stands here, such as those of web pages; type",
        ),
        (b"a: @b\n", "config.yaml:1:4 a value cannot start with @"),
        (b'a: "\\q"\n', "config.yaml:1:4 the quoted text has an escape that is not known"),
        (b"a: *b\n", 'config.yaml:1:4 "*b" refers to nothing; write "&b" before'),
        (b"a: &b [*b]\n", 'config.yaml:1:8 "*b" contains itself'),
        (b"a: 1\n---\nb: 2\n", "config.yaml:2:1 a second document starts here"),
        (b"%TAG ! x\n---\na: 1\n", "config.yaml:1:1 a line starts with %"),
        (b"a: !!map {}\n", 'config.yaml:1:4 the tag "tag:yaml.org,2002:map" is not known'),
        (b'a: "\\x07"\n', "config.yaml:1:4 the text has a control character"),
        (b'a: "\\ud800"\n', "config.yaml:1:4 "),
        (b"a: \x00\n", "config.yaml:1:4 a control character (code 0) stands here"),
        (b"\xef\xbb\xbfa: \xff\n", "config.yaml:1:4 a byte here is no UTF-8"),
        (b"a: 1\nb: \xff\n", "config.yaml:2:4 a byte here is no UTF-8"),
        ("a: 1".encode("utf-16"), "config.yaml:1:1 is written in UTF-16; save it as UTF-8"),
    ],
)
def test_what_cannot_be_read_has_a_place_and_words(data: bytes, complaint: str) -> None:
    assert complaint in complaint_about(data)


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? "])
def test_depth_is_limited(opening: bytes) -> None:
    assert "levels are nested" in complaint_about(opening * 100_000)


def test_size_is_limited() -> None:
    started_at = time.monotonic()
    assert "config.yaml:1:1 is larger than 4 MB" in complaint_about(b"[" * 5_000_000)
    assert time.monotonic() - started_at < 2
