"""Several files of YAML as one tree: what `include:` names is laid into the same sections.

Mappings and lists at the top level are joined; everything else that stands in two files stands
there again, which is for the reader of the values to refuse.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

from filterdns.config.places import Place
from filterdns.config.reader import MOST_BYTES, ListNode, MappingNode, Node, ScalarNode, read_tree
from filterdns.config.units import quoted
from filterdns.errors import ConfigError, Problem

MOST_FILES: Final = 1000


class Trees:
    """The trees of files: one whose bytes are as before is not read again.

    *instead* holds what files are taken to hold that have not been written yet.
    """

    def __init__(self, instead: Mapping[Path, bytes] | None = None) -> None:
        self._instead = instead or {}
        self._tree_by_digest: dict[tuple[str, bytes], Node | None] = {}
        self._used: dict[tuple[str, bytes], Node | None] = {}

    def bytes_of(self, path: Path) -> bytes:
        """Return what the file under *path* holds, or is to hold; raises `OSError`."""
        instead = self._instead.get(path)
        return read_bytes(path) if instead is None else instead

    def read(self, data: bytes, file: str) -> Node | None:
        """Return the tree of *data*, the content of *file*, for reading only.

        Raises `ConfigError`.
        """
        key = (file, blake2b(data, digest_size=_DIGEST_BYTES).digest())
        known = self._tree_by_digest  # another thread may have done with a config meanwhile
        tree = known[key] if key in known else read_tree(data, file)
        self._used[key] = tree
        return tree

    def forget_unused(self) -> None:
        """Keep only what has been read since the last call."""
        self._tree_by_digest, self._used = self._used, {}


def gather(path: Path, trees: Trees) -> tuple[MappingNode, tuple[Path, ...]]:
    """Return the tree of *path* with all that it includes, and the files in the order read.

    *trees* knows those that were read before. Raises `ConfigError` with every file that is missing,
    no YAML, or included in a circle.
    """
    gathering = _Gathering(path.parent, trees)
    gathering.add(path, Place(path.name, 0, 0), ())
    trees.forget_unused()
    if gathering.problems:
        raise ConfigError(gathering.problems)
    return _join(gathering.trees), tuple(gathering.files)


def read_bytes(path: Path) -> bytes:
    """Return what the file holds, at most one byte more than a config may have.

    Raises `OSError` for everything that is no readable file.
    """
    if path.exists() and not path.is_file():
        raise OSError(0, "is no file")
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


_DIGEST_BYTES: Final = 16
_CURE: Final = "write it like conf.d/*.yaml"


def _has_wildcard(text: str) -> bool:
    return any(sign in text for sign in "*?[")


@dataclass(slots=True)
class _Gathering:
    folder: Path
    known: Trees
    files: list[Path] = field(default_factory=list)
    trees: list[MappingNode] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: Path, place: Place, chain: tuple[Path, ...]) -> None:
        """Read *path*, which is included at *place* by the last file of *chain*."""
        path = Path(os.path.normpath(path))
        if path in chain:
            names = " → ".join(self._name(each) for each in (*chain, path))
            self._complain(place, f"the files include each other: {names}", "remove one include")
        elif path in self.files:
            message = f"{quoted(self._name(path))} is included twice"
            self._complain(place, message, "remove one include")
        elif len(self.files) == MOST_FILES:
            self._complain(place, f"more than {MOST_FILES} files are included", "join some")
        else:
            self.files.append(path)
            tree = self._read(path, place)
            if tree:
                self.trees.append(tree)
                self._follow_includes(tree, path, chain)

    def _read(self, path: Path, place: Place) -> MappingNode | None:
        name = self._name(path)
        is_main = len(self.files) == 1
        try:
            tree = self.known.read(self.known.bytes_of(path), name)
        except OSError as error:
            why = f"cannot be read: {error.strerror or error}"
            if is_main:
                is_there = isinstance(error, PermissionError)
                cure = "run it with sudo" if is_there else "give the path of a config file"
                self._complain(Place(str(path), 0, 0), why, cure)
            else:
                self._complain(place, f"{quoted(name)} {why}", "check path and rights")
            return None
        except ConfigError as error:
            self.problems += error.problems
            return None
        if tree is None and is_main:
            cure = "start from config.example.yaml"
            self.problems.append(Problem(name, 1, 1, "", "the file is empty", cure))
        if tree is None or isinstance(tree, MappingNode):
            return tree
        cure = "write it as `key: value` lines, as in config.example.yaml"
        self.problems.append(Problem(*tree.place, "", "the file has no keys", cure))
        return None

    def _follow_includes(self, tree: MappingNode, path: Path, chain: tuple[Path, ...]) -> None:
        for key, value in tree.pairs:
            if isinstance(key, ScalarNode) and key.text == "include":
                for item in value.items if isinstance(value, ListNode) else [value]:
                    for found in self._find(item, path.parent):
                        self.add(found, item.place, (*chain, path))

    def _find(self, item: Node, folder: Path) -> list[Path]:
        if not isinstance(item, ScalarNode) or item.tag or not item.text:
            self._complain(item.place, "an include is the path of a file", _CURE)
            return []
        path = folder / item.text
        if not _has_wildcard(path.name):
            return [path]
        try:
            if not _has_wildcard(item.text[: -len(path.name)]) and path.parent.is_dir():
                return sorted(found for found in path.parent.glob(path.name) if found.is_file())
        except (OSError, ValueError):
            pass  # a name that no file system takes
        message = f"the folder of {quoted(item.text)} does not exist"
        self._complain(item.place, message, f"create it, or {_CURE}")
        return []

    def _name(self, path: Path) -> str:
        """Return *path* as messages show it: relative to the main file's folder if below it."""
        return str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def _complain(self, place: Place, message: str, cure: str) -> None:
        self.problems.append(Problem(*place, "include" if place.line else "", message, cure))


def _join(trees: list[MappingNode]) -> MappingNode:
    joined = MappingNode(trees[0].place, [])
    for at, tree in enumerate(trees):
        earlier = {key.text: value for key, value in joined.pairs if isinstance(key, ScalarNode)}
        for key, value in tree.pairs:
            name = key.text if isinstance(key, ScalarNode) else ""
            there = earlier.get(name)
            if at and name == "include":
                continue
            if isinstance(there, MappingNode) and isinstance(value, MappingNode):
                there.pairs += value.pairs
            elif isinstance(there, ListNode) and isinstance(value, ListNode):
                there.items += value.items
            else:
                joined.pairs.append((key, _own_copy(value)))
    return joined


def _own_copy(node: Node) -> Node:
    """Return a node that can grow without what an alias shares with it."""
    if isinstance(node, MappingNode):
        return MappingNode(node.place, list(node.pairs))
    return ListNode(node.place, list(node.items)) if isinstance(node, ListNode) else node
