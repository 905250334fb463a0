"""The comparison of two roads condemns what differs, and excuses nothing but time that passes."""

from random import Random

import pytest

from filterdns.dns.names import from_text
from filterdns.dns.question import read_question
from soak.any_question import AnyQuestion, make_plan, mixed
from soak.pairs import Pair
from soak.same_answer import difference
from soak.slow_road import Comparison, SlowRoad

QUESTION = from_text("www.example.com") + b"\x00\x01\x00\x01"
OPT = b"\x00\x00\x29\x04\xd0" + bytes(4)
ASKED = AnyQuestion("127.0.0.2", b"\x01\x00\x00\x01" + bytes(5) + b"\x01", QUESTION, OPT, b"")


def answer(
    *, ttl: int = 300, data: bytes = b"\xc0\x00\x02\x01", flags: int = 0x8180, opt_flags: int = 0
) -> bytes:
    record = b"\xc0\x0c\x00\x01\x00\x01" + ttl.to_bytes(4) + len(data).to_bytes(2) + data
    opt = b"\x00\x00\x29\x04\xd0" + opt_flags.to_bytes(4) + bytes(2)
    head = b"\x12\x34" + flags.to_bytes(2) + b"\x00\x01\x00\x01\x00\x00\x00\x01"
    return head + QUESTION + record + opt


def shouted(wire: bytes) -> bytes:
    """Return *wire* with another id, and its question in upper case."""
    end = 12 + len(QUESTION) - 4
    return b"\x56\x78" + wire[2:12] + wire[12:end].upper() + wire[end:]


@pytest.mark.parametrize("fast", [answer(), answer(ttl=0), answer(data=b"", flags=0x8183)])
def test_id_and_case_of_the_name_make_no_difference(fast: bytes) -> None:
    assert difference(QUESTION, fast, shouted(fast), 0.1) == ""


@pytest.mark.parametrize(
    "slow",
    [
        answer(data=b"\x00\x00\x00\x00"),
        answer(flags=0x8183),
        answer(flags=0x8580),
        answer(opt_flags=0x8000),
        answer(ttl=298),
        answer(ttl=30),
        answer() + b"\x00",
        answer()[:-1],
        answer()[:12],
        answer().replace(b"example", b"exbmple"),
    ],
)
def test_every_other_difference_is_told(slow: bytes) -> None:
    assert difference(QUESTION, answer(), slow, 0.1)
    assert difference(QUESTION, slow, answer(), 0.1)


@pytest.mark.parametrize(
    ("fast", "slow", "seconds", "is_same"),
    [
        (300, 299, 0.1, True),
        (299, 300, 0.1, True),
        (300, 298, 1.5, True),
        (300, 297, 1.5, False),
        (0, 3, 0.1, True),  # it ended meanwhile and was fetched anew
        (1, 4, 0.1, False),
    ],
)
def test_ttls_differ_by_no_more_than_the_time_that_has_passed(
    fast: int, slow: int, seconds: float, is_same: bool
) -> None:
    found = difference(QUESTION, answer(ttl=fast), answer(ttl=slow), seconds)
    assert (not found) is is_same


@pytest.mark.parametrize(
    ("fast", "slow", "over_tcp", "counts"),
    [
        (answer(), shouted(answer()), (False, True), (1, 0, 0, 0)),
        (answer(), shouted(answer(ttl=9)), (False, False), (0, 1, 0, 0)),
        (answer(), b"", (False, False), (0, 0, 0, 1)),
        (b"", answer(), (False, False), (0, 0, 0, 1)),
        (answer(data=b"", flags=0x8380), answer(data=bytes(1300)), (False, True), (1, 0, 1, 0)),
        (answer(data=b"", flags=0x8382), answer(data=bytes(1300)), (False, True), (0, 1, 1, 0)),
        (answer(data=b"", flags=0x8380), answer(data=bytes(1300)), (False, False), (0, 1, 0, 0)),
        (answer(data=bytes(1300)), answer(data=b"", flags=0x8380), (True, False), (1, 0, 1, 0)),
        (answer(data=bytes(1300)), answer(data=b"", flags=0x8380), (True, True), (0, 1, 0, 0)),
    ],
)
def test_a_pair_is_equal_different_or_lost(
    fast: bytes, slow: bytes, over_tcp: tuple[bool, bool], counts: tuple[int, ...]
) -> None:
    found = Comparison()
    found.take(Pair(ASKED, fast, slow, over_tcp, 0.1))
    assert (found.equal, found.different, found.cut, found.lost) == counts
    assert len(found.examples) == found.different


GOOD = SlowRoad(10, 10, 0, 1, 0, 0, 5, ())


@pytest.mark.parametrize(
    ("found", "failure"),
    [
        (GOOD, None),
        (GOOD._replace(different=1, examples=("such",)), "1 pairs differ"),
        (GOOD._replace(lost=2), "2 pairs lost an answer"),
        (GOOD._replace(memo=0), "nothing came from the memo"),
    ],
)
def test_a_run_has_failed_if_anything_differs_or_is_lost_or_nothing_was_fast(
    found: SlowRoad, failure: str | None
) -> None:
    assert found.failures == [] if failure is None else failure in found.failures[0]


def test_both_roads_ask_the_same_and_the_slow_one_never_in_the_same_words() -> None:
    random = Random(1)
    for each in make_plan(random, 300):
        fast = read_question(b"\x00\x00" + each.fast())
        slows = {each.slow(random) for _ in range(3)}
        letters = sum(byte | 0x20 in b"abcdefghijklmnopqrstuvwxyz" for byte in each.question[:-4])
        assert len(slows) > 1 or (letters < 8 and not each.opt)
        for wire in slows:
            slow = read_question(b"\x00\x00" + wire)
            assert (slow.question, slow.flags) == (fast.question, fast.flags)
            assert (slow.edns is None) is (fast.edns is None)


def test_only_letters_change_their_case() -> None:
    name = from_text("a1-b.xn--bcher-kva.example") + b"\x00\x41\x00\x01"
    found = {mixed(name, Random(seed)) for seed in range(50)}
    assert {each.lower() for each in found} == {name.lower()}
    assert {each[-4:] for each in found} == {name[-4:]}
