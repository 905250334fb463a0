from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing.imported import Imported, ImportedPolicy
from filterdns.importing.pihole import import_pihole
from tests.support.exported_homes import BEN, MIA, write_exported_homes
from tests.support.exports import (
    PIHOLE_TOML,
    known,
    write_gravity,
    write_old_teleporter,
    write_teleporter,
)


@pytest.fixture
def gravity(tmp_path: Path) -> Path:
    return write_gravity(tmp_path / "gravity.db")


@pytest.fixture
def imported(gravity: Path) -> Imported:
    return import_pihole(write_teleporter(gravity.with_name("backup.zip"), gravity), known())


def policy(imported: Imported, name: str) -> ImportedPolicy:
    return next(each for each in imported.policies if each.name == name)


def test_groups_become_policies(imported: Imported) -> None:
    names = [each.name for each in imported.policies]
    assert names == ["default", "Kids", "default + Guests", "no group"]
    assert policy(imported, "Kids") == ImportedPolicy(
        "Kids",
        block=("ads", "grown-ups", "games.example", "video.example"),
        allow=("good.ads.example", "learn.video.example"),
    )
    assert policy(imported, "no group") == ImportedPolicy("no group")


def test_what_is_in_a_disabled_group_has_no_effect(imported: Imported) -> None:
    assert all("hidden.example" not in each.block for each in imported.policies)


def test_clients_become_people(imported: Imported) -> None:
    assert [(each.name, each.policy, len(each.devices)) for each in imported.people] == [
        ("Mia's tablet", "Kids", 1),
        ("network 10.9.0.0", "default + Guests", 1),
        ("TV", "Kids", 1),
        ("Guest", "default + Guests", 1),
        ("laptop", "Kids", 1),
        ("NAS", "no group", 1),
    ]


def test_settings_are_carried_over(imported: Imported) -> None:
    assert imported.upstreams == ("9.9.9.9", "2620:fe::fe", "192.168.1.1:5335")
    assert imported.upstreams_later == ("dns.example",)
    assert imported.hosts == {"nas": ("192.168.1.40",), "nas.lan": ("192.168.1.40",)}
    assert imported.answer_mode == "nodata"


@pytest.mark.parametrize(
    ("place", "found", "meaning"),
    [
        ("domainlist 4", "^track[0-9]+", "we block names, not expressions"),
        ("domainlist 6", "x.learn.video.example", "the allow of learn.video.example wins"),
        ("domainlist", "off.example", "disabled"),
        ("domainlist", "games.example", "blocked exactly there"),
        ("domainlist", "mixed.example", "allowed exactly there"),
        ("adlist", "https://lists.example/old.txt", "disabled"),
        ("adlist 4", "https://lists.example/allowed.txt", "no lists that allow"),
        ("adlist 1", "https://lists.example/ads.txt", "covers what lies below"),
        ("adlist", "https://lists.example/nobody.txt", "in no enabled group"),
        ("domainlist", "hidden.example", "in no enabled group"),
        ("group", "Off", "disabled"),
        ("client 5", "laptop", "write the MAC"),
        ("people", "3c:22:fb:01:02:03", "the MAC comes first"),
        ("client_by_group", "default + Guests", "one policy"),
        ("etc/pihole/pihole.toml dns.cnameRecords", "files.lan,nas.lan", "addresses"),
        ("clients without a name", "default", "strictest"),
    ],
)
def test_what_differs_is_told(imported: Imported, place: str, found: str, meaning: str) -> None:
    assert any(
        remark.place == place and found in remark.found and meaning in remark.meaning
        for remark in imported.remarks
    )


def test_the_database_alone_says_the_same_without_settings(
    gravity: Path, imported: Imported
) -> None:
    alone = import_pihole(gravity, known())
    assert alone.policies == imported.policies
    assert alone.people == imported.people
    assert alone.upstreams == ("system",)


def test_a_backup_of_version_5_says_the_same(gravity: Path, imported: Imported) -> None:
    backup = write_old_teleporter(gravity.with_name("backup.tar.gz"), gravity)
    old = import_pihole(backup, known())
    assert old.policies == imported.policies
    assert old.people == imported.people
    assert old.upstreams == ("9.9.9.9", "8.8.8.8:5353")
    assert old.answer_mode == "nxdomain"


def test_an_address_of_its_own_for_blocked_names_is_told(gravity: Path) -> None:
    toml = PIHOLE_TOML.replace("NODATA", "IP")
    imported = import_pihole(write_teleporter(gravity.with_name("b.zip"), gravity, toml), known())
    assert imported.answer_mode == "zero-ip"
    assert any(remark.found == "IP" for remark in imported.remarks)


def test_a_backup_without_a_database_is_refused(tmp_path: Path, gravity: Path) -> None:
    backup = write_teleporter(tmp_path / "backup.zip", gravity)
    data = backup.read_bytes().replace(b"gravity.db", b"gravity.xx")
    backup.write_bytes(data)
    with pytest.raises(ConfigError, match="found no etc/pihole/gravity"):
        import_pihole(backup, known())


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    for content in (b"", b"hello", b"SQLite format 3\x00", b"PK\x03\x04", b"\x1f\x8b"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match="backup"):
            import_pihole(path, known())
    with pytest.raises(ConfigError, match="cannot be read"):
        import_pihole(tmp_path / "gone", known())


@pytest.mark.parametrize("export", ["pihole 6", "pihole 5"])
def test_a_whole_home_is_carried_over(tmp_path: Path, export: str) -> None:
    home = import_pihole(write_exported_homes(tmp_path)[export], known())
    devices = {
        (person.name, person.policy): [(each.value, each.is_known) for each in person.devices]
        for person in home.people
    }
    assert devices == {
        ("Mia's tablet", "Kids"): [(MIA, True)],
        ("Ben", "Kids"): [(BEN, True), ("192.168.178.21", True)],
        ("Old tablet", "Kids"): [("3c:22:fb:00:00:04", True)],
        ("nas", "Unfiltered"): [("192.168.178.40", True)],
        ("smart-tv", "Kids"): [("the MAC of smart-tv", False)],
        ("Wi-Fi", "default"): [("the network of wlan0", False)],
        ("At home", "default"): [("192.168.178.0/24", True)],
        ("Mum", "Unfiltered"): [("192.168.178.30", True)],
    }
    assert [category.id for category in home.categories] == ["stevenblack", "nsfw"]


@pytest.mark.parametrize(
    ("place", "found", "meaning"),
    [
        ("client 4", "tablet.lan", "known by 3C:22:FB:00:00:04"),
        ("client 5", "nas", "known by 192.168.178.40"),
        ("client 6", "smart-tv", "write the MAC"),
        ("client 7", ":wlan0", "the network behind it"),
        ("people", MIA, "the MAC comes first"),
        ("etc/pihole/pihole.toml dhcp.active", "true", "filterdns gives none"),
    ],
)
def test_what_differs_in_a_whole_home_is_told(
    tmp_path: Path, place: str, found: str, meaning: str
) -> None:
    home = import_pihole(write_exported_homes(tmp_path)["pihole 6"], known())
    assert any(
        remark.place == place and found in remark.found and meaning in remark.meaning
        for remark in home.remarks
    )
