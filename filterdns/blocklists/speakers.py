"""What the sources of an index say together about one name: who blocks it, who lifts what.

For nearly every name that is one look-up: the categories of a set of plain blocks. Else each source
speaks for itself, by the longest of its names that covers the question; what one source lifts is
lifted for that source alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from filterdns.blocklists.layout import Claim, Kind, QualifiedName, Table
from filterdns.dns.names import label_count


class Speakers:
    """The sources of a *table*.

    *plain* are the categories that each set id blocks, None where its claims have to be weighed.
    *qualified* are blocks for some types of question by name, *categories* all that is fed.
    """

    __slots__ = ("categories", "category_by_source", "plain", "qualified", "sets")

    def __init__(self, table: Table) -> None:
        self.sets = table.sets
        self.category_by_source = [source.category for source in table.sources]
        self.plain = [
            frozenset(self.category_by_source[claim.source] for claim in claims)
            if all(claim.kind is Kind.BLOCK for claim in claims)
            else None
            for claims in table.sets
        ]
        self.qualified: dict[bytes, list[QualifiedName]] = {}
        for each in table.qualified:
            self.qualified.setdefault(bytes.fromhex(each.name), []).append(each)
        self.categories = frozenset(
            self.category_by_source[claim.source] for claims in table.sets for claim in claims
        ) | {self.category_by_source[each.source] for each in table.qualified}


class Spoken(NamedTuple):
    """What one source says of a name by one of its own: its claim, and how many labels that has."""

    label_count: int
    claim: Claim


def resolve(
    speakers: Speakers, suffixes: Sequence[bytes], qtype: int, found: Sequence[tuple[int, int]]
) -> list[tuple[int, frozenset[str]]]:
    """Return (label count, categories) of each name that blocks the question, longest first.

    *found* are the set ids of the listed *suffixes* by label count, as `Index.listed` returns them.
    """
    categories_by_length: dict[int, frozenset[str]] = {}
    for spoken in blocking(speakers, suffixes, qtype, found):
        before = categories_by_length.get(spoken.label_count, frozenset())
        category = speakers.category_by_source[spoken.claim.source]
        categories_by_length[spoken.label_count] = before | {category}
    return list(categories_by_length.items())


def blocking(
    speakers: Speakers, suffixes: Sequence[bytes], qtype: int, found: Sequence[tuple[int, int]]
) -> Iterator[Spoken]:
    """Yield the claims that block the question, longest first."""
    is_lifted: dict[int, bool] = {}
    for spoken in _in_order(speakers, suffixes, qtype, found):
        source, kind = spoken.claim
        if is_lifted.setdefault(source, kind in _EXCEPTIONS):
            continue
        if kind not in _EXCEPTIONS:
            yield spoken


def _in_order(
    speakers: Speakers, suffixes: Sequence[bytes], qtype: int, found: Sequence[tuple[int, int]]
) -> Iterator[Spoken]:
    """Yield what applies to the question: the longest first, of one name what is said closest."""
    claims_by_length: dict[int, list[Claim]] = {}
    for labels, set_id in found:
        claims_by_length.setdefault(labels, []).extend(speakers.sets[set_id])
    for labels, claim in _qualified(speakers.qualified, suffixes, qtype):
        claims_by_length.setdefault(labels, []).append(claim)
    for labels in sorted(claims_by_length, reverse=True):
        unspoken = _NOT_AT_THE_NAME if labels == len(suffixes) else _AT_THE_NAME_ONLY
        for claim in sorted(claims_by_length[labels], key=_closeness):
            if claim.kind not in unspoken:
                yield Spoken(labels, claim)


def _qualified(
    by_name: Mapping[bytes, Sequence[QualifiedName]], suffixes: Sequence[bytes], qtype: int
) -> Iterator[tuple[int, Claim]]:
    for suffix in suffixes if by_name else ():
        for each in by_name.get(suffix, ()):
            if (qtype in each.types) is not each.is_negated:
                yield label_count(suffix), Claim(each.source, Kind.QUALIFIED)


def _closeness(claim: Claim) -> int:
    return _ORDER.index(claim.kind)


_ORDER = (
    Kind.EXACT_EXCEPTION,
    Kind.EXACT,
    Kind.EXCEPTION,
    Kind.QUALIFIED,
    Kind.BLOCK,
    Kind.BELOW,
)
_EXCEPTIONS = frozenset({Kind.EXCEPTION, Kind.EXACT_EXCEPTION})
_AT_THE_NAME_ONLY = frozenset({Kind.EXACT, Kind.EXACT_EXCEPTION})
_NOT_AT_THE_NAME = frozenset({Kind.BELOW})
