import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from filterdns.blocklists.at_hand import keep_at_hand
from filterdns.blocklists.mapped import map_file
from filterdns.errors import BlocklistError
from tests.support.memory import locked_bytes

SIZE = 3_000_000


@contextmanager
def allowed_to_lock(size_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft, hard))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(bytes(SIZE))
    return tmp_path / "file"


def test_what_may_be_locked_is_locked_until_it_is_closed(path: Path) -> None:
    before = locked_bytes()
    with closing(map_file(path)) as mapped, allowed_to_lock(before + SIZE + 8192):
        assert keep_at_hand(path, mapped)
        assert locked_bytes() - before >= SIZE
        assert mapped[:3] == bytes(3)
    assert locked_bytes() == before


def test_what_may_not_be_locked_is_there_all_the_same(path: Path) -> None:
    with closing(map_file(path)) as mapped, allowed_to_lock(0):
        is_locked = keep_at_hand(path, mapped)
        assert is_locked == (locked_bytes() > 0)  # the limit is none for root
        assert mapped[-3:] == bytes(3)


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    with closing(map_file(path)) as mapped:
        path.unlink()
        with pytest.raises(BlocklistError, match="file: cannot be read"):
            keep_at_hand(path, mapped)
