import socket
from collections.abc import Sequence

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.doctor.designated import NAME, try_designated
from filterdns.doctor.finding import State
from tests.support.doctor import SHORT_SECONDS, as_filterdns, filter_with, found, scene, seen
from tests.support.upstream import Script, ScriptedUpstream, answer_code, drop

ASKED = (from_text(NAME), codes.SVCB)
OTHER = from_text("dns.other.example")
ALPN = b"\x00\x01\x00\x04\x03dot"


def service(*, hint: str = "") -> bytes:
    hints = b"\x00\x04\x00\x04" + socket.inet_aton(hint) if hint else b""
    return b"\x00\x01" + OTHER + ALPN + hints


def tried(script: Script, seconds: float = 10.0) -> tuple[State, str]:
    with ScriptedUpstream(script) as server:
        where = scene((server.host, server.port), patience_seconds=seconds)
        return seen(found(try_designated, where))[NAME]


def leading(data: Sequence[bytes], address: str = "192.0.2.9") -> Script:
    return filter_with({ASKED: data, (OTHER, codes.A): [socket.inet_aton(address)]})


def test_who_names_nobody_leads_nobody_away() -> None:
    assert tried(as_filterdns) == (State.CLOSED, "names nobody")


def test_a_server_elsewhere_is_a_way_round_with_and_without_hints() -> None:
    expected = (State.OPEN, "names dns.other.example at 192.0.2.9")
    assert tried(leading([service()])) == expected
    assert tried(leading([service(hint="192.0.2.9")], "127.0.0.1")) == expected


def test_the_filters_own_encrypted_server_is_none() -> None:
    assert tried(leading([service()], "127.0.0.1")) == (State.CLOSED, "names the filter itself")
    assert tried(leading([service(hint="127.0.0.1")])) == (State.CLOSED, "names the filter itself")


def test_a_server_whose_address_nobody_knows_is_a_way_round() -> None:
    script = filter_with({ASKED: [service()]})
    assert tried(script) == (State.OPEN, "names dns.other.example")


def test_failure_and_silence_say_nothing() -> None:
    assert tried(answer_code(2)) == (State.UNCLEAR, "SERVFAIL")
    assert tried(drop, SHORT_SECONDS)[0] is State.UNCLEAR
