"""Categories and the lists that feed them."""

from pathlib import Path

import pytest

from filterdns.blocklists.job import NOWHERE, STARTER, SourceSpec
from filterdns.dns.names import from_text
from tests.support.configs import catalog, compiled, complaints


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
        ("catalog:drog", '"drog" is no list of the catalogue; did you mean "drugs"?'),
        ("catalog:private-relay", 'the catalogue has no public list of "private-relay"'),
        ("https://", "is no URL of a list; write https://HOST/PATH"),
        ("https://kim:secret@x.example/y", "is no URL of a list"),
        ("https://x.example/y#sha256=12", "is no checksum; write 64 hex digits"),
        ("ftp://x.example/y", "is no source; write catalog:ID, https://… or file:PATH"),
        ("drugs.txt", '"drugs.txt" is no source; write catalog:ID, https://… or file:PATH'),
    ],
)
def test_what_is_no_source_is_told(tmp_path: Path, source: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, f"categories: {{drugs: {{sources: ['{source}']}}}}\n")
    assert found.startswith("config.yaml:3:32 categories.drugs.sources[0]: ")
    assert complaint in found


def test_a_directory_is_a_list(tmp_path: Path) -> None:
    (tmp_path / "ut1").mkdir()
    sources = compiled(tmp_path, "categories: {drugs: {sources: ['file:ut1']}}\n").sources
    assert sources[-1].path == tmp_path / "ut1"


def test_a_list_from_the_web_has_its_url_and_the_checksum_that_is_written(tmp_path: Path) -> None:
    text = f"https://x.example/list.txt#sha256={'AB' * 32}"
    body = f"categories: {{drugs: {{sources: ['{text}']}}}}\n"
    spec = compiled(tmp_path, body).sources[-1]
    assert spec == SourceSpec("drugs", text, NOWHERE, "https://x.example/list.txt", "ab" * 32)


@pytest.mark.parametrize(("word", "category"), [("drugs", "drugs"), ("ut1-gambling", "gambling")])
def test_the_catalogue_knows_lists_by_their_id_and_the_best_of_a_category(
    tmp_path: Path, word: str, category: str
) -> None:
    known = {source.id: source for source in catalog().categories[category].sources}
    wanted = known.get(word, catalog().categories[category].sources[0])
    body = f"categories: {{drugs: {{sources: ['catalog:{word}']}}}}\n"
    spec = compiled(tmp_path, body).sources[-1]
    assert (spec.url, spec.licence) == (wanted.url, wanted.licence)
    assert (spec.category, spec.name) == ("drugs", f"catalog:{word}")


def test_the_guards_know_what_is_kept_open_and_what_is_locked(tmp_path: Path) -> None:
    (tmp_path / "top.txt").write_text("a.example\n")
    body = "essentials: [glucose.example]\nrefresh: {popularity: 'file:top.txt'}\n"
    guards = compiled(tmp_path, body).guards
    assert "glucose.example" in guards.essentials
    assert guards.locked == ("adult", "dating", "gambling", "pro-anorexia", "self-harm")
    assert guards.popularity == str(tmp_path / "top.txt")


def test_a_popularity_list_may_come_from_the_web(tmp_path: Path) -> None:
    body = "refresh: {popularity: 'https://x.example/top.csv', every: 1d, private: true}\n"
    found = compiled(tmp_path, body)
    assert (found.guards.popularity, found.lists.popularity_url) == (
        "",
        "https://x.example/top.csv",
    )
    assert (found.refresh.every_seconds, found.refresh.allow_private) == (86_400, True)


def test_files_to_measure_by_have_to_be_there(tmp_path: Path) -> None:
    body = "refresh: {popularity: 'file:gone', labelled: 'https://x.example/'}\n"
    first, second = complaints(tmp_path, body)
    assert 'refresh.popularity: the list "gone" does not exist' in first
    assert "refresh.labelled" in second


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
