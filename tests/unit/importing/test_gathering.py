import pytest

from filterdns.errors import ConfigError
from filterdns.importing import gathering as module
from filterdns.importing.gathering import Gathering
from filterdns.importing.imported import ImportedPolicy
from tests.support.exports import known


def gathering(**category_by_url: str) -> Gathering:
    return Gathering("Peer", "file", known(**category_by_url))


def meanings(found: Gathering) -> list[str]:
    return [remark.meaning for remark in found.finish("all").remarks]


@pytest.mark.parametrize(
    ("wanted", "location", "category"),
    [
        ("My ads!", "https://lists.example/x", "my-ads"),
        ("", "https://raw.lists.example/somebody/hosts/master/fakenews.txt", "somebody-fakenews"),
        ("", "https://lists.example/hosts", "lists-example"),
        ("adult", "https://lists.example/x", "adult"),
        ("ads", "https://lists.example/x", "ads"),
        ("social", "https://lists.example/x", "list-social"),
        ("vpn", "https://lists.example/x", "list-vpn"),
        ("", "https://[bad", "https-bad"),
        ("日本", "", "list"),
    ],
)
def test_a_list_gets_a_name_that_the_config_takes(
    wanted: str, location: str, category: str
) -> None:
    assert gathering().add_category(wanted, [location], (), "here") == category


def test_a_list_of_the_catalogue_goes_into_its_category() -> None:
    found = Gathering(
        "Peer", "file", known()._replace(category_by_url={"https://a.example": "ads"})
    )
    assert found.add_category("Mine", ["https://a.example"], (), "here") == "ads"


def test_two_lists_of_one_name_stay_apart() -> None:
    found = gathering()
    names = [found.add_category("Mine", [f"https://{n}.example"], (), "here") for n in "ab"]
    assert names == ["mine", "mine-2"]


def test_a_locked_category_is_told() -> None:
    found = gathering()
    found.add_category("adult", ["https://a.example"], (), "here")
    assert any("locked" in meaning and "ship with it" in meaning for meaning in meanings(found))


def test_a_list_in_a_file_is_kept_as_a_comment() -> None:
    found = gathering()
    found.add_category("Mine", ["/etc/mine.txt", "https://a.example"], ["b.example"], "here")
    [category] = found.finish("all").categories
    assert category.sources == ("https://a.example",)
    assert category.later == ("file:/etc/mine.txt",)
    assert category.names == ("b.example",)


def test_names_that_are_taken_or_reserved_get_a_number() -> None:
    found = gathering()
    names = [found.add_policy(ImportedPolicy(name)) for name in ("a", "a", "strictest", "€")]
    assert names == ["a", "a 2", "strictest 2", "policy"]
    for number in range(2):
        found.add_person("unknown", names[number], [("x", f"192.168.1.{number}")], "here")
    assert [person.name for person in found.finish("a").people] == ["unknown 2", "unknown 3"]


def test_a_word_is_an_id_only_where_the_peer_knows_them() -> None:
    found = gathering()
    for takes_ids in (False, True):
        found.add_person("Mia", "all", [("phone", "mia-9f2c71d0")], "here", takes_ids=takes_ids)
    [person] = found.finish("all").people
    assert [(each.key, each.is_known) for each in person.devices] == [("mac", False), ("id", True)]


def test_a_category_without_lists_keeps_those_of_the_catalogue_as_a_comment() -> None:
    found = gathering()
    assert not found.add_catalogued("malware")
    assert not found.add_catalogued("malware")
    [category] = found.finish("all").categories
    assert (category.sources, category.later) == ((), ("catalog:malware",))


def test_a_category_with_lists_is_told_from_one_without() -> None:
    found = gathering()
    found.add_category("malware", ["https://a.example"], (), "here")
    assert found.add_catalogued("malware")
    assert found.finish("all").categories[0].later == ()


@pytest.mark.parametrize("text", ["0.0.0.0", "ff02::1", "1.2.3.4/99", ""])
def test_whoever_cannot_be_known_is_left_out(text: str) -> None:
    found = gathering()
    found.add_person("Mia", "all", [("tablet", text)], "here")
    assert not found.finish("all").people
    assert any("we know no client by that" in meaning for meaning in meanings(found))


def test_an_address_belongs_to_the_first_who_has_it() -> None:
    found = gathering()
    for name in ("Mia", "Ben"):
        found.add_person(name, "all", [("tablet", "192.168.1.20")], "here")
    assert [person.name for person in found.finish("all").people] == ["Mia"]
    assert "left out: another client has it already" in meanings(found)


def test_equal_schedules_are_one() -> None:
    found = gathering()
    names = [found.add_schedule(name, lines) for name, lines in (
        ("a", {"mon": "always"}), ("b", {"mon": "always"}), ("a", {"tue": "always"}),
    )]  # fmt: skip
    assert names == ["a", "a", "a 2"]


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("9.9.9.9", True),
        ("[2620:fe::fe]:53", True),
        ("2620:fe::fe", True),
        ("127.0.0.1:5335", True),
        ("127.0.0.1", False),
        ("dns.example", False),
        ("quic://dns.example", False),
        ("nonsense !", False),
    ],
)
def test_an_upstream_that_we_cannot_ask_is_kept_as_a_comment(text: str, is_asked: bool) -> None:
    found = gathering()
    found.add_upstream(text, "here")
    imported = found.finish("all")
    assert imported.upstreams == ((text,) if is_asked else ("system",))
    assert imported.upstreams_later == (() if is_asked else (text,))


def test_a_local_name_has_addresses() -> None:
    found = gathering()
    found.add_host("NAS.lan", ["192.168.1.40", "fd00::40"], "here")
    found.add_host("*.lan", ["192.168.1.41"], "here")
    found.add_host("cname.lan", ["nas.lan"], "here")
    assert found.finish("all").hosts == {"nas.lan": ("192.168.1.40", "fd00::40")}


def test_that_unknown_devices_are_stricter_is_told_where_they_are() -> None:
    found = gathering()
    found.add_person("Mia", "all", [("tablet", "192.168.1.20")], "here")
    assert not any("strictest" in meaning for meaning in meanings(found))
    assert any(remark.found == "other" for remark in found.finish("other").remarks)


def test_more_than_a_config_could_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_POLICIES", 3)
    monkeypatch.setattr(module, "MOST_ENTRIES", 5)
    many, large = gathering(), gathering()
    for _ in range(3):
        many.add_policy(ImportedPolicy("a"))
    with pytest.raises(ConfigError, match="file needs more than 3 policies"):
        many.add_policy(ImportedPolicy("a"))
    with pytest.raises(ConfigError, match="or 5 entries"):
        large.add_policy(ImportedPolicy("a", block=("x.example",) * 6))


@pytest.mark.parametrize("location", ["https://a.example/" + "x" * 1000, "https://a.example/\n"])
def test_an_address_of_a_list_that_is_none_is_left_out(location: str) -> None:
    found = gathering()
    found.add_category("Mine", [location], (), "here")
    assert found.finish("all").categories[0].sources == ()
    assert "left out: that is no address of a list" in meanings(found)
