"""The policy has two implementations, and they agree: the program, and docs/policy.md read aloud.

Random houses over three years in eight zones; see `tests/support/reference`. Then what the policy
promises, each promise as a test of its own that asks neither of the two how rows are ordered.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filterdns.dns.leads import Leads
from filterdns.dns.question import Query
from filterdns.policy.client import Identity
from filterdns.policy.compare import laxer_moments
from filterdns.policy.decide import decide, decide_answer
from filterdns.policy.strangers import nobody, strictest_of
from filterdns.policy.verdict import Action, Row, Verdict
from tests.support.both_sides import TYPES, BothSides, Filter, expected, leads, outcome, told, wire
from tests.support.laxness import first_lax_moment
from tests.support.messages import parsed, query_bytes
from tests.support.plane import Plane
from tests.support.random_houses import (
    ADDRESSES,
    ASKED_NAMES,
    BEN,
    BYPASS,
    ENGINES,
    LIFELINES,
    LISTED_ADDRESSES,
    MIA,
    NAMES,
    STRANGER,
    changed,
    leadings,
    moments,
    worlds,
)
from tests.support.reference import judging
from tests.support.reference.answers import Leading, judge_answer
from tests.support.reference.asker import Asker, who_asks
from tests.support.reference.rows import CHECK_NAMES, Question, blocked_categories
from tests.support.reference.selections import spelled_out
from tests.support.reference.world import World, lies_in, longest_covering

# Longer than hypothesis looks for a smaller example: an alarm in the midst of that makes it call
# the strategies flaky, and what was wrong is not told.
pytestmark = pytest.mark.timeout(900)

NOW = datetime(2018, 3, 1, tzinfo=UTC).timestamp()
qtypes = st.sampled_from(("A", "AAAA", "DS", "HTTPS", "CNAME", "MX"))


def examples(share: int) -> settings:
    """Return settings for a test of which one example does the work of *share* others.

    Each asks a whole house for every name that there is.
    """
    assert settings.default is not None
    most = max(100, settings.default.max_examples // 6)
    return settings(
        max_examples=most // share,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


# Both sides.


@examples(2)
@given(st.data())
def test_program_and_reference_decide_alike(data: st.DataObject) -> None:
    both = BothSides(data.draw(worlds()))
    qtype = data.draw(qtypes)
    questions = [Question(name, qtype) for name in ASKED_NAMES]
    for now in data.draw(st.lists(moments(both.world.written), min_size=1, max_size=2)):
        for address in ADDRESSES:
            with told(both.world):
                both.assert_same(address, questions, now)


@examples(8)
@given(st.data())
def test_they_decide_alike_while_nobody_knows_the_time(data: st.DataObject) -> None:
    both = BothSides(data.draw(worlds()))
    now = data.draw(moments(both.world.written))
    questions = [Question(name) for name in NAMES]
    for address in (MIA, STRANGER):
        with told(both.world):
            both.assert_same(address, questions, now, is_time_known=False)


@examples(4)
@given(st.data())
def test_they_judge_alike_where_an_answer_leads(data: st.DataObject) -> None:
    both = BothSides(data.draw(worlds()))
    now = data.draw(moments(both.world.written))
    leading = data.draw(leadings)
    qtype = data.draw(st.sampled_from(("A", "AAAA", "HTTPS", "DS")))
    for address in ADDRESSES:
        policy = both.filter.policy(address, now)
        strict = judging.candidates(both.world, address, now)
        for name in ASKED_NAMES:
            verdict = decide(wire(name), TYPES[qtype], policy)
            verdict = decide_answer(wire(name), TYPES[qtype], leads(leading), verdict, policy)
            question = Question(name, qtype)
            decided = judge_answer(strict, question, judging.judge(strict, question), leading)
            with told(both.world):
                assert outcome(verdict, policy) == expected(decided), (address, name, leading, now)


@examples(3)
@given(st.data())
def test_a_new_config_is_not_answered_by_what_was_made_of_the_old_one(data: st.DataObject) -> None:
    """Policies outlive a reload where nothing changes for them: their keys have to hold it all."""
    world = data.draw(worlds())
    both = BothSides(world)
    now = data.draw(moments(world.written))
    for address in ADDRESSES:
        both.filter.policy(address, now)
    after = BothSides(data.draw(changed(world)), previous=both.filter)
    for address in ADDRESSES:
        with told(after.world):
            after.assert_same(address, [Question(name) for name in ASKED_NAMES], now)


# Time.


@examples(3)
@given(st.data())
def test_a_policy_never_holds_for_too_long(data: st.DataObject) -> None:
    """Looked at are the minutes around both ends, and random ones between."""
    world = data.draw(worlds())
    side = Filter(world)
    now = data.draw(moments(world.written))
    share = data.draw(st.lists(st.floats(0, 1), min_size=5, max_size=5))
    for address in ADDRESSES:
        policy = side.policy(address, now)
        assert policy.holds_at(now)
        identity = who_asks(world, address)
        current = judging.in_force(world, identity, now)
        since, until = max(policy.valid_from, now - WEEK), min(policy.valid_until, now + WEEK)
        between = [since + each * (until - since) for each in share]
        for at in (since, since + MINUTE, until - MINUTE, until - 1, until - 0.01, *between):
            if policy.holds_at(at):
                with told(world):
                    assert judging.in_force(world, identity, at) == current, (address, now, at)


@examples(6)
@given(st.data())
def test_a_policy_ends_at_the_minute_at_which_something_changes(data: st.DataObject) -> None:
    """The next change is found by walking; a policy may end earlier only after a week."""
    world = data.draw(worlds())
    side = Filter(world)
    now = data.draw(moments(world.written))
    address = data.draw(st.sampled_from((MIA, BEN)))
    until = side.policy(address, now).valid_until
    change = judging.next_change(world, who_asks(world, address), now)
    with told(world):
        assert until == change or (now + WEEK <= until <= (change or inf)), (address, now)


@examples(4)
@given(st.data())
def test_no_ttl_reaches_beyond_a_change(data: st.DataObject) -> None:
    """What a client may keep was never decided otherwise before it has to ask again."""
    world = data.draw(worlds())
    plane = plane_of(world)
    for name in ("learn.example", "www.tube.example"):
        plane.exchange.says(name, "A", f"{name}. 86400 IN CNAME blog.example.\n{ALIASED}")
    names = data.draw(st.lists(st.sampled_from(CHANGEABLE_NAMES), min_size=3, max_size=6))
    now = data.draw(moments(world.written))
    for step in data.draw(st.lists(st.integers(0, 4000), min_size=2, max_size=4)):
        plane.clock.seconds = now = now + step
        for address in ADDRESSES:
            longest = asyncio.run(longest_ttl(plane, names, address))
            identity = who_asks(world, address)
            current = judging.in_force(world, identity, now)
            last = now + longest
            for at in [*range(int(now // 60 + 1) * 60, int(last), 60), last]:
                with told(world):
                    assert judging.in_force(world, identity, at) == current, (address, now, at)


# Promises.


@examples(4)
@given(st.data())
def test_nothing_answers_a_sealed_name(data: st.DataObject) -> None:
    world = data.draw(worlds())
    sealed = data.draw(st.sampled_from(ASKED_NAMES))
    side = Filter(replace(world, sealed=[sealed]))
    now = data.draw(moments(world.written))
    for address in ADDRESSES:
        policy = side.policy(address, now)
        for qtype in TYPES.values():
            for name in (wire(sealed), wire(f"www.{sealed}")):
                verdict = decide(name, qtype, policy)
                assert (verdict.action, verdict.row) == (Action.BLOCK, Row.SEALED)
        for asked in ASKED_NAMES:
            verdict = decide(wire(asked), TYPES["A"], policy)
            leading = Leads((wire(sealed),))
            verdict = decide_answer(wire(asked), TYPES["A"], leading, verdict, policy)
            assert verdict.action is Action.BLOCK


@examples(4)
@given(st.data())
def test_a_lifeline_is_closed_by_its_own_confirmed_entry_alone(data: st.DataObject) -> None:
    world = data.draw(worlds())
    side = Filter(replace(world, sealed=()))
    now = data.draw(moments(world.written))
    for address in ADDRESSES:
        policy = side.policy(address, now)
        confirmed = {
            name
            for asker in judging.candidates(world, address, now)
            for level in asker.levels
            for name in level.get("lifeline_blocked_because", ())
        }
        for name in LIFELINES:
            for asked in (name, f"chat.{name}"):
                verdict = decide(wire(asked), TYPES["A"], policy)
                assert verdict.row is Row.LIFELINE
                if verdict.action is Action.BLOCK:
                    assert longest_covering(asked, confirmed)
                    continue
                anywhere = Leading(list(world.lists), LISTED_ADDRESSES, is_private=True)
                found = decide_answer(wire(asked), TYPES["A"], leads(anywhere), verdict, policy)
                assert found == verdict


@examples(3)
@given(st.data())
def test_a_locked_category_is_lifted_by_no_shorter_name(data: st.DataObject) -> None:
    """What lifts it is the house's own name, a lifeline, an essential, or an exact name."""
    world = data.draw(worlds())
    side = Filter(world)
    now = data.draw(moments(world.written))
    for address in ADDRESSES:
        policy = side.policy(address, now)
        for asker in judging.candidates(world, address, now):
            for category in set(world.locked).intersection(blocked_categories(asker)):
                listed = world.listed_under(category)
                for name in ASKED_NAMES:
                    longest = longest_covering(name, listed)
                    verdict = decide(wire(name), TYPES["A"], policy)
                    if not longest or verdict.action is Action.BLOCK:
                        continue
                    # Not the row of the verdict: of several policies it is that of another one.
                    is_lifted = any(len(each) >= len(longest) for each in allowed(asker, name))
                    with told(world):
                        assert is_lifted or verdict.row in OF_THE_HOUSE, (address, name, now)


