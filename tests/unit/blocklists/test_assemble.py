"""Runs put together by helpers are what they are without any."""

from contextlib import closing
from pathlib import Path
from zlib import crc32

import pytest

from filterdns.blocklists.assemble import STEPS, assemble
from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.content import join_sets
from filterdns.blocklists.gate import gate_bits, make_gate
from filterdns.blocklists.helpers import ALONE, Helpers
from filterdns.blocklists.shards import SHARD_COUNT
from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError

LISTS = [[f"n{number}.example" for number in range(place * 40, 100)] for place in range(3)]


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    paths = []
    for names in LISTS:
        source = tmp_path / "list.txt"
        source.write_text("\n".join(names))
        with closing(compile_run(source, tmp_path, b"k" * 16)) as run:
            paths.append(run.path)
    return paths


def test_helpers_make_the_same_as_none(runs: list[Path]) -> None:
    with Helpers(2) as helpers:
        assert assemble(runs, helpers, lambda done, total: None) == assemble(runs, ALONE, print)


def test_the_pieces_hold_all_names_and_the_gate_lets_them_through(runs: list[Path]) -> None:
    pieces, gate = assemble(runs, ALONE, lambda done, total: None)
    assert join_sets(pieces) == ([(0,), (0, 1), (0, 1, 2)], [40, 40, 20])
    crcs = [crc32(from_text(name)) for name in LISTS[0]]
    assert gate == make_gate(gate_bits(100), [crcs])


def test_progress_counts_shards_up_to_all(runs: list[Path]) -> None:
    told: list[tuple[int, int]] = []
    assemble(runs, ALONE, lambda done, total: told.append((done, total)))
    assert (len(told), told[-1]) == (STEPS, (SHARD_COUNT, SHARD_COUNT))


def test_a_run_that_is_gone_is_an_error(runs: list[Path]) -> None:
    runs[0].unlink()
    with Helpers(1) as helpers, pytest.raises(BlocklistError, match="cannot be read"):
        assemble(runs, helpers, lambda done, total: None)
