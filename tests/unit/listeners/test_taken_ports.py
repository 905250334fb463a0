import os
import socket
from pathlib import Path

import pytest

from filterdns.listeners.binding import Endpoint
from filterdns.listeners.taken_ports import TakenPort, taken_ports

OURSELVES = f"{Path('/proc/self/comm').read_text().strip()} (pid {os.getpid()})"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_who_is_in_the_way_is_named_with_the_address(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        wanted = Endpoint(*holder.getsockname())
        assert taken_ports([wanted]) == [TakenPort(wanted.port, (OURSELVES,), (str(wanted),))]


def test_a_wildcard_is_refused_where_one_of_our_addresses_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        [taken] = taken_ports([Endpoint("0.0.0.0", port)])
    assert taken.refused == (f"127.0.0.1:{port}",)


def test_a_holder_of_another_address_may_stay() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.53", 0))
        port = holder.getsockname()[1]
        [taken] = taken_ports([Endpoint("0.0.0.0", port)])
    assert (taken.holders, taken.refused) == ((OURSELVES,), ())
    assert "may keep it" in str(taken)


def test_a_free_port_is_not_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        free = Endpoint(*udp.getsockname())
    assert taken_ports([free]) == []


@pytest.mark.parametrize(
    ("holder", "cure"),
    [
        ("systemd-resolve (pid 7)", "DNSStubListener=no"),
        ("dnsmasq (pid 7)", "systemctl disable --now dnsmasq"),
        ("named (pid 7)", "systemctl disable --now named"),
        ("unbound (pid 7)", "systemctl disable --now unbound"),
        ("something (pid 7)", "stop it, or name other addresses in listen.dns"),
    ],
)
def test_each_holder_has_its_cure(holder: str, cure: str) -> None:
    taken = str(TakenPort(53, (holder,), ("127.0.0.1:53",)))
    assert taken.startswith(f"{holder} has port 53: cannot listen on 127.0.0.1:53\n")
    assert cure in taken


def test_a_holder_that_cannot_be_seen_is_another_program() -> None:
    assert "another program has port 53" in str(TakenPort(53, (), ("127.0.0.1:53",)))
