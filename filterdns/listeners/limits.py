"""Who may ask at all: `allow_clients` and the networks of this host's own interfaces."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

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
    `own_networks` says at the moment.
    """

    def __init__(self, allowed: Iterable[str], own_networks: Iterable[str] = ()) -> None:
        texts = list(allowed)
        if LOCAL in texts:
            texts = [text for text in texts if text != LOCAL]
            texts += [*PRIVATE_NETWORKS, *own_networks]
        self._networks: list[IPv4Network | IPv6Network] = [
            ip_network(text, strict=False) for text in texts
        ]

    def __call__(self, address: str) -> bool:
        """Whether the client at *address*, as its socket shows it, may ask."""
        parsed = ip_address(address.partition("%")[0])
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(
            parsed in network for network in self._networks if network.version == parsed.version
        )
