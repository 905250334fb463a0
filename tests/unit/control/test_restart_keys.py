from pathlib import Path

import pytest

from filterdns.control.restart_keys import Fixed, refuse_restarts
from filterdns.errors import ConfigError
from tests.support.control import FAMILY, family


def test_what_stays_may_stay(tmp_path: Path) -> None:
    fixed = Fixed.of(family(tmp_path))
    refuse_restarts(fixed, family(tmp_path, FAMILY.replace("games.example", "play.example")))


def test_each_key_that_changes_is_told_with_its_place_and_the_cure(tmp_path: Path) -> None:
    fixed = Fixed.of(family(tmp_path))
    body = FAMILY.replace('5300"]', '5301"], workers: 2') + "metrics: {listen: '127.0.0.1:9'}\n"
    with pytest.raises(ConfigError) as refused:
        refuse_restarts(fixed, family(tmp_path, body))
    words = "this changes only with a restart; run `filterdns restart`, or change it back"
    assert [str(problem) for problem in refused.value.problems] == [
        f"config.yaml:2:15 listen.dns: {words}",
        f"config.yaml:2:44 listen.workers: {words}",
        f"config.yaml:19:19 metrics.listen: {words}",
    ]
