"""What becomes of the sources of a build: last good copies, quarantine, names that wait."""

from pathlib import Path

import pytest

from filterdns.blocklists.build import build_index
from filterdns.blocklists.guards.review_file import load_reviews
from filterdns.blocklists.guards.reviews import SourceKey
from filterdns.blocklists.guards.settings import GuardSettings
from filterdns.blocklists.job import NOWHERE, SourceReport, SourceSpec, State

MANY = [f"n{number}.example" for number in range(100)]


class House:
    """A list of ads that changes, built again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.list = folder / "ads.txt"
        (folder / "top").write_text("cdn.example\n")
        self.guards = GuardSettings(popularity=str(folder / "top"), locked=("adult",))

    def build(self, names: list[str], category: str = "ads") -> SourceReport:
        self.list.write_text("\n".join(names))
        return self.build_of(SourceSpec(category, "file:ads", self.list))

    def build_of(self, spec: SourceSpec) -> SourceReport:
        runs = self.folder / "runs"
        [report] = build_index([spec], runs, self.folder, patterns={}, guards=self.guards).sources
        return report


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_list_that_was_emptied_keeps_its_last_good_copy_for_as_long_as_it_takes(
    house: House,
) -> None:
    assert house.build(MANY).state is State.GOOD
    for names in ([], MANY[:2], MANY[:10], []):
        report = house.build(names)
        assert report.state is State.QUARANTINED
        assert report.run is not None
        assert report.run.names == 100
    report = house.build([*MANY, "new.example"])
    assert (report.state, report.change, report.error) == (State.GOOD, 1, "")


def test_a_popular_name_waits_over_builds_until_it_leaves_the_list(house: House) -> None:
    house.build(MANY)
    for _ in range(2):
        report = house.build([*MANY, "cdn.example"])
        assert report.held == ("cdn.example",)
        assert report.run is not None
        assert report.run.names == 100
    held = load_reviews(house.folder).of(SourceKey("ads", "file:ads")).held
    assert held == {"cdn.example"}
    assert house.build(MANY).held == ()
    assert load_reviews(house.folder).of(SourceKey("ads", "file:ads")).held == frozenset()


def test_a_held_name_of_a_locked_category_stays_blocked(house: House) -> None:
    house.build(MANY, "adult")
    report = house.build([*MANY, "cdn.example"], "adult")
    assert report.held == ("cdn.example",)
    assert report.run is not None
    assert report.run.names == 101


def test_what_was_taken_out_is_told_by_its_reason(house: House) -> None:
    report = house.build([*MANY, "childline.org.uk", "co.uk"])
    assert report.taken_out == {
        "would block a lifeline": ("co.uk", "childline.org.uk"),
    }


def test_a_list_that_has_never_come_is_missing(house: House) -> None:
    report = house.build_of(SourceSpec("ads", "https://x.example/", NOWHERE, "https://x.example/"))
    assert (report.state, report.error) == (State.MISSING, "it has not been fetched yet")


def test_a_list_that_is_gone_has_failed_and_its_last_good_copy_stays(house: House) -> None:
    house.build(MANY)
    house.list.unlink()
    report = house.build_of(SourceSpec("ads", "file:ads", house.list))
    assert report.state is State.FAILED
    assert report.run is not None
    assert report.run.names == 100
