"""How a peer knows a client, and what we know it by: address, network, MAC address, or an id.

What a device calls itself on the network, and where it is plugged in, decide nothing with us. Such
a client keeps its policy, and its device is a comment: its MAC or network is to be filled in.
"""

import re
from ipaddress import ip_address, ip_network
from typing import Final, NamedTuple

from filterdns.config.units import read_address, read_client_id, read_mac
from filterdns.errors import InvalidValue
from filterdns.importing.imported import ImportedDevice


class Met(NamedTuple):
    """A device, still without a name, or none; *meaning* tells what differs, if anything does."""

    device: ImportedDevice | None
    meaning: str = ""


def read_device(text: str, *, takes_ids: bool = False) -> Met:
    """Return what we know the client *text* by.

    *takes_ids*: a word is the id that a client sends in its DoH path or TLS name, no host name.
    """
    try:
        if "/" in text:
            return Met(ImportedDevice("", "network", str(ip_network(text, strict=False))))
        return Met(ImportedDevice("", "ip", read_address(str(ip_address(text)))))
    except (ValueError, InvalidValue):
        pass
    if is_mac(text):
        return _read_mac(text)
    if takes_ids:
        return _read_id(text.lower()) if _CLIENT_ID.fullmatch(text) else Met(None, _NOBODY)
    return _read_name(text)


def is_mac(text: str) -> bool:
    """Whether *text* is written as a MAC address is."""
    return _MAC.fullmatch(text) is not None


def _read_mac(text: str) -> Met:
    try:
        return Met(ImportedDevice("", "mac", read_mac(text)))
    except InvalidValue as error:
        return Met(None, f"left out: {error.message}")


def _read_id(text: str) -> Met:
    try:
        return Met(ImportedDevice("", "id", read_client_id(text)), _NOT_YET)
    except InvalidValue:
        return Met(ImportedDevice("", "id", text, is_known=False), _GUESSED)


def _read_name(text: str) -> Met:
    if _INTERFACE.fullmatch(text):
        network = f"the network of {text[1:]}"
        return Met(ImportedDevice("", "network", network, is_known=False), _AT_INTERFACE)
    if _HOST_NAME.fullmatch(text):
        return Met(ImportedDevice("", "mac", f"the MAC of {text}", is_known=False), _BY_NAME)
    return Met(None, _NOBODY)


_MAC: Final = re.compile(
    r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}"
)
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_INTERFACE: Final = re.compile(r":[A-Za-z0-9_.@-]{1,32}")
_HOST_NAME: Final = re.compile(r"(?=.*[A-Za-z])[^/:\x00-\x1f\x7f]{1,100}")

_NOBODY: Final = "left out: we know no client by that"
_NOT_YET: Final = (
    "an id counts where a device asks encrypted, which filterdns does not answer yet; until then "
    "that is an unknown device, unless it is known by something else, too"
)
_GUESSED: Final = (
    "kept as a comment: whoever knows an id is taken for the device, so with us its end has to be "
    "at least 8 random letters and digits; write such an id here and on the device"
)
_BY_NAME: Final = (
    "kept as a comment: anybody can call a device so, and with us a name decides nothing; write "
    "the MAC there, which `filterdns devices` shows; until then it is an unknown device"
)
_AT_INTERFACE: Final = (
    "kept as a comment: we know no client by an interface; write the network behind it in its place"
)
