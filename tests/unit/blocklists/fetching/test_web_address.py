"""Which URLs a list may come from."""

import pytest

from filterdns.blocklists.fetching.web_address import read_url, redirect_target
from filterdns.errors import FetchError


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://lists.example/a.txt", "lists.example"),
        ("HTTP://Lists.Example:8080/a?b=c#d", "lists.example"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("https://bücher.example/ü", "bücher.example"),
    ],
)
def test_http_and_https_are_read(text: str, host: str) -> None:
    assert read_url(text).host == host


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("file:///etc/passwd", "found file:"),
        ("ftp://lists.example/a", "found ftp:"),
        ("lists.example/a", "found :, expected http or https"),
        ("https:///a", "expected a host"),
        ("http://lists.example:70000/", "port up to 65535"),
        ("http://[::1", "no URL"),
        ("http://lists.example\x00.other/", "no URL"),
    ],
)
def test_all_else_is_refused(text: str, found: str) -> None:
    with pytest.raises(FetchError, match=found):
        read_url(text)


def test_a_user_is_refused_and_not_shown() -> None:
    with pytest.raises(FetchError, match=r"found a user in the URL of lists\.example") as raised:
        read_url("https://me:secret@lists.example/")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "https://lists.example/b"),
        ("b?c", "https://lists.example/x/b?c"),
        ("//other.example/b", "https://other.example/b"),
        ("https://other.example:8443/", "https://other.example:8443/"),
    ],
)
def test_a_redirect_may_lead_elsewhere(location: str, expected: str) -> None:
    assert str(redirect_target(read_url("https://lists.example/x/a"), location)) == expected


@pytest.mark.parametrize(
    "location",
    ["http://lists.example/a", "file:///etc/passwd", "data:,a.example", "https://me@x.example/"],
)
def test_a_redirect_may_not_lead_to_less_safety(location: str) -> None:
    with pytest.raises(FetchError, match=r"lists\.example redirects"):
        redirect_target(read_url("https://lists.example/a"), location)


def test_a_redirect_from_http_to_https_is_followed() -> None:
    target = redirect_target(read_url("http://lists.example/a"), "https://lists.example/a")
    assert target.scheme == "https"
