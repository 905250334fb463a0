"""A mapped file, or the error that says why not."""

from pathlib import Path

import pytest

from filterdns.blocklists.mapped import map_file
from filterdns.errors import BlocklistError


def test_the_content_is_mapped(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with map_file(path) as mapped:
        assert mapped[:] == b"content"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BlocklistError, match=r"file: cannot be read: No such file"):
        map_file(tmp_path / "file")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BlocklistError, match=r"file: found an empty file, expected content"):
        map_file(tmp_path / "file")
