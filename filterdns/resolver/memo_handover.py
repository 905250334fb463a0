"""What the memos keep when the lists change: answers to names of which the lists say the same.

Of all that a verdict depends on, twins differ in nothing but in what is listed. So it is enough to
ask both houses about the name that was asked, and about each name that its answer leads to.
"""

from collections.abc import Iterable
from typing import Final

from filterdns.dns import codes
from filterdns.dns.question import HEADER_LENGTH
from filterdns.policy.asked import Asked
from filterdns.policy.policies import Twins
from filterdns.resolver.blocked import BlockedForm
from filterdns.resolver.memo import Memo, MemoEntry, Memos
from filterdns.steps import Steps

_NAME_AT: Final = HEADER_LENGTH - 2  # a key is a query without its id


def hand_over(memos: Memos, twins: Iterable[Twins]) -> Steps[list[tuple[Memo, Memo]]]:
    """Make of each old twin's memo one for the new twin, an entry a step; return both of each.

    For `Memos.succeed`. What comes into the old ones meanwhile is not in the new ones. None if the
    clock has been set back on the way.
    """
    clears = memos.clears
    is_same_by_name: dict[bytes, bool] = {}
    made = []
    for pair in twins:
        old = memos.known(pair.old)
        if old is None:
            continue
        new = Memo(pair.new, old.shared)
        new.forms = old.forms
        made.append((old, new))
        for key in list(old.entries):
            entry = old.entries.get(key)
            if entry is not None and _is_kept(key, entry, pair, is_same_by_name):
                new.put(key, entry)
            yield
    return made if memos.clears == clears else []


def _is_kept(
    key: bytes, entry: MemoEntry | BlockedForm, twins: Twins, is_same_by_name: dict[bytes, bool]
) -> bool:
    """Whether the lists say the same of all names that *entry* was judged by."""
    names = [key[_NAME_AT : entry.name_end]]
    if isinstance(entry, MemoEntry):
        names += entry.targets
    for name in names:
        is_same = is_same_by_name.get(name)
        if is_same is None:
            is_same = is_same_by_name[name] = _is_same(name, twins)
        if not is_same:
            return False
    return True


def _is_same(name: bytes, twins: Twins) -> bool:
    old, new = (Asked(name, codes.A, policy.house).claimed() for policy in twins)
    return list(old) == list(new)
