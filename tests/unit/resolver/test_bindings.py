"""Who has which address, as a file and as a worker knows it."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.errors import StateError
from filterdns.policy.address import read_address
from filterdns.resolver import bindings as bindings_module
from filterdns.resolver.bindings import (
    NO_MAC,
    Bindings,
    add_bindings,
    read_bindings,
    read_pair,
    write_bindings,
)
from filterdns.steps import at_once

TABLET = "3c:22:fb:01:02:03"
PHONE = "3c:22:fb:01:02:04"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    known = Bindings({"192.168.1.20": TABLET, "fe80::1%eth0": PHONE}, ("192.168.1.0/24",))
    write_bindings(known, tmp_path / "bindings")
    read = at_once(read_bindings(tmp_path / "bindings"))
    assert read.mac_by_address == known.mac_by_address
    assert read.links == ("192.168.1.0/24",)
    assert (tmp_path / "bindings").stat().st_mode & 0o777 == 0o600


def test_a_later_line_counts(tmp_path: Path) -> None:
    path = tmp_path / "bindings"
    write_bindings(Bindings({"192.168.1.20": TABLET, "192.168.1.21": PHONE}, ()), path)
    add_bindings([("192.168.1.20", PHONE), ("192.168.1.21", NO_MAC)], path)
    add_bindings([("192.168.1.22", TABLET)], path)
    assert at_once(read_bindings(path)).mac_by_address == {
        "192.168.1.20": PHONE,
        "192.168.1.22": TABLET,
    }


def test_a_last_line_that_is_cut_off_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "bindings"
    write_bindings(Bindings({"192.168.1.20": TABLET}, ()), path)
    with path.open("ab") as file:
        file.write(json.dumps(["192.168.1.20", PHONE]).encode())
    assert at_once(read_bindings(path)).mac_by_address == {"192.168.1.20": TABLET}


def test_it_is_read_an_address_a_step(tmp_path: Path) -> None:
    path = tmp_path / "bindings"
    write_bindings(Bindings({f"10.0.0.{number}": TABLET for number in range(100)}, ()), path)
    assert len(list(read_bindings(path))) == 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "[]\n",
        '["bindings", 2, []]\n',
        '["bindings", 1]\n',
        '["bindings", 1, 7]\n',
        '["bindings", 1, ["nowhere"]]\n',
        '["bindings", 1, []]\n["10.0.0.1"]\n',
        '["bindings", 1, []]\n["10.0.0.1", 5]\n',
        '["bindings", 1, []]\n[[[[\n',
        '["bindings", 1, []]\n' + "[" * 5000 + "\n",
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bindings").write_text(text)
    with pytest.raises(StateError, match="the bindings cannot be read"):
        at_once(read_bindings(tmp_path / "bindings"))


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_but_bindings_or_refused(
    tmp_path_factory: pytest.TempPathFactory, wire: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bindings"
    path.write_bytes(b'["bindings", 1, ["10.0.0.0/8"]]\n' + wire)
    with suppress(StateError):
        assert at_once(read_bindings(path)).links == ("10.0.0.0/8",)


def test_a_missing_file_is_refused_and_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="No such file"):
        at_once(read_bindings(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be written"):
        write_bindings(Bindings(), tmp_path / "file" / "bindings")
    with pytest.raises(StateError, match="cannot be written"):
        add_bindings([], tmp_path / "file" / "bindings")


@pytest.mark.parametrize("value", [None, {}, [], ["a"], ["a", 1], ["a", "b", "c"], "ab"])
def test_what_is_no_pair_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not an address"):
        read_pair(value)


def test_only_news_are_news() -> None:
    known = Bindings()
    assert known.put("10.0.0.1", TABLET)
    assert not known.put("10.0.0.1", TABLET)
    assert known.put("10.0.0.1", PHONE)
    assert known.put("10.0.0.1", NO_MAC)
    assert not known.put("10.0.0.1", NO_MAC)
    assert known.mac_by_address == {}


def test_there_is_a_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings_module, "MOST_BINDINGS", 2)
    known = Bindings({"10.0.0.1": TABLET, "10.0.0.2": TABLET})
    assert not known.put("10.0.0.3", TABLET)
    assert known.put("10.0.0.2", PHONE)
    assert len(known.mac_by_address) == 2


@pytest.mark.parametrize(
    ("address", "is_awaited"),
    [
        ("192.168.1.20", True),
        ("192.168.2.20", False),
        ("fe80::1%eth0", True),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_on_a_link_a_mac_is_awaited(address: str, is_awaited: bool) -> None:
    known = Bindings(links=("192.168.1.0/24", "fe80::/64"))
    assert known.awaits(read_address(address)) is is_awaited


@pytest.mark.parametrize(
    ("address", "is_awaited"),
    [("192.168.1.20", True), ("8.8.8.8", True), ("::1", False), ("127.9.9.9", False)],
)
def test_while_no_link_is_known_every_mac_is_awaited(address: str, is_awaited: bool) -> None:
    assert Bindings().awaits(read_address(address)) is is_awaited
