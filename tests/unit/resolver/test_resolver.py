"""The hub: verdict, cache, verdict about the answer, message, in this order."""

import asyncio
from dataclasses import replace
from typing import Any

import dnslib
import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text, to_text
from filterdns.dns.question import Question, read_question
from filterdns.errors import UpstreamError
from filterdns.policy.ruleset import During, PolicyRules, Ruleset, Selection
from filterdns.policy.verdict import CONNECTIVITY, AnswerMode, Rule
from filterdns.resolver.answer import Answer, Outcome
from filterdns.resolver.memo import MemoEntry
from filterdns.resolver.resolver import DEADLINE_SECONDS, LIFELINE_TTL_SECONDS
from tests.support.households import (
    ADULTS,
    CHILD,
    LISTS,
    DictionaryClaims,
    SealedNames,
    family,
    moment,
    safe,
    selection,
)
from tests.support.messages import extended_errors, parsed, query, query_bytes, read, response_bytes
from tests.support.plane import (
    AFTERNOON,
    BEDTIME,
    LENA_ADDRESS,
    NIGHT,
    PARENT_ADDRESS,
    TOM_ADDRESS,
    Plane,
)
from tests.support.service_records import ECH_CONFIG, data_of, ech, hints, https_data, https_record

NAME = "www.example.com"
CASINO = "casino.example"
ZONE = f"{NAME}. 3600 IN A 192.0.2.1"
ALIAS = f"{NAME}. 3600 IN CNAME {CASINO}.\n{CASINO}. 3600 IN A 192.0.2.66"
SOA = "example.com. {ttl} IN SOA ns.example.com. host.example.com. 1 2 3 4 {minimum}"


@pytest.fixture
def plane() -> Plane:
    return Plane()


def ask(
    plane: Plane, name: str, qtype: str = "A", address: str = LENA_ADDRESS, **options: object
) -> Answer:
    """Return the answer to a query with EDNS, unless *options* say otherwise."""
    return plane.answer(query(name, qtype, **{"payload_size": 1232, **options}), address)


def ttls(answer: Answer) -> list[int]:
    message = parsed(answer.wire)
    return [record.ttl for record in (*message.rr, *message.auth)]


def data(answer: Answer) -> list[str]:
    return [str(record.rdata) for record in parsed(answer.wire).rr]


def rcode(answer: Answer) -> int:
    return int(parsed(answer.wire).header.rcode)


# What is allowed.


def test_an_allowed_question_is_forwarded_once_and_cached(plane: Plane) -> None:
    plane.exchange.says(NAME, "A", ZONE)
    first, second = ask(plane, NAME), ask(plane, "WWW.example.COM")
    assert (first.outcome, second.outcome) == (Outcome.FORWARDED, Outcome.CACHED)
    assert data(first) == data(second) == ["192.0.2.1"]
    assert [asked.question for asked in plane.exchange.asked] == [
        Question(from_text(NAME), codes.A, False, False)
    ]


def test_a_forwarded_question_is_looked_up_once(plane: Plane) -> None:
    """The way over the upstreams begins where the quick one ended, not with it again."""
    ask(plane, NAME)
    assert (plane.cache.misses, plane.cache.hits) == (1, 0)


def test_askers_of_different_policies_share_what_upstreams_said(plane: Plane) -> None:
    for address in (LENA_ADDRESS, TOM_ADDRESS, PARENT_ADDRESS):
        ask(plane, NAME, address=address)
    assert len(plane.exchange.asked) == 1


def test_do_and_cd_are_handed_on_and_cached_apart(plane: Plane) -> None:
    checking_disabled = bytearray(query_bytes(NAME))
    checking_disabled[3] |= codes.CD
    for _ in range(2):
        plane.answer(query(NAME))
        plane.answer(query(NAME, payload_size=1232, dnssec_ok=True))
        plane.answer(bytes(checking_disabled))
    asked = [each.question[2:] for each in plane.exchange.asked]
    assert asked == [(False, False), (True, False), (False, True)]


@pytest.mark.parametrize("address", [LENA_ADDRESS, PARENT_ADDRESS])
@pytest.mark.parametrize("dnssec_ok", [False, True])
def test_do_never_changes_a_verdict(plane: Plane, address: str, dnssec_ok: bool) -> None:
    answer = ask(plane, CASINO, address=address, dnssec_ok=dnssec_ok)
    assert (answer.outcome is Outcome.BLOCKED) == (address == LENA_ADDRESS)


def test_upstreams_are_given_a_deadline_that_clients_wait_for(plane: Plane) -> None:
    async def scene() -> float:
        now = asyncio.get_running_loop().time()
        await plane.answer_later(query(NAME))
        return plane.exchange.asked[0].deadline - now

    assert 4 < asyncio.run(scene()) <= DEADLINE_SECONDS + 0.5 <= 5


# Policy comes before the cache.


def test_what_a_parent_has_asked_for_opens_nothing_for_the_child(plane: Plane) -> None:
    assert ask(plane, CASINO, address=PARENT_ADDRESS).outcome is Outcome.FORWARDED
    assert ask(plane, CASINO, address=LENA_ADDRESS).outcome is Outcome.BLOCKED
    assert ask(plane, CASINO, address=PARENT_ADDRESS).outcome is Outcome.CACHED


