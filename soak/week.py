"""A week in which every verdict is given twice: `python -m soak.week --help`.

Popular names, and those that rules mention, are asked for from every device, minute by minute from
a Monday on, with an exam and a holiday in it. What the filter decides is compared with the
reference, which is docs/policy.md as a slow interpreter. Says how large all of it is: the image,
and the memory of who decides.
"""

import argparse
import gc
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Console

from bench.names import load_names
from filterdns.blocklists.catalog import load_catalog
from filterdns.policy.address import read_address
from filterdns.policy.client import Identifier
from filterdns.policy.decide import decide
from filterdns.policy.policies import EffectivePolicies
from filterdns.resolver.image import Image, write_image
from soak.progress import show_on
from soak.week_houses import Scene, family, school
from tests.support.both_sides import TYPES, Filter, expected, outcome, wire
from tests.support.reference import judging
from tests.support.reference.rows import Question

MONDAY: Final = "2026-03-02"
MINUTES: Final = 7 * 24 * 60
POPULAR: Final = 20_000
UNKNOWN: Final = "172.31.0.9"  # in nobody's network
NOON: Final = 12 * 60
EXAMPLES: Final = 5
NAMES_AT_ONCE: Final = 3  # of each device: two popular ones, and one that some rule mentions


class Plan(NamedTuple):
    """How densely a week is asked: so many devices every so many minutes; strangers more rarely."""

    every_minutes: int
    devices: int
    every_stranger_minutes: int


class Sizes(NamedTuple):
    """What it takes to decide for everybody at one moment."""

    image_bytes: int
    rules_bytes: int
    policies_bytes: int
    policies: int


class Week(NamedTuple):
    """What was compared. *differences* are examples of verdicts that are not the same."""

    questions: int
    blocked: int
    by_row: dict[str, int]
    differences: list[str]


def main() -> None:
    """Replay what the command line asks for; exit with 1 if any verdict differs."""
    options = parse_arguments(sys.argv[1:])
    console = Console()
    scene = family() if options.who == "family" else school(options.classes, options.policies)
    every = max(1, MINUTES * options.devices * NAMES_AT_ONCE // options.questions)
    plan = Plan(every, options.devices, MINUTES // 20)
    started = time.monotonic()
    with show_on(console) as show:
        week = replay(scene, plan, lambda done: show(f"{done:.0%} of the week"))
    size = sizes(scene)
    console.print(
        f"{len(scene.addresses):,} devices, {len(scene.world.written['policies'])} policies:"
        f" {week.questions:,} questions, {week.blocked:,} blocked,"
        f" {len(week.differences)} verdicts differ; {time.monotonic() - started:.0f} s"
    )
    console.print("  ".join(f"{row} {count:,}" for row, count in sorted(week.by_row.items())))
    console.print(
        f"image {size.image_bytes / 1e6:.2f} MB; memory of rules and devices"
        f" {size.rules_bytes / 1e6:.1f} MB, of {size.policies:,} effective policies"
        f" {size.policies_bytes / 1e6:.1f} MB"
    )
    for difference in week.differences:
        console.print(difference)
    raise SystemExit(bool(week.differences))


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m soak.week", description=__doc__)
    parser.add_argument("who", choices=("family", "school"), nargs="?", default="family")
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--devices", type=int, default=15, help="that ask in one minute")
    parser.add_argument("--classes", type=int, default=50, help="of 30 pupils with 60 devices")
    parser.add_argument("--policies", type=int, default=60)
    return parser.parse_args(arguments)


def replay(scene: Scene, plan: Plan, show: Callable[[float], None] = lambda _: None) -> Week:
    """Ask for a week as *plan* says, both the filter and the reference; compare each verdict."""
    side, random = Filter(scene.world, load_catalog()), Random("week")
    names = load_names(POPULAR, 0).popular
    weights = list(accumulate(1 / rank for rank in range(1, len(names) + 1)))  # as Zipf found
    mentioned = _mentioned(scene)
    questions = blocked = 0
    by_row: dict[str, int] = {}
    differences: list[str] = []
    for minute, address in _asked(scene, plan, random):
        show(minute / MINUTES)
        now = week_start() + minute * 60 + random.choice((0, 0, 1, 30, 59.9))
        policy = side.policy(address, now)
        strict = judging.candidates(scene.world, address, now)
        for name in (*random.choices(names, cum_weights=weights, k=2), random.choice(mentioned)):
            asked = f"www.{name}" if random.random() < 0.5 else name
            verdict = decide(wire(asked), TYPES["A"], policy)
            said = outcome(verdict, policy)
            questions += 1
            blocked += said.action == "block"
            by_row[said.row] = by_row.get(said.row, 0) + 1
            wanted = expected(judging.judge(strict, Question(asked)))
            if said != wanted and len(differences) < EXAMPLES:
                differences.append(f"{asked} from {address} at {now}: {said}, not {wanted}")
    return Week(questions, blocked, by_row, differences)


def week_start() -> float:
    """Return the Monday's midnight in Unix seconds."""
    zone = ZoneInfo("Europe/Berlin")
    return datetime.fromisoformat(MONDAY).replace(tzinfo=zone).timestamp()


def sizes(scene: Scene) -> Sizes:
    """Measure what it takes to decide for all devices on Monday at noon."""
    side, now = Filter(scene.world, load_catalog()), week_start() + NOON * 60
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image"
        write_image(Image(1, side.ruleset), path)
        image_bytes = path.stat().st_size
    gc.collect()
    tracemalloc.start()
    identifier = Identifier(side.ruleset)
    policies = EffectivePolicies(side.ruleset, side.policies.house)
    rules_bytes = tracemalloc.get_traced_memory()[0]
    found = {
        policies.policy_for(identifier.identify(read_address(address)), now)
        for address in (*scene.addresses, UNKNOWN)
    }
    policies_bytes = tracemalloc.get_traced_memory()[0] - rules_bytes
    tracemalloc.stop()
    return Sizes(image_bytes, rules_bytes, policies_bytes, len(found))


def _mentioned(scene: Scene) -> list[str]:
    """Return the names that lists and rules mention."""
    world = scene.world
    of_services = [name for names in world.services.values() for name in names]
    return sorted({*world.lists, *world.lifelines, *world.essentials, *of_services, "printer.home"})


def _asked(scene: Scene, plan: Plan, random: Random) -> Iterator[tuple[int, str]]:
    """Yield (minute of the week, address) of each device that asks."""
    for minute in range(0, MINUTES, plan.every_minutes):
        for address in random.sample(scene.addresses, min(plan.devices, len(scene.addresses))):
            yield minute, address
        if minute % plan.every_stranger_minutes < plan.every_minutes:
            yield minute, UNKNOWN


if __name__ == "__main__":
    main()
