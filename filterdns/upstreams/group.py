"""Which upstream is asked, and when the next one: in the order of the config, by health.

The order of one question: upstreams that are up, and those whose time to be tried again has come,
as the config has them; then those that are down, because a late answer beats none. SERVFAIL,
REFUSED and the like send the question on, too; the first such answer is given if nobody has a
better one. (Where one upstream validates and the next does not, that undoes the validation: mix
them and you have none.)
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from filterdns.descriptors import Shortage
from filterdns.dns.question import Question
from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.health import State
from filterdns.upstreams.member import USUAL_PATIENCE, Member, Patience
from filterdns.upstreams.probe import PROBE_SUFFIX, ProbeNames
from filterdns.upstreams.stream import StreamUpstream
from filterdns.upstreams.turns import Turns
from filterdns.upstreams.udp import UdpUpstream
from filterdns.upstreams.upstream import Asks, Counters, Tell, Upstream


class UpstreamStatus(NamedTuple):
    """One upstream for display; *why* is the last error, though it may be over."""

    name: str
    state: State
    failures: int
    rtt_ms: float
    why: str


def make_group(servers: Sequence[tuple[str, int, str]], probe_key: bytes = b"") -> "Group":
    """Return the group for *servers*: (numeric address, port, "udp" or "tcp").

    Workers that share their listeners share *probe_key*, too. To be called inside a running loop.
    """
    return Group([_make_upstream(*server) for server in servers], probe_key)


class Group(Asks):
    """Several upstreams that stand in for each other. Owns them and closes them."""

    def __init__(
        self,
        upstreams: Sequence[Upstream],
        probe_key: bytes = b"",
        patience: Patience = USUAL_PATIENCE,
    ) -> None:
        self._members = [Member(upstream, patience) for upstream in upstreams]
        self._probe_names = ProbeNames(probe_key)
        self._clock = asyncio.get_running_loop().time
        self._shortage = Shortage()

    @property
    def counters_by_name(self) -> dict[str, Counters]:
        """What happened with each upstream so far."""
        return {member.upstream.name: member.upstream.counters for member in self._members}

    def ask(self, question: Question, deadline: float, tell: Tell) -> None:
        """Ask one upstream after the other until one has an answer; see `Asks.ask`.

        Equal questions at once would give a forger one chance more each (RFC 5452 section 5): who
        asks here merges them.
        """
        now = self._clock()
        Turns(self._turns(now), question, deadline, tell, self._shortage).take(now)

    async def probe(self) -> None:
        """Find upstreams that lead back to us: they are not asked until a later probe is silent.

        Meant for the start and every hour; takes seconds where upstreams are slow.
        """
        for member in self._members:
            await member.probe(self._probe_names, self._clock)

    def is_own_probe(self, name: bytes) -> bool:
        """Whether the canonical *name* of a question that we hear is one of our own probes.

        Then the upstream that it was sent to is taken out, whichever worker sent it. Answer such a
        question with REFUSED, which nobody caches. Cheap for names not below `PROBE_SUFFIX`.
        """
        if not name.endswith(PROBE_SUFFIX):
            return False
        now = self._clock()
        for member in self._members:
            if self._probe_names.is_ours(name, member.upstream.name, now):
                member.hear_probe(now)
                return True
        return False

    def status(self) -> tuple[UpstreamStatus, ...]:
        """Return how each upstream does, in the order of the config."""
        return tuple(
            UpstreamStatus(
                member.upstream.name,
                member.health.state,
                member.health.failures,
                round(member.upstream.rtt_seconds * 1000, 1),
                member.health.last_error,
            )
            for member in self._members
        )

    async def close(self) -> None:
        """Close all upstreams; may be called twice."""
        for member in self._members:
            await member.close()

    def _turns(self, now: float) -> list[Member]:
        """Whom to ask, in this order; never those that lead back to us."""
        for member in self._members:
            if member.health.state is not State.UP:
                break
        else:  # the usual case, worth a microsecond for every question
            return self._members
        due = [member for member in self._members if member.health.is_due(now)]
        down = [member for member in self._members if member.health.state is State.DOWN]
        return due + [member for member in down if member not in due]


def _make_upstream(host: str, port: int, transport: str) -> Upstream:
    endpoint = Endpoint(host, port)
    return StreamUpstream(endpoint) if transport == "tcp" else UdpUpstream(endpoint)