def test_a_blocked_question_never_leaves_the_house(plane: Plane) -> None:
    ask(plane, CASINO)
    assert plane.exchange.asked == []
    assert plane.cache.misses == 0


def test_a_blocked_question_is_recorded_with_what_blocked_it(plane: Plane) -> None:
    form = ask(plane, f"www.{CASINO}").form
    assert form is not None
    cause = form.cause
    assert (cause.category, cause.row, cause.rule) == ("gambling", "A11", "gambling")
    assert cause.listed(from_text(f"www.{CASINO}")) == from_text(CASINO)


def test_the_soa_of_a_blocked_alias_is_found_by_whole_labels(plane: Plane) -> None:
    # One label, whose bytes end like the entry that the alias leads to.
    name = b"\x08x\x06casino\x07example\x00"
    wire = query_bytes("blogs.example", "MX").replace(b"\x05blogs\x07example\x00", name)
    zone = f"blogs.example. 60 IN CNAME {CASINO}.\n{CASINO}. 60 IN A 192.0.2.66"
    entry = read(response_bytes(zone, name="blogs.example"))
    plane.cache.put(Question(name, codes.MX, False, False), entry, plane.clock.steady())
    answer = plane.answer(wire)
    assert answer.outcome is Outcome.BLOCKED
    (soa,) = parsed(answer.wire).auth
    assert bytes(soa.rname.label[0]) == b"x\x06casino"


def test_an_alias_to_a_blocked_name_is_judged_for_each_asker_from_one_cache(plane: Plane) -> None:
    plane.exchange.says(NAME, "A", ALIAS)
    for _ in range(2):
        blocked, open_ = ask(plane, NAME), ask(plane, NAME, address=PARENT_ADDRESS)
        assert data(blocked) == ["0.0.0.0"]
        assert data(open_)[1] == "192.0.2.66"
    assert len(plane.exchange.asked) == 1
    assert blocked.form is not None
    assert (blocked.form.cause.row, blocked.form.cause.listed(from_text(NAME))) == ("C", b"")


def test_an_address_is_judged_for_each_asker_from_one_cache() -> None:
    plane = Plane(claims=DictionaryClaims(LISTS, {"192.0.2.0/28": ["gambling"]}))
    plane.exchange.says(NAME, "A", ZONE)
    for _ in range(3):
        blocked, open_ = ask(plane, NAME), ask(plane, NAME, address=PARENT_ADDRESS)
        assert (data(blocked), data(open_)) == (["0.0.0.0"], ["192.0.2.1"])
    assert len(plane.exchange.asked) == 1
    assert blocked.form is not None
    assert (blocked.form.cause.row, blocked.form.cause.category) == ("C", "gambling")


@pytest.mark.parametrize(
    ("qtype", "zone"),
    [
        ("A", f"{NAME}. 60 IN A 192.168.1.1"),
        ("A", f"{NAME}. 60 IN A 192.0.2.1\n{NAME}. 60 IN A 0.0.0.0"),
        ("AAAA", f"{NAME}. 60 IN AAAA ::ffff:a00:1"),
        ("AAAA", f"{NAME}. 60 IN AAAA fd00::1"),
        ("HTTPS", https_record(b"\x00", hints("127.0.0.1"))),
    ],
)
@pytest.mark.parametrize("address", [LENA_ADDRESS, PARENT_ADDRESS])
def test_a_private_answer_from_outside_is_blocked_for_all(
    plane: Plane, qtype: str, zone: str, address: str
) -> None:
    plane.exchange.says(NAME, qtype, zone)
    for _ in range(2):
        answer = ask(plane, NAME, qtype, address)
        assert (answer.outcome, rcode(answer)) == (Outcome.BLOCKED, codes.NOERROR)
        assert data(answer) == {"A": ["0.0.0.0"], "AAAA": ["::"], "HTTPS": []}[qtype]
        errors = [code for code, _ in extended_errors(answer.wire)]
        assert errors[-1] == codes.EDE_BLOCKED
    assert len(plane.exchange.asked) == 1


def test_a_lifeline_with_a_private_address_is_open(plane: Plane) -> None:
    plane.exchange.says("childline.org.uk", "A", "childline.org.uk. 60 IN A 10.0.0.1")
    assert data(ask(plane, "childline.org.uk")) == ["10.0.0.1"]


def test_a_hint_to_a_listed_address_is_no_way_around_the_list() -> None:
    plane = Plane(claims=DictionaryClaims(LISTS, {"192.0.2.66": ["doh"]}))
    record = https_record(b"\x00", hints("203.0.113.1", "192.0.2.66"))
    plane.exchange.says(NAME, "HTTPS", record)
    blocked = ask(plane, NAME, "HTTPS")
    assert (blocked.outcome, data(blocked)) == (Outcome.BLOCKED, [])
    assert ask(plane, NAME, "HTTPS", PARENT_ADDRESS).outcome is Outcome.CACHED


def without_key(answer: Answer) -> bool:
    [record] = parsed(answer.wire).rr
    return data_of(record) == https_data(b"\x00", hints("192.0.2.1"))


