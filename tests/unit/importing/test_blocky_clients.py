from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.blocky_clients import Client, read_clients
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import Remark
from filterdns.importing.written import read_yaml
from tests.support.exports import known


def read(
    folder: Path, groups: str, lookup: str = "{}", mapping: str = "{}"
) -> tuple[list[Client], tuple[Remark, ...]]:
    path = folder / "config.yml"
    path.write_text(f"groups: {groups}\nlookup: {lookup}\nmapping: {mapping}\n")
    root = read_yaml(path)
    gathering = Gathering("blocky", "config.yml", known())
    clients = read_clients(root.at("groups"), root.at("lookup"), root.at("mapping"), gathering)
    return clients, gathering.finish("").remarks


def test_keys_are_addresses_networks_and_names(tmp_path: Path) -> None:
    clients, _ = read(
        tmp_path,
        "{default: [a], 192.168.1.9: [b], 10.0.0.1/8: [c], kid-*: [d]}",
        "{Kid-Laptop: [192.168.2.5, 'fd00::5'], other: 192.168.2.6}",
    )
    assert [(client.keys, client.devices) for client in clients] == [
        (("192.168.1.9",), (("192.168.1.9", "192.168.1.9"),)),
        (("10.0.0.1/8",), (("10.0.0.0/8", "10.0.0.0/8"),)),
        (("kid-*",), (("Kid-Laptop", "192.168.2.5"), ("Kid-Laptop", "fd00::5"))),
    ]


def test_local_names_are_names_of_clients_that_have_no_other(tmp_path: Path) -> None:
    clients, _ = read(
        tmp_path,
        "{tv*: [a], desk.lan: [b]}",
        "{desk: [192.168.2.6]}",
        "{TV.lan: '192.168.2.5, fd00::5', desk.lan: 192.168.2.6, tv-not.lan: 192.168.2.6}",
    )
    assert [(client.keys, client.devices) for client in clients] == [
        (("tv*",), (("tv.lan", "192.168.2.5"), ("tv.lan", "fd00::5"))),
        (("desk.lan",), (("desk", "192.168.2.6"),)),
    ]


def test_groups_of_all_keys_that_fit_add_up(tmp_path: Path) -> None:
    clients, remarks = read(
        tmp_path,
        "{10.1.2.3: [a], 10.0.0.0/8: [b], 10.1.0.0/16: [c], tv: [d]}",
        "{tv: [10.1.2.3]}",
    )
    assert {client.devices[0][1]: client.keys for client in clients} == {
        "10.1.2.3": ("tv", "10.1.2.3", "10.1.0.0/16", "10.0.0.0/8"),
        "10.1.0.0/16": ("10.1.0.0/16", "10.0.0.0/8"),
        "10.0.0.0/8": ("10.0.0.0/8",),
    }
    assert sum("several keys fit" in remark.meaning for remark in remarks) == 2


def test_a_name_without_an_address_stands_for_itself(tmp_path: Path) -> None:
    clients, _ = read(tmp_path, "{laptop: [a]}")
    assert clients == [Client(("laptop",), (("laptop", "laptop"),), "config.yml:1 groups.laptop")]


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected an address"):
        read(tmp_path, "{tv: [a]}", "{tv: [nowhere]}")


def test_more_clients_than_a_household_has_are_refused(tmp_path: Path) -> None:
    keys = ", ".join(f"n{number}: [a]" for number in range(2001))
    with pytest.raises(ConfigError, match="more than 2,000 clients"):
        read(tmp_path, f"{{{keys}}}")
