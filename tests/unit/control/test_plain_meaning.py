import json
from pathlib import Path

import pytest

from filterdns.blocklists.job import STARTER
from filterdns.control.plain_meaning import from_values, to_values
from tests.support.control import family


def test_a_meaning_comes_back_as_it_was(tmp_path: Path) -> None:
    compiled = family(tmp_path)
    found = from_values(json.loads(json.dumps(to_values(compiled))))
    assert found.ruleset == compiled.ruleset
    assert found.sources == compiled.sources
    assert found.digest == compiled.digest


def test_what_ships_and_what_was_written_stays_out(tmp_path: Path) -> None:
    values = to_values(family(tmp_path))
    assert STARTER not in json.dumps(values["sources"])
    assert values.keys().isdisjoint({"config", "expectations"})


@pytest.mark.parametrize("values", [{}, {"digest": 7}])
def test_values_of_something_else_are_refused(values: dict[str, object]) -> None:
    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        from_values(values)