def test_a_key_for_ech_is_taken_out_for_whom_the_policy_says_and_not_logged() -> None:
    child = replace(CHILD, bypass={**CHILD.bypass, "ech": Rule("bypass: ech")})
    plane = Plane(family(policies={"child": child, "adults": ADULTS}))
    plane.exchange.says(NAME, "HTTPS", https_record(b"\x00", hints("192.0.2.1"), ech()))
    for outcome in (Outcome.FORWARDED, Outcome.CACHED, Outcome.CACHED):
        stripped = ask(plane, NAME, "HTTPS", dnssec_ok=True)
        assert (stripped.outcome, stripped.form) == (outcome, None)
        assert without_key(stripped)
        assert not without_key(ask(plane, NAME, "HTTPS", PARENT_ADDRESS, dnssec_ok=True))
    assert len(plane.exchange.asked) == 1


def test_the_memo_keeps_answers_with_and_without_keys_apart() -> None:
    closed = replace(CHILD, during=(), bypass={"ech": Rule("bypass: ech")})
    plane = Plane(family(policies={"child": closed, "adults": PolicyRules("adults")}))
    plane.exchange.says(NAME, "HTTPS", https_record(b"\x00", hints("192.0.2.1"), ech()))
    wire = query_bytes(NAME, "HTTPS")
    for address, is_stripped in ((LENA_ADDRESS, True), (PARENT_ADDRESS, False)) * 3:
        asked_query = read_question(wire)
        answer = plane.answer(asked_query, address)
        slot = plane.slot(address)
        plane.slots.memos.consider(slot.memo, asked_query, answer, plane.clock.now())
        assert without_key(answer) is is_stripped
        entry = slot.memo.entries.get(wire[2:])
        if isinstance(entry, MemoEntry):
            assert (ECH_CONFIG in entry.tail) is not is_stripped
    assert all(wire[2:] in plane.slot(each).memo.entries for each in (LENA_ADDRESS, PARENT_ADDRESS))


def test_a_lifeline_keeps_its_key() -> None:
    child = replace(CHILD, bypass={"ech": Rule("bypass: ech")})
    plane = Plane(family(policies={"child": child, "adults": ADULTS}))
    record = https_record(b"\x00", hints("192.0.2.1"), ech(), name="childline.org.uk")
    plane.exchange.says("childline.org.uk", "HTTPS", record)
    assert not without_key(ask(plane, "childline.org.uk", "HTTPS"))


def test_no_byte_of_the_real_answer_is_in_a_blocked_one(plane: Plane) -> None:
    plane.exchange.says(NAME, "A", ALIAS)
    for mode in AnswerMode:
        plane.replace_ruleset(answering(mode))
        wire = ask(plane, NAME).wire
        assert from_text(CASINO)[:-9] not in wire
        assert bytes([192, 0, 2, 66]) not in wire


# The verdict is taken again after every await.


def answer_over(plane: Plane, name: str, address: str, meanwhile: object) -> Answer:
    """Ask, let *meanwhile* happen while the upstream takes its time, return the answer."""

    async def scene() -> Answer:
        plane.exchange.hold(name)
        asked = query(name, payload_size=1232)
        assert plane.try_answer(asked, address) is None
        answering = asyncio.create_task(plane.answer_later(asked, address))
        await plane.exchange.heard(1)
        assert callable(meanwhile)
        meanwhile()
        plane.exchange.release(name)
        return await answering

    return asyncio.run(scene())


def test_no_answer_leaves_under_a_policy_that_has_ended_meanwhile() -> None:
    plane = Plane(now=BEDTIME - 0.1)
    answer = answer_over(plane, NAME, LENA_ADDRESS, lambda: plane.clock.move(0.2))
    assert answer.outcome is Outcome.BLOCKED
    assert extended_errors(answer.wire)[-1][1] == "Bedtime until 08:00"


def test_a_new_ruleset_decides_about_what_was_under_way(plane: Plane) -> None:
    people = dict(family().people)
    people["lena"] = replace(people["lena"], block=selection(NAME))
    answer = answer_over(
        plane, NAME, LENA_ADDRESS, lambda: plane.replace_ruleset(family(people=people))
    )
    assert answer.outcome is Outcome.BLOCKED


def test_a_failure_is_judged_by_the_ruleset_that_has_come_meanwhile(plane: Plane) -> None:
    """The old one's index is closed by then."""
    plane.exchange.fails(NAME, "A", UpstreamError("nobody is there"))
    now_a_lifeline = family(lifelines={from_text(NAME): Rule(NAME)})
    answer = answer_over(plane, NAME, LENA_ADDRESS, lambda: plane.replace_ruleset(now_a_lifeline))
    assert (answer.outcome, answer.is_lifeline) == (Outcome.FAILED, True)


def test_a_policy_that_opens_meanwhile_is_taken_as_it_is_now() -> None:
    plane = Plane(now=BEDTIME - 0.1)
    answer = answer_over(plane, NAME, PARENT_ADDRESS, lambda: plane.clock.move(0.2))
    assert answer.outcome is Outcome.FORWARDED


def test_the_ttl_is_capped_at_the_time_of_sending() -> None:
    plane = Plane(now=BEDTIME - 60)
    plane.exchange.says(NAME, "A", ZONE)
    answer = answer_over(plane, NAME, LENA_ADDRESS, lambda: plane.clock.move(50))
    assert ttls(answer)[0] <= 10


# Times to live.