@examples(3)
@given(st.data())
def test_the_bypass_kit_is_opened_by_no_service_category_or_schedule(data: st.DataObject) -> None:
    world = data.draw(worlds())
    side = Filter(world)
    now = data.draw(moments(world.written))
    for address in ADDRESSES:
        policy = side.policy(address, now)
        for asker in judging.candidates(world, address, now):
            kit = [kind for kind in BYPASS if asker.setting("bypass", kind, "allow") == "block"]
            ways = [name for kind in kit for name in CHECK_NAMES.get(kind, ())]
            ways += [name for kind in kit for name in world.listed_under(kind)]
            in_so_many_words = {
                entry for level in asker.levels for entry in level.get("allow", ()) if "." in entry
            }
            for name in ASKED_NAMES:
                verdict = decide(wire(name), TYPES["A"], policy)
                if longest_covering(name, ways) and verdict.action is not Action.BLOCK:
                    with told(world):
                        assert name in in_so_many_words or verdict.row in OF_THE_HOUSE, name


@examples(3)
@given(st.data())
def test_unknown_devices_get_nothing_that_anybody_is_denied(data: st.DataObject) -> None:
    world = data.draw(worlds())
    world = replace(world, written={**world.written, "unknown_devices": {"policy": "strictest"}})
    side = Filter(world)
    now = data.draw(moments(world.written))
    places = data.draw(st.sampled_from(((), ("house",), ("house", "room"))))
    strictest = side.policies.policy_for(Identity("", "", places), now)
    for person in world.written["people"]:
        policy = side.policies.policy_for(Identity(person, "", places), now)
        for name in ASKED_NAMES:
            theirs = decide(wire(name), TYPES["A"], policy)
            if theirs.action is Action.BLOCK and theirs.row is not Row.LIFELINE:
                assert decide(wire(name), TYPES["A"], strictest).action is Action.BLOCK, name
        assert strictest.max_ttl_seconds <= policy.max_ttl_seconds
        assert strictest.valid_until <= policy.valid_until


