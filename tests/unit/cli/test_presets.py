import json

import pytest
import yaml

from filterdns.config.presets import PRESETS
from tests.support.commands import Command


def test_all_presets_are_printed_as_yaml(command: Command) -> None:
    typed = command("presets")
    assert (typed.code, typed.err) == (0, "")
    assert tuple(yaml.safe_load(typed.out)["policies"]) == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_one_preset_is_printed_with_its_remarks(command: Command, name: str) -> None:
    out = command("presets", name).out
    assert list(yaml.safe_load(out)["policies"]) == [name]
    assert "# Malware" in out


def test_as_json_every_value_is_text(command: Command) -> None:
    policies = json.loads(command("presets", "staff", "--json").out)["policies"]
    assert policies["staff"]["bypass"] == {"doh": "block"}


def test_a_preset_that_there_is_not_is_told_with_the_nearest(command: Command) -> None:
    typed = command("presets", "7-12")
    assert (typed.code, typed.out) == (2, "")
    assert 'did you mean "7-11"?' in typed.err
