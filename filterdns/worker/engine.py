"""All that answers, made from an image, and replaced by a new one under way.

A new image keeps the cache, the client slots, the connections, and the memo of every effective
policy whose content is unchanged.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.blocklists.index import Index
from filterdns.blocklists.sealed import Sealed
from filterdns.clock import Times
from filterdns.clock_steps import ClockSteps
from filterdns.errors import BlocklistError
from filterdns.listeners.limits import AllowedClients
from filterdns.listeners.service import Service
from filterdns.listeners.stream import Connections
from filterdns.policy.client import Identifier
from filterdns.policy.house import NOTHING_LISTED, House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Ruleset
from filterdns.resolver.bindings import Bindings
from filterdns.resolver.cache import Cache
from filterdns.resolver.client_slots import ClientSlots
from filterdns.resolver.image import Image, ImageReader
from filterdns.resolver.memo import Memo, Memos
from filterdns.resolver.memo_handover import hand_over
from filterdns.resolver.record import Counters
from filterdns.resolver.resolver import Resolver
from filterdns.steps import Steps, at_once, in_turns
from filterdns.tasks import Tasks
from filterdns.upstreams.group import Group, make_group
from filterdns.worker.garbage import Thaw, freeze, frozen

LOOK_AHEAD_SECONDS: Final = 10.0
OLD_GROUP_SECONDS: Final = 10.0  # for what is still asked through upstreams that are replaced


class Engine:
    """The resolver and what it stands on. `follow_clock` is to be called every second.

    *images* is what has read *image*, if it was read; *bindings* are those that are known already.
    """

    def __init__(
        self,
        image: Image,
        clock: Times,
        images: ImageReader | None = None,
        bindings: Bindings | None = None,
    ) -> None:
        self.image = image
        self._images = images or ImageReader()
        self._clock = clock
        self._steps = ClockSteps(clock)
        self.counters = Counters()
        self._queries = Tasks()
        self._chores = Tasks()
        self._ready_for = 0.0
        self._let_in: tuple[Sequence[str], Sequence[str]] = (image.allow_clients, ())
        self._index = _open_index(image)
        self._sealed = _open_sealed(image)
        lists = _Lists(self._index, self._sealed)
        identifier, self._policies = at_once(_compile(image, lists, None, None, clock.now()))
        self.group: Group = make_group(image.upstreams, image.probe_key)
        self.slots = ClientSlots(
            identifier,
            self._policies,
            Memos(image.limits.memo_bytes, clock.steady),
            image.limits,
            AllowedClients(*self._let_in),
            clock.steady,
            bindings=bindings,
            is_time_known=clock.is_known,
        )
        self.slots.trust(image.trusted_forwarders)
        self.resolver = Resolver(
            self.slots, Cache(image.limits.cache_bytes), self.group, clock, image.limits.in_flight
        )
        self.service = Service(self.resolver, self.slots, self.counters, clock, self._queries.spawn)
        self.connections = Connections(self.service)
        self._thaw = Thaw()
        freeze()

    async def replace(self, path: Path) -> None:
        """Load the image under *path* and let it decide from the next query on.

        Raises `StateError` or `BlocklistError`; nothing has changed then.
        """
        image = await load_image(self._images, path)
        old, old_index = self.image, self._index
        index = old_index
        if image.index_path != old.index_path:
            index = await asyncio.to_thread(_open_index, image)
        old_sealed = sealed = self._sealed
        if image.sealed_paths != old.sealed_paths:
            sealed = await asyncio.to_thread(_open_sealed, image)
        lists, known = _Lists(index, sealed), self.slots.identifier
        identifier, policies = await in_turns(
            frozen(_compile(image, lists, known, self._policies, self._clock.now()))
        )
        memos = await in_turns(self._hand_over(policies))
        self.image, self._index, self._policies = image, index, policies
        self._sealed = sealed
        self._ready_for = 0.0
        self.slots.memos.succeed(memos)
        self.slots.replace_ruleset(identifier, policies, image.limits)
        self.slots.trust(image.trusted_forwarders)
        self.follow_networks(self._let_in[1])
        self.resolver.cache.resize(image.limits.cache_bytes)
        self.resolver.in_flight.limit = image.limits.in_flight
        if image.upstreams != old.upstreams:
            self._chores.spawn(_close_later(self.group))
            self.group = self.resolver.upstreams = make_group(image.upstreams, image.probe_key)
            self._chores.spawn(self.group.probe())
        if old_index is not None and old_index is not index:
            old_index.close()
        if old_sealed is not None and old_sealed is not sealed:
            old_sealed.close()
        self._chores.spawn(in_turns(_let_go(old, [memo for memo, _ in memos])))
        self._thaw.after_load(self.connections.accepted)

    def _hand_over(self, policies: EffectivePolicies) -> Steps[list[tuple[Memo, Memo]]]:
        """Make the memos of *policies*, where only lists have changed, of those that there are."""
        twins = yield from policies.twins_of(self._policies)
        return (yield from hand_over(self.slots.memos, twins))

    def follow_clock(self) -> None:
        """Go by the time as soon as it is known, and see whether the clock has been set back."""
        slots = self.slots
        step = self._steps.look()
        self._look_ahead(step.now)
        if step.is_one and step.seconds < 0:
            slots.memos.clear()
        if slots.is_time_known:
            return
        if step.is_one:
            slots.notes.move(step)
        if self._clock.is_known:
            slots.know_time()

    def _look_ahead(self, now: float) -> None:
        """Have at hand at the next bedtime what takes long to make then, and made in pieces."""
        change = self._policies.next_long_change(now)
        if change <= now + LOOK_AHEAD_SECONDS and change != self._ready_for:
            self._ready_for = change
            self._chores.spawn(in_turns(_get_ready(self._policies, self._policies, change)))

    def follow_networks(self, own_networks: Sequence[str]) -> None:
        """Take *own_networks* (CIDR texts) as those of this host's interfaces."""
        let_in = (self.image.allow_clients, tuple(own_networks))
        if let_in != self._let_in:
            self.slots.let_in(AllowedClients(*let_in))
            self._let_in = let_in

    async def finish(self, grace_seconds: float) -> None:
        """Wait until every query that was taken has been answered, *grace_seconds* at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self.resolver.in_flight.drained()
        await self._queries.cancel()

    async def close(self) -> None:
        """Close connections, upstreams and the lists."""
        await self._chores.cancel()
        self.connections.close()
        await self.group.close()
        for lists in (self._index, self._sealed):
            if lists is not None:
                lists.close()


async def load_image(images: ImageReader, path: Path) -> Image:
    """Return the image under *path*, read in steps; raises `StateError`."""
    return await in_turns(frozen(images.read(path)))


def _open_index(image: Image) -> Index | None:
    """Open the index and have it at hand, which takes as long as the disk does."""
    if not image.index_path:
        return None
    index = Index.open(Path(image.index_path))
    try:
        index.keep_at_hand()
    except BlocklistError:
        index.close()
        raise
    return index


def _open_sealed(image: Image) -> Sealed | None:
    return Sealed.open(list(map(Path, image.sealed_paths))) if image.sealed_paths else None


class _Lists(NamedTuple):
    """What is listed, and what is sealed; None where nothing is."""

    names: Index | None
    sealed: Sealed | None


def _compile(
    image: Image,
    lists: _Lists,
    known: Identifier | None,
    previous: EffectivePolicies | None,
    now: float,
) -> Steps[tuple[Identifier, EffectivePolicies]]:
    """Make of *image* what the client slots go by, with all that is unchanged in what they had."""
    ruleset = image.ruleset
    identifier = yield from Identifier.in_steps(ruleset, known)
    house = yield from _house(ruleset, lists, previous)
    policies = EffectivePolicies(ruleset, house, previous)
    yield
    if previous is not None:
        yield from _get_ready(policies, previous, now)
    return identifier, policies


def _house(ruleset: Ruleset, lists: _Lists, previous: EffectivePolicies | None) -> Steps[House]:
    index, sealed = lists
    claims = index or NOTHING_LISTED
    if previous is not None and previous.house.is_of(ruleset, claims, sealed):
        return previous.house
    key = b"" if index is None else index.key
    return (yield from House.in_steps(ruleset, claims, key, sealed))


def _get_ready(policies: EffectivePolicies, previous: EffectivePolicies, now: float) -> Steps[None]:
    with suppress(Exception):  # whoever asks for a policy that cannot be made hears of it
        yield from policies.get_ready(previous, now)


def _let_go(image: Image, memos: Sequence[Memo]) -> Steps[None]:
    """Free *image* part by part: it takes as long as to make it. So do *memos*."""
    for memo in memos:
        yield from memo.empty()
    ruleset = image.ruleset
    parts = [*ruleset.people.values(), *ruleset.policies.values(), *ruleset.lifelines.values()]
    del image, ruleset
    yield
    while parts:
        parts.pop()
        yield


async def _close_later(group: Group) -> None:
    try:
        await asyncio.sleep(OLD_GROUP_SECONDS)
    finally:
        await group.close()
