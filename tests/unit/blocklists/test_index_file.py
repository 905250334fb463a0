"""An index file holds its names whichever pieces they came in."""

from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from filterdns.blocklists.content import Names
from filterdns.blocklists.gate import gate_bits, make_gate
from filterdns.blocklists.index import Index
from filterdns.blocklists.index_file import Origin, write_index
from filterdns.blocklists.layout import Claim, Kind, Source
from filterdns.blocklists.merge import merge
from filterdns.blocklists.pattern import LabelPattern
from filterdns.blocklists.shards import SHARD_COUNT
from filterdns.dns import codes
from filterdns.dns.names import suffixes

RULES = (LabelPattern((), ("core",), ()),)
ORIGIN = Origin(
    (Source("file:a", "adult", 2), Source("file:b", "ads", 2)),
    ("a.run", "b.run"),
    ((Source("patterns", "pro-anorexia", 1), RULES),),
    (Claim(0, Kind.BLOCK), Claim(1, Kind.BLOCK)),
)
RUNS = [[3, 1 << 40, 1 << 63], [3, (1 << 64) - 1]]


def write(path: Path, pieces: Sequence[Names]) -> Path:
    gate = make_gate(gate_bits(4), [])
    write_index(path, ORIGIN, pieces, gate, hash_key=b"k" * 16, content_key=b"c" * 16)
    return path


def merged(shards: range) -> Names:
    return merge([memoryview(array("Q", run)) for run in RUNS], shards)


def test_pieces_make_the_file_that_the_whole_makes(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.idx", [merged(range(SHARD_COUNT))])
    pieces = [merged(range(10)), merged(range(10, 11)), merged(range(11, SHARD_COUNT))]
    assert write(tmp_path / "pieces.idx", pieces).read_bytes() == whole.read_bytes()


def test_the_table_says_where_everything_is_from(tmp_path: Path) -> None:
    with closing(Index.open(write(tmp_path / "index.idx", [merged(range(SHARD_COUNT))]))) as index:
        index.verify()
        assert index.names == 4
        assert index.sources == ORIGIN.sources
        block = Kind.BLOCK
        assert index.sets == (
            (Claim(0, block),),
            (Claim(0, block), Claim(1, block)),
            (Claim(1, block),),
            (Claim(2, block),),
        )
        assert index.table.names_by_set == (2, 1, 1, 0)
        assert index.table.runs == ORIGIN.runs
        assert index.table.patterns == ((3, RULES),)


def test_an_index_without_anything_is_one(tmp_path: Path) -> None:
    path = tmp_path / "index.idx"
    write_index(
        path,
        Origin((), (), (), ()),
        [merge([])],
        make_gate(gate_bits(0), []),
        hash_key=b"k" * 16,
        content_key=b"c" * 16,
    )
    with closing(Index.open(path)) as index:
        assert (index.names, index.sources, index.sets) == (0, (), ())
        assert not index.claims(suffixes(b"\x01a\x00"), codes.A)
