"""The text of a blocklist, line by line, as canonical names.

Read are hosts files, plain domains and wildcards, told apart line by line, so a list may mix them.
No line is lost: each is a comment, gives names, or is skipped with a reason and a few examples.
A line that is not fully understood never gives a name: half of `||x.example^$third-party` or of a
URL would block more than its author meant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network
from typing import Final, NamedTuple

from filterdns.dns.names import MAX_NAME_LENGTH, from_text, labels
from filterdns.errors import InvalidName

MAX_LINE_BYTES: Final = 4096
MAX_EXAMPLES: Final = 3
MAX_EXAMPLE_LENGTH: Final = 80


class Reason(StrEnum):
    """Why something in a list gives no name."""

    ADDRESS = "an address, not a name"
    LOCAL_NAME = "a name of the machine itself"
    SINGLE_LABEL = "a single label"
    BAD_NAME = "no domain name"
    URL = "a URL or a port"
    MAPPING = "a hosts line with an address of its own"
    OTHER_FORMAT = "a format that is not read"
    HTML = "a line of a web page"
    TOO_LONG = f"a line over {MAX_LINE_BYTES} bytes"


@dataclass(slots=True)
class Skipped:
    """How often a reason was met, and the first few times as `line 7: what stood there`."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ParseReport:
    """What became of the lines of one list.

    *names* counts entries as often as they stand there. A hosts line can give several names and
    several skips, every other line exactly one of a comment, a name, a skip.
    """

    lines: int = 0
    comments: int = 0
    names: int = 0
    skipped: dict[Reason, Skipped] = field(default_factory=dict)

    def skip(self, reason: Reason, line_number: int, found: bytes) -> None:
        """Count *found* as skipped, and keep it if it is among the first."""
        skipped = self.skipped.setdefault(reason, Skipped())
        skipped.count += 1
        if len(skipped.examples) < MAX_EXAMPLES:
            text = found[:MAX_EXAMPLE_LENGTH].decode("utf-8", "backslashreplace")
            shown = text if text.isprintable() else ascii(text)[1:-1]
            skipped.examples.append(f"line {line_number}: {shown[:MAX_EXAMPLE_LENGTH]}")

    def add(self, later: "ParseReport") -> None:
        """Add what became of the lines behind those of this report."""
        self.lines += later.lines
        self.comments += later.comments
        self.names += later.names
        for reason, more in later.skipped.items():
            skipped = self.skipped.setdefault(reason, Skipped())
            skipped.count += more.count
            skipped.examples += more.examples[: MAX_EXAMPLES - len(skipped.examples)]


class Piece(NamedTuple):
    """Whole lines of a list, as they stand there, and the number of the first."""

    first_line: int
    text: bytes


def parse(
    blocks: Iterable[bytes], report: ParseReport, *, single_labels: bool = False
) -> Iterator[list[bytes]]:
    """Yield the names in the text that *blocks* make up, in batches, and count in *report*.

    *single_labels*: whether an entry such as `xxx` counts; only a list that we trust may cover a
    whole top-level domain. Raises nothing of its own, whatever the bytes.
    """
    for piece in pieces(blocks):
        names, found = parse_piece(piece, single_labels)
        report.add(found)
        yield names


def parse_piece(piece: Piece, single_labels: bool) -> tuple[list[bytes], ParseReport]:
    """Return the names in *piece*, and what became of its lines."""
    report = ParseReport()
    text = piece.text.lower()
    is_plain = not text.translate(None, _NAME_BYTES + b"\r\n")
    lines = text.splitlines()
    report.lines = len(lines)
    names: list[bytes] = []
    add = names.append
    length_byte = _LENGTH_BYTE
    tail_by_label: dict[bytes, bytes] = {}
    for number, line in enumerate(lines, piece.first_line):
        word = line
        if not is_plain and line.startswith(_USUAL_STARTS):
            word = line[line.index(b" ") :].strip() if line[0] != _STAR else line[2:]
        parts = word.split(b".")
        last = parts[-1]
        tail = tail_by_label.get(last)
        if tail is None:
            tail = tail_by_label[last] = _tail(last)
        if (
            not tail
            or len(parts) == 1
            or len(word) > MAX_NAME_LENGTH - 2
            or not (is_plain or not word.translate(None, _NAME_BYTES))
        ):
            names += _names_of_odd_line(line, number, report, single_labels)
            continue
        try:
            if len(parts) == 2:
                label = parts[0]
                add(length_byte[len(label)] + label + tail)
            else:
                del parts[-1]
                add(b"".join([length_byte[len(label)] + label for label in parts]) + tail)
        except KeyError:
            names += _names_of_odd_line(line, number, report, single_labels)
    report.names = len(names)
    return names, report


def pieces(blocks: Iterable[bytes]) -> Iterator[Piece]:
    """Yield the text that *blocks* make up in whole lines; of one that is too long, its start."""
    number = 1
    for text in _whole_lines(blocks):
        yield Piece(number, text)
        # `splitlines` makes every line only to count it.
        is_simple = b"\r" not in text and text.endswith(b"\n")
        number += text.count(b"\n") if is_simple else len(text.splitlines())


