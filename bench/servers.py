"""The servers that are measured: each with one thread, the same blocklist and the same upstream.

Every one blocks a name with all names below it, caches enough for all popular names, and forwards
to NSD, which answers any name. filterdns has everything on: policies, the blocked-query log and
metrics.
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from filterdns.dns.names import from_text
from tests.support.peers import Endpoint, find, free_port, nsd, running

HOST = "127.0.0.1"
ALLOWED_ADDRESS = "192.0.2.99"
LOADING_SECONDS = 300


class Server(NamedTuple):
    """A running server; *pid* is the first of its processes."""

    name: str
    version: str
    endpoint: Endpoint
    pid: int


class Wanted(NamedTuple):
    """What a server is to do: block the names of *blocklist*, ask *upstream* for the others."""

    folder: Path
    blocked: list[str]
    upstream: Endpoint


@contextmanager
def upstream(folder: Path) -> Iterator[Endpoint]:
    """Run NSD with a wildcard at the root: an address for any name."""
    wildcard = f"* A {ALLOWED_ADDRESS}\n* AAAA 2001:db8::99\n"
    with nsd(folder, {".": wildcard}) as endpoint:
        yield endpoint


@contextmanager
def filterdns(wanted: Wanted) -> Iterator[Server]:
    """Run filterdns as a parent would, with one child that may not see the blocklist."""
    endpoint = Endpoint(HOST, free_port(HOST))
    names, config = wanted.folder / "filterdns.txt", wanted.folder / "filterdns.yaml"
    names.write_text("\n".join(wanted.blocked) + "\n")
    config.write_text(f"""\
version: 1
timezone: Europe/Berlin
listen: {{dns: ["{endpoint}"], workers: 1}}
upstreams: {{servers: ["{wanted.upstream}"]}}
categories: {{adult: {{sources: ["file:{names}"]}}}}
policies: {{child: {{block: [adult]}}}}
people: {{child: {{policy: child, devices: [{{name: bench, ip: {HOST}}}]}}}}
history: {{queries: blocked}}
metrics: {{listen: "{HOST}:{free_port(HOST)}"}}
limits: {{queries_per_second: 10000000, burst: 10000000}}
""")
    program = Path(sys.executable).with_name("filterdns")
    arguments = [program, "serve", "--config", config, "--dir", wanted.folder / "filterdns"]
    with _measured_server("filterdns", arguments, endpoint, wanted) as server:
        yield server


@contextmanager
def unbound(wanted: Wanted) -> Iterator[Server]:
    """Run unbound with the blocklist as a response policy zone."""
    endpoint = Endpoint(HOST, free_port(HOST))
    zone, config = wanted.folder / "unbound.rpz", wanted.folder / "unbound.conf"
    with zone.open("w") as file:
        file.write("$ORIGIN rpz.bench.\n$TTL 3600\n@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\n")
        fitting = (name for name in wanted.blocked if len(name) < 235)
        file.writelines(f"{name} CNAME .\n*.{name} CNAME .\n" for name in fitting)
    config.write_text(f"""\
server:
 interface: {HOST}@{endpoint.port}
 access-control: 127.0.0.0/8 allow
 num-threads: 1
 module-config: "respip iterator"
 msg-cache-size: 64m
 rrset-cache-size: 128m
 outgoing-range: 4096
 num-queries-per-thread: 2048
 do-not-query-localhost: no
 username: ""
 chroot: ""
 directory: "{wanted.folder}"
 pidfile: ""
 use-syslog: no
remote-control:
 control-enable: no
forward-zone:
 name: "."
 forward-addr: {wanted.upstream.host}@{wanted.upstream.port}
rpz:
 name: "rpz.bench."
 zonefile: "{zone}"
""")
    arguments = [_program("unbound"), "-d", "-p", "-c", config]
    with _measured_server("unbound", arguments, endpoint, wanted) as server:
        yield server


@contextmanager
def dnsmasq(wanted: Wanted) -> Iterator[Server]:
    """Run dnsmasq with the blocklist as zero addresses.

    The cache holds the popular names and not much more: once it is full, dnsmasq walks through all
    of it for each new name.
    """
    endpoint = Endpoint(HOST, free_port(HOST))
    config = wanted.folder / "dnsmasq.conf"
    with config.open("w") as file:
        file.write(f"""\
keep-in-foreground
port={endpoint.port}
listen-address={HOST}
bind-interfaces
user=
pid-file=
no-hosts
no-resolv
server={wanted.upstream.host}#{wanted.upstream.port}
cache-size=30000
dns-forward-max=2000
""")
        file.writelines(f"address=/{name}/#\n" for name in wanted.blocked)
    arguments = [_program("dnsmasq"), f"--conf-file={config}"]
    with _measured_server("dnsmasq", arguments, endpoint, wanted) as server:
        yield server


START_BY_NAME: dict[str, Callable[[Wanted], AbstractContextManager[Server]]] = {
    "filterdns": filterdns,
    "unbound": unbound,
    "dnsmasq": dnsmasq,
}


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this process, and those that it starts meanwhile, on *core* (None: anywhere)."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _measured_server(
    name: str, arguments: Sequence[object], endpoint: Endpoint, wanted: Wanted
) -> Iterator[Server]:
    log = wanted.folder / f"{name}.log"
    with running(
        [str(argument) for argument in arguments], endpoint, log, ready_seconds=LOADING_SECONDS
    ) as process:
        _wait_for_blocklist(endpoint, wanted.blocked[-1], process)
        yield Server(name, _version(str(arguments[0])), endpoint, process.pid)


def _program(name: str) -> str:
    found = find(name)
    if found is None:
        raise SystemExit(f"bench: {name} is not installed; --servers leaves it out")
    return found


def _version(program: str) -> str:
    flag = "-V" if Path(program).name == "unbound" else "--version"
    said = subprocess.run([program, flag], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\d+\.\d+(\.\d+)?", said)
    return match[0] if match else "unknown"


def _wait_for_blocklist(endpoint: Endpoint, blocked: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until *blocked* is blocked and another name resolves, or give up."""
    deadline = time.monotonic() + LOADING_SECONDS
    address = socket.inet_aton(ALLOWED_ADDRESS)
    while time.monotonic() < deadline and process.poll() is None:
        if address not in _answer(endpoint, blocked) and address in _answer(
            endpoint, "allowed.example.org"
        ):
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise SystemExit(f"bench: {process.args!r} does not block {blocked}, or forwards nothing")


def _answer(endpoint: Endpoint, name: str) -> bytes:
    header = b"\x12\x34\x01\x00\x00\x01" + bytes(6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.sendto(header + from_text(name) + b"\x00\x01\x00\x01", endpoint)
        try:
            return client.recv(4096)
        except (TimeoutError, ConnectionRefusedError):
            return b""
