"""A run without the entries that guards took out: a file of its own, named by both."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from filterdns.blocklists.guards.entries import Hit
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.run import RUN_SUFFIX, Run, RunContent, RunReport, write_run
from filterdns.errors import BlocklistError


def sift(run: Run, out: Collection[Hit], qualified_out: Collection[bytes], folder: Path) -> Run:
    """Return *run* without *out* and the qualified blocks of *qualified_out*, open.

    It is *run* itself where nothing goes. Raises `BlocklistError` if the disk refuses.
    """
    if not out and not qualified_out:
        return run
    path = folder / _name(run, out, qualified_out)
    with suppress(BlocklistError):  # not made yet, or damaged
        return Run.open(path)
    out_by_kind = {kind: {hit.hashed for hit in out if hit.kind is kind} for kind in Kind}
    qualified = tuple(each for each in run.qualified if each.name not in qualified_out)
    content = RunContent(
        hashes_by_kind={
            kind: _pieces(hashes, out_by_kind[kind]) for kind, hashes in run.hashes_by_kind.items()
        },
        crcs=run.crcs,
        addresses="\n".join(run.addresses).encode(),
        qualified=qualified,
        report=lambda: _report(run, out_by_kind, len(qualified)),
    )
    write_run(path, content)
    return Run.open(path)


def _name(run: Run, out: Collection[Hit], qualified_out: Collection[bytes]) -> str:
    made_of = [run.path.name, *sorted(f"{hit.kind}{hit.hashed}" for hit in out)]
    made_of += sorted(name.hex() for name in qualified_out)
    return blake2b("\n".join(made_of).encode(), digest_size=_DIGEST_BYTES).hexdigest() + RUN_SUFFIX


def _pieces(hashes: "memoryview[int]", out: set[int]) -> Iterator["memoryview[int]"]:
    """Yield what is left, in stretches: a hash that goes is the end of one."""
    start = 0
    for place in [place for place, hashed in enumerate(hashes) if hashed in out] if out else ():
        yield hashes[start:place]
        start = place + 1
    yield hashes[start:]


def _report(run: Run, out_by_kind: Mapping[Kind, set[int]], qualified: int) -> RunReport:
    others = {
        name: count - len(out_by_kind[Kind[name.upper()]])
        for name, count in run.report.others.items()
    }
    if "qualified" in others:
        others["qualified"] = qualified
    return replace(
        run.report,
        names=run.report.names - len(out_by_kind[Kind.BLOCK]),
        others={name: count for name, count in others.items() if count},
    )


_DIGEST_BYTES: Final = 16
