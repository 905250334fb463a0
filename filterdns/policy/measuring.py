"""How strict the rules of people are at a moment, each kind of rules compiled and asked once."""

from dataclasses import replace
from typing import Final

from filterdns.policy.compiler import PolicyCompiler
from filterdns.policy.content import content_key
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.probes import names_of
from filterdns.policy.ruleset import Person, Ruleset, Selection
from filterdns.policy.strictness import Bits, Strictness
from filterdns.policy.verdict import Action, Verdict

_NOTHING: Final = Selection()


def rules_content(person: Person) -> bytes:
    """Return what is the same for people who may do the same while the same windows are open."""
    if not (person.during or person.safe_search or _has_lists(person)):
        return person.policy.encode()
    lists = (person.allow, person.block, person.given_up)
    return content_key(person.policy, person.during, person.safe_search, *lists)


class Measuring:
    """Measures people of *ruleset* in *house*."""

    def __init__(self, ruleset: Ruleset, house: House) -> None:
        self._house = house
        self._compiler = PolicyCompiler(ruleset, house)
        self._strictness = Strictness(ruleset, house)
        self._bits: dict[tuple[bytes, int], Bits] = {}

    def bits(self, person: Person, content: bytes, is_open: int, at: float) -> Bits:
        """Return how strict the rules of *person*, with that *content*, are *at* (Unix seconds).

        *is_open* are the windows that are open then.
        """
        key = (content, is_open)
        found = self._bits.get(key)
        if found is None:
            found = self._bits[key] = self._measure(person, is_open, at)
        return found

    def words(self, bit: int, than: Person, at: float) -> str:
        """Return in words that what has *bit* gets through, and *than* is kept from it *at*.

        Empty where an engine that is held to nothing is blocked: its name has a bit, too.
        """
        verdict = self._strictness.verdict(bit, self._policy(than, at))
        if self._strictness.is_of_engine(bit) and verdict.action is not Action.REWRITE:
            return ""
        return self._strictness.words(bit, _cause(verdict))

    def _measure(self, person: Person, is_open: int, at: float) -> Bits:
        policy = self._policy(person, at)
        if not _has_lists(person) or policy.pending is not None:
            return self._strictness.of(policy)
        # Thousands may each have a name of their own: only what is said of these is asked.
        others = replace(person, allow=_NOTHING, block=_NOTHING, given_up={})
        bits = self.bits(others, rules_content(others), is_open, at)
        lists = (person.allow, person.block)
        names = [name for each in lists for name in names_of(each, self._house)]
        categories = person.allow.categories.keys() | person.block.categories.keys()
        return self._strictness.like(policy, bits, names, frozenset(categories))

    def _policy(self, person: Person, at: float) -> EffectivePolicy:
        policy = self._compiler.person(person, (), at, is_time_known=True)
        self._compiler.policy_by_key.clear()  # large, and hardly ever wanted again
        return policy


def _has_lists(person: Person) -> bool:
    return person.allow != _NOTHING or person.block != _NOTHING or bool(person.given_up)


def _cause(verdict: Verdict) -> str:
    rule = verdict.rule
    text = f"{rule.schedule}: {rule.text}" if rule.schedule else rule.text
    return f"{verdict.row} {text}"
