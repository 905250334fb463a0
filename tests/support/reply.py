"""What dig and kdig print, read back: status, flags, extended errors, records."""

import re
from typing import NamedTuple


class Record(NamedTuple):
    """One resource record, as it is printed; *name* in text with its final dot."""

    name: str
    ttl: int
    rtype: str
    data: str


class Reply(NamedTuple):
    """One answer. *errors* are extended errors (RFC 8914): code and text, in their order."""

    status: str
    flags: frozenset[str]
    errors: tuple[tuple[int, str], ...]
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]
    size: int
    text: str

    @property
    def is_blocked(self) -> bool:
        """Whether it says that the name is blocked (EDE 15)."""
        return any(code == 15 for code, _ in self.errors)

    @property
    def reason(self) -> str:
        """The words for whoever asked, empty if nothing is blocked."""
        return next((text for code, text in self.errors if code == 15), "")

    @property
    def addresses(self) -> list[str]:
        """The data of its A and AAAA records."""
        return [record.data for record in self.answer if record.rtype in ("A", "AAAA")]

    @property
    def ttl(self) -> int:
        """The longest TTL in it."""
        return max(record.ttl for record in self.answer + self.authority)


def read_reply(text: str) -> Reply:
    """Return the one answer that *text* shows."""
    replies = read_replies(text)
    assert len(replies) == 1, text
    return replies[0]


def read_replies(text: str) -> list[Reply]:
    """Return every answer in *text*, in the order in which they are printed."""
    return [_read(part) for part in _HEADER.split(text)[1:]]


def _read(text: str) -> Reply:
    status = re.search(r"status: (\w+)", text)
    flags = re.search(r"^;; flags:([^;]*);", text, re.MULTILINE | re.IGNORECASE)
    size = re.search(r"^;; (?:MSG SIZE  rcvd: |Received )(\d+)", text, re.MULTILINE)
    assert status is not None, text
    assert flags is not None, text
    return Reply(
        status[1],
        frozenset(flags[1].split()),
        tuple((int(code), words) for code, words in _ERROR.findall(text)),
        _records("ANSWER", text),
        _records("AUTHORITY", text),
        int(size[1]) if size else 0,
        text,
    )


def _records(section: str, text: str) -> tuple[Record, ...]:
    _, mark, rest = text.partition(f";; {section} SECTION:\n")
    lines = rest.partition("\n\n")[0].splitlines() if mark else []
    fields = [line.split(None, 4) for line in lines if not line.startswith(";")]
    return tuple(Record(name, int(ttl), rtype, data) for name, ttl, _, rtype, data in fields)


_HEADER = re.compile(r"^;; ->>HEADER<<-", re.MULTILINE)
# dig: "; EDE: 15 (Blocked): (Blocked: gambling)", kdig: ";; EDE: 15 (Blocked): 'Blocked: gambling'"
_ERROR = re.compile(r"^;+ EDE: (\d+) \([^)]*\)(?:: [('](.*)[)'])?$", re.MULTILINE)
