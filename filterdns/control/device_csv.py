"""Devices as a table of comma-separated values: what a school's own list of devices is made into.

The first line names the columns, in any order: `person` and `device`; at least one of `mac`, `ip`,
`id`; `policy` for people who are not in the config yet. Several lines about one device add up.
Separated by commas or semicolons, in UTF-8. Every error is told with its line, all at once.
"""

import csv
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Final

from filterdns.config.device_edits import WantedDevice
from filterdns.config.nearest import cure
from filterdns.config.units import quoted, read_address, read_client_id, read_mac
from filterdns.errors import ConfigError, InvalidValue, Problem

COLUMNS: Final = ("person", "device", "mac", "ip", "id", "policy")
NEEDED: Final = ("person", "device")
MOST_BYTES: Final = 4_000_000
MOST_TOLD: Final = 200
MAX_NAME_LENGTH: Final = 100


def read_table_file(path: Path) -> list[WantedDevice]:
    """Return the devices in the file under *path*; raises `ConfigError` as `read_table` does."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError([Problem(path.name, 0, 0, "", message, "check the path")]) from None
    return read_table(data, path.name)


def read_table(data: bytes, file: str) -> list[WantedDevice]:
    """Return the devices in *data*; raises `ConfigError` with every line that is wrong."""
    return _Table(file).read(_text(data, file))


def write_table(devices: Iterable[WantedDevice]) -> str:
    """Return *devices* as a table that `read_table` reads; a line for each sign of a device."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in devices:
        rows = max(len(each.macs), len(each.addresses), len(each.ids))
        for at in range(rows):
            signs = (_at(each.macs, at), _at(each.addresses, at), _at(each.ids, at))
            writer.writerow([each.person, each.name, *signs, each.policy])
    return out.getvalue()


class _Table:
    def __init__(self, file: str) -> None:
        self._file = file
        self._problems: list[Problem] = []
        self._device_by_key: dict[tuple[str, str], WantedDevice] = {}
        self._line_by_sign: dict[str, tuple[int, tuple[str, str]]] = {}

    def read(self, text: str) -> list[WantedDevice]:
        first = text.partition("\n")[0]
        separator = ";" if first.count(";") > first.count(",") else ","
        rows = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            header = [column.strip().lower() for column in next(rows, [])]
            self._check(header)
            for row in rows:
                self._read_row(rows.line_num, header, row)
        except csv.Error as error:
            self._add(rows.line_num, "", f"is no line of values: {error}", "check the quotes")
        if self._problems:
            raise ConfigError(self._problems)
        return list(self._device_by_key.values())

    def _check(self, header: list[str]) -> None:
        for column in header:
            if column not in COLUMNS or header.count(column) > 1:
                message = f"{quoted(column)} is no column, or there twice"
                self._add(1, column, message, cure(column, COLUMNS))
        for column in NEEDED:
            if column not in header:
                message = f"the column {quoted(column)} is missing"
                self._add(1, "", message, f"begin with a line like {','.join(COLUMNS)}")
        if self._problems:
            raise ConfigError(self._problems)

    def _read_row(self, line: int, header: list[str], row: list[str]) -> None:
        if not any(cell.strip() for cell in row):
            return
        if len(row) > len(header):
            self._add(line, "", f"{len(row)} values in {len(header)} columns", "remove some")
            return
        cells = {column: cell.strip() for column, cell in zip(header, row, strict=False)}
        person, device = cells.get("person", ""), cells.get("device", "")
        for column in NEEDED:
            if not _is_name(cells.get(column, "")):
                message = f"{quoted(cells.get(column, ''))} is no name"
                self._add(line, column, message, "write one of at most 100 characters")
                return
        key = (person, device)
        signs = {
            column: self._read_sign(line, column, cells.get(column, ""), read, key)
            for column, read in _READERS.items()
        }
        if not any(cells.get(column) for column in _READERS):
            message = f"nothing tells how to know {quoted(device)}"
            self._add(line, "", message, "add a mac, ip or id")
        known = self._device_by_key.get(key, WantedDevice(person, device))
        self._device_by_key[key] = known._replace(
            macs=known.macs + signs["mac"],
            addresses=known.addresses + signs["ip"],
            ids=known.ids + signs["id"],
            policy=known.policy or cells.get("policy", ""),
        )

    def _read_sign(
        self,
        line: int,
        column: str,
        text: str,
        read: Callable[[str], str],
        key: tuple[str, str],
    ) -> tuple[str, ...]:
        if not text:
            return ()
        try:
            sign = read(text)
        except InvalidValue as error:
            self._add(line, column, error.message, error.cure)
            return ()
        first, owner = self._line_by_sign.setdefault(sign, (line, key))
        if owner != key:
            message = f"{quoted(sign)} is {'/'.join(owner)} already, in line {first}"
            self._add(line, column, message, "give it to one device")
        return () if first != line else (sign,)

    def _add(self, line: int, column: str, message: str, cure_text: str) -> None:
        self._problems.append(Problem(self._file, line, 1, column, message, cure_text))
        if len(self._problems) == MOST_TOLD:
            more = Problem(self._file, 0, 0, "", "there may be more problems", "mend these first")
            raise ConfigError([*self._problems, more])


_READERS: Final = {"mac": read_mac, "ip": read_address, "id": read_client_id}


def _text(data: bytes, file: str) -> str:
    if len(data) > MOST_BYTES:
        message = f"is larger than {MOST_BYTES // 10**6} MB"
        raise ConfigError([Problem(file, 0, 0, "", message, "import it in parts")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            [Problem(file, line, 1, "", "a byte here is no UTF-8", "save it as UTF-8")]
        ) from None


def _is_name(text: str) -> bool:
    return bool(text) and len(text) <= MAX_NAME_LENGTH and text.isprintable()


def _at(texts: tuple[str, ...], at: int) -> str:
    return texts[at] if at < len(texts) else ""
