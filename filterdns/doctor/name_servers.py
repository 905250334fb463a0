"""Which name servers this device was told to ask, as the system keeps them (resolv.conf(5)).

What it has beyond that is skipped in silence, as the system's own resolver does.
"""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from filterdns.upstreams.endpoint import Endpoint

DNS_PORT: Final = 53
USUAL_RESOLV_CONF: Final = Path("/etc/resolv.conf")
# Where systemd-resolved stands between, that file names its own address alone, and this one the
# servers that it was given.
BEHIND_RESOLVED: Final = Path("/run/systemd/resolve/resolv.conf")
STUBS: Final = frozenset({"127.0.0.53", "127.0.0.54"})


def name_servers(resolv_conf: Path, behind: Path = BEHIND_RESOLVED) -> list[Endpoint]:
    """Return the name servers of this device, each once."""
    found = read_name_servers(_text(resolv_conf))
    if STUBS & {each.host for each in found}:
        found = read_name_servers(_text(behind)) or found
    return found


def read_name_servers(text: str) -> list[Endpoint]:
    """Return the name servers in *text*, each once."""
    found: dict[Endpoint, None] = {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] != ["nameserver"] or len(words) < 2:
            continue
        try:
            found[Endpoint(str(ip_address(words[1])), DNS_PORT)] = None
        except ValueError:
            continue
    return list(found)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # no file, no servers
