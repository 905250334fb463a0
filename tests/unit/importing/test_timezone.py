from pathlib import Path

import pytest

from filterdns.errors import ControlError
from filterdns.importing.timezone import find_timezone


def test_the_one_that_is_asked_for_wins(tmp_path: Path) -> None:
    assert find_timezone("Europe/Rome", {"TZ": "Europe/Berlin"}, tmp_path) == "Europe/Rome"
    with pytest.raises(ControlError, match="did you mean"):
        find_timezone("Europe/Rom", {}, tmp_path)


def test_otherwise_it_is_that_of_the_computer(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert find_timezone("", {"TZ": ":Europe/Rome"}, link) == "Europe/Rome"
    assert find_timezone("", {"TZ": "CET-1"}, link) == "Europe/Berlin"


def test_where_nothing_names_one_it_is_utc(tmp_path: Path) -> None:
    assert find_timezone("", {}, tmp_path / "gone") == "UTC"
