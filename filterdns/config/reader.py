"""One file of YAML to a tree of nodes, each with its place.

Rules of the file:
- Nothing is guessed: only `true`, `false`, `null`, `~` and plain decimal numbers are no text. The
  other implicit types of YAML 1.1 turn 20:30 into 1230, `no` into false and drop half a MAC.
- Nothing grows: size and depth are limited before a tree exists, an alias is the same node again.
- The parser of libyaml is used where PyYAML has it: the other one is thirty times slower.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import yaml

from filterdns.blocklists.data_file import YAML_LOADER
from filterdns.config.places import Place
from filterdns.errors import ConfigError, Problem

MOST_BYTES: Final = 4_000_000
MOST_LEVELS: Final = 24


@dataclass(slots=True)
class ScalarNode:
    """A single value; *tag* is empty, or what was written before it (`!env`)."""

    place: Place
    text: str
    value: str | int | bool | None
    tag: str = ""


@dataclass(slots=True)
class ListNode:
    """A list of values."""

    place: Place
    items: list["Node"]


@dataclass(slots=True)
class MappingNode:
    """Keys with values in the order written, repeated keys included."""

    place: Place
    pairs: list[tuple["Node", "Node"]]


Node = ScalarNode | ListNode | MappingNode


def read_tree(data: bytes, file: str) -> Node | None:
    """Return the tree of the YAML document in *data*, None for an empty one.

    Raises `ConfigError` with the one place where reading had to stop.
    """
    text = _decode(data, file)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=YAML_LOADER):
            builder.feed(event)
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, text, file)]) from None
    except (yaml.YAMLError, ValueError, OverflowError):  # escapes that are no character
        raise _stop(Place(file, 1, 1), "is no YAML", "compare it with the example") from None
    return builder.root


_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # YAML 1.1 section 5.1
_DIRECTIVE: Final = re.compile(r"^%", re.MULTILINE)
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_WORDS: Final[dict[str, bool | None]] = {
    "true": True, "false": False, "null": None, "~": None, "": None,
}  # fmt: skip


def _decode(data: bytes, file: str) -> str:
    if len(data) > MOST_BYTES:
        cure = "split it with `include: conf.d/*.yaml`"
        raise _stop(Place(file, 1, 1), f"is larger than {MOST_BYTES // 10**6} MB", cure)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _stop(Place(file, 1, 1), "is written in UTF-16", "save it as UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        text = data[: error.start].decode()
        _refuse_unprintable(text, file)
        raise _stop(_end_of(text, file), "a byte here is no UTF-8", "save it as UTF-8") from None
    _refuse_unprintable(text, file)
    directive = _DIRECTIVE.search(text)
    if directive:
        place = _end_of(text[: directive.start()], file)
        raise _stop(place, "a line starts with %", "put quotes around the text")
    return text


def _refuse_unprintable(text: str, file: str) -> None:
    found = _UNPRINTABLE.search(text)
    if found:
        message = f"a control character (code {ord(found[0])}) stands here"
        raise _stop(_end_of(text[: found.start()], file), message, "save it as plain text")


def _end_of(text: str, file: str) -> Place:
    return Place(file, text.count("\n") + 1, len(text) - text.rfind("\n"))


def _stop(place: Place, message: str, cure: str) -> ConfigError:
    return ConfigError([Problem(*place, "", message, cure)])


class _Builder:
    """Puts events together without recursion: depth is the writer's choice, not ours."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.root: Node | None = None
        self._open: list[ListNode | MappingNode] = []
        self._keys: list[Node | None] = []  # per open node: the key that waits for its value
        self._node_by_anchor: dict[str, Node] = {}

    def feed(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._attach(self._aliased(event))
        elif isinstance(event, yaml.NodeEvent):
            self._add(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise _stop(self._place(event), "a second document starts here", "remove the line ---")

    def _add(self, event: yaml.NodeEvent) -> None:
        place = self._place(event)
        node = _new_node(event, place)
        self._attach(node)
        if event.anchor:
            self._node_by_anchor[event.anchor] = node
        if isinstance(node, ScalarNode):
            return
        if len(self._open) == MOST_LEVELS:
            raise _stop(place, f"more than {MOST_LEVELS} levels are nested", "check the brackets")
        self._open.append(node)
        self._keys.append(None)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
        elif isinstance(parent := self._open[-1], ListNode):
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        anchor = event.anchor or ""
        node = self._node_by_anchor.get(anchor)
        if node is None:
            cure = f'write "&{anchor[:40]}" before the value that is meant'
            raise _stop(self._place(event), f'"*{anchor[:40]}" refers to nothing', cure)
        if any(node is each for each in self._open):
            raise _stop(self._place(event), f'"*{anchor[:40]}" contains itself', "write it out")
        return node

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return (
            Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file, 1, 1)
        )


def _new_node(event: yaml.NodeEvent, place: Place) -> Node:
    tag = getattr(event, "tag", None) or ""
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event, tag, place)
    if tag and tag != "!":
        raise _stop(place, f'the tag "{tag[:40]}" is not known here', "remove it")
    if isinstance(event, yaml.SequenceStartEvent):
        return ListNode(place, [])
    return MappingNode(place, [])


