"""Houses of all sizes: how many people, devices, names, how much memory for answers."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from bench.names import Names
from bench.workloads import AAAA_SHARE, BLOCKED_SHARE, address

POLICIES: Final = 50
PEOPLE_A_FILE: Final = 1_000  # a file of the config is at most 4 MB
QUERIES: Final = 20_000


class Shape(NamedTuple):
    """One house. There are as many policies as people, `POLICIES` at most."""

    people: int = 100
    devices: int = 100
    own_names: int = 10  # of each policy
    listed: int = 100_000
    cache_mib: int = 32
    addresses: int = 100


AXES: Final[dict[str, Sequence[int]]] = {
    "people": (1, 100, 10_000),
    "devices": (100, 10_000, 100_000),
    "own_names": (10, 100, 1_000),
    "listed": (10_000, 100_000, 1_000_000, 3_000_000, 10_000_000),
    "cache_mib": (1, 4, 32, 256),
    "addresses": (1, 100, 5_000, 50_000),
}


def shape_at(axis: str, value: int) -> Shape:
    """Return the usual house with another *value* on one axis; no person is without a device."""
    shape = Shape()._replace(**{axis: value})
    return shape._replace(devices=max(shape.devices, shape.people))


def write_people(shape: Shape, folder: Path) -> str:
    """Return what the config says of policies and people; most of it lies in files in *folder*."""
    folder.mkdir(exist_ok=True)
    policies = min(POLICIES, shape.people)
    lines = []
    for number in range(policies):
        own = ", ".join(f"own-{n}.p{number}.example" for n in range(shape.own_names))
        lines.append(
            f"  p{number}: {{extends: safe, block: [{own}],"
            f' during: {{bedtime: {{internet: "off"}}}}}}\n'
        )
    for first in range(0, shape.people, PEOPLE_A_FILE):
        people = range(first, min(first + PEOPLE_A_FILE, shape.people))
        text = "".join(_person(shape, number, policies) for number in people)
        (folder / f"people-{first}.yaml").write_text(f"people:\n{text}")
    return f"{''.join(lines)}include: {folder}/people-*.yaml\n"


def _person(shape: Shape, number: int, policies: int) -> str:
    phones = ", ".join(
        f"{{name: d{place}, ip: {address(device)}}}"
        for place, device in enumerate(range(number, shape.devices, shape.people))
    )
    return f"  h{number}: {{policy: p{number % policies}, devices: [{phones}]}}\n"


def write_plan(shape: Shape, names: Names, path: Path) -> Path:
    """Write what the crowd asks: popular names and blocked ones, from all addresses in turn."""
    random = Random("growth")
    count = max(QUERIES, shape.addresses)
    with path.open("w") as file:
        for number in range(count):
            is_blocked = random.random() < BLOCKED_SHARE
            name = random.choice(names.blocked[-2_000:] if is_blocked else names.popular)
            qtype = "AAAA" if random.random() < AAAA_SHARE else "A"
            how = random.choice(("edns", "plain"))
            file.write(f"{address(number % shape.addresses)} {name} {qtype} {how}\n")
    return path
