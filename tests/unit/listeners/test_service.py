"""What every listener does with a query, whatever it came by."""

import logging

import pytest

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import DATAGRAM_SIZE, STREAM_SIZE, Query
from filterdns.resolver.image import Limits
from filterdns.resolver.notes import MAX_HITS_PER_SLOT
from filterdns.resolver.record import Cause
from tests.support.households import SealedNames
from tests.support.messages import query, query_bytes, response_bytes
from tests.support.plane import LENA_ADDRESS, TOM_ADDRESS, Plane


@pytest.fixture
def plane() -> Plane:
    return Plane()


@pytest.mark.parametrize(
    ("transport", "size_limit"), [("udp", DATAGRAM_SIZE), ("tcp", STREAM_SIZE)]
)
def test_the_transport_says_how_large_an_answer_may_be(
    plane: Plane, transport: str, size_limit: int
) -> None:
    read = plane.service.read(query_bytes(payload_size=4096), plane.slot(), transport)
    assert isinstance(read, Query)
    assert read.size_limit == size_limit


def test_what_is_no_query_is_counted_whoever_sends_it() -> None:
    plane = Plane(allow_clients=[])
    assert plane.service.read(response_bytes(), plane.slot(), "udp") == b""
    assert plane.counts() == {("filterdns_queries_total", "udp", "malformed"): 1}


def test_a_blocked_answer_is_counted_by_row_and_category(plane: Plane) -> None:
    asked = query("casino.example")
    plane.service.note(asked, plane.answer(asked), plane.slot(), "tcp", plane.clock.now())
    assert plane.counts() == {
        ("filterdns_queries_total", "tcp", "blocked"): 1,
        ("filterdns_blocked_total", "A11", "gambling"): 1,
    }
    assert len(plane.rows()) == 1


def test_a_lifeline_is_counted_but_never_written_down(plane: Plane) -> None:
    asked = query("childline.org.uk")
    plane.service.note(asked, plane.answer(asked), plane.slot(), "udp", plane.clock.now())
    assert plane.counts() == {("filterdns_queries_total", "udp", "forwarded"): 1}
    assert plane.rows() == []
    assert plane.slot().quiet_until > plane.clock.steady()
    assert plane.slot(TOM_ADDRESS).quiet_until == 0


def test_a_lifeline_that_nobody_answers_begins_the_quiet_time_too(plane: Plane) -> None:
    plane.exchange.says("childline.org.uk", "A", rcode=codes.SERVFAIL)
    asked = query("childline.org.uk")
    plane.service.note(asked, plane.answer(asked), plane.slot(), "udp", plane.clock.now())
    assert plane.slot().quiet_until > plane.clock.steady()


def test_limited_says_nothing_while_tokens_are_left() -> None:
    plane = Plane(limits=Limits(queries_per_second=10, burst=20))
    slot = plane.slot(LENA_ADDRESS)
    plane.clock.move(1)
    assert plane.service.limited(query_bytes(), slot, plane.clock.now(), "udp") is None
    assert slot.tokens == 9


def test_bugs_of_one_kind_do_not_flood_the_log(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        for error in (ZeroDivisionError(), KeyError("a"), ZeroDivisionError(), KeyError("b")):
            plane.service.broken(query_bytes(), error, "udp")
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        ZeroDivisionError,
        KeyError,
    ]


@pytest.mark.parametrize(
    ("wire", "answer"),
    [
        (
            query_bytes("a.example"),
            "1234 8182 0001 0000 0000 0000 0161076578616d706c6500 0001 0001",
        ),
        (query_bytes()[:14], "1234 8182 0000 0000 0000 0000"),
        (response_bytes(), ""),
        (b"", ""),
    ],
)
def test_a_bug_is_answered_as_far_as_the_query_can_be_read(
    plane: Plane, wire: bytes, answer: str
) -> None:
    assert plane.service.broken(wire, ZeroDivisionError(), "udp") == bytes.fromhex(answer)


def test_a_flood_of_listed_names_is_counted_as_what_the_log_misses(plane: Plane) -> None:
    """By the short way, once there is no room, as by the long one; until rows are taken."""
    slot, now = plane.slot(), plane.clock.now()
    names = [b"\x05n%04d" % number + from_text("casino.example") for number in range(1500)]
    for name in names:
        cause = Cause("gambling", "A11", "gambling", len(name))
        plane.service.note_blocked(name, cause, slot, now)
    assert len(plane.rows()) == MAX_HITS_PER_SLOT
    assert plane.slots.notes.dropped_rows == 500
    plane.service.note_blocked(names[-1], Cause("gambling", "A11", "", len(names[-1])), slot, now)
    assert len(plane.rows()) == 1


def test_in_a_flood_below_a_listed_name_that_one_is_counted(plane: Plane) -> None:
    listed = from_text("casino.example")
    cause = Cause("gambling", "A11", "gambling", len(listed))
    slot, now = plane.slot(), plane.clock.now()
    for number in range(1500):
        plane.service.note_blocked(b"\x05n%04d" % number + listed, cause, slot, now)
    assert sum(row[8] for row in plane.rows()) == 1500


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_sealed_name_is_counted_and_nobody_is_told_of(transport: str) -> None:
    plane = Plane(sealed=SealedNames("bad.example", "casino.example"))
    plane.exchange.says("alias.example", "A", "alias.example. 9 IN CNAME x.bad.example.")
    for name in ("www.bad.example", "casino.example", "alias.example"):
        asked = query(name)
        slot, now = plane.slot(), plane.clock.now()
        plane.service.note(asked, plane.answer(asked), slot, transport, now)
    assert plane.rows() == []
    assert plane.slot().hits == {}
    assert plane.slots.notes.sealed_hits == 3
    assert plane.counts() == {
        ("filterdns_queries_total", transport, "blocked"): 3,
        ("filterdns_blocked_total", "A1", ""): 2,
        ("filterdns_blocked_total", "C", ""): 1,
    }


def test_a_sealed_name_that_is_repeated_is_counted_each_time() -> None:
    plane = Plane(sealed=SealedNames("bad.example"))
    wire = query_bytes("bad.example")
    asked = query("bad.example")
    for _ in range(3):
        slot, now = plane.slot(), plane.clock.now()
        answer = plane.answer(asked)
        plane.service.note(asked, answer, slot, "udp", now)
        plane.slots.memos.consider(slot.memo, asked, answer, now)
    assert plane.service.repeated(wire, plane.slot(), "udp", plane.clock.now())
    assert plane.slots.notes.sealed_hits == 4
    assert plane.rows() == []
