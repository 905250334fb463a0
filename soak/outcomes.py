"""By which road the filter says that it has come to its answers."""

import re
from collections import Counter

from tests.support.house import House


def count_outcomes(house: House) -> dict[str, int]:
    """Return the filter's own counts of queries by outcome, to the last one.

    Workers send their counts now and then, and at once to whoever reads the log.
    """
    house.control.get("/api/log", limit=1)
    found = re.findall(_SERIES, house.metrics_page(), re.MULTILINE)
    outcomes: Counter[str] = Counter()
    for outcome, count in found:
        outcomes[outcome] += int(float(count))
    return {outcome: count for outcome, count in outcomes.items() if count}


_SERIES = r'^filterdns_queries_total\{outcome="(\w+)",transport="\w+"\} (\S+)$'