def _scalar(event: yaml.ScalarEvent, tag: str, place: Place) -> ScalarNode:
    text: str = event.value
    if event.style == '"' and _UNPRINTABLE.search(text):
        raise _stop(place, "the text has a control character", "remove the escape")
    if tag or event.style:
        return ScalarNode(place, text, text, tag if tag != "!" else "")
    if text in _WORDS:
        return ScalarNode(place, text, _WORDS[text])
    return ScalarNode(place, text, int(text) if _INTEGER.fullmatch(text) else text)


class _Misreading(NamedTuple):
    """How PyYAML says that it is stuck, and what that means to a person."""

    context: str
    problem: str
    message: str
    cure: str
    is_where_it_opened: bool = False


_MISREADINGS: Final = (  # the first that fits; the words of both parsers
    _Misreading(
        "quoted",
        "end of stream",
        "a quote opens here and is never closed",
        "close it",
        is_where_it_opened=True,
    ),
    _Misreading(
        "quoted",
        "escape",
        "the quoted text has an escape that is not known",
        "write single quotes, or two backslashes",
        is_where_it_opened=True,
    ),
    _Misreading(
        "flow node", "", "a value or a closing bracket is missing here", "close the bracket"
    ),
    _Misreading(
        "flow",
        "",
        "a bracket opens here and does not close as it should",
        "close it, and separate values by commas",
        is_where_it_opened=True,
    ),
    _Misreading(
        "simple key",
        "':'",
        'this line has no ":"',
        "write it after the key, or put quotes around the text",
        is_where_it_opened=True,
    ),
    _Misreading(
        "",
        "mapping values",
        'a ": " stands where no key can be',
        "put quotes around the text, or check the indentation here and in the line above,"
        ' and whether that ends with ":"',
    ),
    _Misreading(
        "block",
        "",
        "this does not continue what stands above",
        "check the indentation here{below}, and put quotes around text that has them inside",
    ),
    _Misreading("", "", "the YAML cannot be read here", "check indentation, quotes and brackets"),
)


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    context, problem = error.context or "", error.problem or ""
    found = next(
        each for each in _MISREADINGS if each.context in context and each.problem in problem
    )
    at = error.context_mark if found.is_where_it_opened else error.problem_mark
    message, cure = found.message, found.cure.replace("{below}", _line_below_which(text, at))
    if blank := _odd_blank(text, at.line if at else 0):
        return Problem(file, *blank, "", *_ODD_BLANK_WORDS)
    if "cannot start" in problem:
        message, cure = _bad_start(text, at)
    place = Place(file, at.line + 1, at.column + 1) if at else Place(file, 1, 1)
    return Problem(*place, "", message, cure)


_ODD_BLANK: Final = re.compile(r"^[ ]*([^\S \t\n\r])", re.MULTILINE)
_ODD_BLANK_WORDS: Final = (
    "a blank of another kind stands here, such as those of web pages",
    "type a space in its place",
)


def _odd_blank(text: str, line: int) -> tuple[int, int] | None:
    """Return where *line* (from 0) or one before it is indented by what only looks like a space."""
    until = "".join(text.splitlines(keepends=True)[: line + 1])
    found = _ODD_BLANK.search(until)
    if found is None:
        return None
    return until.count("\n", 0, found.start(1)) + 1, found.start(1) - found.start() + 1


def _line_below_which(text: str, at: yaml.Mark | None) -> str:
    """Return the words for the nearest line above that is indented less than the one at *at*."""
    lines = text.splitlines()[: at.line] if at else []
    depth = at.column if at else 0
    for number, line in reversed(list(enumerate(lines, start=1))):
        bare = line.lstrip()
        if bare and not bare.startswith("#") and len(line) - len(bare) < depth:
            return f" and from line {number} on"
    return ""


def _bad_start(text: str, at: yaml.Mark | None) -> tuple[str, str]:
    lines = text.splitlines()
    line = lines[at.line] if at and at.line < len(lines) else ""
    character = line[at.column : at.column + 1] if at else ""
    if character == "\t":
        return "a tab stands where only spaces may", "indent with spaces"
    return f"a value cannot start with {character}", "put quotes around it"
