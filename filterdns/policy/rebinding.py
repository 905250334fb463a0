"""Answers from outside that lead into somebody's own network: "DNS rebinding".

A page that is open in a browser gets its name to mean the router, and talks to it as if it were its
own server. So a name of the internet gets no private address, unless it is known or said to have
one on purpose. A single label is no name of the internet, and nobody outside can own one.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from filterdns.policy.house import House
from filterdns.policy.reason import REBINDING_WORDS
from filterdns.policy.ruleset import Rebinding
from filterdns.policy.verdict import Action, Row, Rule, Verdict


class RebindingGuard(NamedTuple):
    """The names that may have private addresses, each with what lies below it."""

    allowed: frozenset[bytes]

    def find(self, suffixes: Sequence[bytes]) -> Verdict | None:
        """Return the BLOCK of a private answer to the name that has these *suffixes*.

        It is the asked name that counts: an alias can be pointed at any name that is allowed.
        """
        if len(suffixes) == 1 or not self.allowed.isdisjoint(suffixes):
            return None
        return _BLOCKED


def compile_rebinding(rules: Rebinding, house: House) -> RebindingGuard | None:
    """Compile what *rules* say; None where private answers are let through."""
    if not rules.is_blocked:
        return None
    return RebindingGuard(house.private_answers.union(rules.allow))


_BLOCKED: Final = Verdict(
    Action.BLOCK,
    Row.ANSWER,
    Rule("rebinding: a private address from outside", reason=REBINDING_WORDS),
)
