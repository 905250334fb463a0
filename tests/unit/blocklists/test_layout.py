"""The bytes of the index file, written and read back."""

import mmap
from pathlib import Path
from sys import byteorder

import pytest

from filterdns.blocklists.layout import (
    BUCKETS,
    Claim,
    Header,
    Kind,
    Source,
    Table,
    Views,
    read_header,
    read_table,
)
from filterdns.blocklists.pattern import LabelPattern
from filterdns.errors import BlocklistError

PATH = Path("lists/index.idx")
TABLE = Table(
    (Source("starter", "adult", 2), Source("patterns", "pro-anorexia", 1)),
    ((Claim(0, Kind.BLOCK),), (Claim(0, Kind.EXCEPTION), Claim(1, Kind.BLOCK))),
    (2, 0),
    ("c0ffee.run",),
    ((1, (LabelPattern(("my",), ("proana",), ()),)),),
)
HEADER = Header(3, 70, 2, 1, 5, b"k" * 16, b"c" * 16, 8, 9)


def test_a_header_is_read_as_it_was_written() -> None:
    assert read_header(PATH, HEADER.to_bytes(), HEADER.parts.end) == HEADER


def test_a_table_is_read_as_it_was_written() -> None:
    table = Table.from_bytes(TABLE.to_bytes())
    assert table == TABLE
    assert all(type(claim.kind) is Kind for claims in table.sets for claim in claims)


def test_a_name_takes_eight_bytes_and_the_gate_a_bit_for_each_slot() -> None:
    assert HEADER._replace(names=4).parts.end - HEADER.parts.end == 8
    assert HEADER._replace(gate_bits=8).parts.end - HEADER.parts.end == (256 - 32) // 8


def test_the_views_are_the_parts_of_the_file() -> None:
    parts = HEADER.parts
    with mmap.mmap(-1, parts.end) as mapped:
        mapped[parts.lows - 4 : parts.lows] = (3).to_bytes(4, byteorder)
        mapped[parts.lows : parts.lows + 4] = (70_000).to_bytes(4, byteorder)
        mapped[parts.middles + 2 : parts.middles + 4] = (9).to_bytes(2, byteorder)
        mapped[parts.sets + 4 : parts.sets + 6] = (5).to_bytes(2, byteorder)
        mapped[parts.gate] = 0x80
        views = Views.of(mapped, parts)
        assert (len(views.buckets), views.buckets[BUCKETS]) == (BUCKETS + 1, 3)
        assert views.lows.tolist() == [70_000, 0, 0]
        assert views.middles.tolist() == [0, 9, 0]
        assert views.set_ids.tolist() == [0, 0, 5]
        assert views.gate.tolist() == [0x80, 0, 0, 0]
        views.release()


@pytest.mark.parametrize(
    ("at", "found"),
    [(0, "a file that starts with"), (8, "a file that starts with"), (12, "format version")],
)
def test_what_is_no_index_of_this_machine_and_version_is_refused(at: int, found: str) -> None:
    data = bytearray(HEADER.to_bytes())
    data[at] ^= 0x40
    with pytest.raises(BlocklistError, match=rf"lists/index\.idx: found {found}"):
        read_header(PATH, bytes(data), HEADER.parts.end)


def test_a_file_of_another_length_is_refused_with_both_lengths() -> None:
    with pytest.raises(BlocklistError, match=r"found 5000 bytes, expected \d+ bytes"):
        read_header(PATH, HEADER.to_bytes(), 5000)


def test_a_file_shorter_than_a_header_is_refused() -> None:
    with pytest.raises(BlocklistError, match="found 9 bytes, expected a header"):
        read_header(PATH, HEADER.to_bytes()[:9], 9)


def test_a_table_that_does_not_fit_its_checksum_is_refused() -> None:
    with pytest.raises(BlocklistError, match="found a damaged table"):
        read_table(PATH, HEADER, TABLE.to_bytes())
