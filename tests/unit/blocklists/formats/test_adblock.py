"""Which AdBlock rules are entries, and why the others are none."""

import pytest

from filterdns.blocklists.formats.adblock import read
from filterdns.blocklists.formats.item import Address, Entry, Options, Reason
from filterdns.blocklists.layout import Kind
from filterdns.dns import codes
from filterdns.dns.names import from_text

X = from_text("x.example")
PLAIN = Options()


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("||x.example^", Entry(Kind.BLOCK, X, PLAIN)),
        ("||x.example", Entry(Kind.BLOCK, X, PLAIN)),
        ("||x.example^|", Entry(Kind.BLOCK, X, PLAIN)),
        ("||*.x.example^", Entry(Kind.BLOCK, X, PLAIN)),
        ("  ||x.example^  ", Entry(Kind.BLOCK, X, PLAIN)),
        ("||x.example.^", Entry(Kind.BLOCK, X, PLAIN)),
        ("|x.example^", Entry(Kind.EXACT, X, PLAIN)),
        ("|x.example|", Entry(Kind.EXACT, X, PLAIN)),
        ("@@||x.example^", Entry(Kind.EXCEPTION, X, PLAIN)),
        ("@@|x.example^", Entry(Kind.EXACT_EXCEPTION, X, PLAIN)),
        ("||x.example^$important", Entry(Kind.BLOCK, X, Options(is_important=True))),
        ("@@||x.example^$important", Entry(Kind.EXCEPTION, X, Options(is_important=True))),
        ("||x.example^$badfilter", Entry(Kind.BLOCK, X, Options(is_bad=True))),
        (
            "||x.example^$important,badfilter",
            Entry(Kind.BLOCK, X, Options(is_important=True, is_bad=True)),
        ),
        (
            "||x.example^$denyallow=a.x.example|b.x.example",
            Entry(
                Kind.BLOCK,
                X,
                Options(spared=(from_text("a.x.example"), from_text("b.x.example"))),
            ),
        ),
        ("||x.example^$dnstype=aaaa", Entry(Kind.QUALIFIED, X, Options(types=(codes.AAAA,)))),
        (
            "||x.example^$dnstype=~a|~aaaa",
            Entry(Kind.QUALIFIED, X, Options(types=(codes.A, codes.AAAA), is_negated=True)),
        ),
        ("||x.example^$dnstype=type65", Entry(Kind.QUALIFIED, X, Options(types=(65,)))),
    ],
)
def test_a_rule_about_a_whole_name_is_an_entry(line: str, entry: Entry) -> None:
    assert read(line) == [entry]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("||x.example^$third-party", Reason.OPTION),
        ("||x.example^$important,client=kim", Reason.OPTION),
        ("||x.example^$popup", Reason.OPTION),
        ("||x.example^$all", Reason.OPTION),
        ("||x.example^$dnstype=nonsense", Reason.OPTION),
        ("||x.example^$dnstype=a|~aaaa", Reason.OPTION),
        ("||x.example^$dnstype=type65536", Reason.OPTION),
        ("||x.example^$denyallow=a..b", Reason.OPTION),
        ("@@||x.example^$dnstype=a", Reason.OPTION),
        ("|x.example^$dnstype=a", Reason.OPTION),
        ("||x.example^$dnsrewrite=noerror;a;192.0.2.7", Reason.REWRITE),
        ("|x.example^$dnsrewrite=192.0.2.7", Reason.REWRITE),
        ("/bad[0-9]+/", Reason.REGEX),
        ("@@/bad/", Reason.REGEX),
        ("/banner", Reason.URL),
        ("||x.*^", Reason.PATTERN),
        ("||x.exam*le^", Reason.PATTERN),
        ("||^", Reason.PATTERN),
        ("||", Reason.PATTERN),
        ("|x.example", Reason.PATTERN),
        ("@@x.example", Reason.PATTERN),
        ("@@", Reason.PATTERN),
        ("x.example^", Reason.PATTERN),
        ("x.example$important", Reason.PATTERN),
        ("||x.example/path^", Reason.URL),
        ("|https://x.example/", Reason.URL),
        ("||x.example:8080^", Reason.URL),
        ("x.example##.advert", Reason.ELEMENT),
        ("x.example#@#.advert", Reason.ELEMENT),
        ("x.example#?#div", Reason.ELEMENT),
        ("x.example#$#body { }", Reason.ELEMENT),
        ("x.example#%#//scriptlet('x')", Reason.ELEMENT),
        ("!#include other.txt", Reason.INCLUDE),
        ("||x..example^", Reason.BAD_NAME),
        ("||localhost^", Reason.LOCAL_NAME),
    ],
)
def test_what_is_not_fully_understood_is_no_entry(line: str, reason: Reason) -> None:
    assert read(line) == [reason]


def test_an_address_is_kept_apart() -> None:
    assert read("||192.0.2.7^") == [Address("192.0.2.7/32")]


@pytest.mark.parametrize(
    "line", ["x.example", "0.0.0.0 x.example", "x.example # why", "// a comment", ""]
)
def test_other_lines_are_left_to_others(line: str) -> None:
    assert read(line) is None