_NAME_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
_LENGTH_BYTE: Final = {length: bytes([length]) for length in range(1, 64)}
_USUAL_STARTS: Final = (b"0.0.0.0 ", b"127.0.0.1 ", b"*.")
_STAR: Final = ord("*")
_LOCAL_TLDS: Final = frozenset({b"localhost", b"localdomain"})
_LOCAL_NAMES: Final = frozenset(
    {
        *("localhost", "local", "broadcasthost"),
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts"),
    }
)
_COMMENT_STARTS: Final = (b"#", b"!", b";", b"//", b"[")
_OTHER_FORMAT_STARTS: Final = (
    *(b"|", b"@@", b"/"),  # AdBlock, regular expressions
    *(b"address=", b"local=", b"server=", b"server:"),  # dnsmasq, unbound
    *(b"full:", b"domain:", b"keyword:", b"regexp:", b"include:"),  # v2fly
)
_OTHER_FORMAT_MARKS: Final = frozenset("*^$|")
_COSMETIC_MARKS: Final = (b"##", b"#@", b"#?", b"#$", b"#%")  # AdBlock element hiding


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    is_too_long = is_started = False
    for block in blocks:
        text = rest + block
        if not is_started:
            text = text.removeprefix(b"\xef\xbb\xbf")
            is_started = True
        # The last byte may be the first half of a CRLF.
        cut = text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, -1) + 1
        rest = text[cut:]
        lines = text[:cut]
        if is_too_long and lines:
            lines = b"".join(lines.splitlines(keepends=True)[1:])
            is_too_long = False
        if len(rest) > MAX_LINE_BYTES:
            if not is_too_long:
                lines += rest[: MAX_LINE_BYTES + 1]
            is_too_long = True
            rest = b""
        yield lines
    if rest and not is_too_long:
        yield rest


def _tail(label: bytes) -> bytes:
    """Return the end of a name of which *label* is the last one; nothing if no name ends so."""
    if label in _LOCAL_TLDS or label.isdigit() or len(label) not in _LENGTH_BYTE:
        return b""
    return _LENGTH_BYTE[len(label)] + label + b"\x00"


def _names_of_odd_line(
    line: bytes, number: int, report: ParseReport, single_labels: bool
) -> list[bytes]:
    """Return the names of a line that is not simply a name, or count why there is none."""
    if len(line) > MAX_LINE_BYTES:
        report.skip(Reason.TOO_LONG, number, line)
        return []
    words, reason = _words(line)
    if reason is not None:
        report.skip(reason, number, line.strip())
    elif not words:
        report.comments += 1
    names = []
    for word in words:
        name = _name(word, single_labels)
        if isinstance(name, Reason):
            report.skip(name, number, word.encode())
        else:
            names.append(name)
    return names


def _words(line: bytes) -> tuple[list[str], Reason | None]:
    """Return the words of *line* that stand for names, or the reason why none does."""
    bare = line.strip()
    if not bare or bare.startswith(_COMMENT_STARTS):
        return [], None
    if bare.startswith(b"<"):
        return [], Reason.HTML
    head, mark, comment = bare.partition(b"#")
    if mark and not head[-1:].isspace() and (mark + comment).startswith(_COSMETIC_MARKS):
        return [], Reason.OTHER_FORMAT
    try:
        words = head.decode().split()
    except UnicodeDecodeError:
        return [], Reason.BAD_NAME
    if len(words) > 1 and _is_sink(words[0]):
        return words[1:], None
    if len(words) > 1 and _is_address(words[0]):
        return [], Reason.MAPPING
    if len(words) > 1 or head.startswith(_OTHER_FORMAT_STARTS):
        return [], Reason.OTHER_FORMAT
    return words, None


def _name(word: str, single_labels: bool) -> bytes | Reason:
    bare = word[2:] if word.startswith("*.") else word.removeprefix(".")
    if bare.removesuffix(".") in _LOCAL_NAMES:
        return Reason.LOCAL_NAME
    if _is_address(bare):
        return Reason.ADDRESS
    if "/" in bare or ":" in bare:
        return Reason.URL
    if not _OTHER_FORMAT_MARKS.isdisjoint(bare):
        return Reason.OTHER_FORMAT
    if len(bare) > MAX_NAME_LENGTH:
        return Reason.BAD_NAME
    try:
        name = from_text(bare)
    except InvalidName:
        return Reason.BAD_NAME
    found = labels(name)
    if not found or found[-1].isdigit():
        return Reason.BAD_NAME
    if found[-1] in _LOCAL_TLDS:
        return Reason.LOCAL_NAME
    if len(found) == 1 and not single_labels:
        return Reason.SINGLE_LABEL
    return name


def _is_address(word: str) -> bool:
    """Whether *word* is an address or a network, with a zone or without."""
    try:
        ip_network(word.partition("%")[0], strict=False)
    except ValueError:
        return False
    return True


def _is_sink(address: str) -> bool:
    """Whether a hosts file means "nowhere" by *address*."""
    return address in ("0.0.0.0", "0", "::", "::1", "0:0:0:0:0:0:0:0") or address.startswith("127.")
