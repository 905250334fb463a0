"""A broken config is told with place and cure, costs little, and never replaces one that works."""

import os
import re
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from filterdns.errors import ControlError
from tests.support.broken_configs import BROKEN_CONFIGS, BrokenConfig
from tests.support.command import Outcome, filterdns
from tests.support.house import House, config_file, open_house
from tests.support.peers import nsd
from tests.support.plain_client import ask

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

NAMES = [broken.name for broken in BROKEN_CONFIGS]
CPU_SECONDS = 2.0
PEAK_BYTES = 150_000_000

WORKING = """\
timezone: Europe/Berlin
policies: {child: {block: [gambling]}}
people: {mia: {policy: child, devices: [{name: phone, ip: 127.0.0.2}]}}
"""


# A start is the slowest way to read a config, and reads it as the others do: a few stand for all.
TRIED = [("check", broken) for broken in BROKEN_CONFIGS]
TRIED += [("serve", broken) for broken in BROKEN_CONFIGS[::4]]
TRIED_NAMES = [f"{verb} {broken.name}" for verb, broken in TRIED]


@pytest.fixture(scope="module")
def outcome_by_name(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What became of all that is `TRIED`, by its name."""

    def outcome(verb: str, broken: BrokenConfig) -> Outcome:
        folder = tmp_path_factory.mktemp("broken")
        config = broken.write(folder)
        if verb == "check":
            return filterdns("check", config)
        return filterdns("serve", "--config", config, "--dir", folder / "files")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(outcome, *zip(*TRIED, strict=True))
        return dict(zip(TRIED_NAMES, outcomes, strict=True))


def test_there_are_many_ways_to_break_a_config() -> None:
    assert len(set(NAMES)) == len(BROKEN_CONFIGS) >= 40


@pytest.mark.parametrize(("verb", "broken"), TRIED, ids=TRIED_NAMES)
def test_what_is_wrong_is_told_with_its_place_and_cure(
    outcome_by_name: Mapping[str, Outcome], verb: str, broken: BrokenConfig
) -> None:
    outcome = outcome_by_name[f"{verb} {broken.name}"]
    assert (outcome.code, outcome.out) == (2, "")
    lines = outcome.err.splitlines()
    assert any(line.startswith(broken.place) and broken.cure in line for line in lines), lines
    for line in lines:  # nothing is said without a place, and no traceback
        assert re.match(r"[\w./-]+\.yaml:[1-9]\d*:[1-9]\d* \S", line), line


@pytest.mark.parametrize("name", TRIED_NAMES)
def test_a_broken_config_costs_little_time_and_memory(
    outcome_by_name: Mapping[str, Outcome], name: str
) -> None:
    assert outcome_by_name[name].cpu_seconds < CPU_SECONDS
    assert outcome_by_name[name].peak_bytes < PEAK_BYTES


# A filter that runs.


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("reloaded")
    zones = {"library.example": "www A 192.0.2.1"}
    with nsd(folder / "nsd", zones) as upstream, open_house(folder, WORKING, [upstream]) as house:
        yield house


@pytest.fixture
def broken_house(house: House) -> Iterator[House]:
    """The house, for a test that breaks its config."""
    text = config_file(house.folder).read_text()
    try:
        yield house
    finally:
        config_file(house.folder).write_text(text)


@pytest.mark.peer("nsd")
@pytest.mark.parametrize("broken", BROKEN_CONFIGS, ids=NAMES)
def test_a_reload_with_it_is_refused_with_the_reason_and_changes_nothing(
    broken_house: House, broken: BrokenConfig
) -> None:
    before = broken_house.status()["image"]
    broken.write(broken_house.folder)
    with pytest.raises(ControlError) as refusal:
        broken_house.control.post("/api/reload")
    lines = str(refusal.value).splitlines()
    assert any(line.startswith(broken.place) and broken.cure in line for line in lines), lines
    status = broken_house.status()
    assert status["image"] == before
    assert status["last_reload"]["problems"] == lines
    assert_policy_holds(broken_house)


@pytest.mark.peer("nsd")
@pytest.mark.parametrize("broken", BROKEN_CONFIGS, ids=NAMES)
def test_a_hangup_signal_with_it_is_logged_with_the_reason_and_changes_nothing(
    broken_house: House, broken: BrokenConfig
) -> None:
    before = broken_house.status()
    refused_at = before["last_reload"]["at"] if before["last_reload"] else 0
    log_size = len(broken_house.log_text())
    broken.write(broken_house.folder)
    broken_house.process.send_signal(signal.SIGHUP)

    def is_refused() -> bool:
        last = broken_house.status()["last_reload"]
        return last is not None and last["at"] > refused_at

    def is_logged() -> bool:  # by a thread of its own
        return broken.cure in broken_house.log_text()[log_size:]

    broken_house.wait_until(is_refused, "the reload")
    broken_house.wait_until(is_logged, "the reason in the log")
    logged = broken_house.log_text()[log_size:]
    assert "reload refused, the old config stays in force" in logged
    assert broken.place in logged
    assert broken.cure in logged
    assert "Traceback" not in logged
    assert broken_house.status()["image"] == before["image"]
    assert_policy_holds(broken_house)


@pytest.mark.peer("nsd")
def test_the_command_tells_why_a_reload_is_refused(broken_house: House) -> None:
    broken = next(each for each in BROKEN_CONFIGS if each.name == "a mistyped key")
    broken.write(broken_house.folder)
    said = broken_house.cli("reload")
    assert (said.code, said.stdout) == (2, "")
    assert broken.place in said.stderr
    assert broken.cure in said.stderr
    status = broken_house.cli("status")
    assert status.code == 1
    assert "the last reload was refused" in status.stdout


@pytest.mark.peer("nsd")
def test_a_mended_config_comes_into_force(broken_house: House) -> None:
    broken_house.write_config(WORKING.replace("[gambling]", "[library.example]"))
    assert broken_house.reload() == (0, "reloaded\n", "")
    assert ask(broken_house.server, "127.0.0.2", "www.library.example").is_blocked
    assert not ask(broken_house.server, "127.0.0.2", "www.bet365.com").is_blocked
    broken_house.write_config(WORKING)
    assert broken_house.reload() == (0, "reloaded\n", "")
    assert broken_house.cli("status").code == 0
    assert_policy_holds(broken_house)


def assert_policy_holds(house: House) -> None:
    assert ask(house.server, "127.0.0.2", "www.bet365.com").reason == "Blocked: gambling"
    assert ask(house.server, "127.0.0.2", "www.library.example").addresses == ("192.0.2.1",)
