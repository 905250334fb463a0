"""Asks a web server for a list: one address after the other, one redirect after the other.

A name is resolved by us and each address checked before a socket goes there, for every redirect
anew, so no name can mean another address in between. Through a proxy, names are resolved by the
proxy; only addresses in the URL, and `localhost`, can be checked then. Its own name is asked of the
system.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import httpx2

from filterdns import __version__
from filterdns.blocklists.fetching.addresses import AllowedAddresses
from filterdns.blocklists.fetching.failures import told_in_words
from filterdns.blocklists.fetching.limits import Limits
from filterdns.blocklists.fetching.proxies import proxy_of
from filterdns.blocklists.fetching.resolving import Resolver, known_addresses
from filterdns.blocklists.fetching.web_address import read_url, redirect_target
from filterdns.errors import FetchError

MAX_ADDRESSES: Final = 4  # of one name that are tried
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})  # RFC 9110 section 15.4
_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip",  # what body.py unpacks
    "Connection": "close",
    "User-Agent": f"filterdns/{__version__}",
}


class Client:
    """A web client that keeps to *limits*, *allowed* addresses and the proxies of *environment*."""

    def __init__(
        self,
        limits: Limits,
        allowed: AllowedAddresses,
        resolver: Resolver,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._limits = limits
        self._allowed = allowed
        self._resolver = resolver
        self._environment = environment
        self._tls = _trusted_certificates()

    @asynccontextmanager
    async def ask(self, text: str, headers: Mapping[str, str]) -> AsyncIterator[httpx2.Response]:
        """Yield the response of the URL *text*, headers read, redirects followed; its body waits.

        Raises `FetchError`.
        """
        url, seen = read_url(text), set[httpx2.URL]()
        while True:
            async with self._visit(url, headers) as response:
                location = response.headers.get("location", "")
                if response.status_code not in REDIRECTS or not location:
                    yield response
                    return
                seen.add(url)
                url = redirect_target(url, location)
            if url in seen:
                raise FetchError(f"found a circle of redirects at {url.host}, expected a list")
            if len(seen) > self._limits.max_redirects:
                raise FetchError(
                    f"found over {self._limits.max_redirects} redirects, expected fewer"
                )

    @asynccontextmanager
    async def _visit(
        self, url: httpx2.URL, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx2.Response]:
        async with AsyncExitStack() as stack:
            if proxy := proxy_of(url, self._environment):
                self._choose(url.host, known_addresses(url.raw_host.decode("ascii")))
                yield await self._send(url, url, headers, stack, httpx2.Proxy(proxy))
            else:
                yield await self._send_to_first(url, headers, stack)

    async def _send_to_first(
        self, url: httpx2.URL, headers: Mapping[str, str], stack: AsyncExitStack
    ) -> httpx2.Response:
        """Send to the first of the allowed addresses that can be connected to."""
        found = await self._resolver.addresses_of(url.raw_host.decode("ascii"))
        error: FetchError | None = None
        for address in self._choose(url.host, found)[:MAX_ADDRESSES]:
            try:
                return await self._send(url, url.copy_with(host=address), headers, stack)
            except FetchError as failure:
                if not isinstance(failure.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout):
                    raise
                error = error or failure
        assert error is not None
        raise error

    async def _send(
        self,
        url: httpx2.URL,
        where: httpx2.URL,
        headers: Mapping[str, str],
        stack: AsyncExitStack,
        proxy: httpx2.Proxy | None = None,
    ) -> httpx2.Response:
        """Ask for *url* at *where*: the same with an address instead of its name."""
        transport = httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False, proxy=proxy)
        client = await stack.enter_async_context(
            httpx2.AsyncClient(transport=transport, trust_env=False)
        )
        timeout = httpx2.Timeout(self._limits.idle_seconds, connect=self._limits.connect_seconds)
        request = httpx2.Request(
            "GET",
            where,
            headers={"Host": url.netloc.decode("ascii"), **_HEADERS, **headers},
            extensions={
                "sni_hostname": url.raw_host.decode("ascii"),
                "timeout": timeout.as_dict(),
            },
        )
        seconds = self._limits.connect_seconds + self._limits.idle_seconds
        try:
            async with asyncio.timeout(seconds):
                with told_in_words(url.host, self._limits):
                    response = await client.send(request, stream=True)
        except TimeoutError:
            raise FetchError(
                f"{url.host}: found no whole headers in {seconds:g} s", is_passing=True
            ) from None
        stack.push_async_callback(response.aclose)
        return response

    def _choose(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Return those of *addresses* that are allowed. Raises `FetchError` if none of them is."""
        refusals = [self._allowed.refusal_of(address) for address in addresses]
        if refusals and all(refusals):
            raise FetchError(f"{host}: {refusals[0]}")
        return [each for each, why in zip(addresses, refusals, strict=True) if not why]


def _trusted_certificates() -> ssl.SSLContext:
    try:
        return httpx2.create_ssl_context()
    except OSError as error:  # such as an SSL_CERT_FILE that is not there
        raise FetchError(f"the certificates to trust cannot be read: {error}") from error
