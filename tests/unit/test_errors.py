"""An error says whose fault it is, and a problem says place, finding and cure."""

import inspect

import pytest

from filterdns import errors
from filterdns.errors import ConfigError, FilterdnsError, InvalidValue, Problem, UpstreamError

CLASSES = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, FilterdnsError) and each is not FilterdnsError
]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_an_error_stands_in_the_table_of_faults(error: type[FilterdnsError]) -> None:
    assert errors.__doc__ is not None
    assert f"| `{error.__name__}`" in errors.__doc__


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.yaml", 4, 2, "people.mia", "no", "do"), "a.yaml:4:2 people.mia: no; do"),
        (Problem("a.yaml", 4, 2, "", "no"), "a.yaml:4:2 no"),
        (Problem("a.yaml", 0, 0, "people", "no"), "a.yaml people: no"),
    ],
)
def test_a_problem_reads_as_place_finding_and_cure(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_config_error_shows_all_of_its_problems() -> None:
    problems = [Problem("a.yaml", line, 1, "", "no") for line in (1, 2)]
    assert str(ConfigError(problems)) == "a.yaml:1:1 no\na.yaml:2:1 no"


def test_an_invalid_value_says_what_to_write_instead() -> None:
    assert str(InvalidValue("that is no time", "write 20:30")) == "that is no time; write 20:30"


def test_no_reachable_authority_is_what_an_upstream_error_tells_the_client() -> None:
    assert UpstreamError("all are down").ede_code == 22
