from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.written import MOST_BYTES, MOST_VALUES, Written, read_yaml


def written(folder: Path, text: str) -> Written:
    path = folder / "theirs.yaml"
    path.write_text(text)
    return read_yaml(path)


def test_a_value_knows_its_place(tmp_path: Path) -> None:
    root = written(tmp_path, "a:\n  b: [x, {c: y}]\n")
    found = root.at("a", "b").items()[1].at("c")
    assert (found.text(), found.place) == ("y", "theirs.yaml:2 a.b[1].c")


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    missing = written(tmp_path, "a: ~\n").at("b", "c")
    assert not missing
    assert (missing.text("d"), missing.items(), missing.pairs(), missing.texts()) == (
        "d",
        [],
        [],
        [],
    )
    assert missing.flag(default=True)
    assert not missing.nothing()


def test_what_is_merged_gives_way_to_what_is_written(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\n"
        "both: {b: 3, <<: *one}\nlist: {<<: [*one, *two]}\nnone: {<<: ~, d: 4}\n",
    )

    def texts(key: str) -> dict[str, str]:
        return {name: value.text() for name, value in root.at(key).pairs()}

    assert texts("both") == {"a": "1", "b": "3"}
    assert texts("list") == {"a": "1", "b": "1", "c": "2"}
    assert texts("none") == {"d": "4"}
    with pytest.raises(ConfigError, match="found no list"):
        written(tmp_path, "a: {<<: x}").at("a").pairs()


def test_nothing_is_guessed_of_a_text(tmp_path: Path) -> None:
    root = written(tmp_path, "{at: 20:30, mac: 3c:22, no: no}")
    assert [value.text() for _, value in root.pairs()] == ["20:30", "3c:22", "no"]


def test_a_single_text_is_a_list_of_one(tmp_path: Path) -> None:
    root = written(tmp_path, "{a: x, b: [x, y]}")
    assert (root.at("a").texts(), root.at("b").texts()) == (["x"], ["x", "y"])


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("no", False), ("On", True), ("false", False)]
)
def test_a_flag_may_be_written_in_all_its_ways(tmp_path: Path, text: str, flag: bool) -> None:
    assert written(tmp_path, f"a: {text}").at("a").flag(default=not flag) is flag


@pytest.mark.parametrize(
    ("text", "read", "said"),
    [
        ("a: {b: c}", lambda root: root.at("a").text(), "1:4 a: found a list or a mapping"),
        ("a: [b]", lambda root: root.at("a").text(), "expected a text"),
        ("a: b", lambda root: root.at("a").items(), "found no list, expected one"),
        ("a: b", lambda root: root.at("a").pairs(), "found no mapping, expected one"),
        ("a: maybe", lambda root: root.at("a").flag(default=True), "expected true or false"),
        ("{a: {[b]: c}}", lambda root: root.at("a").pairs(), "as a key, expected a text"),
    ],
)
def test_what_is_not_as_expected_is_told_with_its_place(
    tmp_path: Path, text: str, read: object, said: str
) -> None:
    assert callable(read)
    with pytest.raises(ConfigError, match="theirs") as raised:
        read(written(tmp_path, text))
    assert str(raised.value).startswith("theirs.yaml:1:")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["", "just words", "- a\n- b", "\tx: 1", "a: [b", "!!python/object:os.system {}", "\x00"],
)
def test_a_file_that_is_no_mapping_of_yaml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="theirs"):
        written(tmp_path, text)


def test_anchors_that_multiply_end_in_an_error(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    def walk(value: Written) -> int:
        if value.path.count("[") == 12:
            return 1
        return sum(map(walk, value.items()))

    with pytest.raises(ConfigError, match=f"more than {MOST_VALUES:,} values"):
        walk(written(tmp_path, "\n".join(lines)).at("a11"))


def test_an_anchor_in_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="contains itself"):
        written(tmp_path, "a: &a [*a]")


def test_a_file_that_is_missing_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError, match="larger than 4 MB"):
        written(tmp_path, "#" * (MOST_BYTES + 1))
