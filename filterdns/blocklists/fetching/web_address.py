"""URLs that a list may be fetched from, and where a redirect may lead."""

import httpx2

from filterdns.errors import FetchError

_MAX_PORT = 65535


def read_url(text: str) -> httpx2.URL:
    """Return the URL in *text*. Raises `FetchError` if a list may not be fetched from there."""
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise FetchError(f"found what is no URL: {error}") from None
    _check(url)
    return url


def redirect_target(url: httpx2.URL, location: str) -> httpx2.URL:
    """Return where *url* redirects to by the header *location*.

    Raises `FetchError` if a list may not be fetched from there: what was safe has to stay safe.
    """
    try:
        target = url.join(location)
    except httpx2.InvalidURL as error:
        raise FetchError(f"{url.host} redirects to what is no URL: {error}") from None
    try:
        _check(target)
    except FetchError as error:
        raise FetchError(f"{url.host} redirects where no list is fetched from: {error}") from None
    if url.scheme == "https" and target.scheme == "http":
        raise FetchError(f"{url.host} redirects from https to http://{target.host}")
    return target


def _check(url: httpx2.URL) -> None:
    if url.scheme not in ("http", "https"):
        raise FetchError(f"found {url.scheme}:, expected http or https")
    if url.userinfo:  # it would stand in logs and reports; and not be shown here
        raise FetchError(f"found a user in the URL of {url.host}, expected none")
    if not url.host or not (url.port is None or 0 < url.port <= _MAX_PORT):
        raise FetchError(f"found the URL {url}, expected a host, and a port up to {_MAX_PORT}")
