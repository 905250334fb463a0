"""Whether one asker may do more than another, found with names that show it.

Both are asked about names that their rules mention, a made-up name for each category, and one that
nothing mentions. So each difference that is told is one that a child could use.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from filterdns.dns import codes
from filterdns.dns.names import MAX_NAME_LENGTH, from_text, to_text
from filterdns.policy.asked import Asked, Claimed
from filterdns.policy.client import Identity
from filterdns.policy.decide import judge
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.restriction import Blocked
from filterdns.policy.ruleset import Holidays, Ruleset
from filterdns.policy.schedule import is_holiday
from filterdns.policy.verdict import Action


class LaxerMoment(NamedTuple):
    """A moment (Unix seconds) at which somebody may do more than *than*, and in which ways."""

    at: float
    than: Identity
    ways: tuple[str, ...]


def laxer_than(policy: EffectivePolicy, other: EffectivePolicy) -> tuple[str, ...]:
    """Return in words what *policy* lets through and *other* does not; empty where there is none.

    Both must come from one store. Who answers how, and what is logged, is not compared.
    """
    ways = []
    for what, asked in _probes(policy, other):
        theirs = judge(asked, other)
        if theirs.action is Action.BLOCK and judge(asked, policy).action is not Action.BLOCK:
            rule = theirs.rule
            cause = f"{rule.schedule}: {rule.text}" if rule.schedule else rule.text
            ways.append(f"{what} is open, which {theirs.row} {cause} blocks")
    return tuple(dict.fromkeys(ways))


def first_laxer_moment(
    policies: EffectivePolicies, asker: Identity, other: Identity, now: float
) -> LaxerMoment | None:
    """Return the first of the typical moments at which *asker* may do more than *other*."""
    return next(laxer_moments(policies, asker, [other], now), None)


def laxer_moments(
    policies: EffectivePolicies, asker: Identity, others: Iterable[Identity], now: float
) -> Iterator[LaxerMoment]:
    """Yield for each of *others* the first typical moment at which *asker* may do more.

    Looks at every change in a week without holidays, and around both ends of each range of
    holidays and each date of a schedule in the year from *now* (Unix seconds).
    """
    spans = _typical_spans(policies.ruleset, now)
    known: dict[tuple[bytes, bytes], tuple[str, ...]] = {}
    for other in others:
        for at, mine, theirs in _changes(policies, asker, other, spans):
            pair = (mine.rules_key, theirs.rules_key)
            if pair not in known:
                known[pair] = laxer_than(mine, theirs)
            if known[pair]:
                yield LaxerMoment(at, other, known[pair])
                break


def _changes(
    policies: EffectivePolicies,
    asker: Identity,
    other: Identity,
    spans: Sequence[tuple[float, float]],
) -> Iterator[tuple[float, EffectivePolicy, EffectivePolicy]]:
    """Yield each moment in *spans* from which the two policies hold together."""
    for start, end in spans:
        at = start
        while at < end:
            mine, theirs = policies.policy_for(asker, at), policies.policy_for(other, at)
            yield at, mine, theirs
            at = min(mine.valid_until, theirs.valid_until)


_PROBE: Final = from_text("name-that-nothing-mentions.example")
_PROBE_LABEL: Final = b"\x05probe"


def _probes(policy: EffectivePolicy, other: EffectivePolicy) -> Iterator[tuple[str, Asked]]:
    house = policy.house
    both = [*(policy.members or (policy,)), *(other.members or (other,))]
    yield "any other name", Asked(_PROBE, codes.A, house, claimed=())
    for category in sorted({category for one in both for category in _categories(one)}):
        claimed = (Claimed(_PROBE, frozenset({category})),)
        yield category, Asked(_PROBE, codes.A, house, claimed=claimed)
    for name in sorted({name for one in both for name in _names(one)}):
        what = to_text(name)
        yield what, Asked(name, codes.A, house)
        if len(name) + len(_PROBE_LABEL) <= MAX_NAME_LENGTH:
            yield what, Asked(_PROBE_LABEL + name, codes.A, house)


def _categories(policy: EffectivePolicy) -> Iterator[str]:
    for blocked in _blocked(policy):
        yield from blocked.verdict_by_category
    for restriction in policy.place + policy.schedule:
        for spared, _ in restriction.closed:
            yield from spared.categories


def _names(policy: EffectivePolicy) -> Iterator[bytes]:
    yield from policy.names
    for blocked in _blocked(policy):
        yield from blocked.verdict_by_name
    for restriction in policy.place + policy.schedule:
        for spared, _ in restriction.closed:
            yield from spared.names


def _blocked(policy: EffectivePolicy) -> Iterator[Blocked]:
    yield policy.bypass
    yield policy.blocked
    for restriction in policy.place + policy.schedule:
        yield restriction.blocked


_DAYS_AHEAD: Final = 366
_WEEK_DAYS: Final = 8  # seven nights and the day after the last


def _typical_spans(ruleset: Ruleset, now: float) -> list[tuple[float, float]]:
    zone = ZoneInfo(ruleset.timezone)
    today = datetime.fromtimestamp(now, zone).toordinal()
    week = next(
        (day for day in range(today, today + _DAYS_AHEAD) if _is_plain_week(day, ruleset)), today
    )
    spans = [(week, week + _WEEK_DAYS)]
    spans += [
        (turn - 1, turn + 2) for turn in _turns(ruleset) if today <= turn < today + _DAYS_AHEAD
    ]
    return [(_midnight(first, zone), _midnight(last, zone)) for first, last in dict.fromkeys(spans)]


def _midnight(day: int, zone: ZoneInfo) -> float:
    return datetime.combine(date.fromordinal(day), time.min, zone).timestamp()


def _is_plain_week(first: int, ruleset: Ruleset) -> bool:
    days = range(first - 1, first + _WEEK_DAYS + 1)
    return not any(is_holiday(day, each) for each in _calendars(ruleset) for day in days)


def _calendars(ruleset: Ruleset) -> set[Holidays]:
    """Return the holidays of the house, and of all people and places that have others."""
    own = {person.holidays for person in ruleset.people.values()}
    own |= {place.holidays for place in ruleset.places.values()}
    return {ruleset.holidays, *(holidays for holidays in own if holidays is not None)}


def _turns(ruleset: Ruleset) -> Iterator[int]:
    """Yield the days around which a week is not like others, as proleptic ordinals."""
    for holidays in _calendars(ruleset):
        for first, last in holidays:
            yield first
            yield last + 1
    schedules = [*ruleset.schedules.values()]
    for person in ruleset.people.values():
        schedules.extend(person.schedules.values())
    for schedule in schedules:
        for text in schedule.dates:
            yield date.fromisoformat(text).toordinal()
