"""The JSON Schema for editors."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from filterdns.config.schema import json_schema, schema_text

ROOT = Path(__file__).parents[3]
VALIDATOR = Draft202012Validator(json_schema())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_file_in_docs_is_in_step() -> None:
    assert (ROOT / "docs" / "config.schema.json").read_text() == schema_text(), (
        "run: python -m filterdns.config.schema > docs/config.schema.json"
    )


def test_the_example_fits() -> None:
    # As an editor reads it: with the types of YAML 1.2, where 20:30 and dates are texts.
    example = yaml.load((ROOT / "config.example.yaml").read_text(), yaml.BaseLoader)
    example["listen"]["workers"] = 1
    example["version"] = 1
    assert not [error.message for error in VALIDATOR.iter_errors(example)]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"timezone": "UTC", "peopel": {}},
        {"timezone": "UTC", "people": {"mia": {}}},
        {"timezone": "UTC", "people": {"mia": {"policy": "a", "log": "some"}}},
        {"timezone": "UTC", "history": {"keep": "14 days"}},
        {"timezone": "UTC", "history": {"keep": None}},
        {"timezone": "UTC", "limits": {"burst": 0}},
        {"timezone": "UTC", "version": 2},
    ],
)
def test_what_is_wrong_does_not_fit(values: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(values))


@pytest.mark.parametrize(
    "device", [{"name": "a", "ip": "10.0.0.1"}, {"name": "a", "ip": ["10.0.0.1"]}]
)
def test_a_single_text_fits_where_a_list_does(device: dict[str, Any]) -> None:
    values = {"timezone": "UTC", "people": {"mia": {"policy": "a", "devices": [device]}}}
    assert not list(VALIDATOR.iter_errors(values))


def test_defaults_are_written_as_in_the_file() -> None:
    history = json_schema()["$defs"]["History"]["properties"]
    assert history["keep"]["default"] == "14d"
    assert history["at_most"]["default"] == "500MB"
