"""One source, compiled into its run: read in pieces, its own rules settled, hashed, written.

`www.x` beside `x` in one list is one entry: hosts files write both for every site, and an adult who
allows `x` means both. Every other name below a listed one stays an entry of its own: allowing
`tumblr.example` must not open the listed blogs below it.
"""

import zlib
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.formats.item import Entry
from filterdns.blocklists.helpers import ALONE, Helpers
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.name_hash import NameHash, make_name_hash
from filterdns.blocklists.own_rules import OwnRules, settle
from filterdns.blocklists.parse import Piece, parse_piece, pieces
from filterdns.blocklists.parse_report import ParseReport
from filterdns.blocklists.run import (
    FORMAT_VERSION,
    HASHED_KINDS,
    RUN_SUFFIX,
    Run,
    RunContent,
    RunReport,
    write_run,
)
from filterdns.blocklists.shards import NOTHING, Shards, TakenOut
from filterdns.blocklists.source_text import SourceText
from filterdns.errors import BlocklistError

WORTH_HELP_BYTES: Final = 1 << 20


def compile_run(
    source: Path,
    folder: Path,
    hash_key: bytes,
    *,
    single_labels: bool = False,
    helpers: Helpers = ALONE,
    progress: Callable[[int], None] = lambda read_bytes: None,
) -> Run:
    """Return the run of *source*, made in *folder* unless it stands there whole.

    *single_labels* as in `parse`. *helpers* read what is large. *progress* is told how many bytes
    of the file have been read. Raises `BlocklistError` if the source cannot be read or changes
    meanwhile, or the disk refuses.
    """
    text = SourceText(source)
    salt = f"{FORMAT_VERSION} {single_labels} ".encode() + hash_key
    digest = text.digest(salt)
    path = folder / (digest + RUN_SUFFIX)
    with suppress(BlocklistError):  # not made yet, or damaged: making it cures both
        return Run.open(path)
    collected = _Collected(make_name_hash(hash_key))
    if text.size_bytes < WORTH_HELP_BYTES:
        helpers = ALONE
    tasks = (
        (piece, hash_key, single_labels) for member in text.members() for piece in pieces(member)
    )
    for part in helpers.map(_read_piece, tasks):
        collected.add(part)
        progress(text.read_bytes)
    if text.digest(salt) != digest:
        raise BlocklistError(f"{source}: changed while it was read")
    write_run(path, collected.content(helpers))
    return Run.open(path)


class _Part(NamedTuple):
    """What a piece of the text gave."""

    report: ParseReport
    shards_by_kind: dict[Kind, Shards]
    rules: list[Entry]
    addresses: list[str]


def _read_piece(piece: Piece, hash_key: bytes, single_labels: bool) -> _Part:
    parsed = parse_piece(piece, single_labels)
    name_hash = make_name_hash(hash_key)
    names_by_kind: dict[Kind, list[bytes]] = {Kind.BLOCK: parsed.names}
    rules = []
    for entry in parsed.others:
        if entry.options is None:
            names_by_kind.setdefault(entry.kind, []).append(entry.name)
        else:
            rules.append(entry)
    shards_by_kind = {kind: Shards(has_twins=kind is Kind.BLOCK) for kind in names_by_kind}
    for kind, names in names_by_kind.items():
        shards_by_kind[kind].add(names, name_hash)
    return _Part(parsed.report, shards_by_kind, rules, parsed.addresses)


class _Collected:
    """All that the pieces of a text gave."""

    def __init__(self, name_hash: NameHash) -> None:
        self._name_hash = name_hash
        self._parsed = ParseReport()
        self._shards = {kind: Shards(has_twins=kind is Kind.BLOCK) for kind in HASHED_KINDS}
        self._rules: list[Entry] = []
        self._addresses: dict[str, None] = {}

    def add(self, part: _Part) -> None:
        self._parsed.add(part.report)
        for kind, shards in part.shards_by_kind.items():
            self._shards[kind].extend(shards)
        self._rules += part.rules
        self._addresses.update(dict.fromkeys(part.addresses))

    def content(self, helpers: Helpers) -> RunContent:
        """Return what is to be written, once all parts are there."""
        blocks = self._shards[Kind.BLOCK]
        blocks.join_both(self._shards[Kind.EXACT], self._shards[Kind.BELOW])
        own = settle(self._rules, lambda name: blocks.holds(self._hash(name)))
        out = TakenOut(*(frozenset(self._name_hash(names)) for names in own[:3]))
        for kind, names in (
            (Kind.BLOCK, own.blocks),
            (Kind.EXACT, own.exact),
            (Kind.EXCEPTION, own.exceptions),
            (Kind.EXACT_EXCEPTION, own.exact_exceptions),
        ):
            self._shards[kind].add(names, self._name_hash)
        crcs = array("I")
        for shards in self._shards.values():
            crcs += shards.crcs
        crcs.extend(zlib.crc32(rule.name) for rule in own.qualified)
        hashes = {
            kind: shards.hashes(*((helpers, out) if kind is Kind.BLOCK else (ALONE, NOTHING)))
            for kind, shards in self._shards.items()
        }
        addresses = "\n".join(self._addresses).encode()
        return RunContent(hashes, crcs, addresses, own.qualified, lambda: self._report(own))

    def _hash(self, name: bytes) -> int:
        return self._name_hash([name])[0]

    def _report(self, own: OwnRules) -> RunReport:
        blocks = self._shards[Kind.BLOCK]
        others = {
            kind.name.lower(): shards.names
            for kind, shards in self._shards.items()
            if kind is not Kind.BLOCK and shards.names
        }
        if own.qualified:
            others["qualified"] = len(own.qualified)
        return RunReport(
            lines=self._parsed.lines,
            comments=self._parsed.comments,
            names=blocks.names,
            duplicates=sum(shards.duplicates for shards in self._shards.values()),
            twins=sum(shards.twins for shards in self._shards.values()),
            covered=blocks.covered,
            lifted=blocks.lifted + own.lost,
            addresses=self._parsed.addresses,
            others=others,
            skipped=self._parsed.skipped,
        )
