"""What a worker keeps about one source address: the first look-up of every query.

A slot holds the effective policy of whoever is behind the address and its memo, the tokens of the
rate limit, and the hits that the log will get. The table is bounded; the slots that were asked for
least recently go first.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from filterdns.clock_steps import Step
from filterdns.policy.client import Identifier, Identity
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.verdict import LogMode
from filterdns.resolver.image import Limits
from filterdns.resolver.memo import Memo, Memos
from filterdns.resolver.record import MAX_NAMES_PER_HOUR, Cause, Hit, Row, row

QUIET_SECONDS: Final = 600  # after a lifeline, blocked names of the client are not written down
MAX_HITS_PER_SLOT: Final = 1000
MAX_DEPARTED_ROWS: Final = 10_000
_SECOND_TURNS: Final = 16
_HOUR_SECONDS: Final = 3600


class ClientSlot:
    """One source address. *tokens* may be taken without asking; below 0 the limit is asked.

    *tokens_at_turn* is how many there were when the slot was last spared from being let go of.
    *is_full* says that no other hit finds room until the next rows are taken.
    """

    __slots__ = (
        "address",
        "generation",
        "hits",
        "hour",
        "identity",
        "in_flight",
        "is_allowed",
        "is_full",
        "memo",
        "names",
        "policy",
        "quiet_until",
        "refilled_at",
        "spare_tokens",
        "tokens",
        "tokens_at_turn",
        "valid_from",
        "valid_until",
    )

    def __init__(
        self, address: str, identity: Identity, policy: EffectivePolicy, memo: Memo, now: float
    ) -> None:
        self.address = address
        self.identity = identity
        self.policy = policy
        self.memo = memo
        self.is_allowed = False
        self.is_full = False
        self.generation = 0
        self.valid_from = self.valid_until = now
        self.tokens = self.spare_tokens = self.tokens_at_turn = 0
        self.refilled_at = now
        self.in_flight = 0
        self.hits: dict[tuple[bytes, Cause], Hit] = {}
        self.hour = 0
        self.names: set[bytes] = set()
        self.quiet_until = 0.0  # steady seconds: a clock that is set must not end it


class ClientSlots:
    """All slots of a worker, under the ruleset in force.

    *is_allowed* tells for an address whether it may ask at all, *steady* is a clock that nobody can
    set. A slot is current while its generation is the table's and its policy holds; every look-up
    has to check both. While the time is not known, hits stay here: nobody could say when they were.
    """

    def __init__(
        self,
        identifier: Identifier,
        policies: EffectivePolicies,
        memos: Memos,
        limits: Limits,
        is_allowed: Callable[[str], bool],
        steady: Callable[[], float],
        *,
        is_time_known: bool = True,
    ) -> None:
        self.generation = 1
        self.memos = memos
        self.limits = limits
        self.slot_by_address: OrderedDict[str, ClientSlot] = OrderedDict()
        self._identifier = identifier
        self._policies = policies
        self.is_allowed = is_allowed
        self.is_time_known = is_time_known
        self._steady = steady
        self._with_hits: set[ClientSlot] = set()
        self._departed: list[Row] = []
        self.dropped_rows = 0

    def __len__(self) -> int:
        return len(self.slot_by_address)

    def replace_ruleset(
        self, identifier: Identifier, policies: EffectivePolicies, limits: Limits
    ) -> None:
        """Let *policies* decide from the next query on; every slot is renewed when it is used."""
        self._identifier = identifier
        self._policies = policies
        self.limits = limits
        self.memos.limit_bytes = limits.memo_bytes
        self.memos.unlink()
        self.forget_validity()

    def forget_validity(self) -> None:
        """Have every slot renewed: rules, networks or the clock have changed under them."""
        self.generation += 1

    def know_time(self) -> None:
        """Decide by the time from now on: it is known."""
        self.is_time_known = True
        self.memos.unlink()
        self.forget_validity()

    def move_hits(self, step: Step) -> None:
        """Take all that is counted as happened when it did: the clock was wrong until *step*."""
        for slot in self._with_hits:
            for hit in slot.hits.values():
                hit.first_seen = step.corrected(hit.first_seen)
                hit.last_seen = step.corrected(hit.last_seen)
        self._departed = [
            (*each[:6], int(step.corrected(each[6])), int(step.corrected(each[7])), each[8])
            for each in self._departed
        ]

    def slot_for(self, address: str, now: float) -> ClientSlot:
        """Return the slot of *address* as it is to be used at *now*."""
        slot = self.slot_by_address.get(address)
        if slot is None:
            slot = self._add(address, now)
        elif slot.generation == self.generation and slot.valid_from <= now < slot.valid_until:
            return slot
        self._renew(slot, now)
        return slot

    def renewed(self, slot: ClientSlot, now: float) -> ClientSlot:
        """Return *slot*, or what stands for its address now if it is not current at *now*."""
        if slot.generation == self.generation and slot.valid_from <= now < slot.valid_until:
            return slot
        return self.slot_for(slot.address, now)

    def has_token(self, slot: ClientSlot, now: float) -> bool:
        """Refill the tokens of *slot* and take one; False where none is left.

        Between two refills at most *burst* are taken, so the bound is burst plus rate times time.
        """
        burst, rate = self.limits.burst, self.limits.queries_per_second
        if now < slot.refilled_at:  # the clock was set back, by nobody's fault: all begin anew
            slot.refilled_at = now
            slot.tokens = burst - 1
            return True
        refill = min(burst, int((now - slot.refilled_at) * rate))
        if refill <= 0:
            slot.tokens = -1
            slot.tokens_at_turn = 0  # another number: whoever is over the limit is in use
            return False
        # What is left of a token counts next time; what exceeds the burst is gone.
        slot.refilled_at = max(slot.refilled_at + refill / rate, now - 1 / rate)
        slot.tokens = refill - 1
        slot.spare_tokens = min(_spare_tokens(burst), slot.spare_tokens + refill)
        return True

    def has_spare_token(self, slot: ClientSlot) -> bool:
        """Take one of the few tokens for answers that say "ask over TCP" (TC) before silence.

        They refill with the others and no faster: a flood is met with silence.
        """
        if slot.spare_tokens <= 0:
            return False
        slot.spare_tokens -= 1
        return True

    def note_hit(self, slot: ClientSlot, name: bytes, cause: Cause, now: float) -> None:
        """Count a question of the client behind *slot*: *name* was blocked for *cause*."""
        hit = slot.hits.get((name, cause))
        if hit is None:
            if slot.policy.log is LogMode.NONE:
                return
            name = self._bounded(slot, name, cause, now)
            hit = slot.hits.get((name, cause))
        if hit is not None:
            hit.count += 1
            hit.last_seen = now
        elif len(slot.hits) < MAX_HITS_PER_SLOT:
            slot.hits[name, cause] = Hit(now)
            self._with_hits.add(slot)
        else:
            slot.is_full = True
            self.dropped_rows += 1

    def note_lifeline(self, slot: ClientSlot) -> None:
        """From now on count the client's blocked questions without names, for ten minutes."""
        self._depart(slot)
        slot.quiet_until = self._steady() + QUIET_SECONDS

    def take_rows(self) -> Iterator[Row]:
        """Yield all rows since the last call and begin anew; a slow caller holds up nobody.

        None while the time is not known.
        """
        if not self.is_time_known:
            return
        departed, self._departed = self._departed, []
        yield from departed
        slots, self._with_hits = self._with_hits, set()
        for slot in slots:
            hits, slot.hits = slot.hits, {}
            slot.is_full = False
            yield from _rows(slot, hits)

    def _add(self, address: str, now: float) -> ClientSlot:
        while len(self.slot_by_address) >= max(1, self.limits.client_slots):
            self._evict()
        identity = self._identifier.identify(address)
        policy = self._policy_for(identity, now)
        slot = ClientSlot(address, identity, policy, self.memos.memo_for(policy), now)
        slot.tokens = self.limits.burst
        slot.tokens_at_turn = slot.tokens - 1
        slot.spare_tokens = _spare_tokens(self.limits.burst)
        self.slot_by_address[address] = slot
        return slot

    def _renew(self, slot: ClientSlot, now: float) -> None:
        if slot.generation != self.generation:
            identity = self._identifier.identify(slot.address)
            if identity != slot.identity:
                self._depart(slot)
                slot.identity = identity
            slot.is_allowed = self.is_allowed(slot.address)
            slot.generation = self.generation
        policy = self._policy_for(slot.identity, now)
        if policy.log is not slot.policy.log:
            self._depart(slot)  # what is counted under `log: blocked` may not go on under `none`
        slot.policy = policy
        slot.memo = self.memos.memo_for(policy)
        slot.valid_from = policy.valid_from
        slot.valid_until = policy.valid_until

    def _policy_for(self, identity: Identity, now: float) -> EffectivePolicy:
        return self._policies.policy_for(identity, now, is_time_known=self.is_time_known)

    def _evict(self) -> None:
        """Let go of the slot that came first, unless it is in use: then it gets a second turn.

        In use is who has taken a token since its last turn, or a second one since it came: who
        floods us from thousands of addresses once each pushes out nobody but himself.
        """
        slots = self.slot_by_address
        for _ in range(_SECOND_TURNS):
            address, slot = next(iter(slots.items()))
            if slot.tokens == slot.tokens_at_turn and not slot.in_flight:
                break
            slot.tokens_at_turn = slot.tokens
            slots.move_to_end(address)
        else:
            address, slot = next(iter(slots.items()))
        del slots[address]
        self._depart(slot)

    def _depart(self, slot: ClientSlot) -> None:
        """Keep the hits of *slot* as rows: the slot goes, or somebody else is behind it."""
        rows = list(_rows(slot, slot.hits))
        room = MAX_DEPARTED_ROWS - len(self._departed)
        self._departed += rows[:room]
        self.dropped_rows += max(0, len(rows) - room)
        slot.hits = {}
        slot.is_full = False
        self._with_hits.discard(slot)

    def _bounded(self, slot: ClientSlot, name: bytes, cause: Cause, now: float) -> bytes:
        """Return *name* as it may be written down: see `policy.md` on privacy and floods."""
        if slot.quiet_until and self._steady() < slot.quiet_until:
            return b""
        hour = int(now) // _HOUR_SECONDS
        if hour != slot.hour:
            slot.hour = hour
            slot.names = set()
        if name not in slot.names:
            if len(slot.names) >= MAX_NAMES_PER_HOUR:
                return cause.listed(name)
            slot.names.add(name)
        return name


def _spare_tokens(burst: int) -> int:
    return max(1, burst // 10)


def _rows(slot: ClientSlot, hits: dict[tuple[bytes, Cause], Hit]) -> Iterator[Row]:
    identity = slot.identity
    device = identity.device or slot.address
    for (name, cause), hit in hits.items():
        yield row(identity.person, device, name, cause, hit)
