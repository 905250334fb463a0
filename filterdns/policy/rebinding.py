"""Answers from outside that lead into somebody's own network: "DNS rebinding".

A page that is open in a browser gets its name to mean the router, and talks to it as if it were its
own server. So a name of the internet gets no private address, unless it is known or said to have
one on purpose. A single label is no name of the internet, and nobody outside can own one.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from filterdns.policy.house import House
from filterdns.policy.reason import REBINDING_WORDS
from filterdns.policy.ruleset import Rebinding
from filterdns.policy.verdict import Action, Row, Rule, Verdict


class RebindingGuard(NamedTuple):
    """The names that may have private addresses, each with what lies below it, and why.

    *allowed* are those of the config, *known* those that ship; *mode* lets all names have them.
    """

    allowed: Mapping[bytes, Rule]
    known: Mapping[bytes, Rule]
    mode: Rule | None = None

    def find(self, suffixes: Sequence[bytes]) -> Verdict | None:
        """Return the BLOCK of a private answer to the name that has these *suffixes*.

        It is the asked name that counts: an alias can be pointed at any name that is allowed.
        """
        return _BLOCKED if self.allowing(suffixes) is None else None

    def allowing(self, suffixes: Sequence[bytes]) -> Rule | None:
        """Return the rule by which the name with these *suffixes* may have private addresses."""
        if self.mode is not None:
            return self.mode
        if len(suffixes) == 1:
            return _SINGLE_LABEL
        for rules in (self.allowed, self.known):
            for name in suffixes:
                if name in rules:
                    return rules[name]
        return None


def compile_rebinding(rules: Rebinding, house: House) -> RebindingGuard:
    """Compile what *rules* say."""
    return RebindingGuard(rules.allow, house.private_answers, rules.mode)


_SINGLE_LABEL: Final = Rule("rebinding: a single label is no name of the internet")
_BLOCKED: Final = Verdict(
    Action.BLOCK,
    Row.ANSWER,
    Rule("rebinding: a private address from outside", reason=REBINDING_WORDS),
)
