"""The memo's contract, clause by clause: what gets in, how it ages, when it ends."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Query, read_question
from filterdns.policy.effective import EffectivePolicy
from filterdns.policy.ruleset import PolicyRules
from filterdns.policy.verdict import LIFELINE, AnswerMode, Rule
from filterdns.resolver.answer import Answer
from filterdns.resolver.blocked import MAX_FORMS, REPEAT_SECONDS, BlockedForm
from filterdns.resolver.memo import Memo, MemoEntry, Memos
from filterdns.steps import at_once
from tests.support.households import (
    ADULTS,
    family,
    lena_at_bedtime,
    lena_in_the_afternoon,
    safe,
    selection,
)
from tests.support.messages import parsed, query_bytes, response_bytes
from tests.support.plane import (
    AFTERNOON,
    BEDTIME,
    LENA_ADDRESS,
    PARENT_ADDRESS,
    TOM_ADDRESS,
    Plane,
)

NAME = "www.example.com"
PLAIN = query_bytes(NAME)
WITH_OPT = query_bytes(NAME, payload_size=1232)


@pytest.fixture
def plane() -> Plane:
    plane = Plane()
    plane.exchange.says(NAME, "A", f"{NAME}. 100 IN A 192.0.2.1")
    return plane


def consider(plane: Plane, query: Query, times: int = 2) -> MemoEntry | BlockedForm | None:
    """Have *query* answered and considered *times* times; return what the memo has then."""
    plane.answer(query)  # fills the cache
    slot = plane.slot()
    for _ in range(times):
        answer = plane.answer(query)
        plane.slots.memos.consider(slot.memo, query, answer, plane.clock.now())
    return slot.memo.entries.get(query.wire[2:])


def with_flags(wire: bytes, flags: int) -> Query:
    """Return *wire* read, its flags changed behind the reader's back where it would refuse them."""
    changed = wire[:2] + flags.to_bytes(2) + wire[4:]
    return read_question(wire)._replace(wire=changed, flags=flags)


def with_opt(tail: str) -> Query:
    """Return a query whose OPT record has *tail* (hex) behind its payload size."""
    return read_question(WITH_OPT[:-6] + bytes.fromhex(tail))


def with_class(qclass: int) -> Query:
    return read_question(PLAIN[:-2] + qclass.to_bytes(2))


A_RECORD = bytes.fromhex("c00c 0001 0001 00000000 0004 7f000001")


def with_additional(record: bytes) -> Query:
    return read_question(PLAIN[:11] + b"\x01" + PLAIN[12:] + record)


@pytest.mark.parametrize(
    "query",
    [
        read_question(PLAIN),
        read_question(WITH_OPT),
        read_question(query_bytes(NAME, payload_size=1232, dnssec_ok=True)),
        with_flags(PLAIN, codes.RD | codes.AD),
        with_flags(PLAIN, codes.RD | codes.CD),
        read_question(query_bytes(NAME, "MX")),
    ],
    ids=["plain", "OPT", "DO", "AD", "CD", "NODATA"],
)
def test_plain_queries_are_admitted(plane: Plane, query: Query) -> None:
    assert consider(plane, query) is not None


@pytest.mark.parametrize(
    "query",
    [
        with_flags(PLAIN, codes.RD | codes.QR),
        with_flags(PLAIN, codes.RD | 0x0800),
        with_flags(PLAIN, 0),
        with_class(3),
        read_question(query_bytes("WWW.Example.COM")),
        with_additional(A_RECORD),
        read_question(PLAIN + b"\x00"),
        with_opt("0001 0000 0000"),
        with_opt("0000 0000 000c 000a0008 0011223344556677"),
        with_opt("0000 0000 0004 000c0000"),
        read_question(WITH_OPT + b"\x00"),
    ],
    ids=[
        "QR 1",
        "opcode 1",
        "RD 0",
        "class CH",
        "mixed case",
        "another record",
        "bytes at the end",
        "EDNS version 1",
        "cookie",
        "empty padding",
        "bytes behind OPT",
    ],
)
def test_others_take_the_cached_road(plane: Plane, query: Query) -> None:
    assert consider(plane, query, times=5) is None


