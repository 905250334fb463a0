from pathlib import Path

import pytest

from filterdns.control.reading import read_config
from filterdns.errors import ConfigError
from tests.support.control import family


def test_upstreams_of_the_command_line_stand_in_for_those_of_the_config(tmp_path: Path) -> None:
    family(tmp_path)
    compiled = read_config(tmp_path / "config.yaml", {}, ["127.0.0.1:5399"])
    assert [server.port for server in compiled.upstreams] == [5399]


def test_workers_of_the_command_line_stand_in_for_those_of_the_config(tmp_path: Path) -> None:
    family(tmp_path)
    assert read_config(tmp_path / "config.yaml", {}).process.workers == 1
    assert read_config(tmp_path / "config.yaml", {}, workers=3).process.workers == 3


def test_a_wrong_config_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("people: 7")
    with pytest.raises(ConfigError):
        read_config(tmp_path / "config.yaml", {})
