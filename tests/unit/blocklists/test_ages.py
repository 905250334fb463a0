"""A category says for each age what is proposed, and a slip in it is named."""

from pathlib import Path

import pytest

from filterdns.blocklists.ages import AGE_GROUPS, AgeDefault, read_ages
from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.data_file import Entry, read_list
from filterdns.errors import BlocklistError


def entry(folder: Path, ages: str) -> Entry:
    (folder / "data").write_text(f"- id: x\n  ages: {ages}\n")
    return read_list(folder / "data")[0]


def test_each_age_has_its_word(tmp_path: Path) -> None:
    ages = "{under-7: block, 7-11: restricted, 12-15: timetable, 16-17: allow}"
    assert read_ages(entry(tmp_path, ages)) == {
        "under-7": AgeDefault.BLOCK,
        "7-11": AgeDefault.RESTRICTED,
        "12-15": AgeDefault.TIMETABLE,
        "16-17": AgeDefault.ALLOW,
    }


@pytest.mark.parametrize(
    ("ages", "problem"),
    [
        ("{under-7: block}", r'data:2: found under-7 under "ages", expected under-7, 7-11, '),
        ("{}", r'data:2: found nothing under "ages"'),
        ("block", r'data:1: found no mapping under "ages"'),
        (
            "{under-7: block, 7-11: block, 12-15: often, 16-17: allow}",
            r'data:2: found "often" under "12-15", expected block, allow, restricted, timetable',
        ),
    ],
)
def test_a_slip_is_named(tmp_path: Path, ages: str, problem: str) -> None:
    with pytest.raises(BlocklistError, match=problem):
        read_ages(entry(tmp_path, ages))


def test_what_ships_has_all_ages_and_never_opens_what_is_locked() -> None:
    for category in load_catalog().categories.values():
        assert tuple(category.ages) == AGE_GROUPS
        if category.is_locked:
            assert set(category.ages.values()) == {AgeDefault.BLOCK}


def test_no_category_becomes_stricter_with_age() -> None:
    order = [AgeDefault.BLOCK, AgeDefault.TIMETABLE, AgeDefault.RESTRICTED, AgeDefault.ALLOW]
    for category in load_catalog().categories.values():
        if category.id != "streaming":  # restricted for the young, at some hours for the older
            steps = [order.index(word) for word in category.ages.values()]
            assert steps == sorted(steps), category.id
