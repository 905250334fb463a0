import pytest

from filterdns.errors import ConfigError
from filterdns.importing.pihole_tables import COLUMNS, Client, Row, make_tables

EMPTY: dict[str, list[Row]] = {table: [] for table in COLUMNS}


def test_rows_become_values_with_their_groups() -> None:
    rows: dict[str, list[Row]] = {
        **EMPTY,
        "client": [(1, " 192.168.1.20 ", None)],
        "client_by_group": [(1, 0), (1, 2)],
    }
    assert make_tables(rows, "file").clients == (Client(1, "192.168.1.20", "", frozenset((0, 2))),)


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("client", (1, b"x", None), "file client row 1: found b'x', expected a text"),
        ("client", ("1", "x", None), "found '1', expected a number"),
        ("client", (2**60, "x", None), "expected a number"),
        ("domainlist_by_group", (None, 1), "domainlist_by_group row 1: found None"),
    ],
)
def test_a_value_of_another_kind_is_told_with_its_row(table: str, row: Row, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        make_tables({**EMPTY, table: [row]}, "file")
    assert said in str(raised.value)
