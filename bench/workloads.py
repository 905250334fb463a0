"""What is asked, as files for dnsperf: one query a line, name and type.

allowed  popular names by Zipf's law, all cached after a warm-up
blocked  uniform over the blocklist
mix      85 % of the first, 15 % of the second
unseen   every name once, new ones in each round
"""

from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.names import Names

BLOCKED_SHARE = 0.15
AAAA_SHARE = 0.3
NAMES = ("mix", "allowed", "blocked", "unseen")


class Workload(NamedTuple):
    """A file of queries. *once*: it is asked a single time, not over and over."""

    name: str
    path: Path
    once: bool


def write_workloads(
    names: Names, wanted: list[str], rounds: int, query_count: int, folder: Path
) -> list[Workload]:
    """Write the files of *wanted*, *query_count* queries each; of `unseen` one for each round.

    The same queries come out in every run.
    """
    workloads = []
    for name in wanted:
        for number in range(rounds if name == "unseen" else 1):
            path = folder / f"{name}-{number}.queries"
            path.write_text(_text(name, names, number, query_count))
            workloads.append(Workload(name, path, once=name == "unseen"))
    return workloads


def _text(workload: str, names: Names, number: int, query_count: int) -> str:
    random = Random(f"{workload} {number}")
    if workload == "allowed":
        asked = _by_zipf(random, names.popular, query_count)
    elif workload == "blocked":
        asked = random.choices(names.blocked, k=query_count)
    elif workload == "mix":
        blocked_count = int(query_count * BLOCKED_SHARE)
        asked = _by_zipf(random, names.popular, query_count - blocked_count)
        asked += random.choices(names.blocked, k=blocked_count)
        random.shuffle(asked)
    else:
        above = random.choices(names.popular, k=query_count)
        asked = [f"u{number}-{i}.{name}"[:253] for i, name in enumerate(above)]
    types = random.choices(("A", "AAAA"), (1 - AAAA_SHARE, AAAA_SHARE), k=len(asked))
    return "".join(f"{name} {rrtype}\n" for name, rrtype in zip(asked, types, strict=True))


def _by_zipf(random: Random, names: list[str], count: int) -> list[str]:
    weights = list(accumulate(1 / rank for rank in range(1, len(names) + 1)))
    return random.choices(names, cum_weights=weights, k=count)
