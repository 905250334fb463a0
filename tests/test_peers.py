"""The peers are real, and only those of loopback."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.support import peers

Start = Callable[[Path, Mapping[str, str]], AbstractContextManager[peers.Endpoint]]

ZONES = {
    "site.example": "@ A 192.0.2.1\nwww CNAME @\n",
    ".": "* A 192.0.2.99\n* AAAA 2001:db8::99\n",
}


@pytest.mark.parametrize("start", [peers.nsd, peers.unbound])
def test_peer_serves_its_zones(start: Start, tmp_path: Path) -> None:
    with start(tmp_path, ZONES) as server:
        assert "192.0.2.1" in peers.dig(server, "+short", "www.site.example", "A")
        assert peers.dig(server, "+short", "any.other.name", "A") == "192.0.2.99\n"
        assert "2001:db8::99" in peers.kdig(server, "+tcp", "any.other.name", "AAAA")