def test_an_answer_gets_in_on_second_sight(plane: Plane) -> None:
    """Names that are asked for once are most of all names: they cost no memory."""
    query = read_question(PLAIN)
    slot = plane.slot()
    for entries in (0, 1):  # the second comes from the cache
        plane.slots.memos.consider(slot.memo, query, plane.answer(query), plane.clock.now())
        assert plane.slots.memos.entries == entries


def test_a_blocked_one_does_so_whatever_its_id(plane: Plane) -> None:
    first, second = (
        read_question(query_bytes("casino.example", message_id=number)) for number in (1, 2)
    )
    assert consider(plane, first, times=1) is None
    assert consider(plane, second, times=1) is not None


@pytest.mark.parametrize("rcode", [codes.NOERROR, codes.NXDOMAIN])
def test_negative_answers_are_admitted(plane: Plane, rcode: int) -> None:
    soa = "example.com. 60 IN SOA ns.example.com. host.example.com. 1 2 3 4 60"
    plane.exchange.says(NAME, "A", rcode=rcode, authority=soa)
    assert consider(plane, read_question(PLAIN)) is not None


@pytest.mark.parametrize("rcode", [codes.SERVFAIL, codes.REFUSED, codes.NOTIMP])
def test_failures_are_not(plane: Plane, rcode: int) -> None:
    plane.exchange.says(NAME, "A", rcode=rcode)
    assert consider(plane, read_question(PLAIN)) is None


def test_an_answer_with_ttl_0_is_not(plane: Plane) -> None:
    plane.exchange.says(NAME, "A", f"{NAME}. 0 IN A 192.0.2.1")
    assert consider(plane, read_question(PLAIN)) is None


def test_a_truncated_answer_is_not(plane: Plane) -> None:
    zone = "\n".join(f"{NAME}. 100 IN A 192.0.2.{number}" for number in range(60))
    plane.exchange.says(NAME, "A", zone)
    assert consider(plane, read_question(PLAIN)) is None
    assert consider(plane, read_question(WITH_OPT)) is not None


def test_a_lifeline_never_is(plane: Plane) -> None:
    assert consider(plane, read_question(query_bytes("childline.org.uk")), times=5) is None


def test_a_lifeline_that_was_given_up_never_is() -> None:
    name = from_text("childline.org.uk")
    lena = replace(
        family().people["lena"],
        block=selection("childline.org.uk"),
        given_up={name: Rule("why", category=LIFELINE)},
    )
    plane = Plane(family(people={**family().people, "lena": lena}))
    query = read_question(query_bytes("www.childline.org.uk"))
    assert plane.answer(query).form is not None
    assert consider(plane, query, times=5) is None
    assert len(plane.slot().memo.forms) == 0


@pytest.mark.parametrize("name", ["printer.home", "localhost", "1.0.168.192.in-addr.arpa"])
def test_what_the_house_answers_itself_never_is(plane: Plane, name: str) -> None:
    assert consider(plane, read_question(query_bytes(name)), times=5) is None


def test_an_answer_by_tcp_is_admitted_only_if_udp_would_take_it(plane: Plane) -> None:
    zone = "\n".join(f"{NAME}. 100 IN A 192.0.2.{number}" for number in range(60))
    plane.exchange.says("long.example", "A", zone.replace(NAME, "long.example"))
    by_tcp = [
        read_question(query_bytes(name), is_datagram=False) for name in (NAME, "long.example")
    ]
    assert [consider(plane, query) is not None for query in by_tcp] == [True, False]


def test_an_answer_that_lost_its_additional_records_is_not_admitted(plane: Plane) -> None:
    """Its TTLs could not be told from the bytes of the OPT record."""
    additional = "\n".join(f"ns{number}.example.com. 100 IN A 192.0.2.9" for number in range(30))
    answer = response_bytes(f"{NAME}. 100 IN A 192.0.2.1\n{additional}", name=NAME)
    plane.exchange.sends(NAME, "A", answer[:6] + bytes([0, 1, 0, 0, 0, 30]) + answer[12:])
    assert consider(plane, read_question(query_bytes(NAME, payload_size=512))) is None
    assert consider(plane, read_question(WITH_OPT)) is not None


