"""Which lists hold an address or a network: the entry and its line in each, whom it concerns."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeAlias

from filterdns.blocklists.job import SourceSpec
from filterdns.blocklists.parse import Piece, parse_piece, pieces
from filterdns.blocklists.parse_report import shown
from filterdns.blocklists.source_text import SourceText
from filterdns.control.list_search import (
    MOST_LINES,
    Known,
    Line,
    found_values,
    line_values,
    people_concerned,
)
from filterdns.control.rules import Rules
from filterdns.dns.private_addresses import embedded
from filterdns.errors import BlocklistError

Network: TypeAlias = IPv4Network | IPv6Network


def read_network(text: str) -> Network | None:
    """Return the address or network in *text*, an address as the network of itself; else None."""
    try:
        return ip_network(text.partition("%")[0], strict=False)
    except ValueError:
        return None


def who_lists_address(asked: Network, rules: Rules, lists: Sequence[Known]) -> dict[str, Any]:
    """Return as plain values which *lists* hold all of *asked*, or an IPv4 address within it.

    Reads the texts: it may take seconds.
    """
    wanted = (asked, *_within(asked))
    in_force = set(_in_force(wanted, rules))
    found = []
    for spec, _ in lists:
        if (spec.category, spec.name) in in_force:
            for entry, lines in sorted(_lines(spec, wanted).items(), key=_longest_first):
                found.append(
                    {
                        **found_values(spec.category, spec.name, _bare(entry), ["address"]),
                        "lines": line_values(spec, lines),
                        "people": people_concerned(spec.category, rules),
                    }
                )
    return {"name": _bare(asked), "lists": found}


def _within(asked: Network) -> Iterator[Network]:
    """Yield the IPv4 addresses that an IPv6 address leads to."""
    if asked.version == 6 and asked.num_addresses == 1:
        yield from map(ip_network, embedded(asked.network_address.packed))


def _in_force(wanted: Iterable[Network], rules: Rules) -> Iterator[tuple[str, str]]:
    """Yield category and name of each list that has the first address of one of *wanted*."""
    if rules.index is None:
        return
    for network in wanted:
        for source in rules.index.sources_of(network.network_address.packed):
            yield source.category, source.name


def _lines(spec: SourceSpec, wanted: Sequence[Network]) -> dict[Network, list[Line]]:
    """Return the first lines of a list by each of its entries that holds one of *wanted*."""
    found: dict[Network, list[Line]] = {}
    with suppress(BlocklistError):  # the copy has gone; what is in force was made of it
        for member in SourceText(spec.path).members():
            for piece in pieces(member):
                for entry, line in _lines_of_piece(piece, wanted):
                    lines = found.setdefault(entry, [])
                    if len(lines) < MOST_LINES:
                        lines.append(line)
    return found


def _lines_of_piece(piece: Piece, wanted: Sequence[Network]) -> Iterator[tuple[Network, Line]]:
    if not any(_holding(piece, wanted)):  # nearly every piece; saves reading it line by line
        return
    for number, text in enumerate(piece.text.splitlines(), piece.first_line):
        for entry in _holding(piece._replace(first_line=number, text=text), wanted):
            yield entry, Line(piece.member, number, shown(text.strip()))


def _holding(piece: Piece, wanted: Sequence[Network]) -> Iterator[Network]:
    """Yield the entries of *piece* that hold one of *wanted*."""
    for entry in map(ip_network, parse_piece(piece).addresses):
        if any(_holds(entry, each) for each in wanted):
            yield entry


def _holds(entry: Network, wanted: Network) -> bool:
    if entry.version != wanted.version or entry.prefixlen > wanted.prefixlen:
        return False
    return wanted.network_address in entry


def _longest_first(found: tuple[Network, list[Line]]) -> int:
    return -found[0].prefixlen


def _bare(network: Network) -> str:
    """Return *network* as text, an address without a length."""
    return str(network.network_address if network.num_addresses == 1 else network)
