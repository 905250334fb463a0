"""What processes have in memory over time, and whether it grows: least squares, no guessing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.house import descendants

MEGABYTE: Final = 1 << 20
TEN_MINUTES: Final = 600.0
MOST_PERCENT: Final = 1.0  # in ten minutes, over the second half
LEAST_BYTES: Final = MEGABYTE // 4  # in ten minutes: less is pages that come and go
LEAST_SAMPLES: Final = 4  # in a half, for a slope that means anything

_LABELS: Final = {
    b"filterdns.app": "control",
    b"filterdns.worker": "worker",
    b"filterdns.supervisor": "main",
    b"filterdns.blocklists.build": "build",
}


class Sample(NamedTuple):
    """What a process had at *at*, in seconds since the beginning."""

    at: float
    size_bytes: int


class Growth(NamedTuple):
    """How a process, or all of them together, has grown. *percent* is for ten minutes."""

    label: str
    first_bytes: int
    middle_bytes: int
    last_bytes: int
    peak_bytes: int
    percent: float
    is_flat: bool


def growth(label: str, samples: Sequence[Sample]) -> Growth:
    """Return how *samples*, in order, have grown; flat or not by their second half."""
    half = second_half(samples)
    mean = sum(size for _, size in half) / len(half)
    grown = slope(half) * TEN_MINUTES
    percent = 100 * grown / mean if mean else 0.0
    is_small = grown < LEAST_BYTES or percent < MOST_PERCENT
    return Growth(
        label,
        samples[0].size_bytes,
        half[0].size_bytes,
        samples[-1].size_bytes,
        max(size for _, size in samples),
        percent,
        len(half) >= LEAST_SAMPLES and is_small,
    )


def second_half(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples from the middle of their time on."""
    middle = (samples[0].at + samples[-1].at) / 2
    return [each for each in samples if each.at >= middle]


def slope(samples: Sequence[Sample]) -> float:
    """Return the bytes a second of the line that fits best; 0 where there is no line."""
    count = len(samples)
    mean_at = sum(at for at, _ in samples) / count
    mean_size = sum(size for _, size in samples) / count
    spread = sum((at - mean_at) ** 2 for at, _ in samples)
    if not spread:
        return 0.0
    return sum((at - mean_at) * (size - mean_size) for at, size in samples) / spread


def sizes(root: int) -> dict[str, int]:
    """Return the proportional set size of *root* and of all processes below it, by what they are.

    What several share counts for each with its share, so the sum is what all of them take. A
    process that ends meanwhile is left out; without PSS (proc(5)) it is the resident size.
    """
    found = {}
    for pid in sorted({root, *descendants(root)}):
        try:
            label = f"{_label(Path(f'/proc/{pid}/cmdline').read_bytes())} {pid}"
            found[label] = _size(pid)
        except OSError:
            continue
    return found


def _label(command: bytes) -> str:
    words = command.split(b"\0")
    return next((label for word, label in _LABELS.items() if word in words), "main")


def _size(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except PermissionError:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    for line in lines:
        if line.startswith(("Pss:", "VmRSS:")):
            return int(line.split()[1]) << 10
    raise ProcessLookupError(pid)  # it has ended, and nobody has waited for it yet
