r"""Names in canonical form: lower-cased, uncompressed wire form; text only at the edges.

`b"\x07example\\x03com\\x00"` is the form in which names travel inside filterdns. The suffixes of
a name are slices of it, so a rule for `example.com` is one dictionary look-up away.
"""

from typing import Final

import idna

from filterdns.errors import InvalidName, MalformedMessage

ROOT: Final = b"\x00"
MAX_NAME_LENGTH: Final = 255  # RFC 1035 section 2.3.4, the length bytes included
MAX_LABEL_LENGTH: Final = 63  # RFC 1035 section 2.3.4


def from_text(text: str) -> bytes:
    r"""Return the canonical wire form of *text*.

    Takes A-labels and Unicode (UTS 46, RFC 5891), upper case, one trailing dot, and underscores
    (RFC 2782). Knows no escapes: `\` is refused. Raises `InvalidName` that says what is wrong.
    """
    bare = text[:-1] if text.endswith(".") else text
    if not bare:
        if text == ".":
            return ROOT
        raise InvalidName("a name is empty")
    if not bare.isascii():
        try:
            bare = idna.encode(bare, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise InvalidName(f'"{text[:80]}" is no domain name: {error}') from None
    wire = bytearray()
    for label in bare.lower().encode("ascii").split(b"."):
        if not label:
            raise InvalidName(f'"{text[:80]}" has an empty label')
        if len(label) > MAX_LABEL_LENGTH:
            raise InvalidName(f'"{text[:80]}" has a label over {MAX_LABEL_LENGTH} characters')
        if label.translate(None, _LABEL_BYTES):
            if "://" in text:
                raise InvalidName(f'"{text[:80]}" is an address of a page; the name in it will do')
            raise InvalidName(f'"{text[:80]}" has a character that no domain name has')
        wire.append(len(label))
        wire += label
    wire.append(0)
    if len(wire) > MAX_NAME_LENGTH:
        raise InvalidName(f'"{text[:80]}" is over {MAX_NAME_LENGTH - 2} characters')
    return bytes(wire)


def to_text(name: bytes) -> str:
    r"""Return *name* as A-labels without a final dot; `.` for the root.

    Bytes that would mislead a reader are escaped as `\DDD` (RFC 1035 section 5.1).
    """
    if name == ROOT:
        return "."
    return ".".join(_label_text(label) for label in labels(name))


def labels(name: bytes) -> list[bytes]:
    """Return the labels of *name*, the leftmost first, without the root."""
    found = []
    at = 0
    while length := name[at]:
        found.append(name[at + 1 : at + 1 + length])
        at += length + 1
    return found


def label_count(name: bytes) -> int:
    """Return how many labels *name* has, the root not counted."""
    count = at = 0
    while length := name[at]:
        at += length + 1
        count += 1
    return count


def suffixes(name: bytes) -> list[bytes]:
    """Return *name* and every name above it, the longest first, without the root."""
    found = []
    while name[0]:
        found.append(name)
        name = name[name[0] + 1 :]
    return found


def is_below_or_equal(name: bytes, above: bytes) -> bool:
    """Whether *name* is *above* or lies below it, compared by whole labels."""
    if not name.endswith(above):
        return False
    at = 0
    cut = len(name) - len(above)
    while at < cut:
        at += name[at] + 1
    return at == cut


def skip(wire: bytes, at: int) -> int:
    """Return the offset behind the name at offset *at* of a message, compressed or not.

    Raises `MalformedMessage` for labels of a kind that nobody speaks, IndexError at the end.
    """
    while length := wire[at]:
        if length >= 0xC0:  # RFC 1035 section 4.1.4
            return at + 2
        if length > MAX_LABEL_LENGTH:
            raise MalformedMessage("a name has a label of unknown kind")
        at += length + 1
    return at + 1


_LABEL_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-_"
_PRINTABLE: Final = frozenset(range(0x21, 0x7F)) - frozenset(b'."\\();@$')


def _label_text(label: bytes) -> str:
    return "".join(chr(byte) if byte in _PRINTABLE else f"\\{byte:03d}" for byte in label)
