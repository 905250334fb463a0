"""The data plane without its process: all that stands behind the sockets.

    plane = Plane()
    answer = plane.answer(query("www.example.com"), LENA_ADDRESS)

Everything in it is real but for the time, which stands still, and the upstreams, which a test
scripts. The family of `households.py` lives on the loopback network here.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from filterdns.dns.names import from_text
from filterdns.dns.question import Query, read_question
from filterdns.listeners.limits import AllowedClients
from filterdns.listeners.service import Service
from filterdns.listeners.stream import Connections
from filterdns.policy.client import Identifier
from filterdns.policy.house import House
from filterdns.policy.policies import EffectivePolicies
from filterdns.policy.ruleset import Device, Ruleset
from filterdns.resolver.answer import Answer
from filterdns.resolver.cache import Cache
from filterdns.resolver.client_slot import ClientSlot
from filterdns.resolver.client_slots import ClientSlots
from filterdns.resolver.image import Limits
from filterdns.resolver.memo import Memos
from filterdns.resolver.record import Cause, Counters, Row
from filterdns.resolver.resolver import Resolver
from filterdns.tasks import Tasks
from tests.support.answering import answered, asked
from tests.support.clock import MovingClock
from tests.support.exchange import ScriptedExchange
from tests.support.households import LISTS, DictionaryClaims, SealedNames, family, moment, policies

LENA_ADDRESS: Final = "127.0.0.20"
TOM_ADDRESS: Final = "127.0.0.21"
PARENT_ADDRESS: Final = "127.0.0.10"
STRANGER_ADDRESS: Final = "127.0.0.99"

AFTERNOON: Final = moment("2026-03-07 15:00")  # a Saturday: no window is open
BEDTIME: Final = moment("2026-03-07 22:00")  # lena's, of that day
NIGHT: Final = moment("2026-03-07 23:00")


_CASINO: Final = Cause("gambling", "A11", "gambling", len(from_text("casino.example")))


def at_loopback(ruleset: Ruleset) -> Ruleset:
    """Return *ruleset* with the devices of the family on the loopback network."""
    addresses = {"lena": LENA_ADDRESS, "tom": TOM_ADDRESS, "parents": PARENT_ADDRESS}
    people = {
        name: replace(person, devices=(Device(person.devices[0].name, (addresses[name],)),))
        if name in addresses
        else person
        for name, person in ruleset.people.items()
    }
    return replace(ruleset, people=people)


class Plane:
    """Slots, cache, resolver and service under *ruleset*, the family if none is given."""

    def __init__(
        self,
        ruleset: Ruleset | None = None,
        *,
        now: float = AFTERNOON,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        allow_clients: Iterable[str] = ("local",),
        claims: DictionaryClaims | None = None,
        sealed: SealedNames | None = None,
    ) -> None:
        ruleset = at_loopback(ruleset or family())
        self.clock = MovingClock(now)
        self.exchange = ScriptedExchange()
        self.policies = policies(ruleset, claims, sealed)
        self.cache = Cache(limits.cache_bytes)
        self.slots = ClientSlots(
            Identifier(ruleset),
            self.policies,
            Memos(limits.memo_bytes, self.clock.steady),
            limits,
            AllowedClients(allow_clients),
            self.clock.steady,
        )
        self.resolver = Resolver(
            self.slots, self.cache, self.exchange, self.clock, limits.in_flight
        )
        self.counters = Counters()
        self.tasks = Tasks()
        self.service = Service(
            self.resolver, self.slots, self.counters, self.clock, self.tasks.spawn
        )
        self.connections = Connections(self.service)

    def replace_ruleset(self, ruleset: Ruleset) -> None:
        """Let *ruleset* decide, as a reload does."""
        ruleset = at_loopback(ruleset)
        lists = DictionaryClaims(LISTS)
        house = House(ruleset, lists)
        self.policies = EffectivePolicies(ruleset, house, self.policies)
        self.slots.replace_ruleset(Identifier(ruleset), self.policies, self.slots.limits)

    def slot(self, address: str = LENA_ADDRESS) -> ClientSlot:
        """Return the slot of *address* as it is now."""
        return self.slots.slot_for(address, self.clock.now())

    def hit(self, name: str = "casino.example", address: str = LENA_ADDRESS) -> None:
        """Count a question for *name* as blocked, because `casino.example` is listed."""
        slot, now = self.slot(address), self.clock.now()
        self.slots.notes.hit(slot, from_text(name), _CASINO, now)

    def try_answer(self, query: Query | bytes, address: str = LENA_ADDRESS) -> Answer | None:
        """Return what is answered to *query* without waiting."""
        if isinstance(query, bytes):
            query = read_question(query)
        answer = self.resolver.try_answer(query, self.slot(address), self.clock.now())
        return answer if isinstance(answer, Answer) else None

    def answer(self, query: Query | bytes, address: str = LENA_ADDRESS) -> Answer:
        """Return what is answered to *query*, by the upstreams if need be."""
        if isinstance(query, bytes):
            query = read_question(query)
        slot = self.slot(address)
        answer = self.resolver.try_answer(query, slot, self.clock.now())
        if isinstance(answer, Answer):
            return answer
        return asyncio.run(asked(self.service, query, slot, answer))

    async def answer_later(self, query: Query | bytes, address: str = LENA_ADDRESS) -> Answer:
        """Return what is answered to *query* inside a running loop, by the upstreams if need be."""
        if isinstance(query, bytes):
            query = read_question(query)
        return await answered(self.service, query, self.slot(address))

    async def finish(self, seconds: float) -> None:
        """Wait until everything that was taken has been answered."""
        async with asyncio.timeout(seconds):
            await self.resolver.in_flight.drained()
        await asyncio.sleep(0)  # what was answered in this turn of the loop leaves at its end
        await self.tasks.finish(seconds)

    def rows(self) -> list[Row]:
        """Return the rows that go up now, in order of name and rule."""
        return sorted(self.slots.take_rows(self.clock.now()))

    def counts(self) -> dict[tuple[str, ...], int]:
        """Return the counts since the last call by metric and labels."""
        return {(metric, *labels): count for metric, labels, count in self.counters.take()}
