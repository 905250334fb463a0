"""What a DHCP server says of an address: whose it is, what that device calls itself, until when."""

from typing import NamedTuple


class Lease(NamedTuple):
    """*address* is lent to *mac* until *expires_at* (Unix seconds; None: for ever).

    *address* is canonical text, *mac* lower case with colons, or empty where the file does not tell
    it (DHCPv6 knows devices by DUID). *host_name* is what the device calls itself, or empty. It is
    the device's own word: nobody has checked it.
    """

    address: str
    mac: str
    host_name: str
    expires_at: int | None
