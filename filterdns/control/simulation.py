"""A day of queries under the rules: what was decided of each, put together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Played(NamedTuple):
    """What `explain` said of a name asked *times* times from *start* until *end* (Unix seconds).

    *end* is the start itself for a query of one moment.
    """

    start: float
    end: float
    times: int
    explained: Mapping[str, Any]


def merged(played: Iterable[Played]) -> list[Played]:
    """Return *played* by time; what is asked again with the same outcome is one, with the count."""
    last_by_name: dict[tuple[str, str], int] = {}
    found: list[Played] = []
    for each in sorted(played, key=lambda each: each.start):
        key = (each.explained["name"], each.explained["type"])
        at = last_by_name.get(key)
        last = None if at is None else found[at]
        if at is None or last is None or _outcome(last.explained) != _outcome(each.explained):
            last_by_name[key] = len(found)
            found.append(each)
        else:
            end, times = max(last.end, each.end), last.times + each.times
            found[at] = last._replace(end=end, times=times)
    return found


def totals(played: Iterable[Played]) -> dict[str, Any]:
    """Return how many queries there were, how many of them blocked, and by what."""
    queries: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    rules: Counter[tuple[str, str, str, str]] = Counter()
    for each in played:
        explained = each.explained
        queries[explained["verdict"]] += each.times
        if explained["verdict"] == "blocked":
            categories[explained["category"] or explained["schedule"] or "a name"] += each.times
            rules[_outcome(explained)[1:]] += each.times
    return {
        "queries": queries.total(),
        "blocked": queries["blocked"],
        "by_category": dict(categories.most_common()),
        "by_rule": [
            {"row": row, "schedule": schedule, "rule": rule, "where": where, "count": count}
            for (row, schedule, rule, where), count in rules.most_common()
        ],
    }


def _outcome(explained: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    keys = ("verdict", "row", "schedule", "rule", "where")
    verdict, row, schedule, rule, where = (explained[key] for key in keys)
    return verdict, row, schedule, rule, where
