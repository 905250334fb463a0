"""A tree of nodes to plain values: keys unique, aliases unrolled, `!env` and `!file` fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from filterdns.config.nearest import cure
from filterdns.config.places import Problems, ValuePath
from filterdns.config.reader import MOST_LEVELS, ListNode, MappingNode, Node, ScalarNode
from filterdns.config.units import quoted
from filterdns.errors import ConfigError

MOST_REPEATED: Final = 100_000  # aliases of aliases grow without end ("billion laughs")
MOST_SECRET_BYTES: Final = 65_536
TAGS: Final = ("!env", "!file")


@dataclass(slots=True)
class ValueReader:
    """Turns nodes into values, notes their places, adds what is wrong to *problems*.

    *folder* holds the main file; *environment* answers `!env`.
    """

    problems: Problems
    folder: Path
    environment: Mapping[str, str]
    repeated: int = 0
    seen: set[int] = field(default_factory=set)

    def read(self, node: Node, path: ValuePath) -> Any:
        """Return the value of *node*, which stands at *path*."""
        self._guard(node, path)
        self.problems.places.note_value(path, node.place)
        if isinstance(node, ScalarNode):
            return self._read_scalar(node, path)
        if isinstance(node, ListNode):
            return [self.read(item, (*path, at)) for at, item in enumerate(node.items)]
        return self._read_mapping(node, path)

    def _guard(self, node: Node, path: ValuePath) -> None:
        self.repeated += id(node) in self.seen
        self.seen.add(id(node))
        if self.repeated > MOST_REPEATED or len(path) > MOST_LEVELS:
            cure_text = "use fewer aliases (*name)"
            self.problems.add_at(node.place, path[:2], "the config grows too large", cure_text)
            raise ConfigError(self.problems.in_order())

    def _read_mapping(self, node: MappingNode, path: ValuePath) -> dict[str, Any]:
        places = self.problems.places
        values: dict[str, Any] = {}
        for key_node, value_node in node.pairs:
            key = self._read_key(key_node, path)
            if key is None:
                continue
            if key in values:
                first = places.of_key((*path, key))
                message = f"{quoted(key)} stands here again, first at {first}"
                self.problems.add_at(key_node.place, path, message, "keep one of them")
                continue
            places.note_key((*path, key), key_node.place)
            values[key] = self.read(value_node, (*path, key))
        return values

    def _read_key(self, node: Node, path: ValuePath) -> str | None:
        message, help_text = "", ""
        if not isinstance(node, ScalarNode) or node.tag:
            message, help_text = "a key is no plain text", "put quotes around it"
        elif node.text == "<<":
            message, help_text = '"<<" does not merge here', "use `extends:` of a policy"
        elif not node.text.strip():
            message, help_text = "a key is empty", "write a name before the colon"
        else:
            return node.text
        self.problems.add_at(node.place, path, message, help_text)
        return None

    def _read_scalar(self, node: ScalarNode, path: ValuePath) -> str | int | bool | None:
        """Return the value, or None where a problem was added instead: no key takes nothing."""
        if node.tag == "!env":
            return self._read_variable(node.text, path)
        if node.tag == "!file":
            return self._read_file(node, path)
        if not node.tag:
            if node.value is None:
                self.problems.add(path, "there is no value", "write one, or remove the line")
            return node.value
        message = f"the tag {quoted(node.tag)} is not known"
        self.problems.add(path, message, cure(node.tag, TAGS))
        return None

    def _read_variable(self, name: str, path: ValuePath) -> str | None:
        value = self.environment.get(name)
        if value is None:
            message = f"the environment variable {quoted(name)} is not set"
            self.problems.add(path, message, "set it, or write the value here")
            return None
        self.problems.places.note_secret(path, f"!env {name}")
        return value.strip()

    def _read_file(self, node: ScalarNode, path: ValuePath) -> str | None:
        file = (self.folder / node.place.file).parent / node.text
        try:
            if file.is_file() and file.stat().st_size <= MOST_SECRET_BYTES:
                value = file.read_bytes().decode("utf-8")
                self.problems.places.note_secret(path, f"!file {node.text}")
                return value.strip()
            reason = "is no text of at most 64 KiB" if file.exists() else "does not exist"
        except (OSError, ValueError) as error:
            reason = f"cannot be read ({getattr(error, 'strerror', None) or 'no UTF-8 text'})"
        self.problems.add(path, f"the file {quoted(node.text)} {reason}", "check path and rights")
        return None
