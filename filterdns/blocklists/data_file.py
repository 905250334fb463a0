"""The project's own data files, read with the line of everything: YAML, tables, lists of names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError, InvalidName

# libyaml's where PyYAML has it: the other one is thirty times slower, and every start waits for it.
YAML_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Value: TypeAlias = "str | list[Value] | Entry"


@dataclass(frozen=True, slots=True)
class Entry:
    """Values by key, and the file and line where they begin. Every scalar is a text as written."""

    path: Path
    line: int
    values: dict[str, Value]

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text at *key*, or *default* if there is none and one is given."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(f'found no text under "{key}", expected one')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at *key*."""
        values = self.values.get(key)
        if not isinstance(values, list):
            raise self.error(f'found no list under "{key}", expected one')
        return tuple(self._text_of(key, value) for value in values)

    def flag(self, key: str) -> bool:
        """Return whether *key* is `true`; absent is `false`."""
        text = self.text(key, "false")
        if text not in ("true", "false"):
            raise self.error(f'found "{text}" under "{key}", expected true or false')
        return text == "true"

    def name(self, key: str) -> bytes:
        """Return the domain name at *key* in canonical form."""
        return self._name_of(self.text(key))

    def names(self, key: str, default: str | None = None) -> tuple[bytes, ...]:
        """Return the domain names in the text at *key*, parted by blanks, in canonical form.

        One text and not a list: a YAML node for each of a thousand names would slow every start.
        """
        return tuple(map(self._name_of, self.text(key, default).split()))

    def entry(self, key: str) -> "Entry":
        """Return the mapping at *key*."""
        value = self.values.get(key)
        if not isinstance(value, Entry):
            raise self.error(f'found no mapping under "{key}", expected one')
        return value

    def error(self, problem: str) -> BlocklistError:
        """Return the error that says *problem* and where."""
        return BlocklistError(f"{self.path}:{self.line}: {problem}")

    def _text_of(self, key: str, value: Value) -> str:
        if not isinstance(value, str):
            raise self.error(f'found a list or a mapping in "{key}", expected a text')
        return value

    def _name_of(self, text: str) -> bytes:
        try:
            return from_text(text)
        except InvalidName as error:
            raise self.error(str(error)) from error


def read_list(path: Path) -> list[Entry]:
    """Return the mappings in the list that the YAML file at *path* holds.

    Raises `BlocklistError` with file and line, also for a key that stands twice.
    """
    values = _read_yaml(path)
    if not isinstance(values, list):
        raise BlocklistError(f"{path}:1: found no list, expected one")
    return _entries(path, values)


def read_lists(path: Path) -> dict[str, list[Entry]]:
    """Return the lists by key that the YAML file at *path* holds; raises as `read_list` does."""
    entry = _read_yaml(path)
    if not isinstance(entry, Entry):
        raise BlocklistError(f"{path}:1: found no mapping, expected one")
    lists = {}
    for key, values in entry.values.items():
        if not isinstance(values, list):
            raise entry.error(f'found no list under "{key}", expected one')
        lists[key] = _entries(path, values)
    return lists


def read_table(path: Path) -> Iterator[Entry]:
    """Yield the rows of the TSV file at *path*, whose first line names the columns.

    Raises `BlocklistError` with file and line.
    """
    lines = _content(path).splitlines()
    columns = lines[0].split("\t") if lines else []
    for number, line in enumerate(lines[1:], 2):
        cells: list[Value] = [*line.split("\t")]
        row = Entry(path, number, dict(zip(columns, cells, strict=False)))
        if len(cells) != len(columns):
            raise row.error(f"found {len(cells)} columns, expected {len(columns)}")
        yield row


def read_names(path: Path) -> tuple[bytes, ...]:
    """Return the domain names in the text file at *path*, one a line; `#` begins a comment.

    Raises `BlocklistError` with file and line, also for a name that stands twice.
    """
    names: dict[bytes, None] = {}
    for number, line in enumerate(_content(path).splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        try:
            name = from_text(line)
        except InvalidName as error:
            raise BlocklistError(f"{path}:{number}: {error}") from error
        if name in names:
            raise BlocklistError(f'{path}:{number}: "{line}" stands twice')
        names[name] = None
    return tuple(names)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BlocklistError(f"{path}: is not UTF-8: {error.reason}") from error


def _read_yaml(path: Path) -> Value:
    try:
        node = yaml.compose(_content(path), Loader=YAML_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BlocklistError(f"{path}:{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise BlocklistError(f"{path}: {error}") from error
    return [] if node is None else _value(path, node)


def _value(path: Path, node: yaml.Node) -> Value:
    """Return *node* with every scalar as it is written: no `no` turns false, no `12:30` a sum."""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, item) for item in node.value]
    entry = Entry(path, node.start_mark.line + 1, {})
    for key, value in node.value:
        if key.value in entry.values:
            raise Entry(path, key.start_mark.line + 1, {}).error(f'"{key.value}" stands twice')
        entry.values[key.value] = _value(path, value)
    return entry


def _entries(path: Path, values: list[Value]) -> list[Entry]:
    entries = [value for value in values if isinstance(value, Entry)]
    if len(entries) != len(values):
        raise BlocklistError(f"{path}: found a text or a list among its entries, expected mappings")
    return entries
