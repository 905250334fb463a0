from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.history.rows import Key, Tally, read_row

NOW = 1_800_000_000.0
ROW: list[Any] = [
    "mia", "tablet", "x.example", "adult", "A11", "block: [adult]", 1_799_999_000, 1_799_999_060, 3,
]  # fmt: skip


def row_with(index: int, value: object) -> list[Any]:
    return [*ROW[:index], value, *ROW[index + 1 :]]


def test_a_row_is_read_as_key_and_tally() -> None:
    assert read_row(ROW, NOW) == (
        Key(499_999, "mia", "tablet", "x.example", "adult", "A11", "block: [adult]"),
        Tally(1_799_999_000, 1_799_999_060, 3),
    )


def test_a_row_without_name_says_only_the_category() -> None:
    key, _ = read_row(row_with(2, ""), NOW)
    assert (key.category, key.row, key.rule) == ("adult", "", "")


def test_names_of_devices_may_be_of_any_script() -> None:
    key, _ = read_row(row_with(1, "Özgürs 👨‍👩‍👧-Tablet"), NOW)
    assert key.device == "Özgürs 👨‍👩‍👧-Tablet"


def test_an_escaped_name_of_the_greatest_length_is_taken() -> None:
    key, _ = read_row(row_with(2, r"\255" * 254), NOW)
    assert len(key.name) == 1016


def test_times_after_now_are_now() -> None:
    key, tally = read_row([*ROW[:6], NOW + 5_000_000, NOW + 9_000_000, 1], NOW)
    assert (tally.first_seen, tally.last_seen) == (int(NOW), int(NOW))
    assert key.hour == int(NOW) // 3600


def test_a_clock_that_was_set_back_leaves_no_end_before_its_beginning() -> None:
    _, tally = read_row([*ROW[:6], 1000, 900, 1], NOW)
    assert (tally.first_seen, tally.last_seen) == (900, 900)


def test_tallies_add_up() -> None:
    assert Tally(10, 20, 1).plus(Tally(5, 15, 2)) == Tally(5, 20, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "mia",
        {},
        [],
        ROW[:8],
        [*ROW, 1],
        row_with(0, None),
        row_with(0, 7),
        row_with(0, "m" * 101),
        row_with(1, "tab\nlet"),
        row_with(1, "tab\x1b[2Jlet"),
        row_with(1, "tab\u202elet"),
        row_with(1, "\ud800"),
        row_with(4, "A1"),  # of a sealed list there are no rows
        row_with(2, "a b.example"),
        row_with(2, "bücher.example"),
        row_with(2, "x" * 1017),
        row_with(4, "A13"),
        row_with(4, ""),
        row_with(5, "r" * 1001),
        row_with(6, "then"),
        row_with(6, -1),
        row_with(6, float("nan")),
        row_with(7, float("inf")),
        row_with(8, 0),
        row_with(8, -3),
        row_with(8, 1.5),
        row_with(8, True),
        row_with(8, 10**10),
    ],
)
def test_what_is_no_row_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        read_row(wrong, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(wrong=st.lists(JSON, min_size=9, max_size=9), index=st.integers(0, 8), value=JSON)
def test_nothing_that_json_can_say_breaks_the_reading(
    wrong: list[object], index: int, value: object
) -> None:
    for each in (wrong, row_with(index, value)):
        try:
            key, tally = read_row(each, NOW)
        except ValueError:
            continue
        assert key.hour == tally.first_seen // 3600
        assert tally.first_seen <= tally.last_seen <= NOW
