"""AdBlock rules of one list, settled among themselves."""

import pytest

from filterdns.blocklists.formats import adblock
from filterdns.blocklists.formats.item import Entry, Options
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.own_rules import MAX_SPARING_RULES, OwnRules, Qualified, settle
from filterdns.dns import codes
from filterdns.dns.names import from_text, to_text
from filterdns.errors import BlocklistError


def settled(text: str, blocked: str = "") -> OwnRules:
    """Return what the rules in *text* come to beside the plain names in *blocked*."""
    rules = []
    for line in text.split():
        [item] = adblock.read(line) or []
        assert isinstance(item, Entry)
        rules.append(item)
    return settle(rules, {from_text(name) for name in blocked.split()}.__contains__)


def texts(names: tuple[bytes, ...] | frozenset[bytes]) -> list[str]:
    return sorted(map(to_text, names))


def test_an_exception_lifts_what_lies_at_and_below_it() -> None:
    own = settled("@@||x.example^")
    assert (texts(own.lifting), texts(own.exceptions)) == (["x.example"], ["x.example"])


def test_an_important_block_wins_over_an_exception() -> None:
    own = settled("||x.example^$important @@||a.x.example^")
    assert (texts(own.blocks), texts(own.spared)) == (["x.example"], ["x.example"])
    assert (own.exceptions, own.lost) == ((), 1)


def test_an_important_exception_wins_over_all() -> None:
    own = settled("||a.x.example^$important @@||x.example^$important")
    assert (own.blocks, texts(own.exceptions), own.lost) == ((), ["x.example"], 1)


def test_a_bad_rule_takes_out_the_very_same_one() -> None:
    own = settled("||x.example^$badfilter ||y.example^$important ||y.example^$important,badfilter")
    assert (texts(own.removed), own.blocks) == (["x.example"], ())


def test_a_bad_rule_with_other_options_takes_out_nothing() -> None:
    own = settled("||x.example^$important ||x.example^$dnstype=a,badfilter")
    assert (own.removed, texts(own.blocks)) == (frozenset(), ["x.example"])


def test_denyallow_leaves_names_below_alone() -> None:
    own = settled("||x.example^$denyallow=a.x.example|other.example")
    assert (texts(own.blocks), texts(own.exceptions)) == (["x.example"], ["a.x.example"])
    assert own.lifting == frozenset()


@pytest.mark.parametrize("blocked", ["x.example", "example"])
def test_denyallow_means_nothing_where_another_line_blocks_all(blocked: str) -> None:
    own = settled("||x.example^$denyallow=a.x.example", blocked)
    assert (texts(own.blocks), own.exceptions) == (["x.example"], ())


def test_denyallow_is_no_word_for_a_name_that_another_line_blocks() -> None:
    own = settled("||x.example^$denyallow=a.x.example", "a.x.example")
    assert (texts(own.blocks), own.exceptions) == (["x.example"], ())


def test_exact_and_qualified_blocks_below_an_exception_are_lifted() -> None:
    own = settled(
        "|a.x.example^ ||b.x.example^$dnstype=aaaa @@||x.example^ ||y.example^$dnstype=~a"
    )
    assert own.exact == ()
    assert own.qualified == (Qualified(from_text("y.example"), (codes.A,), True),)
    assert own.lost == 2


def test_an_exact_exception_gives_way_to_an_important_block() -> None:
    assert texts(settled("@@|x.example^").exact_exceptions) == ["x.example"]
    assert settled("@@|x.example^ ||x.example^$important").exact_exceptions == ()


def test_too_many_rules_with_denyallow_are_refused() -> None:
    options = Options(spared=(from_text("a.x.example"),))
    rule = Entry(Kind.BLOCK, from_text("x.example"), options)
    with pytest.raises(BlocklistError, match="found 1001 rules with denyallow, at most 1000"):
        settle([rule] * (MAX_SPARING_RULES + 1), lambda name: False)
