"""What the README shows is what one gets: its commands, typed in its order, beside `make run`.

CI sets FILTERDNS_CHECKOUT to a fresh clone; elsewhere the checkout of the tests is used. The ports
are others than the README's, and what the upstream answers is what the README shows for it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.peers import Endpoint, free_port, need, nsd, running

CHECKOUT = Path(os.environ.get("FILTERDNS_CHECKOUT", Path(__file__).parents[2]))
README = (CHECKOUT / "README.md").read_text()
EXAMPLE = CHECKOUT / "config.example.yaml"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")

pytestmark = [pytest.mark.untimed, pytest.mark.peer("make", "nsd", "dig"), pytest.mark.timeout(600)]


class Example(NamedTuple):
    """A command of the README, and what it prints there."""

    command: str
    output: str


def read_examples() -> list[Example]:
    """The commands of all console blocks that show what they print."""
    blocks = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    parts = [part.partition("\n") for block in blocks for part in block.split("$ ")[1:]]
    return [Example(command, output) for command, _, output in parts if output.strip()]


EXAMPLES = read_examples()


def zones() -> dict[str, str]:
    """What the README says that the upstream answers."""
    shown = [(example.command.split()[-1], example.output) for example in EXAMPLES]
    return {name: f"@ A {output}" for name, output in shown if re.fullmatch(r"[\d.]+\n", output)}


class House(NamedTuple):
    """A filter started by `make run`."""

    endpoint: Endpoint
    folder: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("readme")
    endpoint = Endpoint("127.0.0.1", free_port())
    config = folder / EXAMPLE.name
    text = EXAMPLE.read_text().replace(":5300", f":{endpoint.port}")
    config.write_text(text.replace(":9153", f":{free_port()}"))
    with nsd(folder / "nsd", zones()) as upstream:
        make = [need("make"), "-C", str(CHECKOUT), "run"]
        make += [f"CONFIG={config}", f"DIR={folder / 'filterdns'}", f"UPSTREAM={upstream}"]
        with running(make, endpoint, folder / "run.log", ready_seconds=500):
            yield House(endpoint, folder)


def shown_in(text: str) -> list[str]:
    """The lines of *text* without what differs each time."""
    return [MOMENT.sub("…", line).rstrip() for line in text.splitlines()]


def test_the_readme_shows_a_blocked_name_a_lifeline_and_an_allowed_name() -> None:
    digs = [example for example in EXAMPLES if example.command.startswith("dig ")]
    assert len(digs) == 3
    assert "EDE: 15 (Blocked)" in digs[0].output
    assert len(zones()) == 2


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.command for example in EXAMPLES])
def test_a_command_prints_what_the_readme_shows(house: House, example: Example) -> None:
    command = example.command.replace("-p 5300", f"-p {house.endpoint.port}")
    command = command.replace("--dir .filterdns", f"--dir {house.folder / 'filterdns'}")
    said = subprocess.run(
        command, shell=True, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False
    )
    assert shown_in(said.stdout) == shown_in(example.output), said.stderr


def test_make_run_says_where_it_listens_what_it_loaded_and_what_to_try(house: House) -> None:
    said = (house.folder / "run.log").read_text()
    assert f"listens on  {house.endpoint}" in said
    assert "3 people" in said
    assert f"dig @127.0.0.1 -p {house.endpoint.port}" in said


def test_make_run_refuses_a_wrong_config_although_an_older_one_was_in_force(house: House) -> None:
    """Whoever types it looks at the screen: it is no start after a power cut."""
    wrong = house.folder / "wrong.yaml"
    wrong.write_text(
        (house.folder / EXAMPLE.name).read_text().replace("policy: teen", "policy: ten")
    )
    old = shutil.copytree(
        house.folder / "filterdns" / "state", house.folder / "old" / "state"
    ).parent
    said = subprocess.run(
        [need("make"), "-C", str(CHECKOUT), "run", f"CONFIG={wrong}", f"DIR={old}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 2
    assert '"ten" is not a policy; did you mean "teen"?' in said.stderr
    assert "serves" not in said.stdout
