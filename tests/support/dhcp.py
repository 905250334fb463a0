"""Real DHCP servers in the house of a `lan`, and clients that get an address from them.

with dnsmasq_dhcp(home, folder) as leases:
    assert lease_address(home.clients["mia"], "Mias-iPad").startswith("10.77.1.1")
    … the file *leases* has it …
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from tests.support.lan import SWITCH, Client, Lan
from tests.support.namespaces import CABLE
from tests.support.peers import need

FIRST, LAST = "10.77.1.100", "10.77.1.199"
SCRIPT: Final = """\
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address flush dev "$interface" scope global
ip address add "$ip/24" dev "$interface"
"""


@contextmanager
def lent_address(client: Client, name: str, folder: Path) -> Iterator[str]:
    """Let *client* ask for an address as a device that calls itself *name*.

    It has it during the block, and gives it back at the end.
    """
    script = folder / "udhcpc.sh"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    command = [need("busybox"), "udhcpc", "-i", CABLE, "-f", "-n", "-t", "20", "-T", "1", "-R"]
    with client.inside():
        process = subprocess.Popen(
            [*command, "-s", script, "-x", f"hostname:{name}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert process.stderr
    said = ""
    try:
        while " obtained from " not in said:
            line = process.stderr.readline()  # it gives up after some time
            said += line
            assert line, said
        yield said.partition("lease of ")[2].partition(" obtained")[0]
    finally:
        process.terminate()
        process.wait(10)
        process.stderr.close()


@contextmanager
def dnsmasq_dhcp(home: Lan, folder: Path) -> Iterator[Path]:
    """Run dnsmasq as DHCP server; give its lease file."""
    leases = folder / "dnsmasq.leases"
    command = [need("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--port=0"]
    command += [f"--interface={SWITCH}", "--bind-dynamic", "--user=root", "--pid-file="]
    command += [f"--dhcp-range={FIRST},{LAST},1h", f"--dhcp-leasefile={leases}"]
    with _serving(home, command, folder):
        yield leases


@contextmanager
def kea_dhcp(home: Lan, folder: Path) -> Iterator[Path]:
    """Run Kea, which cleans up its lease file every second; give that file."""
    leases = folder / "kea-leases4.csv"
    database = {"type": "memfile", "name": str(leases), "persist": True, "lfc-interval": 1}
    settings = {
        "interfaces-config": {"interfaces": [SWITCH]},
        "lease-database": database,
        "valid-lifetime": 3_600,
        "subnet4": [{"id": 1, "subnet": "10.77.1.0/24", "pools": [{"pool": f"{FIRST}-{LAST}"}]}],
    }
    config = folder / "kea.json"
    config.write_text(json.dumps({"Dhcp4": settings}))
    places = {"KEA_LOCKFILE_DIR": str(folder), "KEA_PIDFILE_DIR": str(folder)}
    with _serving(home, [need("kea-dhcp4"), "-c", str(config)], folder, places):
        yield leases


@contextmanager
def isc_dhcp(home: Lan, folder: Path) -> Iterator[Path]:
    """Run ISC dhcpd; give its lease file."""
    leases, config = folder / "dhcpd.leases", folder / "dhcpd.conf"
    leases.touch()
    config.write_text(f"""\
default-lease-time 3600;
authoritative;
subnet 10.77.1.0 netmask 255.255.255.0 {{ range {FIRST} {LAST}; }}
""")
    command = [need("dhcpd"), "-4", "-f", "-cf", str(config), "-lf", str(leases)]
    with _serving(home, [*command, "-pf", str(folder / "dhcpd.pid"), SWITCH], folder):
        yield leases


DhcpServer = Callable[[Lan, Path], AbstractContextManager[Path]]
DHCP_SERVERS: Final[Mapping[str, DhcpServer]] = {
    "dnsmasq": dnsmasq_dhcp,
    "kea": kea_dhcp,
    "isc": isc_dhcp,
}


@contextmanager
def _serving(
    home: Lan, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    with home.house.inside(), (folder / "dhcp.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