def test_a_blocked_answer_is_admitted_with_what_the_log_keeps(plane: Plane) -> None:
    entry = consider(plane, read_question(query_bytes("casino.example")))
    assert isinstance(entry, BlockedForm)
    assert entry.cause.category == "gambling"


def test_names_that_one_rule_blocks_share_their_answer(plane: Plane) -> None:
    wires = [query_bytes(f"{name}.casino.example") for name in ("a", "bc")]
    first, second = (consider(plane, read_question(wire)) for wire in wires)
    assert first is second is not None


@pytest.mark.parametrize("payload_size", [None, 1232])
@pytest.mark.parametrize("qtype", ["A", "AAAA", "MX"])
def test_a_form_filled_by_the_bytes_alone_is_the_answer(
    plane: Plane, payload_size: int | None, qtype: str
) -> None:
    wire = query_bytes("www.casino.example", qtype, payload_size=payload_size)
    form = consider(plane, read_question(wire))
    assert isinstance(form, BlockedForm)
    filled = wire[:2] + form.head + wire[12 : form.question_end] + form.rest
    assert filled == plane.answer(wire).wire
    assert wire[12 : form.name_end] == read_question(wire).question.name


# How an entry lives.


def admitted(plane: Plane, wire: bytes = PLAIN) -> tuple[MemoEntry, EffectivePolicy]:
    entry = consider(plane, read_question(wire))
    assert isinstance(entry, MemoEntry)
    return entry, plane.slot().policy


def blocked_form(plane: Plane) -> tuple[BlockedForm, EffectivePolicy]:
    form = consider(plane, read_question(query_bytes("casino.example")))
    assert isinstance(form, BlockedForm)
    return form, plane.slot().policy


def refresh(
    plane: Plane, entry: MemoEntry | BlockedForm, policy: EffectivePolicy, moment: float
) -> bool:
    """Let it be *moment*, and refresh *entry* for it."""
    plane.clock.seconds = moment
    return entry.refresh(policy, moment, plane.clock.steady())


def ttl_of(entry: MemoEntry) -> int:
    message = parsed(b"\x00\x00" + entry.tail)
    return int((message.rr or message.auth)[0].ttl)


def test_it_is_aged_in_each_second(plane: Plane) -> None:
    entry, policy = admitted(plane)
    assert ttl_of(entry) == 100
    for seconds, ttl in ((1.0, 99), (1.9, 99), (2.0, 98), (99.9, 1)):
        assert refresh(plane, entry, policy, AFTERNOON + seconds)
        assert (ttl_of(entry), entry.second) == (ttl, int(AFTERNOON + seconds))


def test_it_ends_with_the_cache_entry_that_it_was_made_from(plane: Plane) -> None:
    plane.clock.move(-40)
    plane.answer(PLAIN)
    plane.clock.move(40)
    entry, policy = admitted(plane)
    assert ttl_of(entry) == 60
    assert refresh(plane, entry, policy, AFTERNOON + 59)
    assert not refresh(plane, entry, policy, AFTERNOON + 60)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_keeps_it_no_longer(plane: Plane, hours: int) -> None:
    entry, policy = admitted(plane)
    plane.clock.move(50)
    plane.clock.step(hours * 3600)
    plane.clock.move(49)
    assert entry.refresh(policy, plane.clock.now(), plane.clock.steady()) is (hours < 0)
    plane.clock.move(1)
    assert not entry.refresh(policy, plane.clock.now(), plane.clock.steady())


def test_a_clock_that_is_set_back_keeps_a_blocked_one_no_longer(plane: Plane) -> None:
    form, policy = blocked_form(plane)
    plane.clock.step(-7200)
    plane.clock.move(REPEAT_SECONDS - 1)
    assert form.refresh(policy, plane.clock.now(), plane.clock.steady())
    plane.clock.move(1)
    assert not form.refresh(policy, plane.clock.now(), plane.clock.steady())


