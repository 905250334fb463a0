"""The file of an armed list: what is written is found again, and nothing else."""

from contextlib import closing
from pathlib import Path

import pytest

from filterdns.blocklists.sealed_file import HASH_LENGTH, Armed, SealedFile, write_sealed_file
from filterdns.errors import BlocklistError
from tests.support.sealing import IDENTITY, KEY, digest, numbered, sealed_file

NAMES = numbered(500)


def test_a_file_holds_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    with closing(SealedFile.open(sealed_file(tmp_path, NAMES))) as file:
        assert len(file) == len(NAMES)
        assert all(file.holds(file.keyed_hash(digest(name))) for name in NAMES)
        others = numbered(500, first=500)
        assert not any(file.holds(file.keyed_hash(digest(name))) for name in others)
        assert sorted(file.entries()) == sorted(file.keyed_hash(digest(name)) for name in NAMES)
        assert (file.armed.identity, file.armed.key) == (IDENTITY, KEY)


def test_two_entries_with_one_first_half_are_told_apart(tmp_path: Path) -> None:
    one, two, three = (b"a" * 8 + letter * 8 for letter in (b"x", b"y", b"z"))
    path = write_sealed_file(tmp_path, Armed(IDENTITY, KEY, 2, 1.0), [two, one])
    with closing(SealedFile.open(path)) as file:
        assert [file.holds(each) for each in (one, two, three)] == [True, True, False]


def test_equal_entries_count_once(tmp_path: Path) -> None:
    with closing(SealedFile.open(sealed_file(tmp_path, [*NAMES, *NAMES]))) as file:
        assert len(file) == len(NAMES)


def test_a_file_is_for_its_owner_alone_and_named_by_its_content(tmp_path: Path) -> None:
    path = sealed_file(tmp_path, NAMES)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sealed_file(tmp_path, NAMES, armed_at=200.0) == path
    assert sealed_file(tmp_path, NAMES[1:]) != path


def test_neither_names_nor_their_digests_are_in_it(tmp_path: Path) -> None:
    data = sealed_file(tmp_path, NAMES).read_bytes()
    for name in NAMES:
        assert name.encode() not in data
        assert digest(name) not in data
        assert digest(name)[:HASH_LENGTH] not in data


@pytest.mark.parametrize("at", [0, 9, 12, 40, 70, 95, 96, -1])
def test_a_flipped_bit_is_noticed(tmp_path: Path, at: int) -> None:
    path = sealed_file(tmp_path, NAMES)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(BlocklistError):
        SealedFile.open(path)


@pytest.mark.parametrize("length", [0, 50, 96, 1000])
def test_a_cut_file_is_noticed(tmp_path: Path, length: int) -> None:
    path = sealed_file(tmp_path, NAMES)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BlocklistError):
        SealedFile.open(path)


def test_a_file_that_was_removed_is_restored_as_it_was(tmp_path: Path) -> None:
    path = sealed_file(tmp_path, NAMES)
    before = path.read_bytes()
    with closing(SealedFile.open(path)) as file:
        path.unlink()
        file.restore()
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600


def test_closing_twice_is_allowed(tmp_path: Path) -> None:
    file = SealedFile.open(sealed_file(tmp_path, NAMES))
    file.close()
    file.close()
