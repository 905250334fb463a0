"""Proxies are read from the environment as curl reads them."""

import httpx2
import pytest

from filterdns.blocklists.fetching.proxies import proxy_of
from filterdns.errors import FetchError

HTTP = {"http_proxy": "http://proxy.example:3128"}
URL = "http://lists.example/a"


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({}, URL, None),
        (HTTP, URL, "http://proxy.example:3128"),
        (HTTP, "https://lists.example/a", None),
        ({"HTTP_PROXY": "proxy.example:3128"}, URL, "http://proxy.example:3128"),
        ({"HTTPS_PROXY": "http://p.example"}, "https://lists.example/a", "http://p.example"),
        ({"ALL_PROXY": "http://p.example"}, URL, "http://p.example"),
        (HTTP | {"HTTP_PROXY": "http://other.example"}, URL, "http://proxy.example:3128"),
        (HTTP | {"all_proxy": "http://other.example"}, URL, "http://proxy.example:3128"),
        ({"http_proxy": ""}, URL, None),
        (HTTP | {"no_proxy": "*"}, URL, None),
        (HTTP | {"no_proxy": "lists.example"}, URL, None),
        (HTTP | {"NO_PROXY": "other.example, example"}, URL, None),
        (HTTP | {"no_proxy": ".lists.example"}, URL, None),
        (HTTP | {"no_proxy": "*.example"}, URL, None),
        (HTTP | {"no_proxy": "sts.example,,"}, URL, "http://proxy.example:3128"),
        (HTTP | {"no_proxy": "192.0.2.0/24"}, "http://192.0.2.7/a", None),
        (HTTP | {"no_proxy": "192.0.2.0/24"}, "http://192.0.3.7/a", "http://proxy.example:3128"),
        (HTTP | {"no_proxy": "[2001:db8::1]"}, "http://[2001:db8::1]/a", None),
    ],
)
def test_the_environment_says_which_proxy(
    environment: dict[str, str], url: str, expected: str | None
) -> None:
    found = proxy_of(httpx2.URL(url), environment)
    assert found == (None if expected is None else httpx2.URL(expected))


@pytest.mark.parametrize("proxy", ["socks5://me:secret@p.example", "http://", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_refused_without_its_password(proxy: str) -> None:
    with pytest.raises(FetchError, match="the environment names a proxy") as raised:
        proxy_of(httpx2.URL(URL), {"http_proxy": proxy})
    assert "secret" not in str(raised.value)
