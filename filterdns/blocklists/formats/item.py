"""What a line of a list can say: an entry, an address, or the reason why it says nothing."""

from enum import StrEnum
from typing import Final, NamedTuple

from filterdns.blocklists.layout import Kind

MAX_LINE_BYTES: Final = 4096


class Reason(StrEnum):
    """Why something in a list gives no entry."""

    ADDRESS = "an address of this machine or a private network, or of nobody"
    WIDE_NETWORK = "a network so wide that it holds a good part of the internet"
    LOCAL_NAME = "a name of the machine itself"
    SINGLE_LABEL = "a single label"
    BAD_NAME = "no domain name"
    URL = "a part of a site: a path, a port or a user"
    MAPPING = "a name with data of its own"
    REGEX = "a regular expression"
    PATTERN = "a pattern that is more than a name"
    OPTION = "a rule with a condition that is not met here"
    REWRITE = "a rule that rewrites answers"
    ELEMENT = "a rule about elements of a page"
    INCLUDE = "another file, which is not here"
    OTHER_FORMAT = "a format that is not read"
    HTML = "a line of a web page"
    TOO_LONG = f"a line over {MAX_LINE_BYTES} bytes"


class Options(NamedTuple):
    """What an AdBlock rule says beside its name.

    *spared* are names below its own that it leaves alone. It counts for questions of *types* only,
    or for all others if *is_negated*. *is_bad*: the same rule of this list is taken out.
    """

    is_important: bool = False
    spared: tuple[bytes, ...] = ()
    types: tuple[int, ...] = ()
    is_negated: bool = False
    is_bad: bool = False


class Entry(NamedTuple):
    """What a line says of a canonical *name*. *options* is None for all but AdBlock rules."""

    kind: Kind
    name: bytes
    options: Options | None = None


class Address(NamedTuple):
    """An address or a network (CIDR): no name, but good for checking answers."""

    text: str


Item = Entry | Address | Reason
