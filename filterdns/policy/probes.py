"""Names that show what policies differ in.

Those that their rules mention, a made-up name for each category, and one that nothing mentions.
Of each engine that one of them holds to safe results, the name that is best known.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, NamedTuple

from filterdns.dns import codes
from filterdns.dns.names import MAX_NAME_LENGTH, from_text, to_text
from filterdns.policy.asked import Asked, Claimed
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.house import House
from filterdns.policy.restriction import Blocked


class ProbeKind(Enum):
    """What a probe stands for."""

    EVERYTHING = "everything"
    CATEGORY = "category"
    NAME = "name"


class Probe(NamedTuple):
    """A name to ask about, in place of *what*: a category, a name and all below it, or the rest.

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


def probes(*policies: EffectivePolicy) -> Iterator[Probe]:
    """Yield what to ask under *policies* to see each of their differences."""
    all_of_them = [member for policy in policies for member in policy.members or (policy,)]
    yield Probe(ProbeKind.EVERYTHING, ANY_OTHER, _PROBE, claimed=())
    for category in sorted({category for one in all_of_them for category in _categories(one)}):
        claimed = (Claimed(_PROBE, frozenset({category})),)
        yield Probe(ProbeKind.CATEGORY, category, _PROBE, claimed)
    for name in sorted({name for one in all_of_them for name in _names(one)}):
        what = to_text(name)
        yield Probe(ProbeKind.NAME, what, name)
        if len(name) + len(_PROBE_LABEL) <= MAX_NAME_LENGTH:
            yield Probe(ProbeKind.NAME, what, _PROBE_LABEL + name)
    for name in dict.fromkeys(name for one in policies for name in _engine_names(one)):
        yield Probe(ProbeKind.NAME, to_text(name), name)


_PROBE: Final = from_text("name-that-nothing-mentions.example")
_PROBE_LABEL: Final = b"\x05probe"


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


def _engine_names(policy: EffectivePolicy) -> Iterator[bytes]:
    for engine in policy.house.engines.values():
        if engine.names[0] in policy.rewrites:
            yield engine.names[0]


def _blocked(policy: EffectivePolicy) -> Iterator[Blocked]:
    yield policy.bypass
    yield policy.blocked
    for restriction in policy.place + policy.schedule:
        yield restriction.blocked
