"""What is tried: servers that answer everybody, and names that lead around a filter.

A file of them has a line for each: a word, what it names, and a remark after `#`.

    resolver 9.9.9.9                          plain DNS, over UDP and TCP
    tls      9.9.9.9 dns.quad9.net            DNS over TLS, under that name
    quic     94.140.14.14                     DNS over QUIC
    https    9.9.9.9 dns.quad9.net /dns-query
    doh      dns.quad9.net                    a name; so do vpn, proxy, private-relay, …
    safe-search www.bing.com strict.bing.com  a name, and the one that it should lead to
"""

from collections.abc import Iterator, Sized
from importlib.resources import files
from typing import Final, NamedTuple, TypeVar

from filterdns.config.nearest import cure
from filterdns.config.units import quoted, read_endpoint
from filterdns.dns.names import from_text
from filterdns.errors import ControlError, InvalidName, InvalidValue
from filterdns.upstreams.endpoint import Endpoint

Value = TypeVar("Value")

MOST_BYTES: Final = 64 * 1024
MOST_TARGETS: Final = 500
USUAL_PORTS: Final = {"resolver": 53, "tls": 853, "quic": 853, "https": 443}
NAMES: Final = (
    "doh", "vpn", "proxy", "private-relay", "firefox", "ech", "neutral",
)  # fmt: skip
SAFE_SEARCH: Final = "safe-search"


class Server(NamedTuple):
    """A server by its address; *name* and *path* where the way needs them."""

    endpoint: Endpoint
    name: str = ""
    path: str = ""


class SafeSearch(NamedTuple):
    """The *name* of a search engine, and the one of its *safe* twin."""

    name: str
    safe: str


class Targets(NamedTuple):
    """Servers and names by the word before them."""

    servers: dict[str, tuple[Server, ...]]
    names: dict[str, tuple[str, ...]]
    safe_searches: tuple[SafeSearch, ...]

    def doh_addresses(self) -> list[str]:
        """Return the addresses that a firewall closes for HTTPS, each once."""
        return list(dict.fromkeys(each.endpoint.host for each in self.servers["https"]))


def built_in_targets() -> Targets:
    """Return what is tried unless somebody says otherwise."""
    return read_targets(_FILE.read_bytes(), _FILE.name)


def read_targets(content: bytes, file: str) -> Targets:
    """Read the lines of *file*; raises `ControlError` with all that is wrong, line by line."""
    if len(content) > MOST_BYTES:
        raise ControlError(f"{file} has over {MOST_BYTES // 1024} KiB; it is no list of targets")
    servers: dict[str, list[Server]] = {word: [] for word in USUAL_PORTS}
    names: dict[str, list[str]] = {word: [] for word in NAMES}
    safe_searches: list[SafeSearch] = []
    problems = []
    for number, words in _lines(content):
        try:
            word, *rest = words
            if word in servers:
                servers[word].append(_read_server(word, rest))
            elif word in names:
                names[word].append(_read_name(rest))
            elif word == SAFE_SEARCH:
                safe_searches.append(SafeSearch(_read_name(rest[:1]), _read_name(rest[1:])))
            else:
                what = f"{quoted(word)} is nothing that can be tried"
                raise InvalidValue(what, cure(word, [*servers, *names, SAFE_SEARCH]))
        except InvalidValue as error:
            problems.append(f"{file}:{number}: {error}")
    lists: list[Sized] = [*servers.values(), *names.values(), safe_searches]
    if sum(map(len, lists)) > MOST_TARGETS:
        problems.append(f"{file} has over {MOST_TARGETS} targets; fewer show the same")
    if problems:
        raise ControlError("\n".join(problems))
    return Targets(_frozen(servers), _frozen(names), tuple(safe_searches))


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if words := line.partition("#")[0].split():
            yield number, words


def _read_server(word: str, rest: list[str]) -> Server:
    if not 1 <= len(rest) <= (3 if word == "https" else 2):
        form = "ADDRESS NAME /PATH" if word == "https" else "ADDRESS NAME"
        raise InvalidValue(f"{word} needs {form}", "name and path may be left out")
    endpoint = Endpoint(*read_endpoint(rest[0], USUAL_PORTS[word]))
    if not endpoint.port:
        raise InvalidValue(f"{quoted(rest[0])} has port 0", "write a port from 1 to 65535")
    name = _read_name(rest[1:2]) if rest[1:] else ""
    path = rest[2] if rest[2:] else ""
    if path and not (path.startswith("/") and path.isascii() and path.isprintable()):
        raise InvalidValue(f"{quoted(path)} is no path", "write it like /dns-query")
    return Server(endpoint, name, path)


def _read_name(rest: list[str]) -> str:
    if len(rest) != 1:
        raise InvalidValue("a name is needed, and nothing behind it")
    try:
        from_text(rest[0])
    except InvalidName as error:
        raise InvalidValue(str(error)) from None
    if not rest[0].isascii():
        raise InvalidValue(f"{quoted(rest[0])} is not written in ASCII", "write it as xn--…")
    return rest[0].rstrip(".").lower()


def _frozen(values: dict[str, list[Value]]) -> dict[str, tuple[Value, ...]]:
    return {word: tuple(found) for word, found in values.items()}


_FILE: Final = files("filterdns.doctor") / "targets.txt"
