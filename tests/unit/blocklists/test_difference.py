"""What changed between an index and the runs of now."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from zlib import crc32

import pytest

from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.difference import changed_crcs, changed_names, changes
from filterdns.blocklists.layout import Claim, Kind, Source, Table
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.run import Run
from filterdns.blocklists.shards import SHARD_COUNT
from filterdns.dns.names import from_text

KEY = b"k" * 16
A, B, C = (Source(name, "adult", 2) for name in "abc")


class Runs:
    """Runs in a folder; what is opened is closed with *stack*."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack

    def of(self, *names: str) -> Run:
        source = self.folder / "list.txt"
        source.write_text("\n".join(f"{name}.example" for name in names))
        return self.stack.enter_context(closing(compile_run(source, self.folder, KEY)))


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with ExitStack() as stack:
        yield Runs(tmp_path, stack)


def table(sources: tuple[Source, ...], *runs: Run) -> Table:
    return Table(sources, (), (), tuple(run.path.name for run in runs), ())


def test_a_source_with_the_same_run_did_not_change_wherever_it_stands(runs: Runs) -> None:
    a, b = runs.of("x"), runs.of("y")
    assert changes(table((A, B), a, b), [B, A], [b, a], runs.folder, runs.stack) == []


def test_changed_added_and_removed_sources_are_told_with_their_names(runs: Runs) -> None:
    old_a, new_a, b, c = runs.of("x", "y"), runs.of("y", "z"), runs.of("x"), runs.of("z")
    found = changes(table((A, B), old_a, b), [C, A], [c, new_a], runs.folder, runs.stack)
    assert found is not None
    assert [(change.old_place, change.new_place) for change in found] == [
        (0, 1),
        (1, None),
        (None, 0),
    ]
    changed = [one for shard in range(SHARD_COUNT) for one in changed_names(shard, found)]
    x_hash, z_hash = make_name_hash(KEY)([from_text("x.example"), from_text("z.example")])
    assert changed == sorted(
        [
            (x_hash, (Claim(0, Kind.BLOCK), Claim(1, Kind.BLOCK)), ()),
            (z_hash, (), (Claim(1, Kind.BLOCK), Claim(0, Kind.BLOCK))),
        ]
    )
    x, z = crc32(from_text("x.example")), crc32(from_text("z.example"))
    assert changed_crcs(found) == ({x}, {z})


def test_a_source_that_stands_twice_cannot_be_told_apart(runs: Runs) -> None:
    a, b = runs.of("x"), runs.of("y")
    assert changes(table((A, A), a, b), [A], [b], runs.folder, runs.stack) is None
    assert changes(table((A,), a), [A, A], [a, b], runs.folder, runs.stack) is None


def test_an_old_run_that_is_gone_or_damaged_ends_it(runs: Runs) -> None:
    old, new = runs.of("x"), runs.of("y")
    old.path.write_bytes(b"damaged")
    assert changes(table((A,), old), [A], [new], runs.folder, runs.stack) is None
    old.path.unlink()
    assert changes(table((A,), old), [A], [new], runs.folder, runs.stack) is None
