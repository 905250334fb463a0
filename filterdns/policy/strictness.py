"""How strict rules are: a number with a bit for each question, set where they block it.

So "does he get through where she does not" is one operation on two numbers, and whether it is so
of anybody of thousands is one for all that is met among them. Asked is what `decide` would be
asked. Names that the tables of some rules do not hold are told apart by lists alone, so one of a
kind is asked for all: a school writes a thousand names, and each matters to one pupil.
"""

from collections.abc import Iterable, Iterator, Sequence

from filterdns.dns import codes
from filterdns.dns.names import to_text
from filterdns.policy.asked import Asked
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.probes import mentioned_names, probes_of_all
from filterdns.policy.ruleset import Engine, Ruleset, SafeMode
from filterdns.policy.verdict import Action, Verdict

Bits = int
_Kind = tuple[object, ...]


class Strictness:
    """Measures policies of *ruleset* in *house*: what they block of all that may differ.

    Above the bits of questions stand two for each engine: it is held to moderate results at least,
    it is held to strict ones.
    """

    def __init__(self, ruleset: Ruleset, house: House) -> None:
        probes = list(probes_of_all(ruleset, house))
        self._house = house
        self._whats = [probe.what for probe in probes]
        self._asked = [probe.asked(house) for probe in probes]
        self._engines: Sequence[Engine] = list(house.engines.values())
        self._engines_asked = [Asked(each.names[0], codes.A, house) for each in self._engines]
        self._below: dict[bytes, Bits] = {}
        self._kinds: dict[_Kind, Bits] = {}
        for number, asked in enumerate(self._asked):
            for name in asked.suffixes:
                self._below[name] = self._below.get(name, 0) | 1 << number
            kind = self._kind(asked)
            self._kinds[kind] = self._kinds.get(kind, 0) | 1 << number

    def of(self, policy: EffectivePolicy) -> Bits:
        """Return the bits of *policy*, which has no members."""
        touched = self._touched(mentioned_names(policy))
        found = self._blocked(touched, policy)
        for bits in self._kinds.values():
            others = bits & ~touched
            if others and self._blocks(_lowest(others), policy):
                found |= others
        return found | self._held(policy)

    def like(
        self,
        policy: EffectivePolicy,
        other: Bits,
        names: Iterable[bytes],
        categories: frozenset[str],
    ) -> Bits:
        """Return the bits of *policy*, which differs from the one with the bits *other* in little.

        It is about *names*, all that lies below them, and what lists have in *categories*.
        """
        touched = self._touched(names)
        for kind, bits in self._kinds.items() if categories else ():
            if any(
                not categories.isdisjoint(listed)
                for listed in kind
                if isinstance(listed, frozenset)
            ):
                touched |= bits
        questions = (1 << len(self._asked)) - 1
        return other & questions & ~touched | self._blocked(touched, policy) | self._held(policy)

    def verdict(self, bit: int, policy: EffectivePolicy) -> Verdict:
        """Return what *policy* makes of the question of *bit*."""
        engine = (bit - len(self._asked)) // 2
        return judge(self._asked[bit] if engine < 0 else self._engines_asked[engine], policy)

    def is_of_engine(self, bit: int) -> bool:
        """Whether *bit* says to what an engine is held, and not whether it may be asked."""
        return bit >= len(self._asked)

    def words(self, bit: int, cause: str) -> str:
        """Return in words that the question of *bit* gets through, which *cause* does not let."""
        engine = (bit - len(self._asked)) // 2
        if engine < 0:
            return f"{self._whats[bit]} is open, which {cause} blocks"
        return f"{to_text(self._engines[engine].names[0])} is not held to {cause}"

    def _kind(self, asked: Asked) -> _Kind:
        """Return what tells *asked* from other questions that no table of people holds."""
        house = self._house
        is_sealed = house.sealed is not None and house.sealed.covers(asked.suffixes)
        if is_sealed or not house.kept.isdisjoint(asked.suffixes):
            return (asked.name,)
        return tuple(claimed.categories for claimed in asked.claimed())

    def _touched(self, names: Iterable[bytes]) -> Bits:
        touched = 0
        for name in names:
            touched |= self._below.get(name, 0)
        return touched

    def _blocked(self, bits: Bits, policy: EffectivePolicy) -> Bits:
        found = 0
        for number in each_bit(bits):
            if self._blocks(number, policy):
                found |= 1 << number
        return found

    def _blocks(self, number: int, policy: EffectivePolicy) -> bool:
        return judge(self._asked[number], policy).closes_for_others

    def _held(self, policy: EffectivePolicy) -> Bits:
        found, bit = 0, 1 << len(self._asked)
        for engine, asked in zip(self._engines, self._engines_asked, strict=True):
            action = judge(asked, policy).action
            wish = policy.safe_search.get(engine.kind)
            is_strict = wish is not None and wish.mode is SafeMode.STRICT
            if action is Action.BLOCK or (action is Action.REWRITE and is_strict):
                found |= bit | bit << 1
            elif action is Action.REWRITE:
                found |= bit
            bit <<= 2
        return found


def each_bit(bits: Bits) -> Iterator[int]:
    """Yield the numbers of those that are set in *bits*, the lowest first."""
    while bits:
        number = _lowest(bits)
        yield number
        bits &= bits - 1


def _lowest(bits: Bits) -> int:
    return (bits & -bits).bit_length() - 1
