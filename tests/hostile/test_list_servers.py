"""Whatever a list server, a resolver, a proxy or a disk does: the last good copy stays, and why.

Each fault meets a folder with a good copy of its list, fetched before by the real fetch process.
"""

import gzip
import io
import lzma
import os
import shutil
import socket
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from filterdns.blocklists.fetching.job import Fetched, NameServer, State, WebSource
from tests.support import upstream as dns_scripts
from tests.support.certificates import make_certificate, server_context
from tests.support.disks import fill, small_disk
from tests.support.fetching import IMPATIENT, QUICK, FetchHouse, start_fetch
from tests.support.list_server import (
    ListServer,
    Script,
    Visit,
    cut,
    drip,
    endless,
    gzip_bomb,
    head,
    in_turn,
    raw,
    redirect,
    reset,
    silent,
    status,
    tagged,
    text,
)
from tests.support.peers import free_port
from tests.support.upstream import (
    Asked,
    ScriptedUpstream,
    Send,
    answer_by_name,
    answer_code,
    drop,
    record,
    response,
)

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(120)]

GOOD: Final = b"good.example\nbetter.example\n"
NAME: Final = b"\x05lists\x07example\x00"
LIST: Final = b"list.example\n" * 1000
PAGE: Final = b"<!DOCTYPE html><html><body>Please log in</body></html>"
GIB: Final = 1 << 30
GOOD_DNS: Final = answer_by_name({NAME: "127.0.0.1"})


