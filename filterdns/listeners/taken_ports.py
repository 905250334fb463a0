"""Which programs hold the ports that we want, whether they are in our way, and the cure."""

import errno
import socket
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from filterdns.listeners.addresses import OwnAddress, own_addresses
from filterdns.listeners.binding import Endpoint, wanted_endpoints
from filterdns.listeners.port_holder import port_holders


class TakenPort(NamedTuple):
    """A port that other programs have.

    *holders* are such as `dnsmasq (pid 812)`; *refused* are the addresses that cannot be listened
    on because of them: none where their addresses are not ours.
    """

    port: int
    holders: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def cures(self) -> tuple[str, ...]:
        """What frees the port, a line for each holder."""
        return tuple(_cure(holder) for holder in self.holders) or (_STOP_IT,)

    def __str__(self) -> str:
        who = ", ".join(self.holders) or "another program"
        have = "have" if len(self.holders) > 1 else "has"
        if self.refused:
            lines = [f"{who} {have} port {self.port}: cannot listen on {', '.join(self.refused)}"]
        else:
            lines = [f"{who} {have} port {self.port} on other addresses, and may keep it"]
        return "\n".join([*lines, *(f"  cure: {cure}" for cure in self.cures)])


def taken_ports(listen: Sequence[Endpoint]) -> list[TakenPort]:
    """Return the ports of *listen* that somebody has; binds each address for a moment."""
    endpoints = wanted_endpoints(listen, _own_addresses())
    found = []
    for port in dict.fromkeys(each.port for each in endpoints if each.port):
        udp, tcp = port_holders(port, "udp"), port_holders(port, "tcp")
        holders = tuple(dict.fromkeys([*udp, *tcp]))
        refused = tuple(str(each) for each in endpoints if each.port == port and _is_taken(each))
        if holders or refused:
            found.append(TakenPort(port, holders, refused))
    return found


_STOP_IT: Final = "stop it, or name other addresses in listen.dns"
# By the command as the kernel knows it, which is 15 characters at most.
_CURE_BY_COMMAND: Final = {
    "systemd-resolve": (
        "write the two lines `[Resolve]` and `DNSStubListener=no` into"
        " /etc/systemd/resolved.conf.d/filterdns.conf; then"
        " ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf; systemctl restart"
        " systemd-resolved"
    ),
    "dnsmasq": (
        "systemctl disable --now dnsmasq; if it also gives out addresses (DHCP), write port=0"
        " into /etc/dnsmasq.conf instead and restart it"
    ),
    "named": "systemctl disable --now named",
    "unbound": (
        "systemctl disable --now unbound; or let it be the upstream: `port: 5335` in"
        ' its config, `servers: ["127.0.0.1:5335"]` in ours'
    ),
    "pihole-FTL": "systemctl disable --now pihole-FTL; or give it another dns.port",
    "AdGuardHome": "systemctl disable --now AdGuardHome; or give it another dns.port",
}


def _cure(holder: str) -> str:
    return _CURE_BY_COMMAND.get(holder.partition(" (pid")[0], _STOP_IT)


def _own_addresses() -> list[OwnAddress] | None:
    try:
        return own_addresses()
    except OSError:  # no rtnetlink here: the wildcard itself will be bound
        return None


def _is_taken(endpoint: Endpoint) -> bool:
    return any(_errors(endpoint))


def _errors(endpoint: Endpoint) -> Iterator[bool]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
        with socket.socket(family, kind) as trial:
            if family == socket.AF_INET6:
                trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind == socket.SOCK_STREAM:  # as the listener does: TIME_WAIT is nobody's port
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(socket.getaddrinfo(*endpoint, flags=socket.AI_NUMERICHOST)[0][4])
            except OSError as error:
                yield error.errno == errno.EADDRINUSE
