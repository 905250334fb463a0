"""The peers, as somebody would run them who wants them fast: unbound and dnsmasq.

Each blocks a name with all names below it and caches enough for all popular names.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import HOST, Server, Wanted, program, started
from tests.support.peers import Endpoint, free_port

LONGEST_IN_ZONE = 235  # bytes: a name stands below "*." and above the zone's own


@contextmanager
def unbound(wanted: Wanted) -> Iterator[Server]:
    """Run unbound with one thread and the blocklist as a response policy zone.

    The caches are larger than all that is asked, there is no DNSSEC validation, and no module that
    is not needed.
    """
    endpoint = Endpoint(HOST, free_port(HOST))
    zone, config = wanted.folder / "unbound.rpz", wanted.folder / "unbound.conf"
    with zone.open("w") as file:
        file.write("$ORIGIN rpz.bench.\n$TTL 3600\n@ SOA ns admin 1 3600 600 86400 300\n@ NS ns\n")
        fitting = (name for name in wanted.blocked if len(name) < LONGEST_IN_ZONE)
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
 incoming-num-tcp: 100
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
    path = program("unbound")
    command: list[str | Path] = [path, "-d", "-p", "-c", config]
    with started("unbound", _version(path, "-V"), command, endpoint, wanted) as server:
        yield server


@contextmanager
def dnsmasq(wanted: Wanted) -> Iterator[Server]:
    """Run dnsmasq with the blocklist as zero addresses.

    The cache holds all that is ever asked: once it is full, dnsmasq walks through a good part of it
    for each new name, and is ten times slower at those.
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
cache-size={wanted.names_to_cache}
dns-forward-max=2000
""")
        file.writelines(f"address=/{name}/#\n" for name in wanted.blocked)
    path = program("dnsmasq")
    command = [path, f"--conf-file={config}"]
    with started("dnsmasq", _version(path, "--version"), command, endpoint, wanted) as server:
        yield server


def _version(path: str, flag: str) -> str:
    said = subprocess.run([path, flag], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\d+\.\d+(\.\d+)?", said)
    return match[0] if match else "unknown"
