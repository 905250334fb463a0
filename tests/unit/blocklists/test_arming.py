"""Arming: a list that was in force once is replaced by a good version of itself, or stays."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from filterdns.blocklists.arming import Arming, arm_lists, divide
from filterdns.blocklists.armory import Armory
from filterdns.blocklists.guards.entries import Why
from filterdns.blocklists.job import NOWHERE, SourceSpec
from tests.support.sealing import covers, digest, numbered, sealed_text, spec_of

NAMES = numbered(100)
LISTED = NAMES[0]


@pytest.fixture
def armory(tmp_path: Path) -> Armory:
    return Armory(tmp_path / "sealed")


def arm(armory: Armory, *specs: SourceSpec, refused: Mapping[bytes, Why] | None = None) -> Arming:
    return arm_lists(specs, armory, refused or {})


def test_a_list_is_armed(armory: Armory, tmp_path: Path) -> None:
    found = arm(armory, spec_of(tmp_path, NAMES))
    (report,) = found.reports
    assert (report.entries, report.error, report.unread, report.refused) == (100, "", 0, {})
    assert covers(armory, LISTED)
    assert found.key is not None


def test_the_same_list_is_not_written_again(armory: Armory, tmp_path: Path) -> None:
    first = arm(armory, spec_of(tmp_path, NAMES))
    assert arm(armory, spec_of(tmp_path, NAMES)) == first


@pytest.mark.parametrize(
    "text",
    [
        "#",
        "garbage\n" * 100,
        sealed_text(NAMES[1:50]),
        sealed_text(numbered(100, first=500)),
        sealed_text(numbered(51, first=500) + NAMES[51:]),
        "<!doctype html>",
    ],
    ids=["empty", "garbage", "shrunk", "other digests", "mostly others", "web page"],
)
def test_what_is_no_version_of_a_list_leaves_it_armed(
    armory: Armory, tmp_path: Path, text: str
) -> None:
    arm(armory, spec_of(tmp_path, NAMES))
    found = arm(armory, spec_of(tmp_path, text=text))
    (report,) = found.reports
    assert report.error
    assert report.entries == 100
    assert covers(armory, LISTED)


def test_a_missing_file_leaves_a_list_armed(armory: Armory, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, NAMES)
    arm(armory, spec)
    spec.path.unlink()
    (report,) = arm(armory, spec).reports
    assert "cannot be read" in report.error
    assert covers(armory, LISTED)


def test_a_list_cannot_be_halved_again_and_again(armory: Armory, tmp_path: Path) -> None:
    arm(armory, spec_of(tmp_path, NAMES))
    assert not arm(armory, spec_of(tmp_path, NAMES[:50])).reports[0].error
    assert arm(armory, spec_of(tmp_path, NAMES[:25])).reports[0].error
    assert covers(armory, NAMES[49])


def test_without_a_config_it_stays(armory: Armory, tmp_path: Path) -> None:
    key = arm(armory, spec_of(tmp_path, NAMES)).key
    assert arm(armory) == Arming((), (), key)
    assert covers(armory, LISTED)


def test_a_good_version_takes_the_place_of_the_old_one(armory: Armory, tmp_path: Path) -> None:
    arm(armory, spec_of(tmp_path, NAMES))
    (report,) = arm(armory, spec_of(tmp_path, [*NAMES[10:], "new.example"])).reports
    assert (report.entries, report.error) == (91, "")
    assert covers(armory, "new.example")
    assert not covers(armory, LISTED)


def test_unread_lines_are_counted(armory: Armory, tmp_path: Path) -> None:
    (report,) = arm(armory, spec_of(tmp_path, text=sealed_text(NAMES) + "bad.example\n")).reports
    assert (report.unread, report.entries, report.error) == (1, 100, "")
    assert "bad.example" not in repr(report)


def test_a_refused_entry_is_counted_and_not_armed(armory: Armory, tmp_path: Path) -> None:
    refused = {digest(LISTED): Why.LIFELINE}
    (report,) = arm(armory, spec_of(tmp_path, NAMES), refused=refused).reports
    assert report.refused == {Why.LIFELINE.value: 1}
    assert not covers(armory, LISTED)
    assert covers(armory, NAMES[1])


def test_what_has_to_stay_open_by_now_leaves_an_armed_list(armory: Armory, tmp_path: Path) -> None:
    arm(armory, spec_of(tmp_path, NAMES))
    arm(armory, refused={digest(LISTED): Why.LIFELINE})
    assert not covers(armory, LISTED)
    assert covers(armory, NAMES[1])


def test_a_first_copy_without_a_digest_arms_nothing(armory: Armory, tmp_path: Path) -> None:
    (report,) = arm(armory, spec_of(tmp_path, text="bad.example\n")).reports
    assert (report.entries, report.unread) == (0, 1)
    assert report.error == "it has no entry"
    assert armory.open() is None


def test_a_download_is_removed_once_it_was_read(armory: Armory, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, NAMES)._replace(url="https://lists.example/illegal")
    arm(armory, spec)
    assert not spec.path.exists()
    assert covers(armory, LISTED)
    bad = spec_of(tmp_path, text="no digest")._replace(url=spec.url)
    arm(armory, bad)
    assert not bad.path.exists()


def test_an_armed_list_needs_no_copy(armory: Armory, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, NAMES)._replace(url="https://lists.example/illegal")
    (report,) = arm(armory, spec._replace(path=NOWHERE)).reports
    assert report.error == "it has not been fetched yet"
    arm(armory, spec)
    (report,) = arm(armory, spec._replace(path=NOWHERE)).reports
    assert (report.entries, report.error) == (100, "")


def test_a_list_that_was_armed_is_never_read_as_names(armory: Armory, tmp_path: Path) -> None:
    spec = spec_of(tmp_path, NAMES)
    unsealed = spec._replace(is_sealed=False)
    assert divide([unsealed], armory) == ([unsealed], [])
    arm(armory, spec)
    assert divide([unsealed], armory) == ([], [unsealed])
    spec_of(tmp_path, NAMES[1:])
    arm(armory, unsealed)
    assert covers(armory, LISTED)


def test_a_damaged_list_is_told_and_armed_again(armory: Armory, tmp_path: Path) -> None:
    arm(armory, spec_of(tmp_path, NAMES))
    with closing(armory.open() or pytest.fail("nothing is armed")) as lists:
        path = lists.files[0].path
    path.write_bytes(path.read_bytes()[:-1])
    found = arm(armory, spec_of(tmp_path, NAMES))
    assert len(found.damages) == 1
    assert covers(armory, LISTED)