@pytest.mark.parametrize(
    ("now", "most_seconds"),
    [(AFTERNOON, 300), (BEDTIME - 60, 60), (BEDTIME - 1, 1), (BEDTIME - 0.5, 0)],
)
def test_a_ttl_of_an_hour_ends_with_the_policy(now: float, most_seconds: int) -> None:
    plane = Plane(now=now)
    plane.exchange.says(NAME, "A", ZONE, authority="example.com. 7200 IN NS ns.example.com.")
    for _ in range(2):
        assert max(ttls(ask(plane, NAME))) <= most_seconds


def test_a_policys_max_ttl_reaches_its_people_alone(plane: Plane) -> None:
    quick = replace(CHILD, max_ttl_seconds=5)
    plane.replace_ruleset(family(policies={"child": quick, "adults": ADULTS}))
    plane.exchange.says(NAME, "A", ZONE)
    assert ttls(ask(plane, NAME)) == [5]
    assert ttls(ask(plane, NAME, address=PARENT_ADDRESS)) == [300]


def test_a_ttl_runs_down_with_the_cache(plane: Plane) -> None:
    plane.exchange.says(NAME, "A", f"{NAME}. 100 IN A 192.0.2.1")
    assert ttls(ask(plane, NAME)) == [100]
    plane.clock.move(40)
    assert ttls(ask(plane, NAME)) == [60]
    plane.clock.move(60)
    assert ask(plane, NAME).outcome is Outcome.FORWARDED


# Blocked names, as docs/policy.md says.

ZERO_IP, NXDOMAIN, NODATA = AnswerMode.ZERO_IP, AnswerMode.NXDOMAIN, AnswerMode.NODATA
REASON = (codes.EDE_BLOCKED, "Blocked: gambling")
FORGED = [(codes.EDE_FORGED_ANSWER, ""), REASON]


def answering(mode: AnswerMode, **changes: object) -> Ruleset:
    return family(policies={"child": replace(CHILD, answer=mode), "adults": ADULTS}, **changes)


@pytest.mark.parametrize(("qtype", "address"), [("A", "0.0.0.0"), ("AAAA", "::")])
def test_zero_ip_forges_an_address_and_says_so_first(
    plane: Plane, qtype: str, address: str
) -> None:
    """RFC 8914 section 4.5 on the errors."""
    answer = ask(plane, CASINO, qtype)
    message = parsed(answer.wire)
    assert (rcode(answer), message.auth, data(answer), ttls(answer)) == (0, [], [address], [30])
    assert extended_errors(answer.wire) == FORGED


@pytest.mark.parametrize(
    ("mode", "qtypes", "code"),
    [
        (ZERO_IP, ("HTTPS", "MX", "TXT"), codes.NOERROR),
        (NXDOMAIN, ("A", "AAAA", "HTTPS", "MX", "TXT"), codes.NXDOMAIN),
        (NODATA, ("A", "AAAA", "HTTPS", "MX", "TXT"), codes.NOERROR),
    ],
)
def test_negative_answers_carry_an_soa_record_and_the_reason(
    mode: AnswerMode, qtypes: tuple[str, ...], code: int
) -> None:
    """RFC 2308 sections 2 and 3: the SOA record's TTL and MINIMUM say how long."""
    plane = Plane(answering(mode))
    for qtype in qtypes:
        answer = ask(plane, f"www.{CASINO}", qtype)
        (soa,) = parsed(answer.wire).auth
        assert (rcode(answer), data(answer)) == (code, [])
        assert (soa.rtype, str(soa.rname)) == (codes.SOA, f"{CASINO}.")
        assert soa.ttl == soa.rdata.times[4] == 30
        assert extended_errors(answer.wire) == [REASON]


@pytest.mark.parametrize("mode", AnswerMode)
@pytest.mark.parametrize("qtype", ["A", "TXT"])
def test_without_edns_there_is_no_opt_record(mode: AnswerMode, qtype: str) -> None:
    answer = ask(Plane(answering(mode)), CASINO, qtype, payload_size=None)
    assert parsed(answer.wire).ar == []


@pytest.mark.parametrize("mode", AnswerMode)
def test_a_blocked_answer_ends_with_the_policy(mode: AnswerMode) -> None:
    plane = Plane(answering(mode), now=BEDTIME - 10)
    assert 0 < max(ttls(ask(plane, CASINO))) <= 10


@pytest.mark.parametrize("mode", AnswerMode)
def test_a_blocked_answer_heeds_max_ttl(mode: AnswerMode) -> None:
    quick = replace(CHILD, answer=mode, max_ttl_seconds=3)
    plane = Plane(family(policies={"child": quick}, people={"lena": family().people["lena"]}))
    assert ttls(ask(plane, CASINO)) == [3]


def test_nxdomain_denies_nothing_below_that_is_allowed() -> None:
    """RFC 8020 section 2."""
    people = dict(family().people)
    people["lena"] = replace(people["lena"], allow=selection(f"fair.{CASINO}"))
    plane = Plane(answering(NXDOMAIN, people=people))
    assert rcode(ask(plane, CASINO)) == codes.NOERROR
    assert parsed(ask(plane, CASINO).wire).auth[0].rtype == codes.SOA
    assert rcode(ask(plane, f"www.{CASINO}")) == codes.NXDOMAIN
    assert ask(plane, f"fair.{CASINO}").outcome is Outcome.FORWARDED


