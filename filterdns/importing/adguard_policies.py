"""What somebody has with AdGuard Home as a policy of ours: one for all who have the same."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from filterdns.importing.adguard_client_rules import ClientRule
from filterdns.importing.adguard_rules import Rules
from filterdns.importing.entries import as_listed
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import ImportedDuring, ImportedPolicy
from filterdns.importing.settle import settle


class Wishes(NamedTuple):
    """What somebody has, the same for all who share a policy."""

    is_filtered: bool
    services: tuple[str, ...]
    schedule: str
    is_parental: bool
    is_safe_browsing: bool
    safe_search: tuple[tuple[str, str], ...]
    rules: tuple[ClientRule, ...] = ()


class Policies:
    """Makes a policy for each of different wishes.

    All who are filtered have the *categories* of the lists, and *rules*.
    """

    def __init__(self, categories: Sequence[str], rules: Rules, gathering: Gathering) -> None:
        self._categories = categories
        self._rules = rules
        self._gathering = gathering
        self._name_by_wishes: dict[Wishes, str] = {}

    def policy(self, names: Sequence[str], wishes: Wishes) -> str:
        """Return the name of the policy for *wishes*; a new one is called after *names*."""
        if wishes not in self._name_by_wishes:
            policy = self._made(_together(names), wishes)
            self._name_by_wishes[wishes] = self._gathering.add_policy(policy)
        return self._name_by_wishes[wishes]

    def _made(self, wanted: str, wishes: Wishes) -> ImportedPolicy:
        block: list[str] = []
        allow: tuple[str, ...] = ()
        during: tuple[ImportedDuring, ...] = ()
        block_later: tuple[str, ...] = ()
        if wishes.is_filtered:
            allow, deny = self._names(wishes)
            block += [*self._categories, *deny]
        if wishes.schedule:
            during = (ImportedDuring(wishes.schedule, block=wishes.services),)
        else:
            block += wishes.services
        if wishes.is_parental:
            block.append("adult")
            self._gathering.remark(f"policy {wanted}", "parental control", _PARENTAL)
        if wishes.is_safe_browsing:
            listed = [name for name in _DANGERS if self._gathering.add_catalogued(name)]
            block_later = tuple(name for name in _DANGERS if name not in listed)
            block += listed
            meaning = "malware and phishing stand in, with the lists that feed them"
            if block_later:
                meaning = f"{_SAFE_BROWSING}, uncomment {' and '.join(block_later)} and the sources"
            self._gathering.remark(f"policy {wanted}", "safe browsing", meaning)
        return ImportedPolicy(
            wanted,
            block=tuple(dict.fromkeys(block)),
            allow=allow,
            during=during,
            block_later=block_later,
            safe_search=wishes.safe_search,
        )

    def _names(self, wishes: Wishes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        settled = settle(
            [*self._rules.allow, *(rule.entry for rule in wishes.rules if rule.is_allow)],
            [*self._rules.deny, *(rule.entry for rule in wishes.rules if not rule.is_allow)],
        )
        self._gathering.remark_all(settled.remarks)
        return tuple(map(as_listed, settled.allow)), tuple(map(as_listed, settled.deny))


def _together(names: Sequence[str]) -> str:
    return " and ".join(names if len(names) <= _MOST_TOGETHER else [*names[:2], "others"])


_MOST_TOGETHER: Final = 3
_PARENTAL: Final = "our category adult stands in, with the names that ship with it"
_DANGERS: Final = ("malware", "phishing")
_SAFE_BROWSING: Final = (
    "kept as a comment: there a service was asked online, with us lists tell of such sites; to "
    "have them"
)
