"""Stage C: the names and addresses that an answer leads to are looked at, too.

After every row sealed names stay sealed. After A2, A3, A4 nothing else is looked at. After A10 the
bypass kit; after A12 also what windows, names, services and categories block. A lifeline, an
essential or a name that is allowed is fine. Last comes whether the answer leads home.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from tests.support.reference.asker import Asker
from tests.support.reference.judging import Decided
from tests.support.reference.rows import (
    Question,
    Said,
    a4_lifelines,
    a5_bypass,
    a10_names,
    a11_categories,
    blocked_by_entry,
    blocked_categories,
    blocked_ways,
    is_allowed_exactly,
)
from tests.support.reference.selections import categories_in
from tests.support.reference.world import Written, longest_covering


class Leading(NamedTuple):
    """Where an answer leads: names, addresses, and whether one of these is in a home network."""

    targets: Sequence[str] = ()
    addresses: Sequence[str] = ()
    is_private: bool = False


def judge_answer(
    strict: Sequence[Asker], question: Question, decided: Decided, leading: Leading
) -> Decided:
    """Return what becomes of an answer to *question*, of which *decided* let it be asked.

    A block never denies the asked name, so it is no NXDOMAIN.
    """
    if decided.said.action == "block":
        return decided
    if any(longest_covering(target, strict[0].world.sealed) for target in leading.targets):
        return _blocked(Said("A1", "block"), strict[0])
    if decided.said.row in ("A2", "A3", "A4") or question.qtype in ("DS", "DNSKEY"):
        return decided
    for target in leading.targets:
        for asker in strict:
            said = _target(asker, Question(target), decided.said.row)
            if said is not None and said.action == "block":
                return _blocked(said, asker)
    for asker in strict:
        said = _addresses(asker, question, leading.addresses, decided.said.row)
        if said is not None:
            return _blocked(said, asker)
    for asker in strict if leading.is_private else ():
        if not may_lead_home(asker, question.name):
            return _blocked(Said("C", "block"), asker)
    return decided


def may_lead_home(asker: Asker, name: str) -> bool:
    """Whether an answer to *name* may have a private address."""
    if asker.setting("rebinding", "mode", "block") == "allow" or "." not in name:
        return True
    allowed = [each for policy in asker.policies for each in _allowed_home(policy)]
    return bool(longest_covering(name, (*allowed, *asker.world.private_answers)))


def _allowed_home(policy: Written) -> Sequence[str]:
    allowed: Sequence[str] = (policy.get("rebinding") or {}).get("allow", ())
    return allowed


def _target(asker: Asker, question: Question, row: str) -> Said | None:
    help_line = a4_lifelines(asker, question)
    if help_line is not None and help_line.action == "allow":
        return None
    said = a5_bypass(asker, question)
    if said is not None or row != "A12":
        return said
    if help_line is not None:
        return help_line
    for windows, name in ((asker.in_place, "A7"), (asker.in_schedule, "A8")):
        for entry in windows:
            said = blocked_by_entry(asker, entry, question, name)
            if said is not None:
                return said
    return a10_names(asker, question) or _listed(asker, question)


def _listed(asker: Asker, question: Question) -> Said | None:
    said = a11_categories(asker, question)
    return said if said is not None and said.kind != "pending" else None


def _addresses(asker: Asker, question: Question, addresses: Sequence[str], row: str) -> Said | None:
    """Return what lists of addresses say: nobody allows one, so the exact asked name lifts A5."""
    kinds = {
        category
        for network, categories in asker.world.address_lists.items()
        for address in addresses
        if ip_address(address) in ip_network(network)
        for category in categories
    }
    ways = kinds.intersection(blocked_ways(asker))
    if ways and not is_allowed_exactly(asker, question.name):
        return Said("A5", "block", mode="nxdomain" if "private-relay" in ways else "")
    if row != "A12":
        return None
    for schedule, entry in (*asker.in_place, *asker.in_schedule):
        if kinds.intersection(categories_in(entry.get("block", ()))):
            return Said("C", "block", schedule=schedule)
    return Said("C", "block") if kinds.intersection(blocked_categories(asker)) else None


def _blocked(said: Said, asker: Asker) -> Decided:
    mode = said.mode or asker.setting("answer", "mode", "zero-ip")
    return Decided(said._replace(row="C"), "nodata" if mode == "nxdomain" else mode)
