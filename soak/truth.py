"""A million questions while everything changes: `python -m soak.truth --queries 1000000`.

Rules are reloaded, a list is built anew, and bedtimes begin and end every few seconds; six people
ask all the while. Each answer has to be one that policy allowed at some moment between asking and
hearing, so none is from before a change that was acknowledged when it was asked for. Exits with 1
if one was not, if a question was lost, or a change was refused.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from soak.asker import Asked, Asker
from soak.outcomes import count_outcomes
from soak.progress import show_on, write_json
from soak.truth_changes import Changes
from soak.truth_house import ADDRESSES_OF, NAMES, NAS, ZONES, Rules, config, write_list
from soak.truth_judge import InForce, Judgement, Question, judge, make_question, read
from tests.support.house import open_house
from tests.support.peers import nsd

QUERIES: Final = 1_000_000
RATE: Final = 5_000.0
AAAA_SHARE: Final = 0.2
EDNS_SHARE: Final = 0.8
PLAN_LENGTH: Final = 20_000
START: Final = "2026-03-05 12:00:30"
EXAMPLES: Final = 5

Tell = Callable[[str], None]


class Truth(NamedTuple):
    """What was counted. *late_seconds* is the most that a bedtime came late, or was outlived.

    *outcomes* are the filter's own counts of how it came to its answers.
    """

    sent: int
    right: int
    forbidden: int
    lost: int
    retried: int
    reloads: int
    builds: int
    bedtimes: int
    late_seconds: float
    outcomes: dict[str, int]
    examples: tuple[str, ...]
    complaints: tuple[str, ...]

    @property
    def failures(self) -> list[str]:
        """Why the filter has not passed; none where it has."""
        found = [*self.complaints]
        if self.forbidden:
            found += [f"{self.forbidden} answers that policy forbids", *self.examples]
        if self.lost:
            found.append(f"{self.lost} questions lost")
        if not (self.right and self.reloads and self.builds and self.bedtimes):
            found.append("nothing has changed, or nothing was answered")
        return found

    def lines(self) -> list[str]:
        """Return it in words."""
        by_road = ", ".join(f"{count:,} {name}" for name, count in self.outcomes.items())
        answers = (
            f"{self.sent:,} sent, {self.right:,} right, {self.forbidden} forbidden,"
            f" {self.lost} lost, {self.retried} asked again"
        )
        changes = (
            f"{self.reloads} reloads, {self.builds} builds of the list, {self.bedtimes} bedtimes"
            f" begun or ended, {self.late_seconds * 1000:.0f} ms late at most"
        )
        return [answers, changes, f"answers by road: {by_road}"]


class Judge:
    """Judges what comes back and counts it."""

    def __init__(self, in_force: InForce) -> None:
        self.right = self.forbidden = 0
        self.late_seconds = 0.0
        self.examples: list[str] = []
        self._in_force = in_force

    def hear(self, asked: Asked[Question], wire: bytes, now: float) -> bool:
        """Take *wire*; whether it is an answer at all."""
        question = asked.ask
        said, ttl_seconds = read(wire, question.question)
        judged = judge(question, said, ttl_seconds, asked.asked_at, now, self._in_force)
        if judged.judgement is Judgement.NONE:
            return False
        self.late_seconds = max(self.late_seconds, judged.late_seconds)
        if judged.judgement is Judgement.RIGHT:
            self.right += 1
            return True
        self.forbidden += 1
        if len(self.examples) < EXAMPLES:
            waited = now - asked.asked_at
            self.examples.append(
                f"{question.address} asked for {question.name} and heard after {waited:.3f} s:"
                f" {said.value}, TTL {ttl_seconds} s; rules {self._in_force.rules.latest},"
                f" list {sorted(self._in_force.listed.latest)}"
            )
        return True


def try_truth(
    folder: Path, queries: int, rate: float, workers: int, seed: int, tell: Tell = lambda _: None
) -> Truth:
    """Ask *queries* questions of a filter in *folder* that changes all the time."""
    random = Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    write_list(folder / "lists", frozenset())
    text = config(folder / "lists", Rules())
    with (
        nsd(folder / "nsd", ZONES) as upstream,
        open_house(folder, text, [upstream], "--workers", str(workers)) as house,
    ):
        house.set_time(START, "UTC")
        changes = Changes(house, seed)
        judge_ = Judge(changes.in_force)
        plan = _make_plan(random)
        addresses = [address for found in ADDRESSES_OF.values() for address in found]
        asker = Asker(
            house.server,
            addresses,
            rate,
            lambda: random.choice(plan),
            judge_.hear,
            streams_per_address=1,
            seed=seed,
        )
        try:
            with changes.going_on():
                asker.run(queries, lambda: tell(_in_short(asker, judge_, changes)))
        finally:
            asker.close()
        return Truth(
            asker.sent,
            judge_.right,
            judge_.forbidden,
            asker.lost,
            asker.retried,
            changes.in_force.rules.changes,
            changes.in_force.listed.changes,
            changes.minutes,
            judge_.late_seconds,
            count_outcomes(house),
            tuple(judge_.examples),
            tuple(changes.complaints),
        )


def _make_plan(random: Random) -> list[Question]:
    """Return the questions, few enough that most are asked again before anything changes."""
    addresses = [address for found in ADDRESSES_OF.values() for address in found]
    plan = []
    for _ in range(PLAN_LENGTH):
        name = random.choice(NAMES)
        qtype = "AAAA" if name != NAS and random.random() < AAAA_SHARE else "A"
        has_edns = random.random() < EDNS_SHARE
        plan.append(make_question(random.choice(addresses), name, qtype, has_edns=has_edns))
    return plan


def _in_short(asker: Asker[Question], judge_: Judge, changes: Changes) -> str:
    return (
        f"{asker.sent:,} sent, {judge_.right:,} right, {judge_.forbidden} forbidden,"
        f" {asker.lost} lost; {changes.in_force.rules.changes} reloads,"
        f" {changes.in_force.listed.changes} builds, {changes.minutes} bedtimes"
    )


def main() -> None:
    """Ask as many questions as the command line says."""
    options = _parse_arguments()
    with tempfile.TemporaryDirectory(prefix="filterdns-truth-") as name, show_on() as tell:
        truth = try_truth(
            Path(name), options.queries, options.rate, options.workers, options.seed, tell
        )
    for line in (*truth.lines(), *truth.failures):
        print(line)
    if options.json is not None:
        result: dict[str, Any] = {**truth._asdict(), "failures": truth.failures}
        write_json(options.json, {"rate": options.rate, "workers": options.workers, **result})
    sys.exit(1 if truth.failures else 0)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak.truth", description="no answer by an old policy")
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--rate", type=float, default=RATE, help="questions a second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write what was counted there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
