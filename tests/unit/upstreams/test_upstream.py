"""The seam: every kind of upstream keeps the contract."""

import asyncio

import pytest

from filterdns.upstreams.endpoint import Endpoint
from filterdns.upstreams.stream import StreamUpstream
from filterdns.upstreams.udp import UdpUpstream
from filterdns.upstreams.upstream import Counters, Upstream


@pytest.mark.parametrize(
    ("kind", "name"), [(UdpUpstream, "192.0.2.53:53"), (StreamUpstream, "tcp://192.0.2.53:53")]
)
def test_an_upstream_is_called_as_the_config_calls_it(
    kind: type[UdpUpstream | StreamUpstream], name: str
) -> None:
    async def scene() -> None:
        upstream: Upstream = kind(Endpoint("192.0.2.53", 53))
        assert upstream.name == name
        assert upstream.rtt_seconds == 0
        await upstream.close()

    asyncio.run(scene())


def test_counters_start_at_zero() -> None:
    counters = Counters()
    assert {getattr(counters, name) for name in Counters.__slots__} == {0}
