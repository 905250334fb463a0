"""The proxy that the environment names for a URL: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY.

As curl reads them: lower case wins, and HTTP_PROXY in upper case counts too, for nobody else sets
our environment. NO_PROXY has names, which stand for what is below them as well, addresses,
networks, or `*`, with commas between.
"""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Final

import httpx2

from filterdns.errors import FetchError

_SCHEMES: Final = ("http", "https")


def proxy_of(url: httpx2.URL, environment: Mapping[str, str]) -> httpx2.URL | None:
    """Return the proxy through which *url* is to be asked, or None.

    Raises `FetchError` for a proxy that cannot be used.
    """
    text = _named(environment, f"{url.scheme}_proxy") or _named(environment, "all_proxy")
    if not text or _is_excepted(url.host, _named(environment, "no_proxy")):
        return None
    try:
        proxy = httpx2.URL(text if "://" in text else f"http://{text}")
    except httpx2.InvalidURL as error:
        raise FetchError(f"the environment names a proxy that is no URL: {error}") from None
    if proxy.scheme not in _SCHEMES or not proxy.host:
        # Never the whole URL: it may hold a password.
        raise FetchError(
            f"the environment names a proxy with {proxy.scheme}://, expected http:// or https://"
        )
    return proxy


def _named(environment: Mapping[str, str], key: str) -> str:
    return (environment.get(key) or environment.get(key.upper()) or "").strip()


def _is_excepted(host: str, exceptions: str) -> bool:
    return any(_covers(each.strip().lower(), host.lower()) for each in exceptions.split(","))


def _covers(exception: str, host: str) -> bool:
    if not exception:
        return False
    if exception == "*":
        return True
    try:
        return ip_address(host) in ip_network(exception.strip("[]"), strict=False)
    except ValueError:  # one of both is a name
        name = exception.removeprefix("*").lstrip(".")
        return host.rstrip(".") == name or host.rstrip(".").endswith(f".{name}")
