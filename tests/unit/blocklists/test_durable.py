from pathlib import Path

import pytest

from filterdns.blocklists.durable import new_file
from filterdns.errors import BlocklistError


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    with new_file(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with (
        pytest.raises(BlocklistError, match=r"file: cannot be written: Is a directory"),
        new_file(tmp_path / "file"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
