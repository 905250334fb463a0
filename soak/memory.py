"""Whether memory stays where it is: `python -m soak.memory --minutes 30`.

The filter is asked 5,000 questions a second that no bounded table can hold: names that nobody has
asked for, letters of random case, cookies and options that nobody knows, hosts below listed names.
Every few seconds the memory of each process is written down. Exits with 1 if any of them grew by
1 % or more in ten minutes over the second half, or if a question was lost.
"""

import argparse
import importlib
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from soak import household
from soak.any_question import mixed
from soak.asker import Asked, Asker
from soak.household import PEOPLE, blocked_names
from soak.outcomes import count_outcomes
from soak.progress import show_on, write_json
from soak.samples import MEGABYTE, Growth, Sample, growth, sizes
from soak.truth_judge import make_question
from tests.support.house import House, open_house
from tests.support.peers import nsd

RATE: Final = 5_000.0
SAMPLE_SECONDS: Final = 3.0
NOON: Final = "2026-03-05 12:00:00"
HOT_NAMES: Final = 2_000
FRESH_SHARE: Final = 0.4
BLOCKED_SHARE: Final = 0.15
MIXED_SHARE: Final = 0.3
OPTION_SHARE: Final = 0.5
LIMITS: Final = """\
limits:
  {{queries_per_second: 1000000, burst: 1000000, cache_size: {tables}, memo_size: {tables}}}
"""
ALL: Final = "all"
PROCESSES: Final = 4  # main, control, a worker, the spare


class Wild(NamedTuple):
    """A question that is hardly ever asked twice."""

    address: str
    tail: bytes


class Memory(NamedTuple):
    """What was counted and measured. *samples* are those of each process, and of all of them."""

    asked: int
    answered: int
    lost: int
    outcomes: dict[str, int]
    samples: Mapping[str, list[Sample]]

    @property
    def growths(self) -> list[Growth]:
        """How each has grown that was there for the whole time, all of them together at the end."""
        longest = len(self.samples[ALL])
        return [
            growth(label, found) for label, found in self.samples.items() if len(found) == longest
        ]

    @property
    def failures(self) -> list[str]:
        """Why the filter has not passed; none where it has."""
        found = [
            f"{each.label} grew by {each.percent:.2f} % in ten minutes, or was hardly measured"
            for each in self.growths
            if not each.is_flat
        ]
        if self.lost:
            found.append(f"{self.lost} questions lost")
        if len(self.growths) < 1 + PROCESSES:
            found.append("a process was not there for the whole time")
        return found


def watch_memory(
    folder: Path, seconds: float, rate: float, tables: str, seed: int, tell: Callable[[str], None]
) -> Memory:
    """Ask a filter in *folder* for *seconds* and write down what it takes.

    *tables* is the size that its cache and its memo may have; small ones are full sooner.
    """
    household.write_lists(folder / "lists")
    text = household.config(folder / "lists") + LIMITS.format(tables=tables)
    addresses = [address for person in PEOPLE for address in person.addresses]
    with (
        nsd(folder / "nsd", household.ZONES) as upstream,
        open_house(folder, text, [upstream]) as house,
    ):
        house.set_time(NOON)
        house.wait_until(lambda: house.metric("filterdns_spare_ready") == 1, "the spare")
        watch = _Watch(house, seconds)
        questions = WildQuestions(seed)
        asker = Asker(house.server, addresses, rate, questions.take, _hear, seed=seed)

        def look() -> None:
            watch.look()
            asker.is_stopping = watch.is_over
            tell(f"{asker.sent:,} asked, {asker.lost} lost, {watch.megabytes:.1f} MB")

        try:
            asker.run(float("inf"), look)
        finally:
            asker.close()
        return Memory(asker.sent, asker.answered, asker.lost, count_outcomes(house), watch.samples)


