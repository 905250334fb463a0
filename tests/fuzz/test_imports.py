"""Importing makes a config that loads, or raises `ConfigError`, whatever the export says."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterdns.config.compile import compile_config
from filterdns.config.load import load
from filterdns.errors import ConfigError
from filterdns.importing.adguard import import_adguard
from filterdns.importing.blocky import import_blocky
from filterdns.importing.document import write_document
from filterdns.importing.imported import Imported
from filterdns.importing.pihole import import_pihole
from tests.support.configs import catalog
from tests.support.examples import one_in
from tests.support.exported_homes import ADGUARD_HOME, BLOCKY_HOME, PIHOLE_HOME
from tests.support.exports import known, write_gravity

WORD: Final = re.compile(r"[A-Za-z0-9_.:/*-]+")
WORDS: Final = st.one_of(
    st.sampled_from(
        ["3c:22:fb:00:00:01", "01:00:5e:00:00:01", "mia-9f2c71d0", "192.168.178.0/24", "0.0.0.0/0",
         "fe80::1%eth0", "::/0", "~", "true", "no", "[x]", "{a: b}", "<<", ":eth0", "kid-*",
         "24:00", "16h", "unknown", "strictest", "adult", "-", "'\"'", "\u2028", "x" * 300]
    ),
    st.text(max_size=12),
)  # fmt: skip
CHANGES: Final = st.lists(st.tuples(st.integers(0, 10_000), WORDS), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("imports")


@pytest.fixture(scope="module")
def gravity(folder: Path) -> bytes:
    return write_gravity(folder / "gravity.db", PIHOLE_HOME).read_bytes()


def changed(text: str, changes: list[tuple[int, str]]) -> str:
    """Return *text* with some of its words replaced."""
    for number, word in changes:
        places = [found.span() for found in WORD.finditer(text)]
        start, end = places[number % len(places)]
        text = text[:start] + word + text[end:]
    return text


def loads(folder: Path, read: Callable[[], Imported]) -> None:
    with suppress(ConfigError):
        document = write_document(read())
        path = folder / "config.yaml"
        path.write_text(document)
        try:
            compile_config(load(path, {}, catalog()), catalog())
        except ConfigError as error:
            raise AssertionError(document) from error


@one_in(2)
@given(changes=CHANGES)
def test_an_adguard_home_that_imports_loads(folder: Path, changes: list[tuple[int, str]]) -> None:
    export = folder / "AdGuardHome.yaml"
    export.write_text(changed(ADGUARD_HOME, changes))
    loads(folder, lambda: import_adguard(export, known()))


@one_in(2)
@given(changes=CHANGES)
def test_a_blocky_config_that_imports_loads(folder: Path, changes: list[tuple[int, str]]) -> None:
    export = folder / "config.yml"
    export.write_text(changed(BLOCKY_HOME, changes))
    loads(folder, lambda: import_blocky(export, known()))


@one_in(2)
@given(clients=st.lists(st.tuples(WORDS, WORDS), max_size=6), group=WORDS, domain=WORDS)
def test_a_pihole_that_imports_loads(
    folder: Path, gravity: bytes, clients: list[tuple[str, str]], group: str, domain: str
) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(gravity)
        database.executemany("INSERT OR IGNORE INTO client (ip, comment) VALUES (?, ?)", clients)
        database.execute('UPDATE "group" SET name = ? WHERE id = 1', (group,))
        database.execute("UPDATE domainlist SET domain = ? WHERE id = 2", (domain,))
        database.commit()
        export = folder / "changed.db"
        export.write_bytes(database.serialize())
    loads(folder, lambda: import_pihole(export, known()))
