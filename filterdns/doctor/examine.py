"""The examination: all ways at once, told in the order of this table."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from filterdns.doctor.announced import try_announced
from filterdns.doctor.beside import try_router, try_second_resolver
from filterdns.doctor.designated import try_designated
from filterdns.doctor.finding import Finding, State
from filterdns.doctor.foreign import try_http3, try_https, try_quic, try_tcp, try_tls, try_udp
from filterdns.doctor.names import (
    try_doh_names,
    try_firefox,
    try_private_relay,
    try_proxy,
    try_vpn,
)
from filterdns.doctor.server import try_server
from filterdns.doctor.told import tell_ech, tell_safe_search
from filterdns.doctor.tries import Scene

Try = Callable[[Scene], Awaitable[Finding]]

TRIES: Final[tuple[Try, ...]] = (
    try_server,
    try_udp,
    try_tcp,
    try_tls,
    try_quic,
    try_https,
    try_http3,
    try_second_resolver,
    try_announced,
    try_router,
    try_doh_names,
    try_firefox,
    try_private_relay,
    try_designated,
    try_vpn,
    try_proxy,
    tell_safe_search,
    tell_ech,
)


async def examine(scene: Scene) -> tuple[Finding, ...]:
    """Try every way; those for which there are no targets are left out."""
    findings = await asyncio.gather(*(each(scene) for each in TRIES))
    return tuple(each for each in findings if each.seen)


def is_any_open(findings: tuple[Finding, ...]) -> bool:
    """Whether one way got through."""
    return any(each.state is State.OPEN for each in findings)