def test_a_second_that_comes_again_finds_nothing(plane: Plane) -> None:
    """Its tail would be taken as fresh without a look at it."""
    admitted(plane)
    memos = plane.slots.memos
    assert memos.entries == 1
    memos.clear()
    assert (memos.entries, memos.used_bytes) == (0, 0)


def test_its_ttl_is_capped_at_the_change_of_policy() -> None:
    plane = Plane(now=BEDTIME - 60)
    plane.exchange.says(NAME, "A", f"{NAME}. 3600 IN A 192.0.2.1")
    entry, policy = admitted(plane)
    assert ttl_of(entry) <= 60
    for left in range(60, 0, -1):
        assert refresh(plane, entry, policy, BEDTIME - left + 0.999)
        assert ttl_of(entry) < left


def test_a_blocked_entry_keeps_its_ttl_and_ends_before_that_gets_shorter() -> None:
    plane = Plane(now=BEDTIME - 100)
    form, policy = blocked_form(plane)
    assert refresh(plane, form, policy, BEDTIME - 31)
    assert parsed(form.fill(read_question(query_bytes("casino.example")))).rr[0].ttl == 30
    assert not refresh(plane, form, policy, BEDTIME - 30)


def test_a_blocked_entry_is_not_admitted_when_its_ttl_would_get_shorter() -> None:
    plane = Plane(now=BEDTIME - 30)
    assert consider(plane, read_question(query_bytes("casino.example"))) is None


def test_what_is_blocked_for_where_it_leads_may_be_repeated_only_while_it_leads_there(
    plane: Plane,
) -> None:
    """The next answer may lead elsewhere."""
    zone = f"{NAME}. 20 IN CNAME casino.example.\ncasino.example. 60 IN A 192.0.2.1"
    plane.exchange.says(NAME, "A", zone)
    assert consider(plane, read_question(PLAIN), times=5) is None


# The budget over all memos.


LENA, ASLEEP = lena_in_the_afternoon(), lena_at_bedtime()


def admit(memos: Memos, memo: Memo, answer: Answer, query: Query) -> None:
    for _ in range(2):
        memos.consider(memo, query, answer, AFTERNOON)


def blocked(plane: Plane, number: int) -> tuple[Answer, Query]:
    query = read_question(query_bytes(f"n{number:03}.casino.example"))
    return plane.answer(query), query


def passed_on(plane: Plane, number: int) -> tuple[Answer, Query]:
    query = read_question(query_bytes(f"n{number:03}.example.com"))
    plane.answer(query)
    return plane.answer(query), query


def memos_of(plane: Plane, limit_bytes: int) -> Memos:
    return Memos(limit_bytes, plane.clock.steady)


@pytest.mark.parametrize("make", [blocked, passed_on])
def test_when_the_budget_is_spent_the_largest_memo_gives(
    plane: Plane, make: Callable[[Plane, int], tuple[Answer, Query]]
) -> None:
    memos = memos_of(plane, 8000)
    quiet, busy = memos.memo_for(LENA), memos.memo_for(ASLEEP)
    admit(memos, quiet, *make(plane, 0))
    for number in range(1, 100):
        admit(memos, busy, *make(plane, number))
        assert memos.used_bytes <= memos.limit_bytes
        assert memos.used_bytes == quiet.used_bytes + busy.used_bytes
    assert len(quiet.entries) == 1
    assert 1 < len(busy.entries) < 60
    _, last = make(plane, 99)
    assert last.wire[2:] in busy.entries


def test_what_is_in_use_stays(plane: Plane) -> None:
    memos = memos_of(plane, 20_000)
    memo = memos.memo_for(LENA)
    answer, query = passed_on(plane, 0)
    admit(memos, memo, answer, query)
    for number in range(1, 100):
        plane.clock.move(1)
        entry = memo.entries[query.wire[2:]]
        assert entry.refresh(LENA, plane.clock.now(), plane.clock.steady())
        other, asked = passed_on(plane, number)
        memos.consider(memo, asked, other, plane.clock.now())
    assert query.wire[2:] in memo.entries
    assert len(memo.entries) < 50


