"""The slots of all source addresses: the first look-up of every query.

The table is bounded; the slots that were asked for least recently go first.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from filterdns.dns.names import to_text
from filterdns.policy.address import Address, Networks, read_address
from filterdns.policy.client import Doubt, Identifier, Identity, Owner
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.policies import EffectivePolicies
from filterdns.resolver.bindings import NO_MAC, Bindings
from filterdns.resolver.client_slot import AskerRow, ClientSlot, Role
from filterdns.resolver.image import Limits
from filterdns.resolver.memo import Memos
from filterdns.resolver.notes import Notes
from filterdns.resolver.record import Row
from filterdns.steps import Steps

_SECOND_TURNS: Final = 16
_ENDLESS: Final = 1 << 60  # tokens: whoever is behind a forwarder has an own bound
_STALE: Final = 0  # before the first generation: all about such a slot is looked at anew


class ClientSlots:
    """All slots of a worker, under the ruleset in force.

    *is_allowed* tells for an address whether it may ask at all, *steady* is a clock that nobody can
    set, *bindings* are those that were known at birth. A slot is current while its generation is
    the table's and its policy holds; every look-up has to check both. What is older is renewed in
    those points only that have changed since, for thousands of clients ask within the same second.
    While the time is not known, hits stay here: nobody could say when they were.
    """

    def __init__(
        self,
        identifier: Identifier,
        policies: EffectivePolicies,
        memos: Memos,
        limits: Limits,
        is_allowed: Callable[[Address], bool],
        steady: Callable[[], float],
        *,
        bindings: Bindings | None = None,
        is_time_known: bool = True,
    ) -> None:
        self.notes = Notes(steady, self._device_of)
        self.generation = self._identifier_since = self._allowed_since = 1
        self.memos = memos
        self.limits = limits
        self.slot_by_address: OrderedDict[str, ClientSlot] = OrderedDict()
        self.identifier = identifier
        self.policies = policies
        self.bindings = Bindings() if bindings is None else bindings
        self._is_allowed = is_allowed
        self._trusted: tuple[str, ...] = ()
        self._forwarders: Networks[bool] = Networks()
        self.is_time_known = is_time_known

    def __len__(self) -> int:
        return len(self.slot_by_address)

    def replace_ruleset(
        self, identifier: Identifier, policies: EffectivePolicies, limits: Limits
    ) -> None:
        """Let *policies* decide from the next query on; every slot is renewed when it is used."""
        self.identifier = identifier
        self.policies = policies
        self.limits = limits
        self.memos.limit_bytes = limits.memo_bytes
        self.memos.unlink()
        self.forget_validity()
        self._identifier_since = self.generation

    def let_in(self, is_allowed: Callable[[Address], bool]) -> None:
        """Let *is_allowed* tell from the next query on who may ask."""
        self._is_allowed = is_allowed
        self.forget_validity()
        self._allowed_since = self.generation

    def trust(self, forwarders: Sequence[str]) -> None:
        """Believe who asks from the networks *forwarders* (CIDR texts) for which device that is.

        Who was trusted until now or is from now on begins with a new slot.
        """
        if tuple(forwarders) == self._trusted:
            return
        self._trusted = tuple(forwarders)
        self._forwarders = Networks()
        for network in forwarders:
            self._forwarders.add(network, True)
        for key, slot in list(self.slot_by_address.items()):
            if slot.role or self._forwarders.holding(slot.source):
                del self.slot_by_address[key]
                self.notes.depart(slot)

    def bind(self, address: str, mac: str) -> None:
        """Let *address* belong to *mac* from the next query on, or to nobody where it is empty.

        Nobody else's slot is touched: devices come and go all the time.
        """
        if self.bindings.put(address, mac):
            slot = self.slot_by_address.get(address)
            if slot is not None:
                slot.generation = _STALE

    def replace_bindings(self, bindings: Bindings) -> Steps[None]:
        """Let *bindings* take the place of those that there are, an address a step."""
        if bindings.links != self.bindings.links:
            self.bindings = Bindings(self.bindings.mac_by_address, bindings.links)
            self.forget_validity()
            self._identifier_since = self.generation
        for address in list(self.bindings.mac_by_address):
            if address not in bindings.mac_by_address:
                self.bind(address, NO_MAC)
            yield
        for address, mac in bindings.mac_by_address.items():
            self.bind(address, mac)
            yield

    def forget_validity(self) -> None:
        """Have every slot renewed: rules, networks or the clock have changed under them."""
        self.generation += 1

    def know_time(self) -> None:
        """Decide by the time from now on: it is known."""
        self.is_time_known = True
        self.memos.unlink()
        self.forget_validity()

    def slot_for(self, address: str, now: float) -> ClientSlot:
        """Return the slot of *address* as it is to be used at *now*."""
        slot = self.slot_by_address.get(address)
        if slot is None:
            return self._add(address, now)
        if slot.generation == self.generation and slot.valid_from <= now < slot.valid_until:
            return slot
        self._renew(slot, now)
        return slot

    def slot_behind(self, forwarder: ClientSlot, mac: str, now: float) -> ClientSlot:
        """Return the slot of the device *mac* behind the *forwarder*'s; empty: it did not tell."""
        slot = self.slot_by_address.get(f"{forwarder.address} {mac}")
        if slot is None:
            return self._add_behind(forwarder, mac, now)
        if slot.generation != self.generation or not slot.valid_from <= now < slot.valid_until:
            self._renew(slot, now)
        return slot

    def renewed(self, slot: ClientSlot, now: float) -> ClientSlot:
        """Return *slot*, or what stands for its client now if it is not current at *now*."""
        if slot.generation == self.generation and slot.valid_from <= now < slot.valid_until:
            return slot
        here = self.slot_for(slot.address, now)
        if here.role is Role.OTHERS and slot.role is Role.BEHIND:
            return self.slot_behind(here, slot.mac, now)
        return here

    def has_token(self, slot: ClientSlot, now: float) -> bool:
        """Refill the tokens of *slot* and take one; False where none is left.

        Between two refills at most *burst* are taken, so the bound is burst plus rate times time.
        """
        burst, rate = self.limits.burst, self.limits.queries_per_second
        if now < slot.refilled_at:  # the clock was set back, by nobody's fault: all begin anew
            slot.refilled_at = now
            slot.granted += burst
            slot.tokens = burst - 1
            return True
        refill = min(burst, int((now - slot.refilled_at) * rate))
        if refill <= 0:
            slot.tokens = -1
            slot.tokens_at_turn = 0  # another number: whoever is over the limit is in use
            return False
        # What is left of a token counts next time; what exceeds the burst is gone.
        slot.refilled_at = max(slot.refilled_at + refill / rate, now - 1 / rate)
        slot.granted += refill
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

    def take_rows(self, now: float) -> Iterator[Row]:
        """Yield the rows of all notes until *now*, once; none while the time is not known."""
        if self.is_time_known:
            yield from self.notes.take_rows(partial(self._settle, now))

    def take_askers(self) -> Iterator[AskerRow]:
        """Yield who has asked since the last call; a slow caller holds up nobody.

        Known by the tokens that were taken, so that no query pays for it.
        """
        for slot in list(self.slot_by_address.values()):
            taken = slot.granted - max(slot.tokens, 0)
            if taken > slot.told:
                checks = tuple(map(to_text, slot.checks))
                yield AskerRow(slot.address, slot.mac, slot.role, taken - slot.told, checks)
                slot.told, slot.checks = taken, frozenset()

    def _add(self, address: str, now: float) -> ClientSlot:
        source = read_address(address)
        if self._trusted and self._forwarders.holding(source):
            return self._add_forwarder(address, source, now)
        identity = self.bindings.identify(address, source, self.identifier)
        policy = self._policy_for(identity, now)
        slot = ClientSlot(address, source, identity, policy, self.memos.memo_for(policy), now)
        return self._put(address, slot)

    def _add_forwarder(self, address: str, source: Address, now: float) -> ClientSlot:
        """Add a slot that finds whom the others behind it are; nobody's tokens, nobody's memo."""
        identity = self.identifier.behind(source, NO_MAC)
        policy = self._policy_for(identity, now)
        memo = self.memos.apart(policy)
        slot = self._put(
            address, ClientSlot(address, source, identity, policy, memo, now, Role.OTHERS)
        )
        slot.granted = slot.tokens = _ENDLESS
        return slot

    def _add_behind(self, forwarder: ClientSlot, mac: str, now: float) -> ClientSlot:
        address, source = forwarder.address, forwarder.source
        identity = self.identifier.behind(source, mac)
        policy = self._policy_for(identity, now)
        memo = self.memos.apart(policy)
        slot = ClientSlot(address, source, identity, policy, memo, now, Role.BEHIND, mac)
        return self._put(f"{address} {mac}", slot)

    def _put(self, key: str, slot: ClientSlot) -> ClientSlot:
        while len(self.slot_by_address) >= max(1, self.limits.client_slots):
            self._evict()
        slot.is_allowed = self._is_allowed(slot.source)
        slot.valid_from, slot.valid_until = slot.policy.valid_from, slot.policy.valid_until
        slot.generation = self.generation
        slot.granted = slot.tokens = self.limits.burst
        slot.tokens_at_turn = slot.tokens - 1
        slot.spare_tokens = _spare_tokens(self.limits.burst)
        self.slot_by_address[key] = slot
        return slot

    def _renew(self, slot: ClientSlot, now: float) -> None:
        if slot.generation < self._identifier_since:
            self._identify(slot)
        if slot.generation < self._allowed_since:
            slot.is_allowed = self._is_allowed(slot.source)
        policy = self._policy_for(slot.identity, now)
        if policy.log is not slot.policy.log:
            self._log_otherwise(slot)
        slot.policy = policy
        slot.memo = self.memos.apart(policy) if slot.role else self.memos.memo_for(policy)
        slot.valid_from = policy.valid_from
        slot.valid_until = policy.valid_until
        # Last: where something breaks on the way, the old policy must not be taken for current.
        slot.generation = self.generation

    def _log_otherwise(self, slot: ClientSlot) -> None:
        """Let what is counted under `log: blocked` not go on under `none`, or the other way round.

        While it was awaited who asks, the policy was the strictest: then it was theirs of whom
        nothing is to be kept.
        """
        if slot.policy.members:
            self.notes.drop(slot)
        else:
            self.notes.depart(slot)

    def _identify(self, slot: ClientSlot) -> None:
        identifier = self.identifier
        if slot.role:
            identity = identifier.behind(slot.source, slot.mac)
        elif identifier.knows_macs:  # a call less where they tell nothing: all clients come by here
            identity = self.bindings.identify(slot.address, slot.source, identifier)
        else:
            identity = identifier.by_address(slot.source)
        if identity == slot.identity:
            return
        if slot.identity.doubt is Doubt.AWAITED:  # it was whoever it turns out to be
            slot.identity = identity
            self.notes.name_anew(slot)
        else:
            self.notes.depart(slot)
            slot.identity = identity

    def _settle(self, now: float, slot: ClientSlot) -> None:
        """Find out whose *slot* is before what it has done is written down, if that was awaited."""
        if slot.identity.doubt is Doubt.AWAITED and slot.generation != self.generation:
            self._renew(slot, now)

    def _device_of(self, slot: ClientSlot) -> Owner:
        """Return the device behind *slot*; of a stranger the card is told, or the address."""
        person, device, *_ = slot.identity
        if device:
            return person, device
        mac = slot.mac or self.bindings.mac_by_address.get(slot.address, NO_MAC)
        return person, mac or slot.address

    def _policy_for(self, identity: Identity, now: float) -> EffectivePolicy:
        return self.policies.policy_for(identity, now, is_time_known=self.is_time_known)

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
        self.notes.depart(slot)


def _spare_tokens(burst: int) -> int:
    return max(1, burst // 10)
