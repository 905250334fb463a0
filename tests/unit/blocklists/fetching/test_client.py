"""The client goes to checked addresses only, and says the name to whom it finds there."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from filterdns.blocklists.fetching.addresses import AllowedAddresses
from filterdns.blocklists.fetching.client import Client
from filterdns.blocklists.fetching.job import NameServer
from filterdns.blocklists.fetching.resolving import Resolver
from filterdns.errors import FetchError
from tests.support.certificates import make_certificate, server_context
from tests.support.fetching import LOOPBACK, QUICK
from tests.support.list_server import ListServer, Visit, redirect, text
from tests.support.upstream import ScriptedUpstream, answer_by_name, answer_with

LIST = b"bad.example\n"


def get(
    url: str,
    upstream: ScriptedUpstream | None = None,
    environment: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[httpx2.Response, bytes]:
    """Return the response of *url*, and its body."""
    servers = [] if upstream is None else [NameServer(upstream.host, upstream.port)]

    async def ask() -> tuple[httpx2.Response, bytes]:
        resolver = Resolver(servers, 5)
        client = Client(QUICK, AllowedAddresses(LOOPBACK), resolver, environment or {})
        async with client.ask(url, headers or {}) as response:
            return response, await response.aread()

    return asyncio.run(ask())


def test_the_server_hears_the_name_and_the_socket_goes_to_the_address() -> None:
    with ListServer() as server, ScriptedUpstream(answer_with("127.0.0.1")) as upstream:
        server.script("/list?a=b", text(LIST))
        url = server.url("/list?a=b", "lists.example")
        response, body = get(url, upstream, headers={"If-None-Match": '"1"'})
    assert (response.status_code, body) == (200, LIST)
    [asked] = server.asked
    assert asked.method == "GET"
    assert asked.headers["host"] == f"lists.example:{server.port}"
    assert asked.headers["if-none-match"] == '"1"'
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["user-agent"].startswith("filterdns/")
    assert "cookie" not in asked.headers


def test_the_certificate_is_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "own", "DNS:lists.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    context = server_context(certificate)
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with (
        ListServer(tls=context) as server,
        ScriptedUpstream(answer_with("127.0.0.1")) as upstream,
    ):
        server.script("*", text(LIST))
        assert get(server.url("/", "lists.example"), upstream)[1] == LIST
        assert names == ["lists.example"]
        with pytest.raises(FetchError, match="not to be trusted"):
            get(server.url("/", "other.example"), upstream)
        with pytest.raises(FetchError, match="not to be trusted"):
            get(server.url("/"))


def test_redirects_are_followed_by_name() -> None:
    addresses = {b"\x01a\x00": "127.0.0.1", b"\x01b\x00": "127.0.0.1"}
    with ListServer() as server, ScriptedUpstream(answer_by_name(addresses)) as upstream:
        server.script("/1", redirect(server.url("/2", "b"), "301 Moved Permanently"))
        server.script("/2", redirect("/3", "307 Temporary Redirect"))
        server.script("/3", text(LIST))
        assert get(server.url("/1", "a"), upstream)[1] == LIST
    assert [asked.headers["host"][0] for asked in server.asked] == ["a", "b", "b"]


def test_a_redirect_without_a_place_is_an_answer_like_others() -> None:
    with ListServer() as server:
        server.script("/", text(b"", status="302 Found"))
        assert get(server.url("/"))[0].status_code == 302


@pytest.mark.parametrize("allowed", [["127.0.0.1/32"], ["127.0.0.0/8"]])
def test_the_first_allowed_address_that_can_be_connected_to_is_taken(allowed: list[str]) -> None:
    with ListServer() as server:
        server.script("/", text(LIST))

        async def ask() -> bytes:
            client = Client(QUICK, AllowedAddresses(allowed), Nearby(), {})
            async with client.ask(server.url("/", "lists.example"), {}) as response:
                return await response.aread()

        assert asyncio.run(ask()) == LIST


class Nearby(Resolver):
    """Says that every name is at two addresses, where the first has no server."""

    def __init__(self) -> None:
        super().__init__((), 1)

    async def addresses_of(self, host: str) -> tuple[str, ...]:
        return ("127.0.0.3", "127.0.0.1")


def test_a_proxy_is_asked_for_the_whole_url_and_names_are_its_business() -> None:
    with ListServer() as proxy:
        proxy.script("http://lists.example/list", text(LIST))
        environment = {"http_proxy": f"http://me:secret@127.0.0.1:{proxy.port}"}
        assert get("http://lists.example/list", environment=environment)[1] == LIST
    [asked] = proxy.asked
    assert asked.headers["host"] == "lists.example"
    assert asked.headers["proxy-authorization"].startswith("Basic ")


def test_a_tunnel_through_a_proxy_leads_to_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path / "own", "DNS:lists.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))

    def tunnel(visit: Visit) -> None:
        visit.send(b"HTTP/1.1 200 Connected\r\n\r\n")
        visit.secure(server_context(certificate))
        visit.read()
        text(LIST)(visit)

    with ListServer() as proxy:
        proxy.script("lists.example:443", tunnel)
        environment = {"https_proxy": f"http://127.0.0.1:{proxy.port}"}
        assert get("https://lists.example/list", environment=environment)[1] == LIST


@pytest.mark.parametrize("host", ["192.168.1.1", "[::1]", "[::ffff:a00:1]"])
def test_a_private_address_is_not_asked_for_through_a_proxy_either(host: str) -> None:
    with ListServer() as proxy:
        environment = {"http_proxy": f"http://127.0.0.1:{proxy.port}"}
        with pytest.raises(FetchError, match="found the address"):
            get(f"http://{host}/list", environment=environment)
    assert not proxy.asked