@pytest.mark.parametrize("qtype", ["DS", "DNSKEY"])
def test_what_validators_ask_about_blocked_names_is_forwarded(plane: Plane, qtype: str) -> None:
    assert ask(plane, CASINO, qtype).outcome is Outcome.FORWARDED


def test_firefoxs_check_name_never_gets_an_address(plane: Plane) -> None:
    """An address, even zero, would switch its own DNS on."""
    for qtype in ("A", "AAAA"):
        answer = ask(plane, "use-application-dns.net", qtype)
        assert (rcode(answer), data(answer)) == (codes.NXDOMAIN, [])


def test_bedtime_says_until_when() -> None:
    plane = Plane(now=NIGHT)
    assert extended_errors(ask(plane, NAME).wire)[-1] == (codes.EDE_BLOCKED, "Bedtime until 08:00")


def test_while_a_list_is_missing_names_are_told_to_come_back() -> None:
    until = AFTERNOON + 60
    child = replace(CHILD, block=selection("hate"))
    plane = Plane(family(policies={"child": child, "adults": ADULTS}, pending={"hate": until}))
    answer = ask(plane, NAME)
    assert (rcode(answer), data(answer)) == (codes.NOERROR, [])
    assert ttls(answer) == [5]
    assert [code for code, _ in extended_errors(answer.wire)] == [codes.EDE_NOT_READY]
    assert answer.form is None
    plane.clock.seconds = until
    assert ask(plane, NAME).outcome is Outcome.FORWARDED


# What the house answers itself.


@pytest.mark.parametrize(
    ("name", "qtype", "code", "expected"),
    [
        ("printer.home", "A", codes.NOERROR, ["192.168.1.40"]),
        ("printer.home", "AAAA", codes.NOERROR, ["fd00::40"]),
        ("printer.home", "MX", codes.NOERROR, []),
        ("40.1.168.192.in-addr.arpa", "PTR", codes.NOERROR, ["printer.home."]),
        ("41.1.168.192.in-addr.arpa", "PTR", codes.NXDOMAIN, []),
        ("localhost", "A", codes.NOERROR, ["127.0.0.1"]),
        ("any.localhost", "AAAA", codes.NOERROR, ["::1"]),
        ("_dns.resolver.arpa", "SVCB", codes.NOERROR, []),
        ("shop.onion", "A", codes.NXDOMAIN, []),
    ],
)
def test_local_names_never_leave_the_house(
    name: str, qtype: str, code: int, expected: list[str]
) -> None:
    plane = Plane(now=NIGHT)
    answer = ask(plane, name, qtype)
    assert (rcode(answer), data(answer), answer.outcome) == (code, expected, Outcome.LOCAL)
    assert extended_errors(answer.wire) == []
    assert plane.exchange.asked == []


def test_any_gets_one_small_record(plane: Plane) -> None:
    """RFC 8482 section 4.2."""
    (record,) = parsed(ask(plane, NAME, "ANY").wire).rr
    assert record.rtype == codes.HINFO
    assert plane.exchange.asked == []


def test_any_of_a_blocked_name_is_blocked(plane: Plane) -> None:
    answer = ask(plane, CASINO, "ANY")
    assert (answer.outcome, data(answer)) == (Outcome.BLOCKED, [])


@pytest.mark.parametrize("qtype", ["AXFR", "IXFR", "OPT"])
def test_what_no_forwarder_serves_is_refused(plane: Plane, qtype: str) -> None:
    answer = ask(plane, NAME, qtype)
    assert (rcode(answer), answer.outcome) == (codes.REFUSED, Outcome.REFUSED)
    assert plane.exchange.asked == []


def test_classes_but_in_are_refused(plane: Plane) -> None:
    chaos = dnslib.DNSRecord(q=dnslib.DNSQuestion("version.bind", dnslib.QTYPE.TXT, 3))
    answer = plane.answer(bytes(chaos.pack()))
    assert (rcode(answer), answer.outcome) == (codes.REFUSED, Outcome.REFUSED)


def test_a_later_edns_is_badvers(plane: Plane) -> None:
    """RFC 6891 section 6.1.3."""
    wire = bytearray(query_bytes(NAME, payload_size=1232))
    wire[-5] = 1
    message = parsed(plane.answer(bytes(wire)).wire)
    assert message.ar[0].edns_rcode << 4 | message.header.rcode == codes.BADVERS
    assert message.ar[0].edns_ver == 0


def test_our_own_probe_coming_back_is_refused(plane: Plane) -> None:
    plane.exchange.own_probes.add(from_text("x.loop-probe.example"))
    answer = ask(plane, "x.loop-probe.example")
    assert (rcode(answer), answer.outcome) == (codes.REFUSED, Outcome.REFUSED)
    assert plane.exchange.asked == []


# When upstreams have no answer.


@pytest.mark.parametrize("code", [codes.EDE_NO_REACHABLE_AUTHORITY, codes.EDE_NETWORK_ERROR])
def test_without_an_upstream_it_is_servfail_with_the_reason(plane: Plane, code: int) -> None:
    plane.exchange.fails(NAME, "A", UpstreamError("nobody is there", code))
    answer = ask(plane, NAME)
    assert (rcode(answer), answer.outcome) == (codes.SERVFAIL, Outcome.FAILED)
    assert extended_errors(answer.wire) == [(code, "")]


