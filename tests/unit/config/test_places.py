"""Where values stand, and what is said about them."""

import pytest

from filterdns.config.places import (
    MOST_PROBLEMS,
    Place,
    Places,
    Problems,
    path_fits,
    path_text,
)
from filterdns.errors import ConfigError, InvalidValue


def test_a_path_reads_as_people_write_it() -> None:
    assert path_text(("people", "mia", "devices", 0, "ip")) == "people.mia.devices[0].ip"


def test_a_star_fits_any_name_and_index() -> None:
    assert path_fits(("people", "mia", "devices", 0), ("people", "*", "devices", "*"))
    assert not path_fits(("people", "mia"), ("people", "*", "devices"))


def test_a_place_survives_its_text() -> None:
    place = Place("conf.d/a:b.yaml", 3, 7)
    assert Place.from_text(str(place)) == place


def test_a_value_without_a_place_has_that_of_the_one_around_it() -> None:
    places = Places("config.yaml")
    places.note_value(("people",), Place("config.yaml", 4, 9))
    assert places.of_value(("people", "mia", "ip", 0)) == Place("config.yaml", 4, 9)


def test_a_secret_is_never_quoted() -> None:
    problems = Problems(Places("config.yaml"))
    problems.places.note_value(("timezone",), Place("config.yaml", 2, 11))
    problems.places.note_secret(("timezone",), "!env ZONE")
    problems.reject(("timezone",), InvalidValue('"hunter2" is no zone', 'write "hunter2" better'))
    (problem,) = problems.in_order()
    assert "hunter2" not in str(problem)
    assert "the value of !env ZONE is no zone" in str(problem)


def test_what_is_said_about_a_secret_ends_where_details_begin() -> None:
    problems = Problems(Places("config.yaml"))
    problems.places.note_value(("a",), Place("config.yaml", 2, 11))
    problems.places.note_secret(("a",), "!env A")
    for message in ('"hunter2": tls is not built', "\"hunter2\" is no name: 'hunter2' is short"):
        problems.reject(("a",), InvalidValue(message))
    assert [problem.message for problem in problems.in_order()] == [
        "the value of !env A is no name",
        "the value of !env A is not possible here",
    ]


def test_problems_come_in_the_order_of_the_file_and_once() -> None:
    problems = Problems(Places("config.yaml"))
    for line in (9, 3, 9):
        problems.add_at(Place("config.yaml", line, 1), (), "is wrong")
    assert [problem.line for problem in problems.in_order()] == [3, 9]


def test_curly_quotes_are_told_as_such() -> None:
    problems = Problems(Places("config.yaml"))
    problems.reject((), InvalidValue('"\u201c19:30" is no time of day', "write it like 20:30"))
    (problem,) = problems.in_order()
    assert problem.cure == 'put straight quotes (") around it in place of these'


def test_there_is_an_end_to_problems() -> None:
    problems = Problems(Places("config.yaml"))
    with pytest.raises(ConfigError) as caught:
        for line in range(2 * MOST_PROBLEMS):
            problems.add_at(Place("config.yaml", line + 1, 1), (), "is wrong")
    assert len(caught.value.problems) == MOST_PROBLEMS + 1
    assert str(caught.value.problems[-1]) == (
        "config.yaml there may be more problems; mend these first"
    )


def test_nothing_is_raised_for_no_problems() -> None:
    problems = Problems(Places("config.yaml"))
    problems.raise_if_any()
    problems.add((), "is wrong", "write it right")
    with pytest.raises(ConfigError, match=r"^config\.yaml:1:1 is wrong; write it right$"):
        problems.raise_if_any()
