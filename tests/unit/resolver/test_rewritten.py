"""What was made of a cached answer is made once."""

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.dns.question import Question
from filterdns.resolver.cache import Cached
from filterdns.resolver.rewritten import MOST_KEPT, Rewritten
from tests.support.messages import read, response_bytes

TARGET = "safe.search.example"
QUESTION = Question(from_text(TARGET), codes.A, False, False)


def cached(address: str = "192.0.2.1") -> Cached:
    answer = read(response_bytes(f"{TARGET}. 300 IN A {address}", name=TARGET))
    return Cached(answer, 1000.0, 1300.0, 800)


def test_it_has_the_times_of_what_it_was_made_of() -> None:
    made = Rewritten().of(QUESTION, cached())
    assert (made.stored_at, made.expires_at) == (1000.0, 1300.0)
    assert made.answer.leads.targets == (from_text(TARGET),)


def test_it_is_made_once() -> None:
    rewritten, entry = Rewritten(), cached()
    assert rewritten.of(QUESTION, entry) is rewritten.of(QUESTION, entry)


def test_it_is_made_anew_of_what_an_upstream_says_later() -> None:
    rewritten = Rewritten()
    first = rewritten.of(QUESTION, cached())
    second = rewritten.of(QUESTION, cached("192.0.2.2"))
    assert first.answer.body != second.answer.body


def test_it_keeps_no_more_than_a_few() -> None:
    rewritten, entry = Rewritten(), cached()
    for number in range(MOST_KEPT + 10):
        rewritten.of(Question(from_text(f"n{number}.example"), codes.A, False, False), entry)
    assert len(rewritten._made_by_question) <= MOST_KEPT
