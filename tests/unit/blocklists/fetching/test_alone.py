"""A folder is held by one fetch, and let go of at its end."""

from pathlib import Path

import pytest

from filterdns.blocklists.fetching.alone import alone_in
from filterdns.errors import BlocklistError


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "fetched"
    with alone_in(folder):
        with (
            pytest.raises(BlocklistError, match="another fetch is at work there"),
            alone_in(folder),
        ):
            pass
        with alone_in(tmp_path / "other"):
            pass
    with alone_in(folder):
        pass


def test_an_error_lets_go_of_it(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), alone_in(tmp_path):
        raise BlockingIOError
    with alone_in(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(BlocklistError, match="file/fetched: cannot be used: Not a directory"),
        alone_in(tmp_path / "file" / "fetched"),
    ):
        pass