@pytest.mark.parametrize("code", [codes.SERVFAIL, codes.REFUSED, codes.FORMERR, codes.NOTIMP])
def test_an_upstreams_failure_is_servfail_and_spares_it_for_a_second(
    plane: Plane, code: int
) -> None:
    """REFUSED would make devices ask another resolver. RFC 9520 section 3.2 on the second."""
    plane.exchange.says(NAME, "A", rcode=code)
    for _ in range(3):
        answer = ask(plane, NAME)
        assert (rcode(answer), answer.outcome) == (codes.SERVFAIL, Outcome.FAILED)
    assert len(plane.exchange.asked) == 1
    plane.clock.move(1)
    ask(plane, NAME)
    assert len(plane.exchange.asked) == 2


def test_an_answer_that_cannot_be_read_is_servfail(plane: Plane) -> None:
    plane.exchange.sends(NAME, "A", response_bytes(ZONE)[:-2])
    answer = ask(plane, NAME)
    assert rcode(answer) == codes.SERVFAIL
    assert extended_errors(answer.wire) == [(codes.EDE_NETWORK_ERROR, "")]


def test_askers_of_one_moment_share_one_exchange(plane: Plane) -> None:
    async def scene() -> list[Answer]:
        asked = [query(NAME, message_id=number) for number in range(10)]
        return await asyncio.gather(*(plane.answer_later(each) for each in asked))

    answers = asyncio.run(scene())
    assert [parsed(answer.wire).header.id for answer in answers] == list(range(10))
    assert len(plane.exchange.asked) == 1


# Negative answers of upstreams (RFC 2308).


@pytest.mark.parametrize("code", [codes.NXDOMAIN, codes.NOERROR])
def test_a_negative_answer_is_not_asked_for_twice(plane: Plane, code: int) -> None:
    soa = SOA.format(ttl=600, minimum=60)
    plane.exchange.says(NAME, "A", rcode=code, authority=soa)
    for seconds in (0, 59):
        plane.clock.seconds = AFTERNOON + seconds
        answer = ask(plane, NAME)
        assert (rcode(answer), ttls(answer)) == (code, [60 - seconds])
    assert len(plane.exchange.asked) == 1
    plane.clock.seconds = AFTERNOON + 60
    ask(plane, NAME)
    assert len(plane.exchange.asked) == 2


@pytest.mark.parametrize("code", [codes.NXDOMAIN, codes.NOERROR])
def test_a_negative_answer_without_soa_is_not_kept(plane: Plane, code: int) -> None:
    plane.exchange.says(NAME, "A", rcode=code)
    for _ in range(2):
        assert rcode(ask(plane, NAME)) == code
    assert len(plane.exchange.asked) == 2


# Lifelines and essentials.


@pytest.mark.parametrize("now", [AFTERNOON, BEDTIME - 1, NIGHT])
def test_a_lifeline_is_open_and_its_ttl_tells_nobody_who_asked_before(now: float) -> None:
    plane = Plane(now=now)
    plane.exchange.says("childline.org.uk", "A", "childline.org.uk. 3600 IN A 192.0.2.7")
    for seconds in (0, 1, 1000):
        plane.clock.seconds = now + seconds
        answer = ask(plane, "childline.org.uk")
        assert (data(answer), ttls(answer)) == (["192.0.2.7"], [LIFELINE_TTL_SECONDS])
        assert (answer.is_lifeline, answer.form, answer.expires_at) == (True, None, 0)


def test_a_lifeline_is_one_even_if_no_upstream_answers(plane: Plane) -> None:
    plane.exchange.fails("childline.org.uk", "A", UpstreamError("nobody is there"))
    answer = ask(plane, "childline.org.uk")
    assert (answer.outcome, answer.is_lifeline) == (Outcome.FAILED, True)


def test_an_essential_is_open_at_bedtime() -> None:
    answer = ask(Plane(now=NIGHT), "time.apple.com")
    assert (answer.outcome, answer.is_lifeline) == (Outcome.FORWARDED, False)


def test_who_asks_whether_it_is_online_is_remembered_by_that_name_alone() -> None:
    check, clock = from_text("captive.apple.com"), from_text("time.apple.com")
    essentials = {check: Rule(CONNECTIVITY), clock: Rule("essential: time")}
    plane = Plane(family(essentials=essentials))
    for name in ("captive.apple.com", "v6.captive.apple.com", "time.apple.com", NAME):
        plane.exchange.says(name, "A", f"{name}. 3600 IN A 192.0.2.1")
        ask(plane, name)
    assert plane.slot().checks == {check}
    assert plane.slot(TOM_ADDRESS).checks == frozenset()


def test_what_a_lifeline_leads_to_is_not_looked_at() -> None:
    """A shared CDN name on a list must not close it."""
    plane = Plane(now=NIGHT)
    zone = f"childline.org.uk. 60 IN CNAME {CASINO}.\n{CASINO}. 60 IN A 192.0.2.7"
    plane.exchange.says("childline.org.uk", "A", zone)
    assert ask(plane, "childline.org.uk").outcome is Outcome.FORWARDED


