"""An answer of a service, waited for: listeners are replied to instead."""

import asyncio

from filterdns.dns.question import Query
from filterdns.listeners.service import Service
from filterdns.policy.verdict import Verdict
from filterdns.resolver.answer import Answer
from filterdns.resolver.client_slot import ClientSlot


async def answered(service: Service, query: Query, slot: ClientSlot) -> Answer:
    """Return what *service* answers to *query* of the client behind *slot*."""
    answer = service.try_answer(query, slot, service.now())
    if isinstance(answer, Answer):
        return answer
    return await asked(service, query, slot, answer)


async def asked(service: Service, query: Query, slot: ClientSlot, verdict: Verdict) -> Answer:
    """Return what *service* answers to *query*, of which it has just had the *verdict* alone."""
    replied: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    service.ask(query, slot, verdict, lambda _query, answer, *_: replied.set_result(answer))
    return await replied