class Yard:
    """A web server, one with TLS, one that is gone, a resolver; and a folder with good copies."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        names = "DNS:lists.example,IP:127.0.0.1"
        self.certificates = {
            "good": make_certificate(folder / "good", names),
            "untrusted": make_certificate(folder / "untrusted", names),
        }
        self.trusted = folder / "trusted.pem"
        for kind, (of, ends) in _BAD_CERTIFICATES.items():
            self.certificates[kind] = make_certificate(folder / kind, of, ends)
        trusted = [each for kind, each in self.certificates.items() if kind != "untrusted"]
        self.trusted.write_bytes(b"".join(each.file.read_bytes() for each in trusted))
        self.web = stack.enter_context(ListServer())
        self.tls = stack.enter_context(ListServer(tls=self.context("good")))
        self.gone = stack.enter_context(ListServer())
        self.upstream = stack.enter_context(ScriptedUpstream(GOOD_DNS))
        self.copies = folder / "fetched"

    def context(self, kind: str) -> Any:
        return server_context(self.certificates[kind])

    def restore(self) -> None:
        """Be well again."""
        self.upstream.script = GOOD_DNS
        self.tls.tls, self.tls.greeting = self.context("good"), b""

    def url(self, fault: "Fault") -> str:
        path = "/" + fault.name.replace(" ", "-")
        match fault.at:
            case "web":
                return self.web.url(path)
            case "tls":
                return self.tls.url(path)
            case "name":
                return self.web.url(path, "lists.example")
            case "gone":
                return self.gone.url(path)
        raise AssertionError(fault.at)

    def house(self, folder: Path) -> FetchHouse:
        return FetchHouse(folder, upstreams=(NameServer(self.upstream.host, self.upstream.port),))

    @property
    def environment(self) -> dict[str, str]:
        return {"SSL_CERT_FILE": str(self.trusted)}


_BAD_CERTIFICATES: Final = {
    "of another name": ("DNS:other.example", "20991231235959Z"),
    "expired": ("DNS:lists.example,IP:127.0.0.1", "20210101000000Z"),
}


def nothing(_yard: Yard) -> Mapping[str, str]:
    return {}


class Fault(NamedTuple):
    """A fault by its *name*: what the server does, what the error says, where the list is.

    *arrange* makes more go wrong and returns what the environment has besides.
    """

    name: str
    script: Script
    error: str
    at: str = "web"
    arrange: Callable[[Yard], Mapping[str, str]] = nothing
    values: Mapping[str, Any] = {}
    checksum: str = ""


def dns(script: Callable[[Asked], Any]) -> Callable[[Yard], Mapping[str, str]]:
    def arrange(yard: Yard) -> Mapping[str, str]:
        yard.upstream.script = script
        return {}

    return arrange


def certificate(kind: str) -> Callable[[Yard], Mapping[str, str]]:
    def arrange(yard: Yard) -> Mapping[str, str]:
        yard.tls.tls = yard.context(kind)
        return {}

    return arrange


def no_tls(yard: Yard) -> Mapping[str, str]:
    yard.tls.tls, yard.tls.greeting = None, head(status="400 Bad Request", length=0)
    return {}


def proxy(variable: str, script: Script) -> Callable[[Yard], Mapping[str, str]]:
    def arrange(yard: Yard) -> Mapping[str, str]:
        yard.web.script("*", script)  # a proxy is asked for whole URLs
        return {variable: f"http://127.0.0.1:{yard.web.port}"}

    return arrange


def environment(variable: str, value: str) -> Callable[[Yard], Mapping[str, str]]:
    return lambda _: {variable: value}


def wrong_id(asked: Asked) -> list[Send]:
    answer = record(1, socket.inet_aton("127.0.0.1"))
    return [Send(response(asked, records=[answer], query_id=asked.query_id ^ 1))]


def half_then_silent(visit: Visit) -> None:
    visit.send(head(length=len(LIST)), LIST[:100])
    visit.pause()


def chunked(body: bytes) -> Script:
    return raw(head("Transfer-Encoding: chunked"), body)


def back_to_itself(visit: Visit) -> None:
    redirect(visit.request.path)(visit)


def next_hop(visit: Visit) -> None:
    """Lead on to one address after the other, each a new one."""
    path, _, number = visit.request.path.partition("?")
    redirect(f"{path}?{int(number or 0) + 1}")(visit)


def packed_by_zip(body: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.txt", body)
    return file.getvalue()


SLOW: Final = {"limits": IMPATIENT}
PACKED: Final = gzip.compress(os.urandom(5000).hex().encode())
COMPRESSED: Final = "Content-Encoding: gzip"

FAULTS: Final = [
    # The connection.
    Fault("down", reset, "cannot be connected to: Connection refused", at="gone"),
    Fault("connection reset", reset, "broke"),
    Fault("closed without an answer", raw(), "broke off"),
    Fault("silent", silent, "was silent for 0.3 s", values=SLOW),
    Fault("slow headers", drip(head("X: " + "x" * 999), 0.05), "no whole headers", values=SLOW),
    Fault(
        "slow drip", drip(LIST, 0.02, head(length=len(LIST))), "expected 1000 or more", values=SLOW
    ),
    Fault("silent in the middle", half_then_silent, "was silent for 0.3 s", values=SLOW),
    Fault(
        "slow as a whole",
        drip(LIST, 0.01, head()),
        "found no whole list in 0.5 s",
        values={"limits": QUICK._replace(total_seconds=0.5, retry_seconds=())},
    ),
    # The status.
    Fault("500", status("500 Internal Server Error"), "answered 500 Internal Server Error"),
    Fault("503", text(PAGE, status="503 Service Unavailable"), "answered 503"),
    Fault("403", status("403 Forbidden"), "answered 403 Forbidden, expected 200"),
    Fault("404", status("404 Not Found"), "answered 404"),
    Fault("429", status("429 Too Many Requests", "Retry-After: 7200"), "answered 429"),
    Fault("511 of a network that wants a login", text(PAGE, status="511 Login"), "answered 511"),
    Fault("206", text(LIST, status="206 Partial Content"), "answered 206"),
    Fault("204", raw(head(status="204 No Content")), "answered 204"),
    # Redirects.
    Fault("redirect loop", back_to_itself, "circle"),
    Fault("six redirects", next_hop, "over 5 redirects"),
    Fault("redirect to a private address", redirect("http://10.0.0.1/x"), "address 10.0.0.1"),
    Fault("redirect to this machine", redirect("http://127.0.0.2/x"), "address 127.0.0.2"),
    Fault("redirect to IPv6 loopback", redirect("http://[::1]/x"), "address ::1"),
    Fault("redirect to metadata", redirect("http://169.254.169.254/x"), "address 169.254.169"),
    Fault("redirect to a mapped address", redirect("http://[::ffff:a00:1]/x"), "expected a public"),
    Fault("redirect to a file", redirect("file:///etc/passwd"), "found file:, expected http"),
    Fault("redirect to ftp", redirect("ftp://lists.example/x"), "found ftp:, expected http"),
    Fault("redirect with a user", redirect("http://me:secret@lists.example/"), "found a user"),
    Fault("redirect to no URL", redirect("http://[::1"), "what is no URL"),
    Fault("redirect from https", redirect("http://lists.example/"), "from https to http", at="tls"),
    # The size.
    Fault("10 GB of zeros", gzip_bomb(10 * GIB, COMPRESSED), "unpacked from"),
    Fault("gzip file bomb", text(gzip.compress(LIST * 1000, 1)), "over the limit"),
    Fault("xz file bomb", text(lzma.compress(LIST * 1000, preset=0)), "over the limit"),
    Fault("zip bomb", text(packed_by_zip(LIST * 1000)), "over the limit"),
    Fault("endless", endless(LIST), "expected at most 8388608 bytes, found more"),
    Fault("announced too large", raw(head(length=1 << 40)), "1099511627776 bytes announced"),
    # The body.
    Fault("shorter than said", cut(LIST[:500], len(LIST)), "broke off"),
    Fault("truncated gzip file", text(PACKED[:-900]), "damaged"),
    Fault("damaged gzip file", text(PACKED[:900] + bytes(900) + PACKED[1800:]), "damaged"),
    Fault("truncated xz file", text(lzma.compress(LIST)[:-20]), "damaged"),
    Fault("truncated zip", text(packed_by_zip(LIST)[:-30]), "damaged"),
    Fault("truncated gzip on the way", text(PACKED[:-900], COMPRESSED), "ends too early"),
    Fault("no gzip on the way", text(LIST, COMPRESSED), "damaged gzip"),
    Fault("packed unasked", text(LIST, "Content-Encoding: br"), "found Content-Encoding 'br'"),
    Fault("HTML", text(PAGE, "Content-Type: text/html; charset=utf-8"), "found a web page"),
    Fault("HTML as plain text", text(b"\n " + PAGE, "Content-Type: text/plain"), "a web page"),
    Fault("HTML in gzip", text(gzip.compress(PAGE)), "found a web page"),
    Fault("picture", text(b"\x89PNG\r\n\x1a\n" + bytes(50)), "found a picture"),
    Fault("PDF", text(b"%PDF-1.7\n"), "found a PDF"),
    Fault("NUL bytes", text(bytes(5000)), "found binary data"),
    Fault("nothing", text(b""), "found nothing, expected a list"),
    Fault("nothing in gzip", text(gzip.compress(b"")), "found nothing"),
    Fault("checksum", text(LIST), ", expected 0000", checksum="0" * 64),
    # The protocol.
    Fault("broken chunks", chunked(b"5\r\nab.cd\r\nzz\r\n"), "speaks no HTTP"),
    Fault("chunks that end early", chunked(b"5\r\nab.cd\r\n"), "broke off"),
    Fault("header of 1 MB", raw(head("X: " + "x" * (1 << 20), length=5), b"a.ab\n"), "broke"),
    Fault("two lengths", raw(head("Content-Length: 5", length=9), b"a.example"), "no HTTP"),
    Fault("another protocol", raw(b"SSH-2.0-OpenSSH_9.9\r\n"), "speaks no HTTP"),
    # TLS.
    Fault("no TLS", text(LIST), "speaks no TLS", at="tls", arrange=no_tls),
    Fault("unknown issuer", text(LIST), "not to be trusted", "tls", certificate("untrusted")),
    Fault("wrong name", text(LIST), "not to be trusted", "tls", certificate("of another name")),
    Fault("expired", text(LIST), "certificate has expired", "tls", certificate("expired")),
    # The resolver.
    Fault("DNS silent", text(LIST), "did not answer", "name", dns(drop), SLOW),
    Fault("DNS with a wrong id", text(LIST), "did not answer", "name", dns(wrong_id), SLOW),
    Fault("DNS says no", text(LIST), "found no address", "name", dns(answer_code(3))),
    Fault("DNS fails", text(LIST), "answered SERVFAIL", "name", dns(answer_code(2)), SLOW),
    Fault(
        "DNS says a private address",
        text(LIST),
        "lists.example: found the address 127.0.0.2, expected a public one",
        "name",
        dns(answer_by_name({NAME: "127.0.0.2"})),
    ),
    Fault(
        "DNS rebinding",
        redirect("?again"),
        "found the address 127.0.0.2",
        "name",
        # A and AAAA for the first visit, then for the second.
        dns(dns_scripts.in_turn(GOOD_DNS, GOOD_DNS, answer_by_name({NAME: "127.0.0.2"}))),
    ),
    # Proxies.
    Fault(
        "proxy refuses", text(LIST), "answered 403", "name", proxy("http_proxy", status("403 No"))
    ),
    Fault(
        "proxy refuses a tunnel",
        text(LIST),
        "proxy does not lead",
        "tls",
        proxy("HTTPS_PROXY", status("403 No")),
    ),
    Fault(
        "proxy is down",
        text(LIST),
        "cannot be connected",
        "name",
        environment("ALL_PROXY", f"127.0.0.1:{free_port()}"),
    ),
    Fault(
        "SOCKS proxy",
        text(LIST),
        "a proxy with socks5://",
        "name",
        environment("http_proxy", "socks5://me:secret@127.0.0.1:1080"),
    ),
]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with ExitStack() as stack:
        yard = Yard(tmp_path_factory.mktemp("yard"), stack)
        for server in (yard.web, yard.tls, yard.gone):
            server.script("*", tagged(GOOD, '"1"'))
        urls = [yard.url(fault) for fault in FAULTS]
        fetched = yard.house(yard.copies).fetch(*urls, environment=yard.environment)
        assert {each.state for each in fetched} == {State.NEW}
        yard.gone.stop()
        yield yard


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_leaves_the_last_good_copy_and_says_what_it_was(
    yard: Yard, fault: Fault, tmp_path: Path
) -> None:
    house = yard.house(tmp_path / "fetched")
    shutil.copytree(yard.copies, house.folder)
    path = "/" + fault.name.replace(" ", "-")
    for server in (yard.web, yard.tls):
        server.script(path, fault.script)
        server.script("*", fault.script)
    try:
        more = fault.arrange(yard)
        source = WebSource("gambling", "list", yard.url(fault), fault.checksum)
        [fetched] = house.fetch(source, environment={**yard.environment, **more}, **fault.values)
    finally:
        yard.restore()
    check_kept(house, fetched, fault.error)


def check_kept(house: FetchHouse, fetched: Fetched, error: str) -> None:
    """The last good copy is there and named, nothing else is there, and the error says why."""
    assert fetched.state is State.KEPT
    assert error in fetched.error
    assert "secret" not in fetched.error
    assert fetched.path is not None
    assert fetched.path.read_bytes() == GOOD
    assert house.texts() == {fetched.path}
    assert not list(house.folder.glob(".*"))
    assert not list(house.folder.glob("*.download"))


@pytest.fixture
def web() -> Iterator[ListServer]:
    with ListServer() as server:
        yield server


@pytest.fixture
def house(tmp_path: Path) -> FetchHouse:
    return FetchHouse(tmp_path / "fetched")


def test_a_bomb_of_10_gb_takes_no_memory(web: ListServer, house: FetchHouse) -> None:
    web.script("/plain", text(LIST))
    web.script("/bomb", gzip_bomb(10 * GIB, COMPRESSED))
    plain, bomb = (peak_bytes(house, web.url(path)) for path in ("/plain", "/bomb"))
    assert bomb < plain + (24 << 20)


def peak_bytes(house: FetchHouse, url: str) -> int:
    process = start_fetch(house.job(url))
    assert process.stdout is not None
    with process.stdout as said:
        said.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_maxrss * 1024


STRANGE: Final = {
    "wrong charset": (text(LIST, "Content-Type: text/plain; charset=utf-16"), LIST),
    "no UTF-8": (text(b"caf\xe9.example\n"), b"caf\xe9.example\n"),
    "a NUL far behind": (text(LIST + b"\0\n" + LIST), LIST + b"\0\n" + LIST),
    "one endless line": (text(b"x" * 4_000_000), b"x" * 4_000_000),
    "longer than said": (cut(LIST + b"more", len(LIST)), LIST),
    "no length": (raw(head(), LIST), LIST),
    "chunks": (chunked(b"7\r\na.test\n\r\n0\r\n\r\n"), b"a.test\n"),
    "packed on the way": (text(gzip.compress(LIST), COMPRESSED), LIST),
    "packed twice": (text(gzip.compress(PACKED), COMPRESSED), PACKED),
    "members one after the other": (text(gzip.compress(LIST) * 2, COMPRESSED), LIST * 2),
    "the wrong type": (text(LIST, "Content-Type: image/png"), LIST),
    "five redirects": (lambda visit: five_hops(visit), LIST),
}


def five_hops(visit: Visit) -> None:
    (text(LIST) if visit.request.path.endswith("?5") else next_hop)(visit)


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_only_strange_is_kept_byte_for_byte(
    web: ListServer, house: FetchHouse, what: str
) -> None:
    script, body = STRANGE[what]
    web.script("*", script)
    [fetched] = house.fetch(web.url("/list"))
    assert (fetched.state, fetched.error) == (State.NEW, "")
    assert fetched.path is not None
    assert fetched.path.read_bytes() == body
    house.check_folder()


def test_a_server_that_lies_about_a_copy_that_we_do_not_have_is_asked_again(
    web: ListServer, house: FetchHouse
) -> None:
    lie = raw(head('ETag: "1"', status="304 Not Modified"))
    web.script("/list", in_turn(lie, text(GOOD)))
    [fetched] = house.fetch(web.url("/list"))
    assert fetched.state is State.NEW
    web.script("/other", lie)
    [fetched] = house.fetch(web.url("/other"))
    assert fetched.state is State.FAILED
    assert "304 Not Modified though it was asked without a condition" in fetched.error


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"dam")])
def test_a_copy_that_is_gone_or_damaged_is_fetched_anew_whatever_its_etag(
    web: ListServer, house: FetchHouse, damage: Callable[[Path], object]
) -> None:
    web.script("/list", tagged(GOOD, '"1"'))
    [first] = house.fetch(web.url("/list"))
    assert first.path is not None
    damage(first.path)
    [again] = house.fetch(web.url("/list"))
    assert again.state is State.NEW
    assert again.path == first.path
    assert first.path.read_bytes() == GOOD
    assert "if-none-match" not in web.asked[-1].headers


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1/x", "file:///etc/passwd", "http:///"])
def test_what_is_no_address_of_a_list_is_not_asked(house: FetchHouse, url: str) -> None:
    [fetched] = house.fetch(WebSource("gambling", "list", url))
    assert (fetched.state, fetched.path) == (State.FAILED, None)
    assert "found" in fetched.error
    assert "secret" not in fetched.error


def test_a_private_address_is_not_asked_unless_allowed(web: ListServer, house: FetchHouse) -> None:
    web.script("/list", text(GOOD))
    [fetched] = house.fetch(web.url("/list"), allowed_networks=())
    assert "found the address 127.0.0.1, expected a public one" in fetched.error
    assert not web.asked
    [fetched] = house.fetch(web.url("/list"), allowed_networks=(), allow_private=True, force=True)
    assert fetched.state is State.NEW


def test_a_full_disk_leaves_the_last_good_copy(web: ListServer, tmp_path: Path) -> None:
    web.script("/list", text(GOOD))
    with small_disk(tmp_path / "disk", "2m") as disk:
        house = FetchHouse(disk / "fetched")
        house.fetch(web.url("/list"))
        web.script("/list", text(LIST * 400))
        [fetched] = house.fetch(web.url("/list"))
        check_kept(house, fetched, "No space left on device")
        fill(disk)
        web.script("/list", text(LIST))
        [fetched] = house.fetch(web.url("/list"), force=True)
        check_kept(house, fetched, "No space left on device")


def test_a_fetch_that_is_killed_leaves_the_last_good_copy_and_the_next_one_clears_up(
    web: ListServer, house: FetchHouse
) -> None:
    web.script("/list", text(GOOD))
    [first] = house.fetch(web.url("/list"))
    web.script("/list", half_then_silent)
    with start_fetch(house.job(web.url("/list"))) as process:
        assert process.stdout is not None
        assert b"progress" in process.stdout.readline()  # so there is a half on disk
        process.kill()
    assert list(house.folder.glob(".*.tmp"))
    assert house.texts() == {first.path}
    house.check_folder()
    web.script("/list", text(LIST))
    [again] = house.fetch(web.url("/list"))
    assert again.state is State.NEW
    assert not list(house.folder.glob(".*"))


def test_a_fetch_ends_when_nobody_listens_any_more(web: ListServer, house: FetchHouse) -> None:
    web.script("/list", drip(LIST, 0.02, head()))
    process = start_fetch(house.job(web.url("/list")))
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 1
    assert not house.texts()