def test_the_id_and_the_case_of_the_asker_come_back(plane: Plane) -> None:
    """Also where the cache answers: 0x20 of a client behind us must survive."""
    for name in (NAME, "wWw.eXaMpLe.CoM"):
        wire = query_bytes(name, message_id=0xBEEF)
        answer = plane.answer(read_question(wire))
        assert answer.wire[:2] == b"\xbe\xef"
        assert answer.wire[12 : len(wire)] == wire[12:]


def test_a_bug_while_an_answer_is_read_is_servfail_and_holds_up_nobody(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    """Else all who ever ask the same would wait for an answer that has been lost."""

    class Unreadable(bytes):
        def __getitem__(self, _at: object) -> Any:
            raise ZeroDivisionError

    plane.exchange.sends(NAME, "A", Unreadable(response_bytes()))
    assert rcode(ask(plane, NAME)) == codes.SERVFAIL
    assert len(plane.resolver.in_flight) == 0
    assert plane.slot().in_flight == 0
    assert "ZeroDivisionError" in caplog.text
    plane.exchange.says(NAME, "A", f"{NAME}. 60 IN A 192.0.2.5")
    assert data(ask(plane, NAME)) == ["192.0.2.5"]


# Safe search: the question that is asked instead, and the alias before its answer.

YOUTUBE = "www.youtube.com"
MODERATE, STRICT = "restrictmoderate.youtube.com", "restrict.youtube.com"
GOOGLE, FORCED = "www.google.com", "forcesafesearch.google.com"
SAFE_CHILD = replace(CHILD, safe_search=safe(search="strict", youtube="moderate"))


def locked(child: PolicyRules = SAFE_CHILD, **changes: object) -> Plane:
    """Return a house whose children get *child*, and upstreams that know the engines."""
    people = {name: replace(one, allow=Selection()) for name, one in family().people.items()}
    rules = {"child": child, "adults": ADULTS}
    plane = Plane(family(**{"policies": rules, "people": people, **changes}))
    for name, last in ((FORCED, 1), (STRICT, 2), (MODERATE, 3), (GOOGLE, 66), (YOUTUBE, 67)):
        plane.exchange.says(name, "A", f"{name}. 200 IN A 192.0.2.{last}")
    return plane


def asked_names(plane: Plane) -> list[str]:
    return [to_text(each.question.name) for each in plane.exchange.asked]


@pytest.mark.parametrize("qtype", ["A", "AAAA"])
@pytest.mark.parametrize("dnssec_ok", [False, True])
def test_an_engine_is_answered_as_an_alias_of_its_safe_twin(qtype: str, dnssec_ok: bool) -> None:
    plane = locked()
    plane.exchange.says(FORCED, "AAAA", f"{FORCED}. 200 IN AAAA 2001:db8::1")
    first, second = (ask(plane, GOOGLE, qtype, dnssec_ok=dnssec_ok) for _ in range(2))
    assert (first.outcome, second.outcome) == (Outcome.FORWARDED, Outcome.CACHED)
    address = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}[qtype]
    assert data(first) == data(second) == [f"{FORCED}.", address]
    assert ttls(first) == [200, 200]
    assert asked_names(plane) == [FORCED]
    assert plane.exchange.asked[0].question.dnssec_ok is dnssec_ok
    assert extended_errors(first.wire) == []


def test_the_target_is_cached_under_its_own_question_for_all() -> None:
    plane = locked()
    ask(plane, GOOGLE)
    ask(plane, "www.google.de")
    assert data(ask(plane, FORCED, address=PARENT_ADDRESS)) == ["192.0.2.1"]
    assert asked_names(plane) == [FORCED]


def test_who_has_no_safe_search_gets_the_engine_as_it_is() -> None:
    plane = locked()
    for _ in range(2):
        assert data(ask(plane, GOOGLE)) == [f"{FORCED}.", "192.0.2.1"]
        assert data(ask(plane, GOOGLE, address=PARENT_ADDRESS)) == ["192.0.2.66"]


def test_the_alias_alone_is_answered_without_asking_anybody() -> None:
    plane = locked()
    answer = ask(plane, YOUTUBE, "CNAME")
    assert (data(answer), ttls(answer)) == ([f"{MODERATE}."], [300])
    assert answer.outcome is Outcome.LOCAL
    assert plane.exchange.asked == []


@pytest.mark.parametrize("qtype", ["HTTPS", "SRV", "NAPTR", "ANY"])
def test_no_other_record_of_the_engine_leaks(qtype: str) -> None:
    plane = locked()
    plane.exchange.says(GOOGLE, qtype, f'{GOOGLE}. 300 IN TXT "unfiltered"')
    answer = ask(plane, GOOGLE, qtype)
    message = parsed(answer.wire)
    assert (rcode(answer), message.rr, len(message.auth)) == (0, [], 1)
    assert extended_errors(answer.wire) == []
    assert plane.exchange.asked == []


def test_mail_of_an_engines_domain_is_left_alone() -> None:
    plane = locked()
    plane.exchange.says(GOOGLE, "MX", f"{GOOGLE}. 300 IN MX 10 mail.example.")
    assert data(ask(plane, GOOGLE, "MX")) == ["10 mail.example."]


