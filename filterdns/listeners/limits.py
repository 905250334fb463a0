"""Who may ask at all: `allow_clients` and the networks of this host's own interfaces."""

from collections.abc import Iterable
from typing import Final

from filterdns.policy.address import Address, Networks

LOCAL: Final = "local"

# Never routed on the internet: RFC 1918, RFC 6598 (carrier NAT), RFC 3927, RFC 4193, RFC 4291.
PRIVATE_NETWORKS: Final = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)


class AllowedClients:
    """Tells for an address whether it may ask.

    *allowed* holds CIDR texts and the word `local`, which stands for private ranges and whatever
    *own_networks* says at the moment.
    """

    def __init__(self, allowed: Iterable[str], own_networks: Iterable[str] = ()) -> None:
        texts = set(allowed)
        if LOCAL in texts:
            texts |= {*PRIVATE_NETWORKS, *own_networks}
            texts.remove(LOCAL)
        self._networks: Networks[bool] = Networks()
        for text in texts:
            self._networks.add(text, True)

    def __call__(self, address: Address) -> bool:
        """Whether the client at *address* may ask."""
        return any(self._networks.holding(address))
