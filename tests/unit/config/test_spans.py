"""Values of a YAML text by where they are, changed without touching anything else."""

import pytest

from filterdns.config.spans import Edits, Mapping, Scalar, Sequence, read_spans

TEXT = """\
# ü comes first: offsets count characters
house: {name: "Ü", rooms: [a, b]}  # one line
garden:
  trees:
    - oak
    - {kind: pear}   # sweet

# the end
"""


def root(text: str = TEXT) -> Mapping:
    span = read_spans(text)
    assert isinstance(span, Mapping)
    return span


def test_each_value_has_its_place() -> None:
    house, garden = root().get("house"), root().get("garden")
    assert isinstance(house, Mapping)
    assert isinstance(garden, Mapping)
    name, rooms = house.get("name"), house.get("rooms")
    assert isinstance(name, Scalar)
    assert isinstance(rooms, Sequence)
    assert TEXT[name.start : name.end] == '"Ü"'
    assert TEXT[rooms.start : rooms.end] == "[a, b]"
    assert (house.is_flow, garden.is_flow, garden.column) == (True, False, 2)
    assert root().get("cellar") is None


def test_what_is_added_stands_behind_what_is_there() -> None:
    edits = Edits(TEXT)
    house, garden = root().get("house"), root().get("garden")
    assert isinstance(house, Mapping)
    assert isinstance(garden, Mapping)
    rooms, trees = house.get("rooms"), garden.get("trees")
    assert isinstance(rooms, Sequence)
    assert isinstance(trees, Sequence)
    edits.append_items(rooms, ["c", "d"])
    edits.append_pairs(house, ["floors: 2"])
    edits.append_items(trees, ["elm"])
    edits.append_pairs(garden, ["pond: deep"])
    edits.append_lines(["street: {}"])
    assert edits.apply() == TEXT.replace("[a, b]}", "[a, b, c, d], floors: 2}").replace(
        "# sweet\n", "# sweet\n    - elm\n  pond: deep\n"
    ).replace("# the end\n", "# the end\nstreet: {}\n")


@pytest.mark.parametrize(
    ("text", "result"),
    [("a: []", "a: [x]"), ("a: [ ]  # none", "a: [x]  # none"), ("a: [b,]", "a: [b, x,]")],
)
def test_a_list_in_brackets_may_be_empty_or_end_with_a_comma(text: str, result: str) -> None:
    edits, there = Edits(text), root(text).get("a")
    assert isinstance(there, Sequence)
    edits.append_items(there, ["x"])
    assert edits.apply() == result


def test_an_empty_mapping_takes_a_pair() -> None:
    text = "a: {}\n"
    edits, there = Edits(text), root(text).get("a")
    assert isinstance(there, Mapping)
    edits.append_pairs(there, ["b: 1"])
    assert edits.apply() == "a: {b: 1}\n"


def test_lines_end_as_the_others_do() -> None:
    text = "a:\r\n  - b\r\nc: 1\r\n"
    edits, there = Edits(text), root(text).get("a")
    assert isinstance(there, Sequence)
    edits.append_items(there, ["x"])
    assert edits.apply() == "a:\r\n  - b\r\n  - x\r\nc: 1\r\n"


def test_tags_and_aliases_are_no_simple_values() -> None:
    text = "a: &x !env NAME\nb: *x\nc: plain\n"
    simple = {
        key.text: value.is_simple for key, value in root(text).pairs if isinstance(value, Scalar)
    }
    assert simple == {"a": False, "b": False, "c": True}


def test_an_empty_text_holds_nothing() -> None:
    assert read_spans("# nothing\n") is None
