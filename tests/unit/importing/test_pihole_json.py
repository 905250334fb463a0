import json
from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing import pihole_json
from filterdns.importing.archive import read_archive
from filterdns.importing.gravity import read_gravity
from filterdns.importing.pihole_json import KIND_BY_MEMBER, TABLE_BY_MEMBER, read_json_tables
from tests.support.exports import write_gravity, write_old_teleporter


def complaint(**members: object) -> str:
    texts = {f"{name}.json": json.dumps(value).encode() for name, value in members.items()}
    with pytest.raises(ConfigError) as raised:
        read_json_tables(texts, "backup")
    return str(raised.value)


def test_the_backup_of_version_5_says_what_the_database_does(tmp_path: Path) -> None:
    gravity = write_gravity(tmp_path / "gravity.db")
    backup = write_old_teleporter(tmp_path / "backup.tar.gz", gravity)
    members = read_archive(backup, {*TABLE_BY_MEMBER, *KIND_BY_MEMBER})
    found, expected = read_json_tables(members, "backup"), read_gravity(gravity, "gravity.db")
    assert found.groups == expected.groups
    assert found.clients == expected.clients
    assert sorted(found.domains) == sorted(expected.domains)
    assert found.adlists == tuple(each for each in expected.adlists if each.kind == 0)


def test_what_is_no_table_is_told_with_its_row() -> None:
    assert "backup group.json: found no list" in complaint(group={})
    assert "group.json row 1: found no object" in complaint(group=[1])
    assert 'group.json row 2: found no "name"' in complaint(
        group=[{"id": 0, "enabled": 1, "name": "x"}, {"id": 1, "enabled": 1}]
    )
    assert "group row 1: found 'x', expected a number" in complaint(
        group=[{"id": "x", "enabled": 1, "name": "x"}]
    )


@pytest.mark.parametrize("text", [b"{", b"[" * 100_000, b"\xff", b"[1e", b"1" * 10_000])
def test_what_is_no_json_is_told(text: bytes) -> None:
    with pytest.raises(ConfigError, match="backup client"):
        read_json_tables({"client.json": text}, "backup")


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pihole_json, "MOST_ROWS", 2)
    assert "client_by_group.json: found more than" in complaint(client_by_group=[{}] * 3)
