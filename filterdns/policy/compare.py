"""Whether somebody may do more than others, when, and in which ways, found with names that show it.

All are asked about names that rules mention, a made-up name for each category, and one that
nothing mentions. So each difference that is told is one that a child could use. Time is swept once
for everybody: a moment costs as much as there are people whose windows open or close at it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import itemgetter, or_
from typing import NamedTuple

from filterdns.policy.house import House
from filterdns.policy.measuring import Measuring, rules_content
from filterdns.policy.ruleset import Person, Ruleset
from filterdns.policy.strictness import Bits, each_bit
from filterdns.policy.timeline import Span, Timelines
from filterdns.policy.typical_days import typical_spans


class LaxerMoment(NamedTuple):
    """The first moment (Unix seconds) at which *asker* may do more than *than*, and in which ways.

    *ways* are found as they are read; that has to be before the next moment is asked for.
    """

    at: float
    asker: Person
    than: Person
    ways: Iterator[str]


def laxer_moments(
    ruleset: Ruleset, house: House, askers: Iterable[Person], others: Iterable[Person], now: float
) -> Iterator[LaxerMoment]:
    """Yield for each of *askers* the first typical moment at which one of *others* may do less.

    Looks at every change in a week without holidays, and around both ends of each range of
    holidays and each date of a schedule in the year from *now* (Unix seconds). Who answers how, and
    what is logged, is not compared. Nobody is in a place.
    """
    comparing = _Comparing(ruleset, house, askers, others)
    for span in typical_spans(ruleset, now):
        yield from comparing.within(span)


@dataclass(slots=True, eq=False)
class _Party:
    """Somebody who is compared with others, or with whom others are.

    Equal *content* means equal rules while the same windows are open. *waits* is whether nobody has
    been found yet who may do less.
    """

    person: Person
    content: bytes
    waits: bool
    is_other: bool


class _Comparing:
    def __init__(
        self, ruleset: Ruleset, house: House, askers: Iterable[Person], others: Iterable[Person]
    ) -> None:
        self._ruleset = ruleset
        self._measuring = Measuring(ruleset, house)
        asking = {id(person): person for person in askers}
        than = {id(person): person for person in others}
        self._parties = [
            _Party(person, rules_content(person), key in asking, key in than)
            for key, person in (than | asking).items()
        ]

    def within(self, span: Span) -> Iterator[LaxerMoment]:
        """Yield the moments within *span* of all who still wait for theirs."""
        crowd = _Crowd()
        for at, changes in groupby(self._changes(span), itemgetter(0)):
            for _, number, is_open in changes:
                party = self._parties[number]
                crowd.put(party, self._measuring.bits(party.person, party.content, is_open, at))
            for party, lacking in crowd.take_lax():
                than = crowd.first_with(next(each_bit(lacking)))
                yield LaxerMoment(at, party.person, than, self._ways(crowd, lacking, at))
            if not crowd.waiting:
                return

    def _changes(self, span: Span) -> list[tuple[float, int, int]]:
        """Return each change as its moment, the number of the party, and what is open then."""
        timelines = Timelines(self._ruleset, span)
        return sorted(
            (at, number, is_open)
            for number, party in enumerate(self._parties)
            if party.waits or party.is_other
            for at, is_open in timelines.of(party.person)
        )

    def _ways(self, crowd: "_Crowd", lacking: Bits, at: float) -> Iterator[str]:
        told = set()
        for bit in each_bit(lacking):
            words = self._measuring.words(bit, crowd.first_with(bit), at)
            if words and words not in told:
                told.add(words)
                yield words


class _Crowd:
    """All who are compared at one moment. *waiting* are those not found to be laxer, by their bits.

    What is looked at is not everybody but what has become different. `_most` are the bits of
    everybody with whom is compared, or more; whoever waits has all of them. So whatever becomes
    less strict, nobody else has to be looked at.
    """

    def __init__(self) -> None:
        self.waiting: dict[Bits, dict[_Party, None]] = {}
        self._bits: dict[_Party, Bits] = {}
        self._present: Counter[Bits] = Counter()
        self._most: Bits = 0
        self._to_check: set[Bits] = set()

    def put(self, party: _Party, bits: Bits) -> None:
        """Let *party* have *bits* from now on."""
        before = self._bits.get(party)
        self._bits[party] = bits
        if party.waits:
            if before is not None:
                self._wait_no_more(party, before)
            self.waiting.setdefault(bits, {})[party] = None
            self._to_check.add(bits)
        if party.is_other:
            self._present[bits] += 1
            if before is not None:
                self._present[before] -= 1
                if not self._present[before]:
                    del self._present[before]
            if bits & ~self._most:
                self._most |= bits
                self._to_check |= self.waiting.keys()

    def take_lax(self) -> Iterator[tuple[_Party, Bits]]:
        """Yield all who wait and lack bits that others have now, with these; they wait no more."""
        to_check, self._to_check = self._to_check & self.waiting.keys(), set()
        if not any(self._most & ~bits for bits in to_check):
            return
        self._most = reduce(or_, self._present, 0)
        for bits in to_check:
            lacking = self._most & ~bits
            for party in [*self.waiting[bits]] if lacking else ():
                party.waits = False
                self._wait_no_more(party, bits)
                yield party, lacking

    def first_with(self, bit: int) -> Person:
        """Return the first of all others who has *bit*."""
        return next(
            party.person for party, bits in self._bits.items() if party.is_other and bits >> bit & 1
        )

    def _wait_no_more(self, party: _Party, bits: Bits) -> None:
        alike = self.waiting[bits]
        del alike[party]
        if not alike:
            del self.waiting[bits]
