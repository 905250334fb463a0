"""Devices written into the config files of a house: all or nothing, and only what is right."""

import os
from pathlib import Path

import pytest

from filterdns.config.device_edits import WantedDevice
from filterdns.control.device_changes import carry_out, devices_of, plan, take_back
from filterdns.control.reading import read_config
from filterdns.errors import ConfigError, ControlError, StateError

TABLET, PHONE = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"
MAIN = f"""\
timezone: Europe/Berlin   # where we live
upstreams: {{servers: ["127.0.0.1:5353"]}}
include: year-*.yaml
policies: {{child: {{block: [games.example]}}}}
people:
  mia: {{policy: child, devices: [{{name: tablet, mac: "{TABLET}"}}]}}
"""
YEAR = "people:\n  ben: {policy: child, devices: [{name: tv, ip: 10.0.0.1}]}  # of year 7\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "year-7.yaml").write_text(YEAR)
    path = tmp_path / "config.yaml"
    path.write_text(MAIN)
    path.chmod(0o640)
    return path


def test_each_person_is_changed_where_they_stand(house: Path) -> None:
    wanted = [
        WantedDevice("mia", "phone", (PHONE,)),
        WantedDevice("ben", "tv", ("3c:22:fb:01:02:05",)),
        WantedDevice("zoe", "phone", ("3c:22:fb:01:02:06",), policy="child"),
    ]
    planned = plan(house, {}, wanted, adds=True)
    assert house.read_text() == MAIN  # until it is carried out
    carry_out(planned)
    assert house.read_text() == MAIN.replace(
        f'"{TABLET}"}}]}}\n',
        f'"{TABLET}"}}, {{name: phone, mac: "{PHONE}"}}]}}\n'
        '  zoe: {policy: child, devices: [{name: phone, mac: "3c:22:fb:01:02:06"}]}\n',
    )
    year = house.with_name("year-7.yaml").read_text()
    assert year == YEAR.replace("10.0.0.1", '10.0.0.1, mac: "3c:22:fb:01:02:05"')
    assert house.stat().st_mode & 0o777 == 0o640
    assert devices_of(read_config(house, {})) == devices_of(planned.compiled)
    take_back(planned)
    assert house.read_text() == MAIN
    assert house.with_name("year-7.yaml").read_text() == YEAR


def test_the_difference_is_shown_as_diff_does(house: Path) -> None:
    shown = plan(house, {}, [WantedDevice("mia", "phone", (PHONE,))], adds=True).diff()
    assert shown.startswith(f"--- {house}\n+++ {house} (new)\n")
    assert [line[:7] for line in shown.splitlines() if line[:2] in ("- ", "+ ")] == [
        "-  mia:",
        "+  mia:",
    ]


def test_what_is_there_already_changes_nothing(house: Path) -> None:
    planned = plan(house, {}, [WantedDevice("mia", "tablet", (TABLET,))], adds=True)
    assert not planned.files
    assert planned.diff() == ""


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (WantedDevice("miaa", "phone", (PHONE,)), 'did you mean "mia"?'),
        (WantedDevice("ben", "phone", (TABLET,)), f'"{TABLET}" is mia/tablet already'),
        (WantedDevice("mia", "phone", (), ("10.0.0.1",)), '"10.0.0.1" is ben/tv already'),
    ],
)
def test_what_cannot_be_meant_is_refused(house: Path, wanted: WantedDevice, error: str) -> None:
    with pytest.raises(ControlError) as told:
        plan(house, {}, [wanted], adds=True)
    assert error in str(told.value)


def test_a_config_that_would_be_wrong_is_never_written(house: Path) -> None:
    with pytest.raises(ConfigError) as told:
        plan(house, {}, [WantedDevice("zoe", "phone", (PHONE,), policy="kid")], adds=True)
    assert '"kid" is not a policy' in str(told.value.problems[0])
    assert house.read_text() == MAIN


def test_a_config_that_is_wrong_has_to_be_mended_first(house: Path) -> None:
    house.write_text(MAIN + "peopel: {}\n")
    with pytest.raises(ConfigError):
        plan(house, {}, [WantedDevice("mia", "phone", (PHONE,))], adds=True)


def test_what_somebody_has_changed_meanwhile_is_not_overwritten(house: Path) -> None:
    planned = plan(house, {}, [WantedDevice("mia", "phone", (PHONE,))], adds=True)
    house.write_text(MAIN + "# a word\n")
    with pytest.raises(ControlError, match="changed meanwhile"):
        carry_out(planned)
    assert house.read_text() == MAIN + "# a word\n"


def test_where_one_file_cannot_be_written_none_is(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [
        WantedDevice("mia", "phone", (PHONE,)),
        WantedDevice("ben", "tv", ids=("ben-1a2b3c4d",)),
    ]
    planned = plan(house, {}, wanted, adds=True)
    assert len(planned.files) == 2
    rename = os.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.name == "year-7.yaml":
            raise OSError(28, "No space left on device", str(target))
        rename(self, target)
        return target

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StateError, match="No space left"):
        carry_out(planned)
    assert house.read_text() == MAIN
    assert house.with_name("year-7.yaml").read_text() == YEAR


def test_a_link_stays_a_link(house: Path, tmp_path: Path) -> None:
    real = tmp_path / "git" / "config.yaml"
    real.parent.mkdir()
    house.rename(real)
    house.symlink_to(real)
    carry_out(plan(house, {}, [WantedDevice("mia", "phone", (PHONE,))], adds=True))
    assert house.is_symlink()
    assert PHONE in real.read_text()
