from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.blocky import import_blocky
from filterdns.importing.imported import Imported, ImportedDuring, ImportedPolicy
from tests.support.exported_homes import BLOCKY_HOME
from tests.support.exports import BLOCKY, known


def imported_of(folder: Path, text: str) -> Imported:
    path = folder / "config.yml"
    path.write_text(text)
    return import_blocky(path, known())


@pytest.fixture
def imported(tmp_path: Path) -> Imported:
    return imported_of(tmp_path, BLOCKY)


def policy(imported: Imported, name: str) -> ImportedPolicy:
    return next(each for each in imported.policies if each.name == name)


def test_groups_become_categories(imported: Imported) -> None:
    found = {category.id: category for category in imported.categories}
    assert found["ads"].sources == ("https://lists.example/ads.txt",)
    assert found["ads"].names == ("tracker.example", "wild.example")
    assert found["list-games"].names == ("games.example",)


def test_groups_of_a_client_become_a_policy(imported: Imported) -> None:
    assert policy(imported, "ads") == ImportedPolicy(
        "ads", block=("ads",), allow=("good.wild.example",)
    )


def test_lists_with_schedules_block_while_these_are_on(imported: Imported) -> None:
    kids = policy(imported, "ads + games + special")
    assert kids.block == ("ads", "special")
    assert kids.during == (
        ImportedDuring("evening", block=("list-games",)),
        ImportedDuring("weekend", block=("list-games",)),
    )
    assert imported.schedules["evening"] == dict.fromkeys(
        ("mon", "tue", "wed", "thu"), "20:00-06:00"
    )
    assert imported.schedules["weekend"] == {"sat": "always", "sun": "always"}


def test_a_group_of_allow_lists_alone_opens_nothing_else(imported: Imported) -> None:
    [during] = policy(imported, "ads + school").during
    assert during.allow_only == ("good.wild.example", "school.example", "wiki.example")
    assert imported.schedules[during.schedule] == {"daily": "always"}


def test_clients_become_people(imported: Imported) -> None:
    assert [(each.name, each.policy, each.devices[0].value) for each in imported.people] == [
        ("network 192.168.1.0", "special", "192.168.1.0/24"),
        ("192.168.2.50", "ads + school", "192.168.2.50"),
        ("kid", "ads + games + special", "192.168.1.20"),
        ("stranger", "games", "the MAC of stranger"),
    ]


def test_servers_and_local_names_are_carried_over(imported: Imported) -> None:
    assert imported.upstreams == ("9.9.9.9", "149.112.112.112")
    assert imported.upstreams_later == ("tls://fdns1.dismail.de:853",)
    assert imported.hosts == {"printer.lan": ("192.168.178.3", "2001:db8::3")}
    assert imported.answer_mode == "nxdomain"


@pytest.mark.parametrize(
    ("place", "found", "meaning"),
    [
        ("upstreams.groups.laptop*[0]", "123.123.123.123", "everybody's"),
        ("conditional.mapping.fritz.box", "fritz.box: 192.168.178.1", "not built yet"),
        ("customDNS.mapping", "printer.lan", "one exact name"),
        ("blocking.denylists.ads[1] line 4", "/^banner", "no addresses and expressions"),
        ("blocking.denylists.ads", "tracker.example", "blocked exactly there"),
        ("blocking.allowlists.ads", "good.wild.example", "allowed exactly there"),
        ("blocking.denylists.ads", "https://lists.example/ads.txt", "category ads: each"),
        ("blocking.listSchedules.games", "games", "before allowed names"),
        ("blocking.clientGroupsBlock.stranger", "stranger", "write the MAC"),
        ("blocking.clientGroupsBlock.kid-*", "192.168.1.20: kid-*, 192.168.1.1/24", "one policy"),
    ],
)
def test_what_differs_is_told(imported: Imported, place: str, found: str, meaning: str) -> None:
    assert any(
        remark.place.endswith(place) and found in remark.found and meaning in remark.meaning
        for remark in imported.remarks
    )


def test_the_older_keys_say_the_same(tmp_path: Path) -> None:
    old = imported_of(
        tmp_path,
        "upstream: {default: [1.1.1.1]}\nblocking:\n  blackLists: {ads: [https://a.example]}\n"
        '  whiteLists: {ads: ["b.example\\n"]}\n  clientGroupsBlock: {default: [ads]}\n',
    )
    assert old.upstreams == ("1.1.1.1",)
    assert policy(old, "ads").allow == ("b.example",)
    assert policy(old, "ads").block == ("ads",)


def test_a_name_blocked_below_an_allowed_one_stays_blocked(tmp_path: Path) -> None:
    imported = imported_of(
        tmp_path,
        'blocking:\n  denylists: {ads: ["x.b.example\\n"]}\n'
        '  allowlists: {ads: ["b.example\\n"]}\n  clientGroupsBlock: {default: [ads]}\n',
    )
    assert policy(imported, "ads").block == ("ads", "x.b.example")


def test_allow_lists_elsewhere_are_a_category_where_they_stand_alone(tmp_path: Path) -> None:
    imported = imported_of(
        tmp_path,
        "blocking:\n  allowlists: {kids: [https://a.example]}\n"
        "  clientGroupsBlock: {default: [kids, gone]}\n",
    )
    [during] = policy(imported, "gone + kids").during
    assert during.allow_only == ("allowed-kids",)
    assert any(remark.found == "gone" for remark in imported.remarks)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b", "found neither upstreams nor blocking"),
        ("blocking: {listSchedules: {ads: [x]}}", 'found "x", expected one of blocking.schedules'),
        ("blocking: {schedules: {x: {start: '08:00'}}}", "found no weekdays"),
        ("blocking: {schedules: {x: {weekdays: [someday]}}}", "found ['someday']"),
        ("blocking: {schedules: {x: {weekdays: [mon], start: '08:00'}}}", '"" is no time of day'),
        ("blocking: {schedules: {x: {weekdays: [mon], end: noon}}}", '"" is no time of day'),
        (
            "blocking: {schedules: {x: {weekdays: [mon], start: '08:00', end: noon}}}",
            '"noon" is no time of day',
        ),
        ("blocking: {clientGroupsBlock: [x]}", "found no mapping"),
    ],
)
def test_what_is_no_config_of_it_is_told_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        imported_of(tmp_path, text)
    assert said in str(raised.value)
    assert str(raised.value).startswith("config.yml:1:")


def test_a_whole_home_is_carried_over(tmp_path: Path) -> None:
    home = imported_of(tmp_path, BLOCKY_HOME)
    devices = {
        (person.name, person.policy): [
            (each.name, each.value) for each in person.devices if each.is_known
        ]
        for person in home.people
    }
    assert devices == {
        ("192.168.178.21", "ads + adult + games"): [("192.168.178.21", "192.168.178.21")],
        ("network 192.168.179.0", "ads + adult"): [("network 192.168.179.0", "192.168.179.0/24")],
        ("smart-tv.lan", "ads"): [("smart-tv.lan", "192.168.178.50")],
        ("mia", "ads + adult + games"): [
            ("mia-tablet", "192.168.178.20"),
            ("mia-tablet 2", "fd00::20"),
        ],
        ("ben-laptop", "ads + adult"): [],
    }
    [schoolnight, lessons] = policy(home, "ads + adult + games").during
    assert home.schedules[schoolnight.schedule]["sun"] == "20:00-06:30"
    assert schoolnight.block == lessons.block == ("list-games",)
