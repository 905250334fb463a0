from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.blocklists.parse import parse
from filterdns.blocklists.source_text import SourceText
from filterdns.dns.names import from_text, suffixes
from filterdns.doctor.targets import (
    MOST_TARGETS,
    SafeSearch,
    Server,
    built_in_targets,
    read_targets,
)
from filterdns.errors import ControlError
from filterdns.policy.bypass import CHECK_NAMES
from filterdns.upstreams.endpoint import Endpoint

LISTS = Path(__file__).parents[3] / "blocklists"


def test_lines_say_what_is_tried() -> None:
    text = b"""\
# a remark
resolver 192.0.2.1            # and one behind a line
resolver [2001:db8::1]:5353
tls 192.0.2.1:8853 DNS.example
quic 2001:db8::1

https 192.0.2.1 dns.example /p0
doh dns.example.
safe-search www.example safe.example
"""
    found = read_targets(text, "targets")
    assert found.servers["resolver"] == (
        Server(Endpoint("192.0.2.1", 53)),
        Server(Endpoint("2001:db8::1", 5353)),
    )
    assert found.servers["tls"] == (Server(Endpoint("192.0.2.1", 8853), "dns.example"),)
    assert found.servers["quic"] == (Server(Endpoint("2001:db8::1", 853)),)
    assert found.servers["https"] == (Server(Endpoint("192.0.2.1", 443), "dns.example", "/p0"),)
    assert found.names["doh"] == ("dns.example",)
    assert found.safe_searches == (SafeSearch("www.example", "safe.example"),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("reslover 192.0.2.1", 'targets:2: "reslover" is nothing that can be tried; did you mean'),
        ("resolver dns.example", 'targets:2: "dns.example" is no address with a port'),
        ("resolver", "targets:2: resolver needs ADDRESS NAME"),
        ("resolver 192.0.2.1:0", "has port 0"),
        ("resolver 192.0.2.1 a b", "resolver needs"),
        ("https 192.0.2.1 dns.example dns-query", '"dns-query" is no path'),
        ("https 192.0.2.1 dns.example /\x7f", "is no path"),
        ("tls 192.0.2.1 d..s", "empty label"),
        ("doh", "a name is needed"),
        ("doh a.example b.example", "nothing behind it"),
        ("doh bücher.example", "ASCII"),
        ("safe-search www.example", "a name is needed"),
    ],
)
def test_a_mistake_is_told_with_its_line(line: str, message: str) -> None:
    with pytest.raises(ControlError) as raised:
        read_targets(f"# one\n{line}\n".encode(), "targets")
    assert message in str(raised.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ControlError) as raised:
        read_targets(b"one\ndoh fine.example\ntwo\n", "targets")
    assert len(str(raised.value).splitlines()) == 2


def test_a_file_that_is_no_list_is_refused() -> None:
    with pytest.raises(ControlError, match="64 KiB"):
        read_targets(b"#" * 70_000, "targets")
    with pytest.raises(ControlError, match="500 targets"):
        read_targets(b"doh a.example\n" * (MOST_TARGETS + 1), "targets")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for word in (b"", b"https ", b"doh ", b"safe-search "):
        try:
            read_targets(word + data, "targets")
        except ControlError:
            continue


def test_the_targets_that_ship_cover_both_families_and_every_way() -> None:
    found = built_in_targets()
    for word, servers in found.servers.items():
        assert {":" in each.endpoint.host for each in servers} == {True, False}, word
    assert all(found.names.values())
    assert found.safe_searches
    assert len(found.doh_addresses()) == len(found.servers["https"])


def test_the_check_names_that_ship_are_those_that_the_policy_closes() -> None:
    found = built_in_targets()
    assert found.names["firefox"] == CHECK_NAMES["doh"]
    assert found.names["private-relay"] == CHECK_NAMES["private-relay"]


@pytest.mark.parametrize("word", ["doh", "vpn", "proxy"])
def test_the_starter_list_of_a_way_closes_the_names_that_ship(word: str) -> None:
    members = SourceText(LISTS / f"{word}.txt").members()
    listed = {name for member in members for parsed in parse(member) for name in parsed.names}
    for name in built_in_targets().names[word]:
        assert listed & set(suffixes(from_text(name))), name
