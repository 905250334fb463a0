"""A word is a name, an address, or there is a reason why it is neither."""

import pytest

from filterdns.blocklists.formats.item import Address, Reason
from filterdns.blocklists.formats.words import is_sink, read_name
from filterdns.dns.names import from_text


@pytest.mark.parametrize(
    "word",
    ["x.example", "x.example.", ".x.example", "*.x.example", "http://x.example", "x.example/"],
)
def test_a_name_is_read_in_each_of_its_dresses(word: str) -> None:
    assert read_name(word) == from_text("x.example")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("192.0.2.7", Address("192.0.2.7/32")),
        ("192.0.2.7/24", Address("192.0.2.0/24")),
        ("2001:db8::7", Address("2001:db8::7/128")),
        ("127.0.0.1", Reason.ADDRESS),
        ("::", Reason.ADDRESS),
        ("0.0.0.0/0", Reason.ADDRESS),
        ("::/0", Reason.ADDRESS),
        ("::ffff:192.0.2.7", Address("192.0.2.7/32")),
        ("::ffff:192.0.2.0/120", Address("192.0.2.0/24")),
        ("http://192.0.2.7/", Address("192.0.2.7/32")),
        ("x.example/path", Reason.URL),
        ("https://x.example/?q", Reason.URL),
        ("https://kim@x.example", Reason.URL),
        ("https://", Reason.URL),
        ("x.example:80", Reason.URL),
        ("x*.example", Reason.PATTERN),
        ("*", Reason.PATTERN),
        ("*.", Reason.BAD_NAME),
        (".", Reason.BAD_NAME),
        ("1.2.3", Reason.BAD_NAME),
        ("localhost.", Reason.LOCAL_NAME),
        ("x.localdomain", Reason.LOCAL_NAME),
    ],
)
def test_what_is_no_name_has_a_reason(word: str, found: Address | Reason) -> None:
    assert read_name(word) == found


def test_sinks_are_the_addresses_of_nowhere() -> None:
    assert all(map(is_sink, ("0.0.0.0", "0", "::", "::1", "127.0.0.1", "127.8.8.8")))
    assert not any(map(is_sink, ("192.0.2.7", "2001:db8::", "127.x.example")))
