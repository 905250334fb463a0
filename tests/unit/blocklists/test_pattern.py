"""Label patterns speak about whole labels, never about parts of them."""

import pytest

from filterdns.blocklists.pattern import LabelMatcher, LabelPattern
from filterdns.dns.names import from_text

RULE = LabelPattern(("my", "the"), ("proana", "pro-ana"), ("tips", "forum"))
MATCHER = LabelMatcher([(7, (RULE,))])


@pytest.mark.parametrize(
    "label",
    [
        *("proana", "pro-ana", "myproana", "my-pro-ana", "my-the-proana"),
        *("proanatips", "proana-tips", "pro-ana-tips-forum", "the-proanaforum"),
    ],
)
def test_a_label_of_the_rules_words_is_claimed(label: str) -> None:
    assert MATCHER.claims(from_text(f"{label}.example")) == [(2, 7)]


@pytest.mark.parametrize(
    "label",
    [
        *("proanalytics", "iproana", "proanaconda", "tips-proana", "proana--tips", "my", "tips"),
        *("proana2", "proana-", "-proana", "pro--ana", "proana_tips"),
    ],
)
def test_any_other_label_is_not(label: str) -> None:
    assert MATCHER.claims(from_text(f"{label}.example")) == []


def test_the_label_count_starts_at_the_matching_label() -> None:
    assert MATCHER.claims(from_text("a.proana.blogs.example")) == [(3, 7)]


def test_two_matching_labels_are_two_claims_the_longest_first() -> None:
    assert MATCHER.claims(from_text("proana.pro-ana.example")) == [(3, 7), (2, 7)]


def test_words_in_two_labels_are_no_match() -> None:
    assert MATCHER.claims(from_text("pro.ana.example")) == []


def test_a_length_byte_that_looks_like_a_letter_is_none() -> None:
    # A label of 45 bytes begins with the byte of "-", one of 49 with that of "1".
    rule = LabelPattern((), ("a-x", "a1x"), ())
    for length in (ord("-"), ord("1")):
        name = from_text(f"a.{'x' * length}.example")
        assert LabelMatcher([(0, (rule,))]).claims(name) == []


def test_a_rule_may_have_cores_only() -> None:
    assert LabelMatcher([(0, (LabelPattern((), ("edtwt",), ()),))]).claims(
        from_text("edtwt.example")
    ) == [(2, 0)]


def test_signs_in_a_word_are_taken_as_they_are() -> None:
    matcher = LabelMatcher([(0, (LabelPattern((), ("a.b",), ()),))])
    assert matcher.claims(from_text("axb.example")) == []


def test_no_label_makes_the_match_slow() -> None:
    rule = LabelPattern(("a", "aa", "aaa"), ("aaaa",), ("a", "aa", "aaa"))
    name = from_text(".".join(["a" * 62 + "b"] * 3))
    assert LabelMatcher([(0, (rule,))]).claims(name) == []
