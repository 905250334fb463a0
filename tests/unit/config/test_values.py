"""Trees to plain values: repeated keys, aliases, `!env`, `!file`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from filterdns.config.places import Place, Places, Problems
from filterdns.config.reader import read_tree
from filterdns.config.values import ValueReader
from filterdns.errors import ConfigError


def read(
    text: str, folder: Path = Path(), environment: Mapping[str, str] | None = None
) -> tuple[Any, Problems]:
    problems = Problems(Places("config.yaml"))
    tree = read_tree(text.encode(), "config.yaml")
    assert tree is not None
    return ValueReader(problems, folder, environment or {}).read(tree, ()), problems


def complaints_about(text: str, folder: Path = Path()) -> list[str]:
    _, problems = read(text, folder)
    return [str(problem) for problem in problems.in_order()]


def test_values_are_plain() -> None:
    values, problems = read("a: {b: [1, true, x]}\n")
    assert values == {"a": {"b": [1, True, "x"]}}
    assert not problems.in_order()


def test_keys_are_always_text() -> None:
    values, _ = read("7: a\ntrue: b\n20:30: c\n")
    assert values == {"7": "a", "true": "b", "20:30": "c"}


def test_places_of_keys_and_values_are_noted() -> None:
    _, problems = read("people:\n  mia: {policy: child}\n")
    path = ("people", "mia", "policy")
    assert problems.places.of_key(path) == Place("config.yaml", 2, 9)
    assert problems.places.of_value(path) == Place("config.yaml", 2, 17)


def test_a_repeated_key_is_told_with_both_places() -> None:
    (complaint,) = complaints_about("people:\n  mia: {a: 1}\n  ben: {}\n  mia: {b: 2}\n")
    assert complaint == (
        'config.yaml:4:3 people: "mia" stands here again, first at config.yaml:2:3; '
        "keep one of them"
    )


@pytest.mark.parametrize("key", ["[a]", "{a: b}", "!env A", '""', "<<"])
def test_a_key_is_plain_text(key: str) -> None:
    (complaint,) = complaints_about(f"people:\n  ? {key}\n  : 1\n")
    assert complaint.startswith("config.yaml:2:5 people: ")


def test_nothing_is_no_value() -> None:
    (complaint,) = complaints_about("people:\n")
    assert "people: there is no value; write one, or remove the line" in complaint


def test_an_alias_brings_its_value() -> None:
    values, _ = read("a: &x {b: 1}\nc: *x\n")
    assert values == {"a": {"b": 1}, "c": {"b": 1}}
    assert values["a"] is not values["c"]


def test_aliases_of_aliases_end() -> None:
    laughs = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(ConfigError, match="grows too large; use fewer aliases"):
        read(laughs)


def test_a_variable_is_read_from_the_environment() -> None:
    values, _ = read("a: !env ADDRESS\n", environment={"ADDRESS": " 9.9.9.9\n"})
    assert values == {"a": "9.9.9.9"}


def test_a_missing_variable_is_named() -> None:
    (complaint,) = complaints_about("a: !env ADDRESS\n")
    assert 'the environment variable "ADDRESS" is not set' in complaint


def test_a_file_is_read_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    values, _ = read("a: !file secret\n", tmp_path)
    assert values == {"a": "hunter2"}


@pytest.mark.parametrize("name", ["missing", ".", "large", "binary"])
def test_a_file_that_is_no_short_text_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "large").write_text("x" * 100_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (complaint,) = complaints_about(f"a: !file {name}\n", tmp_path)
    assert f'config.yaml:1:4 a: the file "{name}"' in complaint


def test_another_tag_is_refused() -> None:
    (complaint,) = complaints_about("a: !evn X\n")
    assert 'the tag "!evn" is not known; did you mean "!env"?' in complaint
