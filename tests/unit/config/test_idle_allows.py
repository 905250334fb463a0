"""Entries of `allow:` that open nothing."""

from pathlib import Path

import pytest

from tests.support.doubts import doubts, with_policies


@pytest.mark.parametrize(
    "body",
    [
        with_policies("a: {block: [x.example], allow: [b.x.example]}"),
        with_policies("a: {block: [x.example]}", ", allow: [b.x.example]"),
        with_policies("a: {allow: [b.x.example]}", ", block: [x.example]"),
        with_policies("a: {extends: b, allow: [b.x.example]}, b: {block: [x.example]}"),
        with_policies("a: {extends: b, block: [x.example]}, b: {allow: [b.x.example]}"),
        with_policies("a: {block: [games]}", ", allow: [play.example]"),
        with_policies("a: {block: [games]}", ", allow: [chess.play.example]"),
        with_policies("a: {block: [games]}", ", allow: [games]"),
        with_policies("a: {extends: b, allow: [games]}, b: {block: [games]}"),
        with_policies("a: {block: [service:youtube]}", ", allow: [kids.youtube.com]"),
        with_policies("a: {block: [service:youtube]}", ", allow: [googlevideo.com]"),
        with_policies("a: {bypass: {doh: block}}", ", allow: [use-application-dns.net]"),
        with_policies("a: {extends: b, bypass: {vpn: allow}}, b: {bypass: {vpn: block}}"),
    ],
)
def test_what_opens_something_is_meant(tmp_path: Path, body: str) -> None:
    assert not [each for each in doubts(tmp_path, body) if "nothing" in each]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (with_policies("a: {allow: [x.example]}"), "policies.a.allow[0]"),
        (with_policies("a: {block: [y.example], allow: [x.example]}"), "policies.a.allow[0]"),
        (with_policies("a: {block: [games]}", ", allow: [x.example]"), "people.mia.allow[0]"),
        (with_policies("a: {block: [b.x.example]}", ", allow: [x.example]"), "people.mia.allow[0]"),
        (with_policies("a: {}", ", allow: [games]"), "people.mia.allow[0]"),
        (with_policies("a: {block: [service:tiktok]}", ", allow: [service:youtube]"), "allow[0]"),
        (
            with_policies("a: {extends: b}, b: {block: [y.example], allow: [x.example]}"),
            "policies.b.allow[0]",
        ),
    ],
)
def test_what_opens_nothing_is_told(tmp_path: Path, body: str, path: str) -> None:
    [found] = doubts(tmp_path, body)
    assert f"{path}: nothing closes " in found


def test_a_way_around_the_filter_that_nothing_closes_is_told(tmp_path: Path) -> None:
    [found] = doubts(tmp_path, with_policies("a: {bypass: {vpn: allow}}"))
    assert 'policies.a.bypass.vpn: nothing that this extends blocks "vpn"' in found


def test_of_lists_that_are_fetched_nothing_is_claimed(tmp_path: Path) -> None:
    fetched = 'categories: {games: {sources: ["https://lists.example/games"]}}\n'
    body = with_policies("a: {block: [games]}", ", allow: [x.example]") + fetched
    assert not doubts(tmp_path, body)


def test_names_of_a_category_of_the_config_count_in_both_directions(tmp_path: Path) -> None:
    own = "categories: {own: {names: [a.example, c.b.example]}}\n"
    body = with_policies("a: {block: [own]}", ", allow: [x.a.example, b.example]") + own
    assert not doubts(tmp_path, body)
