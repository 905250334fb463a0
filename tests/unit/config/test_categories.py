"""Categories and the lists that feed them."""

from pathlib import Path

import pytest

from filterdns.blocklists.job import STARTER, SourceSpec
from filterdns.dns.names import from_text
from tests.support.configs import compiled, complaints


def test_built_in_categories_exist_undeclared(tmp_path: Path) -> None:
    categories = compiled(tmp_path, "").ruleset.categories
    assert categories["adult"].is_locked
    assert not categories["games"].is_locked


def test_a_config_adds_categories_and_names(tmp_path: Path) -> None:
    body = "categories: {school: {names: [a.example]}, adult: {names: [b.example]}}\n"
    categories = compiled(tmp_path, body).ruleset.categories
    assert categories["school"].names == (from_text("a.example"),)
    assert categories["adult"].names == (from_text("b.example"),)
    assert categories["adult"].is_locked


def test_starters_are_built_and_files_come_on_top(tmp_path: Path) -> None:
    (tmp_path / "drugs.txt").write_text("a.example\n")
    sources = compiled(tmp_path, "categories: {drugs: {sources: ['file:drugs.txt']}}\n").sources
    assert {"adult", "gambling"} <= {spec.category for spec in sources if spec.name == STARTER}
    assert sources[-1] == SourceSpec("drugs", "file:drugs.txt", tmp_path / "drugs.txt")


def test_a_list_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "drugs.txt").write_text("a.example\n")
    config = compiled(
        tmp_path,
        "include: conf.d/a.yaml\n",
        conf_a="categories: {drugs: {sources: ['file:drugs.txt']}}\n",
    )
    assert config.sources[-1].path == tmp_path / "conf.d" / "drugs.txt"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("file:missing.txt", 'the list "missing.txt" does not exist; check the path'),
        ("file:.", 'the list "." is no file'),
        ("catalog:drugs", "fetching lists is not built yet in this version"),
        ("https://x.example/y", "fetching lists is not built yet in this version"),
        ("drugs.txt", '"drugs.txt" is no source; write file:PATH'),
    ],
)
def test_a_source_is_a_file_that_exists(tmp_path: Path, source: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, f"categories: {{drugs: {{sources: ['{source}']}}}}\n")
    assert found.startswith("config.yaml:3:32 categories.drugs.sources[0]: ")
    assert complaint in found


def test_a_list_feeds_a_category_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a.example\n")
    body = "categories: {drugs: {sources: ['file:a.txt', 'file:a.txt']}}\n"
    (complaint,) = complaints(tmp_path, body)
    assert '"file:a.txt" stands here twice' in complaint


def test_words_of_help_are_those_of_the_config(tmp_path: Path) -> None:
    body = 'categories: {adult: {help: "Call us"}, school: {}}\n'
    help_by_category = compiled(tmp_path, body).help_by_category
    assert help_by_category["adult"] == "Call us"
    assert help_by_category["self-harm"]
    assert "school" not in help_by_category


def test_sources_of_a_sealed_category_are_sealed_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    body = """categories:
  illegal: {sources: ['file:a', 'https://lists.example/a'], sealed: true}
  drugs: {sources: ['file:a'], sealed: false}
"""
    config = compiled(tmp_path, body)
    found = {(spec.category, spec.name) for spec in config.sources if spec.is_sealed}
    assert found == {("illegal", "file:a"), ("illegal", "https://lists.example/a")}


def test_the_catalogue_has_no_sealed_list(tmp_path: Path) -> None:
    body = "categories: {illegal: {sources: ['catalog:malware'], sealed: true}}\n"
    (found,) = complaints(tmp_path, body)
    assert '"catalog:malware" is no sealed list; write https://… or file:PATH' in found


@pytest.mark.parametrize("value", ["'true'", "1", "null"])
def test_sealed_is_true_or_false(tmp_path: Path, value: str) -> None:
    assert complaints(tmp_path, f"categories: {{illegal: {{sealed: {value}}}}}\n")
