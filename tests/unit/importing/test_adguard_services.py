from pathlib import Path

import pytest

from filterdns.config.units import read_windows
from filterdns.errors import ConfigError
from filterdns.importing.adguard_services import SERVICES_BY_ID, blocked_times, our_services
from filterdns.importing.written import read_yaml
from tests.support.exports import known


def times(folder: Path, schedule: str) -> dict[str, str]:
    path = folder / "theirs.yaml"
    path.write_text(f"schedule: {schedule}\n")
    return blocked_times(read_yaml(path).at("schedule"))


def test_a_service_has_our_name() -> None:
    assert our_services("youtube", known()) == ["service:youtube"]
    assert our_services("epic_games", known()) == ["service:epic-games"]
    assert our_services("twitter", known()) == ["service:x"]
    assert our_services("500px", known()) == []


def test_every_other_name_is_one_of_the_catalogue() -> None:
    named = {name for names in SERVICES_BY_ID.values() for name in names}
    assert named <= known().services


@pytest.mark.parametrize(
    ("day", "windows"),
    [
        ("{start: 15h, end: 18h30m}", "00:00-15:00, 18:30-24:00"),
        ("{start: 0s, end: 24h}", "never"),
        ("{start: 0h0m0s, end: 1h}", "01:00-24:00"),
        ("{start: 23h, end: 24h}", "00:00-23:00"),
        ("{start: 0s, end: 0s}", "always"),
    ],
)
def test_services_are_blocked_around_the_time_in_which_they_are_open(
    tmp_path: Path, day: str, windows: str
) -> None:
    found = times(tmp_path, f"{{tue: {{start: 1h, end: 2h}}, mon: {day}}}")
    assert found["mon"] == windows
    assert found["sun"] == "always"
    assert all(read_windows(text) is not None for text in found.values())


@pytest.mark.parametrize("schedule", ["~", "{time_zone: Local}", "{mon: {start: 0s, end: 0s}}"])
def test_a_schedule_without_a_range_blocks_always(tmp_path: Path, schedule: str) -> None:
    assert times(tmp_path, schedule) == {}


@pytest.mark.parametrize(
    "day", ["{start: 3h, end: 2h}", "{start: 1h, end: 25h}", "{start: soon}", "{start: -1h}", "[1]"]
)
def test_a_range_that_is_none_is_told_with_its_place(tmp_path: Path, day: str) -> None:
    with pytest.raises(ConfigError, match="schedule"):
        times(tmp_path, f"{{mon: {day}}}")
