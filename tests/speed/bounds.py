"""How long the roads of a query may be: bytecodes and calls in filterdns, for one query.

Each is what was counted with Python 3.11 and about a tenth more, for the next version of Python.
Whoever makes a road shorter lowers its bound; whoever makes one longer has a reason for it.
"""

from typing import Final

from tests.support.steps import Steps

BOUNDS: Final = {
    "memo hit": Steps(opcodes=105, calls=0.1),
    "memo hit of a blocked name": Steps(opcodes=170, calls=1.1),
    "blocked, never asked before": Steps(opcodes=1825, calls=44),
    "cached, in the memo from now on": Steps(opcodes=1760, calls=47),
    "cached, never in the memo": Steps(opcodes=1550, calls=41),
    "forwarded": Steps(opcodes=2950, calls=80),
}
RENEWED: Final = Steps(opcodes=230, calls=10)
"""A client's first query under a new ruleset, before its answer is looked for."""
GROWN_BLOCKS: Final = 20  # of memory, after a thousand memo hits
