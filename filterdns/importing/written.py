"""YAML of a stranger, read a value at a time, each with its place.

Nothing is built from the whole file: size and depth are limited by the parser, and what is looked
at is counted, so that anchors that multiply end in an error instead of in our memory.
"""

from pathlib import Path
from typing import Final

from filterdns.config.places import Place
from filterdns.config.reader import MappingNode, Node, ScalarNode, read_tree
from filterdns.config.units import quoted
from filterdns.errors import ConfigError, Problem

MOST_BYTES: Final = 4_000_000
MOST_VALUES: Final = 200_000


def read_yaml(path: Path) -> "Written":
    """Return the mapping in the YAML file at *path*; raises `ConfigError` with the place."""
    root = Written(read_tree(_content(path), path.name), Place(path.name, 1, 1), "", [MOST_VALUES])
    if not isinstance(root.node, MappingNode):
        raise root.error("found no mapping, expected the sections of a config")
    return root


class Written:
    """The value at *path* of a file, or nothing where the file has none there."""

    __slots__ = ("_budget", "_place", "node", "path")

    def __init__(self, node: Node | None, place: Place, path: str, budget: list[int]) -> None:
        self.node = node
        self.path = path
        self._place = node.place if node is not None else place
        self._budget = budget

    @property
    def place(self) -> str:
        """Return file, line and path, as remarks name a place."""
        return f"{self._place.file}:{self._place.line} {self.path}".rstrip()

    def __bool__(self) -> bool:
        return self.node is not None and not self._is_null()

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, MappingNode)

    def nothing(self) -> "Written":
        """Return what is found where nothing is written."""
        return Written(None, self._place, self.path, self._budget)

    def at(self, *keys: str) -> "Written":
        """Return the value under *keys*, one mapping in the other."""
        found = self
        for key in keys:
            there = dict(found.pairs()).get(key)
            found = there or Written(None, found._place, _join(found.path, key), self._budget)
        return found

    def pairs(self) -> list[tuple[str, "Written"]]:
        """Return the keys of a mapping with their values; the last of equal keys counts.

        Those of the mappings under a key `<<` are among them, as YAML 1.1 merges them.
        """
        if not self:
            return []
        if not isinstance(self.node, MappingNode):
            raise self.error("found no mapping, expected one")
        self._spend(len(self.node.pairs))
        found: dict[str, Written] = {}
        merged: dict[str, Written] = {}
        for key, value in self.node.pairs:
            if not isinstance(key, ScalarNode):
                raise self.error("found a list or a mapping as a key, expected a text")
            written = Written(value, key.place, _join(self.path, key.text), self._budget)
            if key.text == _MERGE:
                merged = written._merged()
            else:
                found[key.text] = written
        return list((merged | found).items())

    def items(self) -> list["Written"]:
        """Return the values of a list."""
        if not self:
            return []
        if isinstance(self.node, MappingNode | ScalarNode) or self.node is None:
            raise self.error("found no list, expected one")
        self._spend(len(self.node.items))
        return [
            Written(item, item.place, f"{self.path}[{at}]", self._budget)
            for at, item in enumerate(self.node.items)
        ]

    def text(self, default: str = "") -> str:
        """Return the text, *default* where there is none."""
        if not self:
            return default
        if not isinstance(self.node, ScalarNode):
            raise self.error("found a list or a mapping, expected a text")
        return self.node.text

    def texts(self) -> list[str]:
        """Return the texts of a list, or a single text as a list."""
        if isinstance(self.node, ScalarNode):
            return [self.node.text] if self else []
        return [item.text() for item in self.items()]

    def flag(self, *, default: bool) -> bool:
        """Return whether it is true, *default* where there is nothing."""
        text = self.text().lower()
        if text not in ("", "true", "false", "yes", "no", "on", "off"):
            raise self.error(f"found {quoted(text)}, expected true or false")
        return default if not text else text in ("true", "yes", "on")

    def error(self, problem: str) -> ConfigError:
        """Return the error that says *problem* and where."""
        return ConfigError([Problem(*self._place, self.path, problem)])

    def _merged(self) -> "dict[str, Written]":
        """Return what stands under a merge key: a mapping, or several; of equal keys the first."""
        found: dict[str, Written] = {}
        for each in [self] if self.is_mapping else self.items():
            found = dict(each.pairs()) | found
        return found

    def _is_null(self) -> bool:
        return isinstance(self.node, ScalarNode) and self.node.value is None

    def _spend(self, count: int) -> None:
        self._budget[0] -= count
        if self._budget[0] < 0:
            raise self.error(f"found more than {MOST_VALUES:,} values, expected a config")


_MERGE: Final = "<<"


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ConfigError([Problem(path.name, 0, 0, "", problem)]) from None
    if len(data) > MOST_BYTES:
        problem = f"is larger than {MOST_BYTES // 10**6} MB, expected a config"
        raise ConfigError([Problem(path.name, 0, 0, "", problem)])
    return data


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
