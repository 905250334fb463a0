"""Names that show what policies differ in.

Those that their rules mention, a made-up name for each category, and one that nothing mentions.
Of each engine that one of them holds to safe results, the name that is best known. What they do to
an answer has probes of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import MAX_NAME_LENGTH, from_text, to_text
from filterdns.policy.asked import Asked, Claimed
from filterdns.policy.bypass import CHECK_NAMES
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.restriction import Blocked
from filterdns.policy.ruleset import Person, PolicyRules, Ruleset, Selection


class ProbeKind(Enum):
    """What a probe stands for."""

    EVERYTHING = "everything"
    CATEGORY = "category"
    NAME = "name"
    ANSWER = "answer"


class Probe(NamedTuple):
    """A name to ask about, in place of *what*: a category, a name and all below it, or the rest.

    Or it is a part of an answer to that name.
    *claimed* is what lists say of a name that is made up; None asks the lists.
    """

    kind: ProbeKind
    what: str
    name: bytes
    claimed: Sequence[Claimed] | None = None

    def asked(self, house: House) -> Asked:
        """Return the question in *house*."""
        return Asked(self.name, codes.A, house, claimed=self.claimed)


ANY_OTHER: Final = "any other name"
ECH_KEYS: Final = "keys for Encrypted ClientHello"
PRIVATE: Final = "private addresses"


def probes(*policies: EffectivePolicy) -> Iterator[Probe]:
    """Yield what to ask under *policies* to see each of their differences."""
    all_of_them = [member for policy in policies for member in policy.members or (policy,)]
    yield from _probes(
        {category for one in all_of_them for category in _categories(one)},
        {name for one in all_of_them for name in mentioned_names(one)},
    )
    for name in dict.fromkeys(name for one in policies for name in _engine_names(one)):
        yield Probe(ProbeKind.NAME, to_text(name), name)


def probes_of_all(ruleset: Ruleset, house: House) -> Iterator[Probe]:
    """Yield what to ask to see each difference that there ever is among the people of *ruleset*."""
    written: list[PolicyRules | Person] = [*ruleset.policies.values(), *ruleset.people.values()]
    selections = [each for one in written for each in selections_of(one)]
    names = {name for each in selections for name in names_of(each, house)}
    categories = {category for each in selections for category in each.categories}
    kinds = {kind for one in written for kind in _bypass_kinds(one)}
    names.update(from_text(text) for kind in kinds for text in CHECK_NAMES.get(kind, ()))
    yield from _probes((categories | kinds) & house.fed_categories, names)
    for engine in house.engines.values():
        yield Probe(ProbeKind.NAME, to_text(engine.names[0]), engine.names[0])


def selections_of(written: PolicyRules | Person) -> Iterator[Selection]:
    """Yield all that *written* allows, blocks or spares, at any time."""
    yield from (written.allow, written.block)
    for entry in written.during:
        yield from (entry.block, entry.exempt)
        if entry.allow_only is not None:
            yield entry.allow_only


def names_of(selection: Selection, house: House) -> Iterator[bytes]:
    """Yield the names that *selection* has itself, by its services and by its categories."""
    yield from selection.names
    yield from selection.parts
    for service in selection.services:
        yield from house.services.get(service, ())
    for category in selection.categories:
        yield from house.names_by_category.get(category, ())


def mentioned_names(policy: EffectivePolicy) -> Iterator[bytes]:
    """Yield the names that the tables of *policy*, which has no members, hold."""
    yield from policy.names
    for blocked in _blocked(policy):
        yield from blocked.verdict_by_name
    for restriction in policy.place + policy.schedule:
        for spared, _ in restriction.closed:
            yield from spared.names


def _probes(categories: Iterable[str], names: Iterable[bytes]) -> Iterator[Probe]:
    yield Probe(ProbeKind.EVERYTHING, ANY_OTHER, _PROBE, claimed=())
    for category in sorted(categories):
        claimed = (Claimed(_PROBE, frozenset({category})),)
        yield Probe(ProbeKind.CATEGORY, category, _PROBE, claimed)
    for name in sorted(names):
        what = to_text(name)
        yield Probe(ProbeKind.NAME, what, name)
        if len(name) + len(_PROBE_LABEL) <= MAX_NAME_LENGTH:
            yield Probe(ProbeKind.NAME, what, _PROBE_LABEL + name)


def _bypass_kinds(written: PolicyRules | Person) -> Iterator[str]:
    if isinstance(written, PolicyRules):
        yield from written.bypass
    for entry in written.during:
        yield from entry.bypass


def answer_probes(*policies: EffectivePolicy) -> Iterator[Probe]:
    """Yield the parts of answers that *policies* may treat differently, whatever lists say."""
    yield Probe(ProbeKind.ANSWER, ECH_KEYS, _PROBE)
    yield Probe(ProbeKind.ANSWER, f"{PRIVATE} from outside", _PROBE)
    members = [member for policy in policies for member in policy.members or (policy,)]
    guards = [member.rebinding for member in members if member.rebinding is not None]
    for name in sorted({name for guard in guards for name in guard.allowed}):
        yield Probe(ProbeKind.ANSWER, f"{PRIVATE} of {to_text(name)}", name)


_PROBE: Final = from_text("name-that-nothing-mentions.example")
_PROBE_LABEL: Final = b"\x05probe"


def _categories(policy: EffectivePolicy) -> Iterator[str]:
    for blocked in _blocked(policy):
        yield from blocked.verdict_by_category
    for restriction in policy.place + policy.schedule:
        for spared, _ in restriction.closed:
            yield from spared.categories


def _engine_names(policy: EffectivePolicy) -> Iterator[bytes]:
    for engine in policy.house.engines.values():
        if engine.names[0] in policy.rewrites:
            yield engine.names[0]


def _blocked(policy: EffectivePolicy) -> Iterator[Blocked]:
    yield policy.bypass
    yield policy.blocked
    for restriction in policy.place + policy.schedule:
        yield restriction.blocked
