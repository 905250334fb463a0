import pytest

from filterdns.importing.entries import (
    MOST_SHOWN,
    Entry,
    above,
    as_listed,
    is_address,
    read_name,
    read_regex,
    several,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM.", "example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("a_b.example", "a_b.example"),
        ("zip", "zip"),
        ("192.0.2.1", None),
        (".", None),
        ("", None),
        ("*.example", None),
        ("a b", None),
    ],
)
def test_a_name_is_read_in_canonical_form(text: str, name: str | None) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\.|^)ads\.example$",
        r"(^|\.)ads\.example$",
        r"(?:^|\.)ads\.example$",
        r"^(.+\.)?ads\.example$",
        r"^(.*\.)?ads\.example$",
    ],
)
def test_a_regex_for_a_name_and_what_lies_below_it_is_that_name(pattern: str) -> None:
    assert read_regex(pattern, "here") == Entry("ads.example", is_exact=False, place="here")


def test_a_regex_for_one_name_is_exact() -> None:
    assert read_regex(r"^ads\.example$", "here") == Entry(
        "ads.example", is_exact=True, place="here"
    )


@pytest.mark.parametrize(
    "pattern",
    [
        r"ads\.example",
        r"ads\.example$",
        r"^ads\.example",
        r"\.ads\.example$",
        r"(\.|^)ads.example$",
        r"(\.|^)ads[0-9]\.example$",
        r"(\.|^)ads\.example$;querytype=A",
        r"(\.|^)1\.2\.3\.4$",
        "",
    ],
)
def test_a_regex_that_says_anything_else_is_none(pattern: str) -> None:
    assert read_regex(pattern, "here") is None


def test_a_top_level_domain_is_listed_with_its_dot() -> None:
    assert (as_listed("zip"), as_listed("ads.example")) == ("zip.", "ads.example")


def test_above_is_the_name_itself_and_all_above_it() -> None:
    assert list(above("a.b.example")) == ["a.b.example", "b.example", "example"]


def test_many_texts_are_counted_beyond_the_first() -> None:
    assert several(["a", "b"]) == "a, b"
    assert several(["a"] * (MOST_SHOWN + 2)).endswith(", and 2 more")


def test_an_address_is_told_from_a_name() -> None:
    assert is_address("2001:db8::1")
    assert not is_address("a.example")
