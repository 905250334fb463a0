"""Where filterdns is asked, and whom it asks."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from filterdns.config.places import Places, Problems
from filterdns.config.servers import (
    Endpoint,
    compile_clients,
    compile_forwarders,
    compile_listen,
    compile_upstreams,
    read_server,
)
from filterdns.errors import InvalidValue
from filterdns.resolver.image import UpstreamServer

HERE = (("127.0.0.1", 53), ("::1", 53))


def upstreams(
    folder: Path, texts: Sequence[str], listen: Sequence[Endpoint], resolv_conf: str = ""
) -> tuple[list[str], list[str]]:
    """Return the hosts of the upstreams, and what is said about them."""
    file = folder / "resolv.conf"
    file.write_text(resolv_conf)
    problems = Problems(Places("config.yaml"))
    servers = compile_upstreams(texts, ("upstreams", "servers"), listen, file, problems)
    return [server.host for server in servers], [str(each) for each in problems.in_order()]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("9.9.9.9", UpstreamServer("9.9.9.9", 53, "udp")),
        ("9.9.9.9:5353", UpstreamServer("9.9.9.9", 5353, "udp")),
        ("udp://9.9.9.9", UpstreamServer("9.9.9.9", 53, "udp")),
        ("tcp://9.9.9.9:5353", UpstreamServer("9.9.9.9", 5353, "tcp")),
        ("[2620:FE::FE]:53", UpstreamServer("2620:fe::fe", 53, "udp")),
        ("2620:fe::fe", UpstreamServer("2620:fe::fe", 53, "udp")),
        ("tcp://[fe80::1%eth0]", UpstreamServer("fe80::1%eth0", 53, "tcp")),
    ],
)
def test_an_upstream_is_an_address_with_a_way_to_ask(text: str, server: UpstreamServer) -> None:
    assert read_server(text) == server


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tls://9.9.9.9", "tls is not built yet"),
        ("https://dns.example/dns-query", "https is not built yet"),
        ("dns.example", "is a name, which nobody can look up yet"),
        ("localhost:53", "is a name"),
        ("tpc://9.9.9.9", '"tpc" is no way to ask; did you mean "tcp"'),
        ("9.9.9.9:0", "has port 0"),
        ("9.9.9", "is no address with a port"),
        ("", "is no address with a port"),
    ],
)
def test_anything_else_is_no_upstream(text: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        read_server(text)


def test_each_upstream_is_asked_once_in_the_order_written(tmp_path: Path) -> None:
    hosts, _ = upstreams(tmp_path, ["9.9.9.9", "8.8.8.8", "9.9.9.9:53"], HERE)
    assert hosts == ["9.9.9.9", "8.8.8.8"]


def test_the_system_knows_name_servers(tmp_path: Path) -> None:
    resolv_conf = "# mine\nsearch home\nnameserver 192.168.1.1\n nameserver\tfe80::1%eth0\n;x\n"
    hosts, _ = upstreams(tmp_path, ["9.9.9.9", "system"], HERE, resolv_conf)
    assert hosts == ["9.9.9.9", "192.168.1.1", "fe80::1%eth0"]


@pytest.mark.parametrize(
    ("listen", "hosts"),
    [
        (HERE, ["127.0.0.53"]),
        ((("0.0.0.0", 53), ("::", 53)), ["127.0.0.53"]),
        ((("127.0.0.1", 5300),), ["127.0.0.1", "127.0.0.53"]),
    ],
)
def test_the_system_is_not_filterdns_itself(
    tmp_path: Path, listen: Sequence[Endpoint], hosts: list[str]
) -> None:
    found, _ = upstreams(
        tmp_path, ["system"], listen, "nameserver 127.0.0.1\nnameserver 127.0.0.53\n"
    )
    assert found == hosts


@pytest.mark.parametrize("resolv_conf", ["", "nameserver 127.0.0.1\n", "nameserver nonsense\n"])
def test_a_system_without_name_servers_is_told(tmp_path: Path, resolv_conf: str) -> None:
    _, (complaint,) = upstreams(tmp_path, ["system"], HERE, resolv_conf)
    assert "names no server but filterdns itself; write the addresses of resolvers" in complaint


def test_a_system_without_a_file_is_told(tmp_path: Path) -> None:
    problems = Problems(Places("config.yaml"))
    compile_upstreams(["system"], (), HERE, tmp_path / "missing", problems)
    assert "cannot be read: No such file" in str(problems.in_order()[0])


@pytest.mark.parametrize("text", ["127.0.0.1", "[::1]:53", "tcp://127.0.0.1"])
def test_filterdns_does_not_ask_itself(tmp_path: Path, text: str) -> None:
    _, (complaint,) = upstreams(tmp_path, [text], HERE)
    assert "is filterdns itself; name a resolver" in complaint


def test_listeners_have_port_53_unless_they_say_another() -> None:
    problems = Problems(Places("config.yaml"))
    endpoints = compile_listen(["127.0.0.1", "[::1]:5300"], (), problems)
    assert endpoints == (("127.0.0.1", 53), ("::1", 5300))


def test_a_listener_stands_once_unless_the_kernel_chooses_the_port() -> None:
    problems = Problems(Places("config.yaml"))
    compile_listen(["127.0.0.1:0", "127.0.0.1:0"], (), problems)
    assert not problems.in_order()
    compile_listen(["127.0.0.1:53", "127.0.0.1"], (), problems)
    assert "stands here twice" in str(problems.in_order()[0])


def test_clients_are_local_or_networks() -> None:
    problems = Problems(Places("config.yaml"))
    assert compile_clients(["local", "10.0.0.0/8", "fd00::1"], (), problems) == (
        "local",
        "10.0.0.0/8",
        "fd00::1/128",
    )


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0"])
def test_the_whole_internet_is_no_client(text: str) -> None:
    problems = Problems(Places("config.yaml"))
    compile_clients([text], (), problems)
    assert "an open resolver gets abused" in str(problems.in_order()[0])


def test_forwarders_are_addresses_or_networks() -> None:
    problems = Problems(Places("config.yaml"))
    assert compile_forwarders(["192.168.1.1", "fd00::/64"], (), problems) == (
        "192.168.1.1/32",
        "fd00::/64",
    )
    compile_forwarders(["0.0.0.0/0", "router"], (), problems)
    assert [each.message for each in problems.in_order()] == [
        '"0.0.0.0/0" is the whole internet',
        '"router" is no network',
    ]
