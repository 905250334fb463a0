"""Files to a config as written, or every problem at once."""

import time
from pathlib import Path

import pytest

from filterdns.config.compile import compile_config
from filterdns.config.load import load
from filterdns.errors import ConfigError
from tests.support.broken_configs import BROKEN_CONFIGS, BrokenConfig
from tests.support.configs import catalog, compiled, complaints


@pytest.mark.parametrize("broken", BROKEN_CONFIGS, ids=lambda broken: broken.name)
def test_a_broken_config_is_told_with_place_and_cure(broken: BrokenConfig, tmp_path: Path) -> None:
    path = broken.write(tmp_path)
    started_at = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        compile_config(load(path, {}, catalog()), catalog())
    assert time.monotonic() - started_at < 2
    (line,) = str(caught.value).splitlines()
    assert line.startswith(broken.place)
    assert broken.cure in line


def test_problems_of_all_kinds_are_told_at_once(tmp_path: Path) -> None:
    body = (
        "people:\n"
        "  mia: {polcy: child}\n"
        "  ben: {policy: kid, devices: [{name: a, ip: 1.2.3}]}\n"
        "  ben: {policy: child}\n"
        "policies: {child: {block: [gamblin], max_ttl: 5}}\n"
        "schedules: {bedtime: {fri: 25:00-26:00, friday: never}}\n"
        "hosts: {a.home: !env MISSING}\n"
    )
    assert [line.split(" ")[0] for line in complaints(tmp_path, body)] == [
        f"config.yaml:{place}"
        for place in ("4:9", "5:17", "5:46", "6:3", "7:28", "7:38", "8:28", "8:41", "9:17")
    ]


def test_a_secret_is_never_told(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2!\n")
    body = (
        "hosts: {a.home: !env SECRET, b.home: !file secret}\n"
        "policies: {a: {block: [!env SECRET], extends: !env SECRET, log: !env SECRET}}\n"
        "people: {mia: {policy: !file secret, devices: [{name: a, ip: !env SECRET}]}}\n"
        "schedules: {s: {fri: !env SECRET}}\n"
        "categories: {c: {sources: [!env SECRET], names: [!file secret]}}\n"
        "history: {keep: !env SECRET}\n"
        "limits: {burst: !env SECRET}\n"
        "listen: {dns: [!env SECRET], workers: !env SECRET}\n"
        "expect: [{who: !env SECRET, at: !env SECRET, name: !env SECRET, is: !env SECRET}]\n"
    )
    found = complaints(tmp_path, body, {"SECRET": "hunter2!"})
    assert len(found) >= 16
    assert not [line for line in found if "hunter2" in line]


def test_values_may_come_from_the_environment(tmp_path: Path) -> None:
    config = compiled(tmp_path, "limits: {burst: !env BURST}\n", {"BURST": "7"})
    assert config.limits.burst == 7


def test_the_traps_of_yaml_are_closed(tmp_path: Path) -> None:
    config = compiled(
        tmp_path,
        "schedules: {no: {fri: 20:30-22:00, 2026-12-24: always}}\n"
        "policies: {off: {during: {no: {internet: off}}}}\n"
        "people: {on: {policy: off}, 007: {policy: off}}\n"
        "calendar: {holidays: [2026-12-24]}\n",
    )
    assert set(config.ruleset.people) == {"on", "007"}
    (entry,) = config.ruleset.policies["off"].during
    assert entry.schedule == "no"
    assert entry.internet_off


def test_the_files_that_were_read_are_known(tmp_path: Path) -> None:
    config = compiled(tmp_path, "include: a.yaml\n", a="").config
    assert config.files == (tmp_path / "config.yaml", tmp_path / "a.yaml")
