"""The words that a config may use."""

from pathlib import Path

import pytest

from filterdns.config.vocabulary import collect_words
from tests.support.configs import catalog, compiled, complaints


def test_the_catalogue_brings_categories_and_services(tmp_path: Path) -> None:
    config = compiled(tmp_path, "categories: {school: {}}\n").config
    words = collect_words(config, catalog(), problems=None)  # type: ignore[arg-type]
    assert {"adult", "school"} <= words.categories
    assert "adult" in words.locked_categories
    assert "youtube" in words.services


@pytest.mark.parametrize(
    "name", ["mia", "Mia S.", "mr-smith", "room 12", "7", "Zoë", "O'Neil", "a+b"]
)
def test_names_are_what_people_write(tmp_path: Path, name: str) -> None:
    assert not complaints(tmp_path, f'policies: {{"{name}": {{}}}}\n')


@pytest.mark.parametrize("name", ["a/b", "a:b", "-a", "a ", "a\tb", "a, b", "x" * 65, "_a"])
def test_names_are_no_paths_and_no_essays(tmp_path: Path, name: str) -> None:
    (complaint,) = complaints(tmp_path, f'policies: {{"{name}": {{}}}}\n')
    assert "is no name" in complaint


@pytest.mark.parametrize("name", ["School", "a.b", "a b", "schön"])
def test_names_of_categories_are_plain(tmp_path: Path, name: str) -> None:
    (complaint,) = complaints(tmp_path, f'categories: {{"{name}": {{}}}}\n')
    assert "is no name for a category" in complaint


def test_strictest_is_no_policy_of_the_config(tmp_path: Path) -> None:
    (complaint,) = complaints(tmp_path, "policies: {strictest: {}}\n")
    assert 'policies: "strictest" has a meaning already' in complaint


def test_a_word_that_was_left_out_is_not_unknown_as_well(tmp_path: Path) -> None:
    found = complaints(tmp_path, "policies: {child: 3}\npeople: {mia: {policy: child}}\n")
    assert len(found) == 1
