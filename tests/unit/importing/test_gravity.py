import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from filterdns.errors import ConfigError
from filterdns.importing import gravity, pihole_tables
from filterdns.importing.gravity import read_gravity
from tests.support.exports import GRAVITY_SCHEMA, write_gravity


def complaint(path: Path, seconds: float = 10.0) -> str:
    with pytest.raises(ConfigError) as raised:
        read_gravity(path, path.name, seconds)
    return str(raised.value)


def test_the_tables_are_read(tmp_path: Path) -> None:
    tables = read_gravity(write_gravity(tmp_path / "gravity.db"), "gravity.db")
    assert [group.name for group in tables.groups] == ["Default", "Kids", "Guests", "Off"]
    assert [adlist.kind for adlist in tables.adlists] == [0, 0, 0, 1, 0]
    assert (len(tables.domains), len(tables.clients)) == (10, 6)


def test_the_file_and_its_folder_stay_as_they_are(tmp_path: Path) -> None:
    path = write_gravity(tmp_path / "gravity.db")
    before = path.read_bytes()
    read_gravity(path, "gravity.db")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_before_version_6_has_no_kinds_of_lists(tmp_path: Path) -> None:
    schema = GRAVITY_SCHEMA.replace(
        "  type INTEGER NOT NULL DEFAULT 0, UNIQUE(address, type)", "  x"
    )
    rows = "INSERT INTO adlist (address) VALUES ('https://lists.example/a');"
    tables = read_gravity(write_gravity(tmp_path / "gravity.db", rows, schema), "gravity.db")
    assert [adlist.kind for adlist in tables.adlists] == [0]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("CREATE TABLE whitelist (id);", 'found no table "group"'),
        (
            GRAVITY_SCHEMA.replace("  domain TEXT", "  named TEXT").replace(
                "(domain, t", "(named, t"
            ),
            'domainlist: found no column "domain"',
        ),
        (
            GRAVITY_SCHEMA
            + "DROP TABLE client; CREATE VIEW client AS SELECT 1 id, 2 ip, 3 comment;",
            'found no table "client"',
        ),
    ],
)
def test_another_schema_is_told(tmp_path: Path, schema: str, said: str) -> None:
    assert said in complaint(write_gravity(tmp_path / "gravity.db", "", schema))


def test_a_virtual_table_is_none(tmp_path: Path) -> None:
    path = write_gravity(tmp_path / "gravity.db", "")
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE client")
        database.execute("CREATE VIRTUAL TABLE client USING fts4(id, ip, comment)")
        database.commit()
    assert 'found no table "client"' in complaint(path)


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gravity, pihole_tables):
        monkeypatch.setattr(module, "MOST_ROWS", 5)
    assert "domainlist: found more than 5 rows" in complaint(write_gravity(tmp_path / "gravity.db"))


def test_a_value_that_is_too_long_is_refused(tmp_path: Path) -> None:
    rows = "INSERT INTO client (ip) VALUES (hex(zeroblob(100000)));"
    assert "too big" in complaint(write_gravity(tmp_path / "gravity.db", rows))


def test_a_database_that_takes_too_long_is_left(tmp_path: Path) -> None:
    path = write_gravity(tmp_path / "gravity.db", "")
    with closing(sqlite3.connect(path)) as database:
        rows = [(number, 1, f"n{number}.example") for number in range(20_000)]
        database.executemany("INSERT INTO domainlist (id, type, domain) VALUES (?, ?, ?)", rows)
        database.commit()
    assert "takes longer than 0 s" in complaint(path, seconds=0.0)


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    path = write_gravity(tmp_path / "gravity.db")
    data = path.read_bytes()
    path.write_bytes(data[:100] + bytes(len(data) - 100))
    assert "cannot be read" in complaint(path)
    path.write_bytes(data[: len(data) // 2])
    assert "cannot be read" in complaint(path)


def test_a_text_in_another_charset_does_no_harm(tmp_path: Path) -> None:
    rows = "INSERT INTO client (ip, comment) VALUES ('192.168.1.2', CAST(x'ff41' AS TEXT));"
    tables = read_gravity(write_gravity(tmp_path / "gravity.db", rows), "gravity.db")
    assert tables.clients[0].comment == "\ufffdA"