def test_what_is_taken_out_gives_its_bytes_back(plane: Plane) -> None:
    memos = memos_of(plane, 1 << 20)
    memo = memos.memo_for(LENA)
    answer, query = passed_on(plane, 0)
    admit(memos, memo, answer, query)
    assert memos.used_bytes > len(answer.wire)
    memos.discard(memo, query.wire[2:])
    memos.discard(memo, query.wire[2:])
    assert (memos.used_bytes, memo.used_bytes, memos.entries) == (0, 0, 0)


def test_forms_are_few_whatever_is_asked(plane: Plane) -> None:
    for length in range(1, 60):
        for flags in (codes.RD, codes.RD | codes.CD):
            for name in ("a" * length, "a" * 60 + "." + "b" * length):
                for kind in ("MX", "A", "HTTPS"):
                    wire = query_bytes(f"{name}.casino.example", kind, payload_size=1232)
                    plane.try_answer(with_flags(wire, flags))
    assert len(plane.slot().memo.forms) <= MAX_FORMS


# Policies come and go.


def admitted_for(plane: Plane, policy: EffectivePolicy) -> MemoEntry:
    """Return what the memo of *policy* has of a question that its people have asked."""
    memos, query = plane.slots.memos, read_question(PLAIN)
    plane.answer(query)
    memo = memos.memo_for(policy)
    memos.discard(memo, query.wire[2:])
    memos.consider(memo, query, plane.answer(query), plane.clock.now())
    entry = memo.entries[query.wire[2:]]
    assert isinstance(entry, MemoEntry)
    return entry


def test_memos_whose_policies_cap_ttls_alike_share_what_was_passed_on(plane: Plane) -> None:
    policy = plane.slot().policy
    alike = replace(policy, key=b"alike", answer=AnswerMode.NODATA)
    entry = admitted_for(plane, policy)
    assert admitted_for(plane, alike) is entry
    assert admitted_for(plane, replace(policy, key=b"shorter", max_ttl_seconds=7)) is not entry
    ending = replace(policy, key=b"ending", valid_until=policy.valid_until - 1)
    assert admitted_for(plane, ending) is not entry


def test_what_is_shared_is_what_the_cache_has_now(plane: Plane) -> None:
    policy = plane.slot().policy
    old = admitted_for(plane, policy)
    plane.clock.move(50)
    question = read_question(PLAIN).question
    kept = plane.cache.get(question, plane.clock.steady())
    assert kept is not None
    plane.cache.put(question, kept.answer, plane.clock.steady())
    assert admitted_for(plane, replace(policy, key=b"alike")) is not old


def test_a_rewritten_answer_is_kept_and_not_shared_with_who_gets_the_engine_as_it_is() -> None:
    """The same bytes are asked, and both answers are stored in the same moment."""
    name, wire = "www.google.com", query_bytes("www.google.com")
    child = PolicyRules("child", safe_search=safe(search="strict"))
    plane = Plane(family(policies={"child": child, "adults": ADULTS}))
    plane.exchange.says(name, "A", f"{name}. 100 IN A 192.0.2.66")
    asked = read_question(wire)
    for address in (LENA_ADDRESS, PARENT_ADDRESS, LENA_ADDRESS, PARENT_ADDRESS):
        slot = plane.slot(address)
        answer = plane.answer(asked, address)
        plane.slots.memos.consider(slot.memo, asked, answer, plane.clock.now())
    for seconds in (0, 1, 50):
        plane.clock.move(seconds)
        for address, expected in ((LENA_ADDRESS, "192.0.2.1"), (PARENT_ADDRESS, "192.0.2.66")):
            found = plane.service.repeated(wire, plane.slot(address), "udp", plane.clock.now())
            assert found is not None
            assert found == plane.answer(asked, address).wire
            assert str(parsed(found).rr[-1].rdata) == expected


def test_what_is_cleared_is_shared_no_longer_though_somebody_has_it_still(plane: Plane) -> None:
    policy = plane.slot().policy
    kept = admitted_for(plane, policy)
    plane.slots.memos.clear()
    assert admitted_for(plane, policy) is not kept