def test_a_target_that_fails_never_opens_the_engine() -> None:
    plane = locked()
    plane.exchange.fails(FORCED, "A", UpstreamError("nobody is there"))
    answer = ask(plane, GOOGLE)
    assert (answer.outcome, rcode(answer), data(answer)) == (Outcome.FAILED, 2, [])
    assert asked_names(plane) == [FORCED]


@pytest.mark.parametrize(("said", "expected"), [(2, 2), (5, 2), (3, 3)])
def test_a_target_that_is_gone_never_opens_the_engine(said: int, expected: int) -> None:
    plane = locked()
    authority = "google.com. 60 IN SOA ns.google.com. host.google.com. 1 2 3 4 60"
    plane.exchange.says(FORCED, "A", rcode=said, authority=authority)
    for _ in range(2):
        answer = ask(plane, GOOGLE)
        assert rcode(answer) == expected
        assert asked_names(plane) == [FORCED]


def test_a_target_whose_records_lead_nowhere_is_a_failure() -> None:
    plane = locked()
    wire = bytearray(response_bytes(f"{FORCED}. 200 IN A 192.0.2.1", name=FORCED))
    at = 12 + len(from_text(FORCED)) + 4
    wire[at : at + 2] = b"\xc0\xff"
    plane.exchange.sends(FORCED, "A", bytes(wire))
    answer = ask(plane, GOOGLE)
    assert (answer.outcome, rcode(answer)) == (Outcome.FAILED, 2)
    assert extended_errors(answer.wire) == [(codes.EDE_NETWORK_ERROR, "")]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (CASINO, [f"{FORCED}.", f"{CASINO}.", "192.0.2.9"]),  # we chose it
        ("dns.example", ["0.0.0.0"]),
    ],
)
def test_what_the_target_leads_to_meets_the_bypass_kit_and_no_category(
    target: str, expected: list[str]
) -> None:
    plane = locked()
    zone = f"{FORCED}. 60 IN CNAME {target}.\n{target}. 60 IN A 192.0.2.9"
    plane.exchange.says(FORCED, "A", zone)
    assert data(ask(plane, GOOGLE)) == expected


def test_a_target_that_is_sealed_is_closed_for_each_type() -> None:
    rules = {"child": SAFE_CHILD, "adults": ADULTS}
    plane = Plane(family(policies=rules), sealed=SealedNames(FORCED))
    for qtype in ("A", "CNAME"):
        assert ask(plane, GOOGLE, qtype).outcome is Outcome.BLOCKED


def shortly_before_homework(seconds: float = 0.1) -> Plane:
    """Return a house in which a strict YouTube comes with homework, in *seconds*."""
    window = During("homework", Rule("strict"), safe_search=safe("homework", youtube="strict"))
    plane = locked(replace(SAFE_CHILD, during=(window,)))
    plane.clock.seconds = moment("2026-03-05 14:00") - seconds
    return plane


def answer_over_targets(plane: Plane, seconds: float) -> Answer:
    already_asked = len(plane.exchange.asked)

    async def scene() -> Answer:
        plane.exchange.hold(MODERATE)
        asked = query(YOUTUBE, payload_size=1232)
        answering = asyncio.create_task(plane.answer_later(asked, LENA_ADDRESS))
        await plane.exchange.heard(1 + already_asked)
        plane.clock.move(seconds)
        plane.exchange.release(MODERATE)
        return await answering

    return asyncio.run(scene())


def test_a_mode_that_changes_under_way_asks_for_the_other_target() -> None:
    plane = shortly_before_homework()
    answer = answer_over_targets(plane, 0.2)
    assert data(answer) == [f"{STRICT}.", "192.0.2.2"]
    assert asked_names(plane) == [MODERATE, STRICT]
    assert plane.slot().in_flight == 0


def test_a_mode_that_changes_under_way_takes_what_the_cache_has() -> None:
    plane = shortly_before_homework()
    ask(plane, STRICT, address=PARENT_ADDRESS)
    answer = answer_over_targets(plane, 0.2)
    assert data(answer) == [f"{STRICT}.", "192.0.2.2"]
    assert asked_names(plane) == [STRICT, MODERATE]


def test_an_engine_that_is_closed_meanwhile_is_closed() -> None:
    window = During("homework", Rule("off"), internet_off=True)
    plane = locked(replace(SAFE_CHILD, during=(window,)))
    plane.clock.seconds = moment("2026-03-05 14:00") - 0.1
    assert answer_over_targets(plane, 0.2).outcome is Outcome.BLOCKED


def test_safe_search_that_begins_meanwhile_asks_for_the_target() -> None:
    plane = locked(CHILD)
    rules = {"child": SAFE_CHILD, "adults": ADULTS}
    answer = answer_over(
        plane, GOOGLE, LENA_ADDRESS, lambda: plane.replace_ruleset(family(policies=rules))
    )
    assert data(answer) == [f"{FORCED}.", "192.0.2.1"]
    assert asked_names(plane) == [GOOGLE, FORCED]


def test_the_ttls_of_both_end_where_the_mode_changes() -> None:
    plane = shortly_before_homework(40)
    for qtype in ("A", "CNAME", "HTTPS"):
        assert 30 < max(ttls(ask(plane, YOUTUBE, qtype))) <= 40
    plane.clock.move(10)
    assert max(ttls(ask(plane, YOUTUBE))) <= 30