class WildQuestions:
    """Makes questions of all kinds that fill what is not bounded."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._addresses = [address for person in PEOPLE for address in person.addresses]
        self._blocked = [name for names in blocked_names().values() for name in names]

    def take(self) -> Wild:
        """Return the next question."""
        random = self._random
        address = random.choice(self._addresses)
        has_edns = random.random() < 0.7
        qtype = "AAAA" if random.random() < 0.3 else "A"
        plain = make_question(address, self._name(), qtype, has_edns=has_edns)
        tail = plain.tail
        if random.random() < MIXED_SHARE:
            end = _HEADER_LENGTH + len(plain.question)
            tail = tail[:_HEADER_LENGTH] + mixed(plain.question, random) + tail[end:]
        if has_edns and random.random() < OPTION_SHARE:
            tail = tail[:-2] + _option(random)
        return Wild(address, tail)

    def _name(self) -> str:
        random = self._random
        draw = random.random()
        if draw < FRESH_SHARE:
            return f"u{random.getrandbits(60):x}.fresh{random.randrange(50)}.example"
        if draw < FRESH_SHARE + BLOCKED_SHARE:
            return f"h{random.getrandbits(40):x}.{random.choice(self._blocked)}"
        return f"www{int(HOT_NAMES * random.random() ** 3)}.hot.example"


def _option(random: Random) -> bytes:
    """Return the length and the data of an OPT record: a cookie, a padding, something unknown."""
    code = random.choice((10, 12, 65001))
    length = 8 if code == _COOKIE else random.randrange(1, 40)
    data = code.to_bytes(2) + length.to_bytes(2) + random.randbytes(length)
    return len(data).to_bytes(2) + data


_COOKIE: Final = 10  # RFC 7873 section 4: eight bytes of a client
_HEADER_LENGTH: Final = 10  # behind the id


def _hear(_asked: Asked[Wild], wire: bytes, _now: float) -> bool:
    return not wire[3] & 0x0F  # SERVFAIL and REFUSED are no answers


class _Watch:
    """Takes samples for *seconds*."""

    def __init__(self, house: House, seconds: float) -> None:
        self.samples: dict[str, list[Sample]] = {ALL: []}
        self._pid = house.process.pid
        self._seconds = seconds
        self._started = time.monotonic()
        self._next_at = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the time has passed."""
        return time.monotonic() - self._started >= self._seconds

    @property
    def megabytes(self) -> float:
        """What all processes took at the last sample."""
        return self.samples[ALL][-1].size_bytes / MEGABYTE

    def look(self) -> None:
        """Take a sample if it is time to."""
        at = time.monotonic() - self._started
        if at < self._next_at:
            return
        self._next_at = at + SAMPLE_SECONDS
        found = sizes(self._pid)
        self.samples[ALL].append(Sample(at, sum(found.values())))
        for label, size in found.items():
            self.samples.setdefault(label, []).append(Sample(at, size))


def make_table(memory: Memory) -> Table:
    """Return the table of what each process took."""
    title = "Memory (PSS) in MB"
    table = Table(title=title, box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("process", no_wrap=True)
    for column in ("first", "middle", "last", "peak", "% in 10 min"):
        table.add_column(column, justify="right", min_width=len(column) + 2)
    for each in memory.growths:
        parts = (each.first_bytes, each.middle_bytes, each.last_bytes, each.peak_bytes)
        cells = [f"{part / MEGABYTE:.1f}" for part in parts]
        style = "" if each.is_flat else "red"
        table.add_row(each.label, *cells, f"{each.percent:+.2f}", style=style)
    return table


def plot(memory: Memory, path: Path) -> bool:
    """Draw the samples as SVG to *path*; False where matplotlib is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        return False
    figures = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(9, 5))
    axes = figure.subplots()
    for label, found in memory.samples.items():
        times = [at / 60 for at, _ in found]
        axes.plot(times, [size / MEGABYTE for _, size in found], label=label)
    axes.set(xlabel="minutes", ylabel="PSS in MB", ylim=(0, None))
    axes.legend()
    figure.savefig(path, format="svg")
    return True


def main() -> None:
    """Watch for as long as the command line says."""
    options = _parse_arguments()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="filterdns-memory-") as name, show_on(console) as tell:
        memory = watch_memory(
            Path(name), options.minutes * 60, options.rate, options.tables, options.seed, tell
        )
    console.print(make_table(memory))
    print(f"{memory.asked:,} asked, {memory.answered:,} answered, {memory.lost} lost")
    print(", ".join(f"{count:,} {outcome}" for outcome, count in memory.outcomes.items()))
    for failure in memory.failures:
        print(failure)
    if options.json is not None:
        growths = [each._asdict() for each in memory.growths]
        write_json(options.json, {"rate": options.rate, **memory._asdict(), "growths": growths})
    if options.svg is not None and not plot(memory, options.svg):
        print("no plot: matplotlib is not installed")
    sys.exit(1 if memory.failures else 0)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak.memory", description="does memory stay flat")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=RATE, help="questions a second")
    parser.add_argument("--tables", default="32MiB", help="size of the cache, and of the memo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write every sample there, too")
    parser.add_argument("--svg", type=Path, help="draw it there, if matplotlib is installed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