@examples(3)
@given(st.data())
def test_a_place_only_restricts(data: st.DataObject) -> None:
    world = data.draw(worlds())
    side = Filter(world)
    now = data.draw(moments(world.written))
    for person in ("mia", "ben", ""):
        free = side.policies.policy_for(Identity(person, "", ()), now)
        for places in (("house",), ("room",), ("house", "room")):
            inside = side.policies.policy_for(Identity(person, "", places), now)
            for name in ASKED_NAMES:
                outside = decide(wire(name), TYPES["A"], free)
                verdict = decide(wire(name), TYPES["A"], inside)
                assert strictness(verdict) >= strictness(outside), (person, places, name)
                if verdict.action is Action.ALLOW:
                    assert outside.action is Action.ALLOW, (person, places, name)


def strictness(verdict: Verdict) -> int:
    """Rank what becomes of a name: open, held to moderate, to strict results, closed."""
    if verdict.action is Action.REWRITE:
        return 1 if verdict.instead == ENGINES["tube"].moderate else 2
    return 3 if verdict.action is Action.BLOCK else 0


@examples(5)
@given(st.data())
def test_do_and_cd_change_no_verdict(data: st.DataObject) -> None:
    world = data.draw(worlds())
    plane = plane_of(world, now=data.draw(moments(world.written)))
    for address in (MIA, STRANGER):
        for name in data.draw(st.lists(st.sampled_from(ASKED_NAMES), min_size=8, max_size=8)):
            plain = bytearray(query_bytes(name, payload_size=1232))
            secure = bytearray(query_bytes(name, payload_size=1232, dnssec_ok=True))
            unchecked = bytearray(plain)
            unchecked[3] |= 0x10  # CD, RFC 4035 section 3.2.2
            said = [asyncio.run(answer(plane, bytes(each), address)) for each in (plain, secure)]
            said.append(asyncio.run(answer(plane, bytes(unchecked), address)))
            assert len({(parsed(each).header.rcode, _addresses(each)) for each in said}) == 1


