"""Safe search in a live filter, engine by engine, as dig and kdig see it.

NSD has every engine as it is, at 192.0.2.99, and each safe twin at an address of its own.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from filterdns.blocklists.catalog import load_catalog
from filterdns.blocklists.engines import YOUTUBE
from filterdns.dns.names import to_text
from tests.support.house import House, open_house
from tests.support.peers import nsd
from tests.support.reply import Record, Reply
from tests.support.upstream import Asked, ScriptedUpstream, Send, record, response

pytestmark = [pytest.mark.untimed, pytest.mark.peer("dig", "kdig", "nsd"), pytest.mark.timeout(300)]

ENGINES = load_catalog().engines
TARGETS = [
    to_text(target)
    for engine in ENGINES.values()
    for target in (engine.strict, engine.moderate)
    if target
]
UNLOCKED = "192.0.2.99"
LENA, TOM, PARENT, STRANGER, PUPIL = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.9", "127.0.9.2"
GOOGLE, YOUTUBE_NAME = "www.google.com", "www.youtube.com"
STRICT, MODERATE = "restrict.youtube.com", "restrictmoderate.youtube.com"
CONFIG = """\
version: 1
timezone: Europe/Berlin
schedules:
  homework: {daily: "14:00-16:00"}
  lessons: {daily: "09:00-10:00"}
policies:
  child:
    safe_search: {search: strict, youtube: moderate}
    allow: [google.com, service:youtube]
    during: {homework: {safe_search: {youtube: strict}}}
  adults: {}
people:
  lena: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}
  tom:
    policy: child
    devices: [{name: phone, ip: 127.0.0.3}]
    safe_search: {youtube: "off"}
    block: [duckduckgo.com]
  parents: {policy: adults, devices: [{name: laptop, ip: 127.0.0.4}]}
groups:
  room: {networks: 127.0.9.0/24, during: {lessons: {safe_search: {youtube: strict}}}}
