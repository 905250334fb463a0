"""Categories of which nothing is known, or that nobody speaks of."""

from pathlib import Path

import pytest

from tests.support.doubts import doubts, with_policies


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (
            with_policies("a: {block: [malware]}"),
            'config.yaml:4:24 the category "malware" has no entries',
        ),
        (
            with_policies("a: {during: {s: {allow-only: [school]}}}")
            + "schedules: {s: {fri: always}}\ncategories: {school: {}}\n",
            'the category "school" has no entries',
        ),
    ],
)
def test_a_category_without_entries_is_told(tmp_path: Path, body: str, doubt: str) -> None:
    (found,) = doubts(tmp_path, body)
    assert doubt in found


WINDOW = "schedules: {s: {fri: always}}\n"


@pytest.mark.parametrize(
    "body",
    [
        with_policies("a: {block: [own]}"),
        with_policies("a: {}", ", block: [own]"),
        with_policies("a: {block: [games], during: {s: {block: [own]}}}") + WINDOW,
        with_policies("a: {during: {s: {internet: off, except: [own]}}}") + WINDOW,
        with_policies("a: {during: {s: {allow-only: [own]}}}") + WINDOW,
        with_policies("a: {extends: b, allow: [own]}, b: {block: [own]}"),
    ],
)
def test_a_category_that_a_rule_speaks_of_is_used(tmp_path: Path, body: str) -> None:
    assert not doubts(tmp_path, body + "categories: {own: {names: [own.example]}}\n")


@pytest.mark.parametrize("category", ["own: {names: [a.example]}", "malware: {sources: [{url}]}"])
def test_a_category_that_no_rule_speaks_of_is_told(tmp_path: Path, category: str) -> None:
    text = category.replace("{url}", '"https://lists.example/a"')
    [found] = doubts(tmp_path, with_policies("a: {}") + f"categories: {{{text}}}\n")
    name = category.partition(":")[0]
    assert f"config.yaml:5:14 categories.{name}: no rule speaks of this category" in found


def test_a_list_that_feeds_a_way_around_the_filter_is_used(tmp_path: Path) -> None:
    body = with_policies("a: {bypass: {vpn: block}}")
    feeds = 'categories: {vpn: {sources: ["https://lists.example/vpn"]}}\n'
    assert not doubts(tmp_path, body + feeds)
