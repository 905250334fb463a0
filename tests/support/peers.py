"""Programs from the system's packages that tests talk to: found, started on loopback, stopped.

A missing program skips the test and says which package has it. Where CI=true it fails the test
instead: there, a skipped test would be a promise that nobody keeps.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE_BY_PROGRAM = {
    "busybox": "busybox",
    "curl": "curl",
    "dhcpd": "isc-dhcp-server",
    "dig": "bind9-dnsutils",
    "dnsmasq": "dnsmasq-base",
    "dnsperf": "dnsperf",
    "fsfreeze": "util-linux",
    "ip": "iproute2",
    "kea-dhcp4": "kea-dhcp4-server",
    "kdig": "knot-dnsutils",
    "lintian": "lintian",
    "make": "make",
    "mount": "mount",
    "mkfs.ext4": "e2fsprogs",
    "nft": "nftables",
    "nsd": "nsd",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "shellcheck": "shellcheck",
    "systemd-analyze": "systemd",
    "systemd-sysusers": "systemd",
    "unbound": "unbound",
    "unshare": "util-linux",
}

# "ready.test", A, IN: any answer, REFUSED included, shows that the server is there.
READY_QUERY = b"\x00\x01\x01\x00\x00\x01" + bytes(6) + b"\x05ready\x04test\x00\x00\x01\x00\x01"
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


class Endpoint(NamedTuple):
    """Where a server listens, for UDP and TCP."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def find(program: str) -> str | None:
    """Return the path of *program*; servers often lie outside of a user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_FOLDERS])
    return shutil.which(program, path=path)


def need(program: str) -> str:
    """Return the path of *program*, or skip the running test (CI=true: fail it)."""
    found = find(program)
    if found:
        return found
    reason = f"needs {program}; cure: apt install {PACKAGE_BY_PROGRAM.get(program, program)}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that is free for both UDP and TCP on *host*."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(50):
        with socket.socket(family, socket.SOCK_STREAM) as stream:
            stream.bind((host, 0))
            port: int = stream.getsockname()[1]
            with socket.socket(family, socket.SOCK_DGRAM) as datagram:
                try:
                    datagram.bind((host, port))
                except OSError:
                    continue
                return port
    raise RuntimeError(f"no port of {host} is free for both UDP and TCP")


@contextmanager
def running(
    arguments: Sequence[str | Path], endpoint: Endpoint, log: Path, ready_seconds: float = 30
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a DNS server in the foreground until the block ends; it answers when the block begins.

    Its output goes to *log*. Raises RuntimeError with the end of it if the server does not come up.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_answer(process, endpoint, log, ready_seconds)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_answer(
    process: subprocess.Popen[bytes], endpoint: Endpoint, log: Path, ready_seconds: float
) -> None:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    deadline = time.monotonic() + ready_seconds
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        probe.connect(endpoint)
        while process.poll() is None and time.monotonic() < deadline:
            try:
                probe.send(READY_QUERY)
                probe.recv(4096)
            except ConnectionRefusedError:
                _wait_for_end(process, 0.02)
            except TimeoutError:
                continue
            else:
                return
    said = log.read_text(errors="replace")[-2_000:]
    raise RuntimeError(f"{process.args!r} does not answer at {endpoint}:\n{said}")


def _wait_for_end(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


@contextmanager
def nsd(folder: Path, zones: Mapping[str, str], host: str = "127.0.0.1") -> Iterator[Endpoint]:
    """Serve *zones* (name to records in zone file syntax) with NSD.

    SOA and NS are added where the text has none; the TTL is 3600 unless it says another.
    """
    program = need("nsd")
    endpoint = Endpoint(host, free_port(host))
    files = _write_zones(folder, zones)
    zone_lines = "".join(f'zone:\n name: "{name}"\n zonefile: "{files[name]}"\n' for name in files)
    config = folder / "nsd.conf"
    config.write_text(f"""\
server:
 ip-address: {host}@{endpoint.port}
 server-count: 1
 username: ""
 chroot: ""
 zonesdir: "{folder}"
 database: ""
 pidfile: ""
 xfrdfile: "{folder / "xfrd.state"}"
 xfrdir: "{folder}"
 zonelistfile: "{folder / "zone.list"}"
 rrl-ratelimit: 0
remote-control:
 control-enable: no
{zone_lines}""")
    with running([program, "-d", "-c", config], endpoint, folder / "nsd.log"):
        yield endpoint


@contextmanager
def unbound(folder: Path, zones: Mapping[str, str], host: str = "127.0.0.1") -> Iterator[Endpoint]:
    """Serve *zones* as `nsd` does, with unbound: a resolver's answers, nothing from outside."""
    program = need("unbound")
    endpoint = Endpoint(host, free_port(host))
    files = _write_zones(folder, zones)
    zone_lines = "".join(
        f'auth-zone:\n name: "{name}"\n zonefile: "{files[name]}"\n'
        " for-downstream: no\n for-upstream: yes\n fallback-enabled: no\n"
        for name in files
    )
    config = folder / "unbound.conf"
    config.write_text(f"""\
server:
 interface: {host}@{endpoint.port}
 access-control: 127.0.0.0/8 allow
 access-control: ::1 allow
 num-threads: 1
 username: ""
 chroot: ""
 directory: "{folder}"
 pidfile: ""
 use-syslog: no
 module-config: "iterator"
 do-not-query-localhost: no
 local-zone: "test." nodefault
remote-control:
 control-enable: no
{zone_lines}""")
    with running([program, "-d", "-p", "-c", config], endpoint, folder / "unbound.log"):
        yield endpoint


def _write_zones(folder: Path, zones: Mapping[str, str]) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for number, (name, records) in enumerate(zones.items()):
        origin = name.rstrip(".") + "."
        text = f"$ORIGIN {origin}\n$TTL 3600\n"
        if " SOA " not in records:
            text += "@ IN SOA ns.peer.invalid. admin.peer.invalid. 1 3600 600 86400 300\n"
            text += "@ IN NS ns.peer.invalid.\n"
        files[origin] = folder / f"{number}.zone"
        files[origin].write_text(f"{text}{records}\n")
    return files


def dig(server: Endpoint, *arguments: str) -> str:
    """Return what dig prints when it asks *server*; `-b ADDRESS` says as whom."""
    return _ask(need("dig"), server, arguments)


def kdig(server: Endpoint, *arguments: str) -> str:
    """Return what kdig prints when it asks *server*."""
    return _ask(need("kdig"), server, arguments)


def _ask(program: str, server: Endpoint, arguments: Sequence[str]) -> str:
    asked = subprocess.run(
        [program, f"@{server.host}", "-p", str(server.port), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return asked.stdout + asked.stderr
