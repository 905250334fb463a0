"""Names in canonical form."""

import pytest

from filterdns.dns import names
from filterdns.errors import InvalidName, MalformedMessage

CANONICAL = b"\x03www\x07example\x03com\x00"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("www.example.com", CANONICAL),
        ("WWW.Example.COM.", CANONICAL),
        (".", b"\x00"),
        ("_dmarc.example.com", b"\x06_dmarc\x07example\x03com\x00"),
        ("bücher.example", b"\x0dxn--bcher-kva\x07example\x00"),
        ("a" * 63 + ".com", b"\x3f" + b"a" * 63 + b"\x03com\x00"),
    ],
)
def test_text_becomes_canonical(text: str, name: bytes) -> None:
    assert names.from_text(text) == name


def test_sharp_s_is_kept_as_idna_2008_says() -> None:
    assert names.to_text(names.from_text("Straße.example")) == "xn--strae-oqa.example"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("a..b", "empty label"),
        (".com", "empty label"),
        ("a" * 64 + ".com", "over 63"),
        (".".join(["a" * 60] * 5), "over 253"),
        ("exa mple.com", "character"),
        ("exa\\046mple.com", "character"),
        ("http://example.com/", "an address of a page; the name in it will do"),
        ("*.example.com", "character"),
        ("\u2011.example", "no domain name"),
    ],
)
def test_what_is_no_name_is_refused_and_said(text: str, complaint: str) -> None:
    with pytest.raises(InvalidName, match=complaint):
        names.from_text(text)


def test_text_escapes_what_would_mislead_a_reader() -> None:
    assert names.to_text(b"\x03a.b\x02\x00\xff\x00") == r"a\046b.\000\255"
    assert names.to_text(names.ROOT) == "."


def test_suffixes_are_slices_from_long_to_short() -> None:
    assert names.suffixes(CANONICAL) == [CANONICAL, CANONICAL[4:], b"\x03com\x00"]
    assert names.suffixes(names.ROOT) == []


def test_labels_are_counted_without_the_root() -> None:
    assert names.label_count(CANONICAL) == 3
    assert names.labels(CANONICAL) == [b"www", b"example", b"com"]
    assert names.label_count(names.ROOT) == 0


@pytest.mark.parametrize(
    ("name", "above", "is_below"),
    [
        ("www.example.com", "example.com", True),
        ("example.com", "example.com", True),
        ("badexample.com", "example.com", False),
        ("com", "example.com", False),
        ("example.com", ".", True),
    ],
)
def test_below_means_by_whole_labels(name: str, above: str, is_below: bool) -> None:
    assert names.is_below_or_equal(names.from_text(name), names.from_text(above)) is is_below


def test_a_length_byte_that_looks_like_a_letter_does_not_fool_the_comparison() -> None:
    inner = b"\x03com\x00"
    assert not names.is_below_or_equal(b"\x04a\x03co" + b"m\x00", inner)


def test_skip_stops_behind_a_pointer() -> None:
    assert names.skip(b"\x03www\xc0\x0c\xff", 0) == 6
    assert names.skip(CANONICAL + b"rest", 0) == len(CANONICAL)
    with pytest.raises(MalformedMessage):
        names.skip(b"\x80a", 0)
