"""What is decided about a question: the action, the row of the table, the rule that decided."""

from enum import StrEnum
from typing import Final, NamedTuple


class Action(StrEnum):
    """What happens to a question."""

    ALLOW = "allow"
    BLOCK = "block"
    REWRITE = "rewrite"


class Row(StrEnum):
    """The rows of stage A, in the order in which they are asked, and the stages B and C."""

    SEALED = "A1"
    SPECIAL = "A2"
    LOCAL = "A3"
    LIFELINE = "A4"
    BYPASS = "A5"
    GRANT = "A6"
    PLACE = "A7"
    SCHEDULE = "A8"
    BUDGET = "A9"
    NAME = "A10"
    CATEGORY = "A11"
    DEFAULT = "A12"
    REWRITE = "B"
    ANSWER = "C"


class AnswerMode(StrEnum):
    """How a blocked question is answered (`answer: {mode: …}`)."""

    ZERO_IP = "zero-ip"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"


class LogMode(StrEnum):
    """What of a person's queries is kept (`log:`)."""

    BLOCKED = "blocked"
    NONE = "none"


class Rule(NamedTuple):
    """What a row found: the words of the config, their place, and the words for a child.

    *where* is `file:line:column`, empty for what is built in. *reason* is child-safe and becomes
    the text of the extended error; *category* is a category id or empty; *schedule* is the name of
    the schedule whose window decided, or empty.
    """

    text: str
    where: str = ""
    reason: str = ""
    category: str = ""
    schedule: str = ""


LIFELINE: Final = "lifeline"  # `Rule.category` of row A4: neither logged, metered nor saved
ESSENTIAL: Final = "essential"  # `Rule.category` of row A4: the machinery of devices
CONNECTIVITY: Final = "essential: connectivity"  # `Rule.text` of what asks whether it is online


class LocalAnswer(NamedTuple):
    """An answer that filterdns gives by itself (rows A2, A3 and B).

    *addresses* are texts, IPv4 and IPv6 mixed; *pointer* is a canonical name for PTR questions.
    Types without data get NODATA, or all types NXDOMAIN where *rcode* says so.
    """

    rcode: int = 0
    addresses: tuple[str, ...] = ()
    pointer: bytes = b""
    ttl_seconds: int = 300


class Verdict(NamedTuple):
    """The decision about one question under one effective policy.

    *answer* overrides the policy's answer mode where a row demands one. *listed* is the entry that
    matched (canonical), empty where none did. *is_pending* marks a question whose category has no
    list yet: NODATA with TTL 5 and EDE 14. *instead* is the name that is asked in the place of the
    question's (canonical, row B), empty where that is the question's own.
    """

    action: Action
    row: Row
    rule: Rule
    answer: AnswerMode | None = None
    local: LocalAnswer | None = None
    listed: bytes = b""
    is_pending: bool = False
    instead: bytes = b""

    @property
    def closes_for_others(self) -> bool:
        """Whether it is a BLOCK that unknown devices get, too: not of a lifeline given up."""
        return self.action is Action.BLOCK and self.row is not Row.LIFELINE


ALLOWED: Final = Verdict(Action.ALLOW, Row.DEFAULT, Rule("nothing speaks against it"))
# No name and no list: who reads it learns that the name is sealed, and nothing else.
SEALED_RULE: Final = Rule("a sealed list", reason="Blocked by this filter")
SEALED: Final = Verdict(Action.BLOCK, Row.SEALED, SEALED_RULE)
