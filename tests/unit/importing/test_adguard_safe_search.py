from pathlib import Path

import pytest

from filterdns.importing.adguard_safe_search import SafeSearch, read_safe_search
from filterdns.importing.written import read_yaml

BOTH = (("search", "strict"), ("youtube", "moderate"))
NO_SEARCH = (
    "google: false, bing: false, duckduckgo: false, ecosia: false, pixabay: false, yandex: false"
)


def read(folder: Path, text: str) -> SafeSearch:
    path = folder / "AdGuardHome.yaml"
    path.write_text(text)
    root = read_yaml(path)
    return read_safe_search(root.at("safe_search"), root.at("safesearch_enabled"))


@pytest.mark.parametrize(
    ("text", "modes"),
    [
        ("safe_search: {enabled: false, google: true}", ()),
        ("safe_search: {enabled: true}", BOTH),
        ("safe_search: {enabled: true, youtube: false}", BOTH[:1]),
        (f"safe_search: {{enabled: true, {NO_SEARCH}, youtube: true}}", BOTH[1:]),
        (f"safe_search: {{enabled: true, {NO_SEARCH}, youtube: false}}", ()),
        ("safesearch_enabled: true", BOTH),
        ("safesearch_enabled: false", ()),
        ("x: y", ()),
    ],
)
def test_the_modes_are_those_of_the_chosen_engines(
    tmp_path: Path, text: str, modes: tuple[tuple[str, str], ...]
) -> None:
    assert read(tmp_path, text).modes == modes


def test_engines_that_were_spared_there_are_named(tmp_path: Path) -> None:
    text = "safe_search: {enabled: true, google: true, bing: false, yandex: false}"
    assert "so bing, yandex as well" in read(tmp_path, text).meaning
    assert "as well" not in read(tmp_path, "safe_search: {enabled: true}").meaning


def test_that_allowing_unlocks_nothing_is_told_where_something_is_locked(tmp_path: Path) -> None:
    assert "stays locked" in read(tmp_path, "safe_search: {enabled: true}").meaning
    assert not read(tmp_path, "safe_search: {enabled: false}").meaning
