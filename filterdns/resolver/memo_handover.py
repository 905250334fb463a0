"""What the memos keep when the lists change: answers to names of which the lists say the same.

Of all that a verdict depends on, twins differ in nothing but in what is listed. So it is enough to
ask both houses about the name that was asked, and about each name and address that its answer leads
to.
"""

import time
from collections.abc import Iterable
from itertools import islice
from typing import Final

from filterdns.dns.names import suffixes
from filterdns.dns.question import HEADER_LENGTH
from filterdns.policy.asked import Asked
from filterdns.policy.house import House
from filterdns.policy.policies import Twins
from filterdns.resolver.blocked import BlockedForm
from filterdns.resolver.memo import Memo, MemoEntry, Memos
from filterdns.steps import Steps

MOST_SECONDS: Final = 2.0  # the control process waits ten for all that a new image takes
MOST_ENTRIES: Final = 20_000  # of one memo, the youngest: more would be too many in one piece
_NAME_AT: Final = HEADER_LENGTH - 2  # a key is a query without its id


def hand_over(
    memos: Memos, twins: Iterable[Twins], seconds: float = MOST_SECONDS
) -> Steps[list[tuple[Memo, Memo]]]:
    """Make of each old twin's memo one for the new twin, an entry a step; return both of each.

    For `Memos.succeed`. What was not judged within *seconds* is left out, and so is what comes into
    the old ones meanwhile. An empty list if the clock has been set back on the way.
    """
    clears = memos.clears
    until = time.monotonic() + seconds
    is_same_by_question: dict[tuple[bytes, int], bool] = {}
    made = []
    for pair in twins:
        old = memos.known(pair.old)
        if old is None:
            continue
        new = Memo(pair.new, old.shared)
        new.forms = old.forms
        made.append((old, new))
        kept = []
        for key in list(islice(reversed(old.entries), MOST_ENTRIES)):
            if time.monotonic() >= until:
                break
            entry = old.entries.get(key)
            if entry is not None and _is_kept(key, entry, pair, is_same_by_question):
                kept.append((key, entry))
            yield
        for key, entry in reversed(kept):  # what came first is to go first
            new.put(key, entry)
            yield
    return made if memos.clears == clears else []


def _is_kept(
    key: bytes,
    entry: MemoEntry | BlockedForm,
    twins: Twins,
    is_same_by_question: dict[tuple[bytes, int], bool],
) -> bool:
    """Whether the lists say the same of all names that *entry* was judged by."""
    names = [key[_NAME_AT : entry.name_end]]
    if isinstance(entry, MemoEntry):
        names += entry.leads.targets
        if twins.new.checks_addresses and not _are_same(entry.leads.addresses, twins):
            return False
    qtype = int.from_bytes(key[entry.name_end : entry.name_end + 2], "big")
    for name in names:
        is_same = is_same_by_question.get((name, qtype))
        if is_same is None:
            is_same = is_same_by_question[name, qtype] = _is_same(name, qtype, twins)
        if not is_same:
            return False
    return True


def _is_same(name: bytes, qtype: int, twins: Twins) -> bool:
    if _is_sealed(name, twins.old.house) is not _is_sealed(name, twins.new.house):
        return False
    old, new = (Asked(name, qtype, policy.house).claimed() for policy in twins)
    return list(old) == list(new)


def _are_same(addresses: Iterable[bytes], twins: Twins) -> bool:
    old, new = (policy.house.claims.categories_of for policy in twins)
    return all(old(each) == new(each) for each in addresses)


def _is_sealed(name: bytes, house: House) -> bool:
    return house.sealed is not None and house.sealed.covers(suffixes(name))
