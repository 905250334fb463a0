"""The text of a blocklist, line by line, as entries: canonical names and what is said of them.

Every format is told line by line, so a list may mix them; only a zone file is told by its start. No
line is lost: each is a comment, gives entries, or is skipped with a reason and a few examples. The
usual lines, a name or a name in its usual dress, take a short way of their own.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from filterdns.blocklists.formats import adblock, dnsmasq, plain, unbound, v2fly
from filterdns.blocklists.formats.item import (
    MAX_LINE_BYTES,
    Address,
    Entry,
    Item,
    Options,
    Reason,
)
from filterdns.blocklists.formats.rpz import Zone, ZoneReader, zone_in
from filterdns.blocklists.formats.words import LOCAL_TLDS
from filterdns.blocklists.layout import Kind
from filterdns.blocklists.parse_report import MAX_EXAMPLES, ParseReport
from filterdns.blocklists.source_text import Member
from filterdns.dns.names import MAX_NAME_LENGTH


class Piece(NamedTuple):
    """Whole lines of a list, as they stand there, and the number of the first.

    *member* is the file of an archive that they stand in; *zone* is where a zone file has come to,
    None where they belong to none.
    """

    first_line: int
    text: bytes
    member: str = ""
    zone: Zone | None = None

    def place(self, number: int) -> str:
        """Return where the line with this *number* stands, in words."""
        return f"{self.member} line {number}" if self.member else f"line {number}"


class Parsed(NamedTuple):
    """What a piece says: *names* that it blocks, all *others* of its entries, *addresses*."""

    names: list[bytes]
    others: list[Entry]
    addresses: list[str]
    report: ParseReport


def parse(
    member: Member, *, single_labels: bool = False, examples: int = MAX_EXAMPLES
) -> Iterator[Parsed]:
    """Yield what *member* says, piece by piece; the rest as in `parse_piece`."""
    for piece in pieces(member):
        yield parse_piece(piece, single_labels, examples)


def pieces(member: Member) -> Iterator[Piece]:
    """Yield the text of *member* in whole lines; of one that is too long, its start."""
    number = 1
    zone: Zone | None = None
    for text in _whole_lines(member.blocks):
        if number == 1:
            zone = zone_in(text[:_ZONE_START].decode("latin-1").lower())
        yield Piece(number, text, member.name, zone)
        if zone is not None:
            zone = zone.behind(text.decode("latin-1").lower())
        # `splitlines` makes every line only to count it.
        is_simple = b"\r" not in text and text.endswith(b"\n")
        number += text.count(b"\n") if is_simple else len(text.splitlines())


def parse_piece(piece: Piece, single_labels: bool = False, examples: int = MAX_EXAMPLES) -> Parsed:
    """Return what *piece* says. Raises nothing of its own, whatever the bytes.

    *single_labels*: whether an entry such as `xxx` counts; only a list that we trust may cover a
    whole top-level domain. *examples* is how many lines are kept of each reason to skip one.
    """
    parsed = Parsed([], [], [], ParseReport())
    text = piece.text.lower()
    is_plain = not text.translate(None, _NAME_BYTES + b"\r\n")
    lines = text.splitlines()
    parsed.report.lines = len(lines)
    odd = _OddLines(piece, single_labels, parsed, examples)
    add = parsed.names.append
    length_byte = _LENGTH_BYTE
    tail_by_label: dict[bytes, bytes] = {}
    for number, line in enumerate(lines, piece.first_line):
        word = line
        if piece.zone is not None:
            word = b""
        elif not is_plain:
            word = _undressed(line)
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
            odd.read(number, line)
            continue
        try:
            if len(parts) == 2:
                label = parts[0]
                add(length_byte[len(label)] + label + tail)
            else:
                del parts[-1]
                add(b"".join([length_byte[len(label)] + label for label in parts]) + tail)
        except KeyError:
            odd.read(number, line)
    parsed.report.entries = len(parsed.names) + len(parsed.others)
    parsed.report.addresses = len(parsed.addresses)
    return parsed


def items_of(line: str) -> list[Item]:
    """Return what *line*, in lower case and without its end, says; nothing for a comment."""
    bare = line.lstrip()
    if not bare or (bare.startswith(plain.COMMENT_STARTS) and not bare.startswith("!#include")):
        return []
    for read in _READERS:
        items = read(line)
        if items is not None:
            return items
    return plain.read(line)


_READERS: Final = (v2fly.read, adblock.read, dnsmasq.read, unbound.read)
_NAME_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
_LENGTH_BYTE: Final = {length: bytes([length]) for length in range(1, 64)}
_SINKS: Final = (b"0.0.0.0 ", b"127.0.0.1 ")
_DNSMASQ: Final = b"address=/"
_NOWHERE: Final = frozenset({b"", b"#", b"0.0.0.0", b"::"})
_ZONE_START: Final = 1 << 16


class _OddLines:
    """Reads the lines that are not simply a name, into *parsed*."""

    def __init__(self, piece: Piece, single_labels: bool, parsed: Parsed, examples: int) -> None:
        self._examples = examples
        self._piece = piece
        self._single_labels = single_labels
        self._parsed = parsed
        self._read = items_of if piece.zone is None else ZoneReader(piece.zone).read

    def read(self, number: int, line: bytes) -> None:
        """Add what *line* says, or why it says nothing."""
        items = self._items(line)
        if not items:
            self._parsed.report.comments += 1
        for item in items:
            if isinstance(item, Entry):
                self._add(item, number, line)
            elif isinstance(item, Address):
                self._parsed.addresses.append(item.text)
            else:
                self._skip(item, number, line)

    def _items(self, line: bytes) -> list[Item]:
        if len(line) > MAX_LINE_BYTES:
            return [Reason.TOO_LONG]
        try:
            return self._read(line.decode())
        except UnicodeDecodeError:
            head = line.partition(b"#")[0]
            is_comment = head.lstrip()[:1] in (b"", b"!", b";")
            return [] if is_comment else self._items_before_comment(head)

    def _items_before_comment(self, head: bytes) -> list[Item]:
        try:
            return self._read(head.decode())
        except UnicodeDecodeError:
            return [Reason.BAD_NAME]

    def _add(self, entry: Entry, number: int, line: bytes) -> None:
        if entry.name[0] == len(entry.name) - 2 and not self._single_labels:
            self._skip(Reason.SINGLE_LABEL, number, line)
        elif entry.kind is Kind.BLOCK and entry.options in (None, _NO_OPTIONS):
            self._parsed.names.append(entry.name)
        else:
            self._parsed.others.append(entry)

    def _skip(self, reason: Reason, number: int, line: bytes) -> None:
        where = self._piece.place(number)
        self._parsed.report.skip(reason, where, line.strip(), self._examples)


_NO_OPTIONS: Final = Options()


def _undressed(line: bytes) -> bytes:
    """Return the name in a line of one of the usual forms; what is no name where it is another."""
    start = line[:2]
    if start == b"||":
        return line[2:-1] if line.endswith(b"^") else b""
    if start == b"*.":
        return line[2:]
    if line.startswith(_SINKS):
        return line[line.index(b" ") :].strip()
    if line.startswith(_DNSMASQ):
        name, slash, sink = line[len(_DNSMASQ) :].partition(b"/")
        return name if slash and sink in _NOWHERE else b""
    return line


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
    if label in LOCAL_TLDS or label.isdigit() or len(label) not in _LENGTH_BYTE:
        return b""
    return _LENGTH_BYTE[len(label)] + label + b"\x00"
