"""The index answers as a dictionary would, and refuses a file that is not whole."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.blocklists.build import SourceSpec, build_index
from filterdns.blocklists.index import Index
from filterdns.blocklists.pattern import LabelPattern
from filterdns.dns import codes
from filterdns.dns.names import from_text, label_count, suffixes
from filterdns.errors import BlocklistError

LISTS = {
    ("adult", "starter"): "xxx bad.example deep.bad.example",
    ("adult", "file:a"): "bad.example other.example",
    ("gambling", "file:g"): "bet.example deep.bad.example",
}
PATTERNS = {"pro-anorexia": (LabelPattern(("my",), ("proana",), ("tips",)),)}


def built(folder: Path, lists: dict[tuple[str, str], str] = LISTS) -> Path:
    specs = []
    for place, ((category, name), names) in enumerate(lists.items()):
        path = folder / f"{place}.txt"
        path.write_text(names.replace(" ", "\n"))
        specs.append(SourceSpec(category, name, path))
    return build_index(specs, folder / "runs", folder, patterns=PATTERNS).index


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with closing(Index.open(built(tmp_path))) as index:
        yield index


def sources_of(index: Index, text: str) -> list[tuple[int, list[str]]]:
    return [
        (count, [index.sources[claim.source].name for claim in index.sets[set_id]])
        for count, set_id in index.listed(suffixes(from_text(text)))
    ]


def test_every_listed_suffix_is_claimed_the_longest_first(index: Index) -> None:
    assert sources_of(index, "a.deep.bad.example") == [
        (3, ["starter", "file:g"]),
        (2, ["starter", "file:a"]),
    ]


@pytest.mark.parametrize(
    "name", ["example", "good.example", "notbad.example", "bad.example.org", "."]
)
def test_a_name_that_no_list_covers_has_no_claims(index: Index, name: str) -> None:
    assert not index.claims(suffixes(from_text(name)), codes.A)


def test_a_listed_top_level_domain_covers_what_lies_below(index: Index) -> None:
    assert sources_of(index, "a.b.xxx") == [(1, ["starter"])]


def test_a_label_pattern_is_a_claim_among_the_others(index: Index) -> None:
    assert sources_of(index, "a.my-proana.bad.example") == [
        (3, ["patterns"]),
        (2, ["starter", "file:a"]),
    ]


def test_a_longer_listed_name_comes_before_a_pattern(index: Index) -> None:
    assert [count for count, _ in index.listed(suffixes(from_text("deep.bad.example")))] == [3, 2]
    assert sources_of(index, "proana.bet.example") == [(3, ["patterns"]), (2, ["file:g"])]


@pytest.mark.parametrize(
    ("address", "categories"),
    [
        ("203.0.113.7", {"gambling"}),
        ("198.51.100.200", {"adult", "gambling"}),
        ("198.51.101.0", set()),
        ("2001:db8:1::5", {"gambling"}),
        ("2001:db8:2::5", set()),
    ],
)
def test_addresses_of_lists_are_found_by_the_networks_that_hold_them(
    tmp_path: Path, address: str, categories: set[str]
) -> None:
    lists = {
        ("adult", "file:a"): "bad.example 198.51.100.0/24",
        ("gambling", "file:g"): "203.0.113.7 2001:db8:1::/48 198.51.100.128/25 10.0.0.0/8",
    }
    with closing(Index.open(built(tmp_path, lists))) as index:
        index.verify()
        packed = ip_address(address).packed
        assert index.categories_of(packed) == categories
        assert {source.category for source in index.sources_of(packed)} == categories
        assert "gambling" not in index.categories
        assert index.address_categories == {"adult", "gambling"}
        assert not index.categories_of(ip_address("10.0.0.1").packed)


def test_an_address_that_changes_makes_another_index(tmp_path: Path) -> None:
    lists = dict(LISTS)
    keys = []
    for address in ("", " 192.0.2.1", " 192.0.2.2"):
        lists["gambling", "file:g"] = LISTS["gambling", "file:g"] + address
        with closing(Index.open(built(tmp_path, lists))) as index:
            keys.append(index.key)
            assert index.categories_of(ip_address("192.0.2.2").packed) == (
                {"gambling"} if address.endswith("2") else frozenset()
            )
    assert len(set(keys)) == 3


def test_claims_are_the_categories_that_block(index: Index) -> None:
    found = index.claims(suffixes(from_text("deep.bad.example")), codes.A)
    assert found == [(3, frozenset({"adult", "gambling"})), (2, frozenset({"adult"}))]


def test_the_sources_say_how_much_they_gave(index: Index) -> None:
    assert [(source.category, source.name, source.entries) for source in index.sources] == [
        ("adult", "starter", 3),
        ("adult", "file:a", 2),
        ("gambling", "file:g", 2),
        ("pro-anorexia", "patterns", 1),
    ]


def test_the_longest_name_there_is_can_be_asked(index: Index) -> None:
    assert not index.claims(suffixes(b"\x01a" * 127 + b"\x00"), codes.A)


label = st.text("ab-", min_size=1, max_size=2)
name_text = st.lists(label, min_size=2, max_size=5).map(".".join)


@settings(max_examples=30, deadline=None)
@given(
    lists=st.lists(st.lists(name_text, max_size=20), min_size=1, max_size=4),
    asked=st.lists(name_text, min_size=20, max_size=60),
)
def test_claims_are_those_of_a_dictionary(lists: list[list[str]], asked: list[str]) -> None:
    sources_by_name: dict[bytes, set[str]] = {}
    for place, names in enumerate(lists):
        for name in names:
            sources_by_name.setdefault(from_text(name), set()).add(f"file:{place}")
    texts = {("adult", f"file:{place}"): " ".join(names) for place, names in enumerate(lists)}
    with TemporaryDirectory() as folder, closing(Index.open(built(Path(folder), texts))) as index:
        for text in asked:
            expected = [
                (label_count(suffix), sources_by_name[suffix])
                for suffix in suffixes(from_text(text))
                if suffix in sources_by_name
            ]
            assert [(count, set(names)) for count, names in sources_of(index, text)] == expected


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:50],
        lambda data: data[:5000],
        lambda data: data[:-1],
        lambda data: data + b"\x00",
        lambda data: b"\x00" * len(data),
        lambda data: data[:40] + b"\xff" + data[41:],
        lambda data: data[:-3] + b"!" + data[-2:],
    ],
)
def test_a_file_that_is_not_whole_is_refused(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = built(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BlocklistError, match=rf"{path}: found .*, expected "):
        Index.open(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BlocklistError, match=r"none\.idx: cannot be read: No such file"):
        Index.open(tmp_path / "none.idx")


def test_a_damaged_name_is_found_by_verifying(tmp_path: Path) -> None:
    path = built(tmp_path)
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with closing(Index.open(path)) as index, pytest.raises(BlocklistError, match="damaged names"):
        index.verify()


def test_a_file_that_cannot_be_read_to_its_end_is_an_error_and_no_signal(tmp_path: Path) -> None:
    path = built(tmp_path)
    with closing(Index.open(path)) as index:
        os.truncate(path, 200)  # through the mapping this is SIGBUS, as a bad sector is
        with pytest.raises(BlocklistError, match="damaged names"):
            index.verify()


def test_an_index_may_be_closed_twice_and_not_asked_then(tmp_path: Path) -> None:
    index = Index.open(built(tmp_path))
    index.close()
    index.close()
    with pytest.raises(ValueError, match="released"):
        index.claims(suffixes(from_text("bad.example")), codes.A)


def test_an_open_index_outlives_its_file(index: Index) -> None:
    index.path.unlink()
    assert sources_of(index, "bet.example") == [(2, ["file:g"])]


def test_top_level_domains_without_end_are_not_kept_without_end(index: Index) -> None:
    names = [[b"\x06" + b"%06d" % number + b"\x00"] for number in range(5000)]
    assert not any(index.claims(name, codes.A) for name in names)
    assert not any(index.claims(name, codes.A) for name in names)
    assert sources_of(index, "a.b.xxx") == [(1, ["starter"])]
