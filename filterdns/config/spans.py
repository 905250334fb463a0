"""A file of YAML by where each value begins and ends, to change one and leave the others alone.

Comments, order, quotes and empty lines stay as they were written, because nothing is written anew
but what has changed.
"""

from typing import Any, Final, NamedTuple, Union

import yaml

from filterdns.blocklists.data_file import YAML_LOADER


class Scalar(NamedTuple):
    """A single value; *is_simple* is false for one with a tag, and for an alias."""

    start: int
    end: int
    text: str
    is_simple: bool = True


class Sequence(NamedTuple):
    """A list; *is_flow* is one in brackets, others have *column* before their hyphens."""

    start: int
    end: int
    is_flow: bool
    column: int
    items: "list[Span]"


class Mapping(NamedTuple):
    """Keys with values; *column* is where the keys of one without brackets stand."""

    start: int
    end: int
    is_flow: bool
    column: int
    pairs: "list[tuple[Scalar, Span]]"

    def get(self, key: str) -> "Span | None":
        """Return the value of *key*."""
        return next((value for name, value in self.pairs if name.text == key), None)


Span = Union[Scalar, Sequence, Mapping]  # noqa: UP007 - the classes name it before it exists


def read_spans(text: str) -> Span | None:
    """Return the value that *text* holds, which has been read as a config before."""
    return _Reader(text).read()


class Edits:
    """Changes to *text*, put together at the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._changes: list[tuple[int, int, str]] = []

    def replace(self, span: Span, new: str) -> None:
        """Write *new* in place of *span*."""
        self._changes.append((span.start, span.end, new))

    def append_items(self, sequence: Sequence, items: list[str]) -> None:
        """Write *items* behind those of *sequence*."""
        if not sequence.items:
            self.replace(sequence, f"[{', '.join(items)}]")
        elif sequence.is_flow:
            at = sequence.items[-1].end
            self._changes.append((at, at, "".join(f", {item}" for item in items)))
        else:
            margin = " " * sequence.column
            self._add_lines(sequence.end, [f"{margin}- {item}" for item in items])

    def append_pairs(self, mapping: Mapping, pairs: list[str]) -> None:
        """Write *pairs* (`key: value`) behind those of *mapping*."""
        if not mapping.pairs:
            self.replace(mapping, f"{{{', '.join(pairs)}}}")
        elif mapping.is_flow:
            at = mapping.pairs[-1][1].end
            self._changes.append((at, at, "".join(f", {pair}" for pair in pairs)))
        else:
            margin = " " * mapping.column
            self._add_lines(mapping.end, [f"{margin}{pair}" for pair in pairs])

    def append_lines(self, lines: list[str]) -> None:
        """Write *lines* at the end of the text."""
        self._add_lines(len(self._text.rstrip("\n")), lines)

    def apply(self) -> str:
        """Return the text with all changes; of those at one place, the first stands first."""
        parts, at = [], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[:2]):
            parts += [self._text[at:start], new]
            at = end
        return "".join([*parts, self._text[at:]])

    def _add_lines(self, after: int, lines: list[str]) -> None:
        """Write *lines* behind the line that *after* is in, whatever comment ends it."""
        at = self._text.find("\n", after)
        at = len(self._text) if at < 0 else at
        newline = "\r\n" if self._text[at - 1 : at + 1] == "\r\n" else "\n"
        at -= newline == "\r\n"
        self._changes.append((at, at, "".join(f"{newline}{line}" for line in lines)))


_FOLDED: Final = ("|", ">")


class _Reader:
    def __init__(self, text: str) -> None:
        self._events = iter(yaml.parse(text, Loader=YAML_LOADER))

    def read(self) -> Span | None:
        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                return self._node(event)
        return None

    def _node(self, event: yaml.Event) -> Span:
        start = _index(event.start_mark)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, start)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, start)
        end = _index(event.end_mark)
        if not isinstance(event, yaml.ScalarEvent):
            return Scalar(start, end, "", is_simple=False)
        return Scalar(start, end, event.value, not event.tag and event.style not in _FOLDED)

    def _sequence(self, event: yaml.SequenceStartEvent, start: int) -> Sequence:
        items: list[Span] = []
        while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(inner))
        is_flow = bool(event.flow_style)
        # A block ends for the parser where the next thing begins, comments between included.
        end = _index(inner.end_mark) if is_flow or not items else items[-1].end
        return Sequence(start, end, is_flow, _column(event), items)

    def _mapping(self, event: yaml.MappingStartEvent, start: int) -> Mapping:
        pairs: list[tuple[Scalar, Span]] = []
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            key, value = self._node(inner), self._node(next(self._events))
            if isinstance(key, Scalar):
                pairs.append((key, value))
        is_flow = bool(event.flow_style)
        end = _index(inner.end_mark) if is_flow or not pairs else pairs[-1][1].end
        return Mapping(start, end, is_flow, _column(event), pairs)


def _index(mark: Any) -> int:
    """Return the offset of *mark*, whose type depends on the parser."""
    index: int = mark.index
    return index


def _column(event: Any) -> int:
    column: int = event.start_mark.column
    return column
