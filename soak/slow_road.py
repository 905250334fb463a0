"""A million questions on two roads: `python -m soak.slow_road --queries 1000000`.

Each question is asked as houses ask, so that its answer may come from a memo or whatever else makes
repeated questions cheap; and at the same moment so that no answer can be repeated: with letters of
random case and an option that nobody knows. Some of both go over TCP. The two answers have to be
equal, byte by byte, but for TTLs by the time that has passed. Exits with 1 if two are not.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from soak import household
from soak.any_question import FRESH_SHARE, ZONES, AnyQuestion, any_question, fresh_name, make_plan
from soak.household import PEOPLE
from soak.outcomes import count_outcomes
from soak.pairs import Pair, Pairs
from soak.progress import show_on, write_json
from soak.same_answer import difference
from tests.support.house import open_house
from tests.support.peers import nsd

QUERIES: Final = 1_000_000
PLAN_LENGTH: Final = 20_000
OFTEN: Final = 20  # at least, each question of the plan is asked
BATCH: Final = 100
EXAMPLES: Final = 5
NOON: Final = "2026-03-05 12:00:00"
# A cache that is never full: a memo repeats what it has, however often the cache has let go of it
# and asked anew, and then both are right, and of different age.
MORE: Final = """\
limits:
  {queries_per_second: 1000000, burst: 1000000, tcp_idle: 1h, tcp_total: 1d, cache_size: 1GiB}
hosts: {nas.home.arpa: 192.168.1.40}
"""


class SlowRoad(NamedTuple):
    """What was counted, in pairs.

    *cut* are those of which a datagram cannot hold what the stream did; *memo* is how many of
    the fast ones came from the memo, by the filter's own count.
    """

    asked: int
    equal: int
    different: int
    cut: int
    lost: int
    retried: int
    memo: int
    examples: tuple[str, ...]

    @property
    def failures(self) -> list[str]:
        """Why the filter has not passed; none where it has."""
        found = []
        if self.different:
            found += [f"{self.different} pairs differ", *self.examples]
        if self.lost:
            found.append(f"{self.lost} pairs lost an answer")
        if not self.memo:
            found.append("nothing came from the memo: this was no fast road")
        return found

    def line(self) -> str:
        """Return it in words."""
        return (
            f"{self.asked:,} pairs, {self.equal:,} equal, {self.different} different,"
            f" {self.cut:,} cut, {self.lost} lost, {self.retried} asked again;"
            f" {self.memo:,} from the memo"
        )


class Comparison:
    """Compares pairs and counts them."""

    def __init__(self) -> None:
        self.asked = self.equal = self.different = self.cut = self.lost = 0
        self.examples: list[str] = []
        self._found: set[str] = set()

    def take(self, pair: Pair) -> None:
        """Compare the two answers of *pair*."""
        self.asked += 1
        question, fast, slow = pair.question, pair.fast, pair.slow
        if not fast or not slow:
            self.lost += 1
            return
        fast_is_tcp, slow_is_tcp = pair.over_tcp
        is_cut = fast_is_tcp != slow_is_tcp and max(len(fast), len(slow)) > question.room
        if is_cut:  # the stream has room for all of it
            self.cut += 1
            found = "" if fast[3] & 0x0F == slow[3] & 0x0F else "not the same code"
        else:
            found = difference(question.question, fast, slow, pair.seconds)
        if not found:
            self.equal += 1
            return
        self.different += 1
        is_new = found not in self._found  # one example of each kind says more than five of one
        self._found.add(found)
        if is_new and len(self.examples) < EXAMPLES:
            roads = " and ".join("TCP" if is_tcp else "UDP" for is_tcp in pair.over_tcp)
            self.examples.append(
                f"pair {self.asked:,}: {question.address} asked {question.fast().hex()},"
                f" over {roads}: {found}"
            )


def compare_roads(
    folder: Path, queries: int, seed: int, tell: Callable[[str], None] = lambda _: None
) -> SlowRoad:
    """Ask *queries* questions on both roads of a filter in *folder*."""
    random = Random(seed)
    comparison = Comparison()
    household.write_lists(folder / "lists")
    text = household.config(folder / "lists") + MORE
    addresses = [address for person in PEOPLE for address in person.addresses]
    with (
        nsd(folder / "nsd", ZONES) as upstream,
        open_house(folder, text, [upstream]) as house,
    ):
        house.set_time(NOON)
        with Pairs(house.server, addresses, seed) as pairs:
            plan = make_plan(random, min(PLAN_LENGTH, queries // OFTEN))
            while comparison.asked < queries:
                for pair in pairs.ask(_batch(plan, random)):
                    comparison.take(pair)
                tell(f"{comparison.asked:,} pairs, {comparison.different} different")
            memo = count_outcomes(house).get("memo", 0)
            retried = pairs.retried
    return SlowRoad(
        comparison.asked,
        comparison.equal,
        comparison.different,
        comparison.cut,
        comparison.lost,
        retried,
        memo,
        tuple(comparison.examples),
    )


def _batch(plan: list[AnyQuestion], random: Random) -> list[AnyQuestion]:
    return [
        any_question(random, fresh_name(random))
        if random.random() < FRESH_SHARE
        else random.choice(plan)
        for _ in range(BATCH)
    ]


def main() -> None:
    """Compare as many pairs as the command line says."""
    options = _parse_arguments()
    with tempfile.TemporaryDirectory(prefix="filterdns-roads-") as name, show_on() as tell:
        found = compare_roads(Path(name), options.queries, options.seed, tell)
    for line in (found.line(), *found.failures):
        print(line)
    if options.json is not None:
        write_json(options.json, {"seed": options.seed, **found._asdict()})
    sys.exit(1 if found.failures else 0)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak.slow_road", description="no answer by its road")
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write what was counted there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