def test_a_sweep_spares_the_memo_that_came_in_the_place_of_another(plane: Plane) -> None:
    policy = plane.slot().policy
    memos = plane.slots.memos
    gone = memos.memo_for(replace(policy, key=b"gone"))
    old = memos.memo_for(replace(policy, key=b"old"))
    admitted_for(plane, gone.policy)
    memos.unlink()
    memos.memo_for(policy)
    sweep = memos.sweep(plane.clock.now())
    next(sweep)  # the first is being emptied
    new = Memo(old.policy, old.shared)
    memos.succeed([(old, new)])
    at_once(sweep)
    assert memos.known(old.policy) is new


def test_what_no_memo_has_is_shared_no_longer(plane: Plane) -> None:
    policy = plane.slot().policy
    admitted_for(plane, policy)
    memos, memo = plane.slots.memos, plane.slots.memos.memo_for(policy)
    assert list(memo.shared) == [PLAIN[2:]]
    memos.discard(memo, PLAIN[2:])
    assert list(memo.shared) == []


def test_a_memo_belongs_to_what_a_policy_says(plane: Plane) -> None:
    memos = memos_of(plane, 1 << 20)
    assert memos.memo_for(LENA) is memos.memo_for(replace(LENA))
    assert memos.memo_for(LENA) is not memos.memo_for(ASLEEP)


def test_a_memo_whose_policy_has_ended_is_swept(plane: Plane) -> None:
    admitted(plane)
    memos = plane.slots.memos
    at_once(memos.sweep(BEDTIME - 1))
    assert memos.entries == 1
    at_once(memos.sweep(BEDTIME))
    assert (memos.entries, memos.used_bytes) == (0, 0)


def test_a_new_ruleset_keeps_the_memo_of_whom_it_does_not_change(plane: Plane) -> None:
    entry, _ = admitted(plane)
    tom = plane.slot(TOM_ADDRESS)
    tom_memo = tom.memo
    ruleset = family()
    people = dict(ruleset.people)
    people["tom"] = replace(people["tom"], block=selection("chess.com"))
    plane.replace_ruleset(replace(ruleset, people=people))
    lena = plane.slot(LENA_ADDRESS)
    assert lena.memo.entries[PLAIN[2:]] is entry
    assert plane.slot(TOM_ADDRESS).memo is not tom_memo


def test_after_a_new_ruleset_memos_that_nobody_uses_are_swept(plane: Plane) -> None:
    admitted(plane)
    memos = plane.slots.memos
    memos.unlink()
    plane.slots.forget_validity()
    plane.slot()
    at_once(memos.sweep(AFTERNOON))
    assert memos.entries == 1
    memos.unlink()
    at_once(memos.sweep(AFTERNOON))
    assert (memos.entries, memos.used_bytes) == (0, 0)


def test_a_smaller_budget_is_kept_while_a_large_memo_goes(plane: Plane) -> None:
    """Nobody can take anything out of what goes already, so it must not count any more."""
    memos = memos_of(plane, 1 << 20)
    old = memos.memo_for(ASLEEP)
    for number in range(300):
        admit(memos, old, *blocked(plane, number))
    memos.unlink()
    memos.limit_bytes = 2_000
    memo = memos.memo_for(LENA)
    going = memos.sweep(AFTERNOON)
    next(going)
    assert old.entries
    admit(memos, memo, *blocked(plane, 1))
    assert memos.used_bytes == memo.used_bytes <= memos.limit_bytes
    at_once(going)
    assert memos.used_bytes == memo.used_bytes > 0


def test_a_memo_that_is_gone_takes_nothing_more(plane: Plane) -> None:
    memos = memos_of(plane, 1 << 20)
    gone = memos.memo_for(LENA)
    answer, query = passed_on(plane, 0)
    admit(memos, gone, answer, query)
    memos.unlink()
    going = memos.sweep(AFTERNOON)
    next(going)
    memos.discard(gone, query.wire[2:])
    admit(memos, gone, answer, query)
    at_once(going)
    assert (memos.used_bytes, len(gone.entries)) == (0, 0)
