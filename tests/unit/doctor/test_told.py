from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.doctor.finding import State
from filterdns.doctor.told import tell_ech, tell_safe_search
from tests.support.doctor import SHORT_SECONDS, filter_with, found, scene, seen
from tests.support.upstream import Asked, ScriptedUpstream, Send, drop, record, response

WWW, SAFE = from_text("www.search.example"), from_text("safe.search.example")
ONE, TWO = b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02"
LINE = "safe-search www.search.example safe.search.example"
LED = (State.TOLD, "leads to its safe twin")
NOT_LED = (State.TOLD, "is not led to its safe twin")


def test_the_address_of_the_safe_twin_is_known() -> None:
    for address, expected in ((ONE, LED), (TWO, NOT_LED)):
        script = filter_with({(WWW, codes.A): [address], (SAFE, codes.A): [ONE]})
        with ScriptedUpstream(script) as server:
            tried = found(tell_safe_search, scene((server.host, server.port), LINE))
        assert seen(tried) == {"www.search.example": expected}


def test_an_alias_to_the_safe_twin_is_known() -> None:
    def script(asked: Asked) -> list[Send]:
        return [Send(response(asked, records=[record(codes.CNAME, SAFE)]))]

    with ScriptedUpstream(script) as server:
        tried = found(tell_safe_search, scene((server.host, server.port), LINE))
    assert seen(tried) == {"www.search.example": LED}


def test_keys_for_encrypted_client_hello_are_told() -> None:
    name = from_text("ech.example")
    for value, what in ((b"\x00\x05\x00\x02ab", "are handed out;"), (b"", "no keys")):
        script = filter_with({(name, codes.HTTPS): [b"\x00\x01\x00" + value]})
        with ScriptedUpstream(script) as server:
            tried = found(tell_ech, scene((server.host, server.port), "ech ech.example"))
        [(state, said)] = seen(tried).values()
        assert state is State.TOLD
        assert what in said


def test_silence_says_nothing() -> None:
    with ScriptedUpstream(drop) as server:
        where = scene(
            (server.host, server.port), LINE, "ech a.example", patience_seconds=SHORT_SECONDS
        )
        for attempt in (tell_safe_search, tell_ech):
            assert found(attempt, where).state is State.UNCLEAR