def allowed(asker: Asker, name: str) -> Iterator[str]:
    """Yield the names that *asker* is allowed, services' included, which are or hold *name*."""
    for level in asker.levels:
        for each, _ in spelled_out(level.get("allow", ()), asker.world):
            if lies_in(name, each):
                yield each


MINUTE = 60
WEEK = 7 * 24 * 60 * MINUTE
ALIASED = "blog.example. 86400 IN A 192.0.2.2"
# A lifeline is open whatever changes, and its TTL always the same.
CHANGEABLE_NAMES = [each for each in ASKED_NAMES if not longest_covering(each, LIFELINES)]
OF_THE_HOUSE = (Row.SPECIAL, Row.LOCAL, Row.LIFELINE)


def plane_of(world: World, now: float = 0.0) -> Plane:
    """Return the data plane in *world*."""
    side = Filter(world)
    return Plane(side.ruleset, now=now, claims=side.claims, sealed=side.sealed)


async def answer(plane: Plane, asked: bytes, address: str) -> bytes:
    """Return the answer as a listener gives it: by the memo if it can."""
    now, slot = plane.clock.now(), plane.slot(address)
    repeated = plane.service.repeated(asked, slot, "tcp", now)
    if repeated is not None:
        return repeated
    read = plane.service.read(asked, slot, "tcp")
    assert isinstance(read, Query)
    said = await plane.answer_later(read, address)
    plane.slots.memos.consider(plane.slot(address).memo, read, said, now)
    return said.wire


async def longest_ttl(plane: Plane, names: list[str], address: str) -> int:
    """Ask for *names* three times, as the memo wants it; return the longest TTL that was heard."""
    longest = 0
    for name in names * 3:
        message = parsed(await answer(plane, query_bytes(name), address))
        longest = max([longest, *(each.ttl for each in (*message.rr, *message.auth))])
    return longest


def _addresses(message: bytes) -> tuple[str, ...]:
    return tuple(str(each.rdata) for each in parsed(message).rr)


# What `check` compares.


@examples(10)
@given(worlds())
def test_whoever_may_do_more_is_found_as_by_asking_everybody_at_every_moment(world: World) -> None:
    side = Filter(world)
    ruleset, house = side.ruleset, side.policies.house
    others = [*strictest_of(ruleset), nobody(ruleset, "child")]
    for than in (others[:-1], others[-1:]):
        people = [*ruleset.people.values(), nobody(ruleset, "safe")]
        found = {id(lax.asker): lax.at for lax in laxer_moments(ruleset, house, people, than, NOW)}
        for person in people:
            expected_at = first_lax_moment(ruleset, house, person, than, NOW)
            assert found.get(id(person)) == expected_at, person
