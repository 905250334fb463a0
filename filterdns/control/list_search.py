"""Which lists cover a name: where it stands in each, whom it concerns, what was taken out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from filterdns.blocklists.added import added_path, since
from filterdns.blocklists.job import PATTERNS, STARTER, SourceReport, SourceSpec
from filterdns.blocklists.name_hash import make_name_hash
from filterdns.blocklists.parse import Piece, parse_piece, pieces
from filterdns.blocklists.parse_report import shown
from filterdns.blocklists.source_text import SourceText
from filterdns.control.rules import Rules
from filterdns.dns.names import from_text, labels, suffixes, to_text
from filterdns.errors import BlocklistError, ControlError, InvalidName
from filterdns.policy.ruleset import Person
from filterdns.policy.verdict import SEALED_RULE
from filterdns.policy.wishes import blocked_categories, windows_of

MOST_LINES: Final = 5  # of one list

_Claims = dict[tuple[str, str], list[tuple[int, str]]]  # (label count, kind) by category and list


class Line(NamedTuple):
    """A line of a list: the file of an archive that it stands in (or empty), number, text."""

    member: str
    number: int
    text: str


class Known(NamedTuple):
    """What is known of a list: where it is, and what became of it in the last build."""

    spec: SourceSpec
    report: SourceReport


def who_lists(name: str, rules: Rules, lists: Sequence[Known]) -> dict[str, Any]:
    """Return as plain values which *lists* speak of *name*, or of a name above it.

    Reads the texts: it may take seconds. Raises `ControlError` where *name* is none.
    """
    try:
        asked = from_text(name.lower())
    except InvalidName as error:
        raise ControlError(str(error)) from None
    covering = suffixes(asked)
    in_force = _claims(covering, rules)
    return {
        "name": to_text(asked),
        "lists": [
            *_in_sealed(covering, rules),
            *_in_lists(covering, rules, lists, in_force),
            *_in_patterns(covering, rules, in_force),
        ],
    }


def _in_sealed(covering: Sequence[bytes], rules: Rules) -> Iterator[dict[str, Any]]:
    """Yield that the name is sealed, if it is: not by which list or entry, and not for whom."""
    sealed = rules.house.sealed
    if sealed is not None and sealed.covers(covering):
        yield found_values("", SEALED_RULE.text, "", ["block"])


def _in_lists(
    covering: Sequence[bytes], rules: Rules, lists: Sequence[Known], in_force: _Claims
) -> Iterator[dict[str, Any]]:
    texts = {to_text(name) for name in covering}
    for spec, report in lists:
        taken_out = {
            name: why for why, names in report.taken_out.items() for name in names if name in texts
        }
        claims = in_force.get((spec.category, spec.name), [])
        if not claims and not taken_out:
            continue
        names = {to_text(covering[-labels]) for labels, _ in claims} | taken_out.keys()
        for listed in sorted(names, key=len, reverse=True):
            kinds = [kind for labels, kind in claims if to_text(covering[-labels]) == listed]
            yield {
                **found_values(spec.category, spec.name, listed, kinds),
                "taken_out": taken_out.get(listed, ""),
                "waits": listed in report.held,
                "lines": line_values(spec, _lines(spec, from_text(listed))),
                **_since(rules, report, from_text(listed)),
                "people": people_concerned(spec.category, rules),
            }


def _in_patterns(
    covering: Sequence[bytes], rules: Rules, in_force: _Claims
) -> Iterator[dict[str, Any]]:
    """Yield the label patterns that speak: these stand in no list."""
    for (category, name), claims in in_force.items():
        if name == PATTERNS:
            for label_count, _ in claims:
                yield {
                    **found_values(category, name, to_text(covering[-label_count]), ["block"]),
                    "people": people_concerned(category, rules),
                }


def found_values(category: str, name: str, listed: str, says: list[str]) -> dict[str, Any]:
    """Return what is told of a list that speaks of *listed*, where nothing else is known."""
    return {
        "category": category,
        "list": name,
        "listed": listed,
        "says": says,
        "in_force": bool(says),
        "taken_out": "",
        "waits": False,
        "lines": [],
        "since": None,
        "since_is_exact": False,
        "people": [],
    }


def line_values(spec: SourceSpec, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return *lines* of a list as plain values."""
    return [
        {
            "file": line.member or spec.url or spec.path.name,
            "line": line.number,
            "text": line.text,
        }
        for line in lines
    ]


def _claims(covering: Sequence[bytes], rules: Rules) -> _Claims:
    """Return by category and list the (label count, kind) of what is in force."""
    index = rules.index
    found: _Claims = {}
    if index is None:
        return found
    for label_count, set_id in index.listed(covering):
        for claim in index.sets[set_id]:
            source = index.sources[claim.source]
            kind = claim.kind.name.lower().replace("_", " ")
            found.setdefault((source.category, source.name), []).append((label_count, kind))
    for each in index.table.qualified:
        name = bytes.fromhex(each.name)
        if name in covering:
            source = index.sources[each.source]
            count = len(covering) - covering.index(name)
            found.setdefault((source.category, source.name), []).append((count, "qualified"))
    return found


def _lines(spec: SourceSpec, name: bytes) -> Iterator[Line]:
    """Yield the first lines of a list that speak of the very *name*."""
    found = 0
    needle = max(labels(name), key=len)
    with suppress(BlocklistError):  # the copy has gone; what is in force was made of it
        for member in SourceText(spec.path).members():
            for piece in pieces(member):
                for line in _lines_of_piece(piece, name, needle, spec.name == STARTER):
                    yield line
                    found += 1
                    if found == MOST_LINES:
                        return


def _lines_of_piece(
    piece: Piece, name: bytes, needle: bytes, single_labels: bool
) -> Iterator[Line]:
    is_ascii = piece.text.isascii()
    if is_ascii and needle not in piece.text.lower():
        return
    for number, text in enumerate(piece.text.splitlines(), piece.first_line):
        if text.isascii() and needle not in text.lower():
            continue
        parsed = parse_piece(piece._replace(first_line=number, text=text), single_labels)
        if name in parsed.names or any(entry.name == name for entry in parsed.others):
            yield Line(piece.member, number, shown(text.strip()))


def _since(rules: Rules, report: SourceReport, name: bytes) -> dict[str, Any]:
    """Return since when the list has had *name*, and whether that is known or a bound."""
    found = None
    if rules.index is not None and report.run_path is not None:
        [hashed] = make_name_hash(rules.index.header.hash_key)([name])
        path = added_path(report.run_path.parent, report.category, report.name)
        with suppress(BlocklistError):
            found = since(path, hashed)
    return {
        "since": None if found is None else found.at,
        "since_is_exact": found is not None and found.is_exact,
    }


def people_concerned(category: str, rules: Rules) -> list[str]:
    """Return the people for whom *category* is blocked, now or at some time of the week."""
    return sorted(
        name
        for name, person in rules.ruleset.people.items()
        if _is_blocked(category, person, rules)
    )


def _is_blocked(category: str, person: Person, rules: Rules) -> bool:
    policy = rules.ruleset.policies[person.policy]
    return (
        category in policy.bypass
        or category in blocked_categories(policy, person, rules.house)
        or any(
            category in during.bypass or category in during.block.categories
            for during in windows_of(policy, person)
        )
    )
