"""What is asked, as files of queries.

allowed  popular names by Zipf's law, all cached after a warm-up
blocked  uniform over the blocklist
mix      85 % of the first, 15 % of the second
home     the same, the blocked names by Zipf's law over 2,000
tcp      the mix over TCP
unseen   every name once, new ones in each round
school   the mix from 5,000 addresses: half with EDNS, 5 % with a cookie, 5 % in mixed case

Lines are those of dnsperf: name and type. Of `school` they are those of `bench.crowd`: source
address, name, type, and how it is asked.
"""

from enum import Enum
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from bench.names import Names

BLOCKED_SHARE: Final = 0.15
AAAA_SHARE: Final = 0.3
HOME_BLOCKED: Final = 2_000
SCHOOL_ADDRESSES: Final = 5_000
EDNS_SHARE: Final = 0.5
COOKIE_SHARE: Final = 0.05
MIXED_CASE_SHARE: Final = 0.05
NAMES: Final = ("mix", "allowed", "blocked", "home", "tcp", "unseen", "school")


class Kind(Enum):
    """Who asks, and how."""

    UDP = "dnsperf over UDP"
    TCP = "dnsperf over TCP"
    CROWD = "bench.crowd from many addresses"


class Workload(NamedTuple):
    """A file of queries. Some are asked a single time, the others over and over."""

    name: str
    path: Path
    kind: Kind

    @property
    def is_asked_once(self) -> bool:
        """Whether a second time would be another workload."""
        return self.name == "unseen"


def write_workloads(
    names: Names, wanted: list[str], rounds: int, query_count: int, folder: Path
) -> list[Workload]:
    """Write the files of *wanted*, *query_count* queries each; of `unseen` one for each round.

    The same queries come out in every run.
    """
    kinds = {"tcp": Kind.TCP, "school": Kind.CROWD}
    workloads = []
    for name in wanted:
        for number in range(rounds if name == "unseen" else 1):
            path = folder / f"{name}-{number}.queries"
            path.write_text(_text(name, names, number, query_count))
            workloads.append(Workload(name, path, kinds.get(name, Kind.UDP)))
    return workloads


def school_addresses() -> list[str]:
    """Return the addresses of the clients of `school`."""
    return [address(number) for number in range(SCHOOL_ADDRESSES)]


def address(number: int) -> str:
    """Return an address of this computer's own network, another one for each *number*."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def _text(workload: str, names: Names, number: int, query_count: int) -> str:
    random = Random(f"{workload} {number}")
    if workload == "allowed":
        asked = _by_zipf(random, names.popular, query_count)
    elif workload == "blocked":
        asked = random.choices(names.blocked, k=query_count)
    elif workload == "unseen":
        above = random.choices(names.popular, k=query_count)
        asked = [f"u{number}-{i}.{name}"[:253] for i, name in enumerate(above)]
    else:
        asked = _mix(random, names, query_count, is_home=workload == "home")
    types = random.choices(("A", "AAAA"), (1 - AAAA_SHARE, AAAA_SHARE), k=len(asked))
    lines = (f"{name} {rrtype}\n" for name, rrtype in zip(asked, types, strict=True))
    if workload == "school":
        lines = (_as_pupil(random, line) for line in lines)
    return "".join(lines)


def _mix(random: Random, names: Names, query_count: int, *, is_home: bool) -> list[str]:
    blocked_count = int(query_count * BLOCKED_SHARE)
    asked = _by_zipf(random, names.popular, query_count - blocked_count)
    if is_home:
        asked += _by_zipf(random, names.blocked[-HOME_BLOCKED:], blocked_count)
    else:
        asked += random.choices(names.blocked, k=blocked_count)
    random.shuffle(asked)
    return asked


def _by_zipf(random: Random, names: list[str], count: int) -> list[str]:
    weights = list(accumulate(1 / rank for rank in range(1, len(names) + 1)))
    return random.choices(names, cum_weights=weights, k=count)


def _as_pupil(random: Random, line: str) -> str:
    """Return *line* with an address before it and how it is asked behind it."""
    number = random.randrange(SCHOOL_ADDRESSES)
    draw = random.random()
    how = "cookie" if draw < COOKIE_SHARE else "edns" if draw < EDNS_SHARE else "plain"
    case = " mixed" if random.random() < MIXED_CASE_SHARE else ""
    return f"{address(number)} {line[:-1]} {how}{case}\n"
