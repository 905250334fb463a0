"""A school's devices, from a table into the running filter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house import House, config_file, open_house
from tests.support.peers import Endpoint

pytestmark = pytest.mark.timeout(300)

PROMISED_SECONDS = 60.0
CONFIG = """\
timezone: Europe/Berlin
policies: {child: {block: [games.example]}, adults: {}}
people:
  # the teachers come first
  teachers: {policy: adults, devices: [{name: desk, ip: 127.0.0.9}]}
expect:
  - {who: teachers, at: "Mon 10:00", name: games.example, is: allowed}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    nobody = Endpoint("127.0.0.1", 9)
    with open_house(tmp_path_factory.mktemp("table"), CONFIG, [nobody]) as house:
        yield house


def test_three_thousand_devices_are_known_within_a_minute(house: House, tmp_path: Path) -> None:
    table = tmp_path / "devices.csv"
    rows = [
        f"pupil-{number // 2},device-{number % 2},3c:22:fb:10:{number >> 8:02x}:{number & 255:02x}"
        for number in range(3000)
    ]
    table.write_text("\n".join(["person,device,mac", *rows]))
    before = config_file(house.folder).read_text()
    arguments = ("devices", "import", str(table), "--policy", "child")
    dry = house.cli(*arguments, "--dry-run", seconds=PROMISED_SECONDS)
    assert dry.code == 0, dry.stderr
    assert dry.stdout.count("\n+  pupil-") == 1500
    assert config_file(house.folder).read_text() == before
    done = house.cli(*arguments, seconds=PROMISED_SECONDS)
    assert done.code == 0, done.stderr
    after = config_file(house.folder).read_text()
    assert "  # the teachers come first\n" in after
    said = house.control.get("/api/explain", who="3c:22:fb:10:0b:b7", name="games.example")
    assert (said["person"], said["verdict"]) == ("pupil-1499", "blocked")
    exported = house.cli("devices", "export")
    assert len(exported.stdout.splitlines()) == 3002


def test_what_expectations_forbid_is_not_written(house: House) -> None:
    config = config_file(house.folder)
    strict = config.read_text().replace("who: teachers", "who: 127.0.0.77")
    config.write_text(strict.replace("is: allowed", "is: blocked"))
    assert house.reload().code == 0
    before = config.read_text()
    said = house.cli("devices", "assign", "127.0.0.77", "teachers", "guest")
    assert said.code == 2
    assert "games.example" in said.stderr
    assert config.read_text() == before
    assert house.reload().code == 0