"""
EVENING = "2026-03-03 19:00:00"


def address_of(target: str) -> str:
    return f"192.0.2.{10 + TARGETS.index(target)}"


def zone() -> str:
    """Return the whole DNS: the engines, their safe twins, and nothing else."""
    lines = [f"{target}. 300 A {address_of(target)}" for target in TARGETS]
    lines += [f"{target}. 300 AAAA 2001:db8::{10 + at}" for at, target in enumerate(TARGETS)]
    for engine in ENGINES.values():
        for name in map(to_text, engine.names):
            lines += [
                f"{name}. 300 A {UNLOCKED}",
                f"{name}. 300 AAAA 2001:db8::99",
                f"{name}. 300 HTTPS 1 . ipv4hint={UNLOCKED}",
                f"{name}. 300 MX 10 mail.example.",
            ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("safe-search")
    with (
        nsd(folder / "nsd", {".": zone()}) as upstream,
        open_house(folder, CONFIG, [upstream]) as house,
    ):
        house.set_time(EVENING)
        yield house


def alias_of(reply: Reply) -> tuple[str, Sequence[str]]:
    """Return the target of the alias that *reply* begins with, and the addresses behind it."""
    assert reply.status == "NOERROR", reply.text
    first: Record = reply.answer[0]
    assert first.rtype == "CNAME", reply.text
    assert all(each.ttl >= first.ttl for each in reply.answer[1:])
    return first.data.rstrip("."), reply.addresses


@pytest.mark.parametrize("engine", ENGINES)
def test_every_name_of_an_engine_leads_a_child_to_the_safe_twin(house: House, engine: str) -> None:
    found = ENGINES[engine]
    target = to_text(found.moderate if found.kind == YOUTUBE else found.strict)
    names = [to_text(name) for name in found.names]
    for reply in house.dig_all(names, client=LENA):
        assert alias_of(reply) == (target, [address_of(target)])
        assert reply.errors == ()
    for reply in house.dig_all(names, client=PARENT):
        assert reply.addresses == [UNLOCKED]


def test_repeated_answers_stay_apart(house: House) -> None:
    for _ in range(4):  # forwarded, cached, from the memo
        addresses = [house.dig(GOOGLE, client=each).addresses for each in (LENA, PARENT)]
        assert addresses == [[address_of("forcesafesearch.google.com")], [UNLOCKED]]


def test_the_other_types_of_a_locked_name(house: House) -> None:
    target, addresses = alias_of(house.dig(GOOGLE, "AAAA", client=LENA))
    assert (target, addresses) == ("forcesafesearch.google.com", ["2001:db8::10"])
    alone = house.dig(GOOGLE, "CNAME", client=LENA)
    assert [each.data for each in alone.answer] == ["forcesafesearch.google.com."]
    for qtype in ("HTTPS", "SVCB", "TYPE65280"):
        nothing = house.dig(GOOGLE, qtype, client=LENA)
        assert (nothing.status, nothing.answer, nothing.errors) == ("NOERROR", (), ())
        assert [each.rtype for each in nothing.authority] == ["SOA"]
    assert house.dig(GOOGLE, "HTTPS", client=PARENT).answer
    assert house.dig(GOOGLE, "MX", client=LENA).answer[0].data == "10 mail.example."


@pytest.mark.parametrize("options", [(), ("+tcp",), ("+dnssec",), ("+dnssec", "+cdflag")])
def test_no_transport_and_no_flag_changes_it(house: House, options: tuple[str, ...]) -> None:
    expected = ("forcesafesearch.google.com", [address_of("forcesafesearch.google.com")])
    assert alias_of(house.kdig(GOOGLE, "A", *options, client=LENA)) == expected
    reply = house.dig("WWW.GooGLE.com", "A", *options, client=LENA)
    assert alias_of(reply) == expected
    assert "ad" not in reply.flags


def test_a_window_switches_youtubes_mode_on_the_second(house: House) -> None:
    house.set_time("2026-03-03 13:59:20")
    reply = house.dig(YOUTUBE_NAME, client=LENA)
    assert alias_of(reply)[0] == MODERATE
    assert 0 < reply.ttl <= 40  # no device remembers the old mode beyond the change
    for qtype in ("CNAME", "HTTPS"):
        assert 0 < house.dig(YOUTUBE_NAME, qtype, client=LENA).ttl <= 40
    house.set_time("2026-03-03 14:00:00")
    assert alias_of(house.dig(YOUTUBE_NAME, client=LENA)) == (STRICT, [address_of(STRICT)])
    house.set_time("2026-03-03 16:00:00")
    assert alias_of(house.dig(YOUTUBE_NAME, client=LENA))[0] == MODERATE


def test_a_person_differs_in_what_is_written_alone(house: House) -> None:
    house.set_time(EVENING)
    assert house.dig(YOUTUBE_NAME, client=TOM).addresses == [UNLOCKED]
    assert alias_of(house.dig(GOOGLE, client=TOM))[0] == "forcesafesearch.google.com"
    house.set_time("2026-03-03 14:30:00")
    assert alias_of(house.dig(YOUTUBE_NAME, client=TOM))[0] == STRICT


def test_what_is_blocked_is_not_rewritten(house: House) -> None:
    house.set_time(EVENING)
    reply = house.dig("duckduckgo.com", client=TOM)
    assert (reply.is_blocked, reply.addresses) == (True, ["0.0.0.0"])


def test_an_unknown_device_gets_the_strictest_mode_of_all(house: House) -> None:
    house.set_time(EVENING)
    assert alias_of(house.dig(GOOGLE, client=STRANGER))[0] == "forcesafesearch.google.com"
    assert alias_of(house.dig(YOUTUBE_NAME, client=STRANGER))[0] == MODERATE
    house.set_time("2026-03-03 14:30:00")
    assert alias_of(house.dig(YOUTUBE_NAME, client=STRANGER))[0] == STRICT


def test_a_place_tightens(house: House) -> None:
    house.set_time("2026-03-03 09:30:00")
    assert alias_of(house.dig(YOUTUBE_NAME, client=PUPIL))[0] == STRICT
    assert alias_of(house.dig(YOUTUBE_NAME, client=LENA))[0] == MODERATE


def test_explain_tells_rule_line_and_target(house: House) -> None:
    house.set_time("2026-03-03 14:30:00")
    said = house.cli("explain", "lena", YOUTUBE_NAME)
    assert said.code == 0, said.stderr
    for words in (
        "rewritten by row B, safe search: safe_search: youtube: strict",
        "config.yaml:12:48",
        "homework",
        STRICT,
        "A10 allow: service:youtube",
    ):
        assert words in said.stdout, said.stdout


def test_a_target_that_fails_opens_nothing(tmp_path: Path) -> None:
    def script(asked: Asked) -> Sequence[Send]:
        if asked.name.lower().startswith(b"\x0fforcesafesearch"):
            return [Send(response(asked, rcode=2))]
        found = [record(1, bytes([192, 0, 2, 99]))] if asked.qtype == 1 else []
        return [Send(response(asked, records=found))]

    with (
        ScriptedUpstream(script) as upstream,
        open_house(
            tmp_path,
            CONFIG + f"upstreams: {{servers: ['{upstream.host}:{upstream.port}']}}\n",
            waits_for_lists=False,
        ) as house,
    ):
        assert house.dig(GOOGLE, client=PARENT).addresses == [UNLOCKED]
        for qtype in ("A", "AAAA"):
            reply = house.dig(GOOGLE, qtype, client=LENA)
            assert (reply.status, reply.answer) == ("SERVFAIL", ())
