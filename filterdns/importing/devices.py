"""How a peer knows a client: by address, network, MAC address, or an id that the client sends."""

import re
from ipaddress import ip_address, ip_network
from typing import Final

from filterdns.config.units import read_address
from filterdns.errors import InvalidValue
from filterdns.importing.imported import ImportedDevice


def read_device(text: str) -> ImportedDevice | None:
    """Return how a client is known, still without a name; None where we know nobody by *text*."""
    try:
        if "/" in text:
            return ImportedDevice("", "network", str(ip_network(text, strict=False)))
        return ImportedDevice("", "ip", read_address(str(ip_address(text))))
    except (ValueError, InvalidValue):
        pass
    if _MAC.fullmatch(text):
        return ImportedDevice("", "mac", text.lower().replace("-", ":"))
    return ImportedDevice("", "id", text) if _CLIENT_ID.fullmatch(text) else None


_MAC: Final = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_CLIENT_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
