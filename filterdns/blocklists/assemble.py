"""All runs, put together by the helpers of a build: each merges some of the shards."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import reduce
from pathlib import Path
from typing import Final

from filterdns.blocklists.content import Names
from filterdns.blocklists.gate import gate_bits, joined, make_gate
from filterdns.blocklists.helpers import Helpers
from filterdns.blocklists.merge import merge
from filterdns.blocklists.run import Run
from filterdns.blocklists.shards import SHARD_COUNT

STEPS: Final = 8
GATE_PARTS: Final = 2


def assemble(
    runs: Sequence[Path], helpers: Helpers, progress: Callable[[int, int], None]
) -> tuple[list[Names], bytes]:
    """Return the names of the *runs*, in pieces that follow one another, and their gate.

    The runs are whole, as `Run.open` has found before. *progress* is told how many of how many
    shards are merged. Raises `BlocklistError`.
    """
    pieces = []
    each = SHARD_COUNT // STEPS
    steps = ((runs, range(start, start + each)) for start in range(0, SHARD_COUNT, each))
    for piece in helpers.map(_merge_files, steps):
        pieces.append(piece)
        progress(len(pieces) * each, SHARD_COUNT)
    bits = gate_bits(sum(len(piece.set_ids) for piece in pieces))
    gates = helpers.map(_gate_of_files, ((runs, bits, part) for part in range(GATE_PARTS)))
    return pieces, reduce(joined, map(bytes, gates))


def _merge_files(paths: Sequence[Path], shards: range) -> Names:
    with _opened(paths) as runs:
        return merge([hashes for run in runs for hashes in run.hashes_by_kind.values()], shards)


def _gate_of_files(paths: Sequence[Path], bits: int, part: int) -> bytearray:
    with _opened(paths) as runs:
        return make_gate(bits, (_part_of(run.crcs, part) for run in runs))


def _part_of(crcs: "memoryview[int]", part: int) -> "array[int]":
    start, end = (len(crcs) * edge // GATE_PARTS for edge in (part, part + 1))
    return array("I", crcs[start:end].tobytes())


@contextmanager
def _opened(paths: Sequence[Path]) -> Iterator[list[Run]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Run.open_checked(path))) for path in paths]
