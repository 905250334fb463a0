"""The engines that ship: each name once, each target a name that is rewritten by nobody."""

import lzma
import re
from pathlib import Path

import pytest

from filterdns.blocklists.catalog import data_folder, load_catalog
from filterdns.blocklists.engines import SEARCH, YOUTUBE, CatalogEngine, read_engines
from filterdns.dns.names import from_text, suffixes, to_text
from filterdns.errors import BlocklistError
from tests.support.pack import LISTS, has_pack

DOCS = Path(__file__).parents[3] / "docs"
ENGINES = load_catalog().engines
GOOGLE = """www.google.com www.google.de www.google.co.uk www.google.fr www.google.co.za
    www.google.co.zm www.google.co.zw www.google.com.tr www.google.com.br www.google.cat"""
NOT_ENGINES = """google.com mail.google.com accounts.google.com fonts.googleapis.com youtube.com
    bing.com microsoft.com brave.com ecosia.org qwant.com mail.yandex.ru pixabay.example"""
ENTRY = "- {id: a, title: A, kind: search, strict: safe.a.example, evidence: A, names: a.example}\n"


def names() -> list[bytes]:
    return [name for engine in ENGINES.values() for name in engine.names]


def targets() -> set[bytes]:
    return {
        target
        for engine in ENGINES.values()
        for target in (engine.strict, engine.moderate)
        if target
    }


def test_all_engines_of_the_design_are_there() -> None:
    found = "google youtube bing duckduckgo yandex brave ecosia pixabay qwant"
    assert list(ENGINES) == found.split()


def test_only_youtube_has_two_modes() -> None:
    youtube = ENGINES["youtube"]
    assert youtube.kind == YOUTUBE
    assert to_text(youtube.strict) == "restrict.youtube.com"
    assert to_text(youtube.moderate) == "restrictmoderate.youtube.com"
    others = [each for each in ENGINES.values() if each.id != "youtube"]
    assert {(each.kind, each.moderate) for each in others} == {(SEARCH, b"")}


def test_google_is_met_in_every_country() -> None:
    google = ENGINES["google"].names
    assert len(google) == 194
    assert set(map(from_text, GOOGLE.split())) <= set(google)
    assert all(to_text(name).startswith("www.google.") for name in google)


def test_every_name_stands_once_and_in_order() -> None:
    assert len(names()) == len(set(names()))
    for engine in ENGINES.values():
        texts = [to_text(name) for name in engine.names]
        assert texts[1:] == sorted(texts[1:])  # the best known stands first


def test_what_is_no_engine_is_not_met() -> None:
    assert set(map(from_text, NOT_ENGINES.split())).isdisjoint(names())


def test_no_target_is_rewritten_itself() -> None:
    assert targets().isdisjoint(names())


def is_address(line: str) -> bool:
    return ":" in line or "/" in line or line.replace(".", "").isdigit()


@pytest.mark.parametrize("list_name", ["doh.txt", "vpn.txt", "search-unsafe.txt"])
def test_no_list_of_ours_closes_an_engine_or_its_target(list_name: str) -> None:
    lines = (data_folder() / list_name).read_text().splitlines()
    listed = {from_text(line) for line in lines if line[:1].isalnum() and not is_address(line)}
    closed = [
        to_text(name) for name in [*names(), *targets()] if not listed.isdisjoint(suffixes(name))
    ]
    assert closed == []


@pytest.mark.skipif(not has_pack(), reason="the pack of real lists is not here")
def test_no_name_that_another_filter_rewrites_is_missing() -> None:
    files = sorted((LISTS / "reference").glob("adguard_safesearch_*.adblock.xz"))
    text = "\n".join(lzma.decompress(file.read_bytes()).decode() for file in files)
    theirs = set(map(from_text, re.findall(r"^\|([^|^]+)\^", text, re.MULTILINE)))
    assert len(theirs) > 250
    assert theirs <= set(names())


def row(engine: CatalogEngine) -> tuple[str, str, str]:
    """Return what the documents say of *engine*: title, names or their number, targets."""
    texts = [to_text(name) for name in engine.names]
    modes = [engine.strict, *([engine.moderate] if engine.moderate else [])]
    shown = " ".join(f"`{text}`" for text in texts) if len(texts) <= 5 else str(len(texts))
    return engine.title, shown, " ".join(f"`{to_text(mode)}`" for mode in modes)


def test_the_documented_table_is_that_of_the_file() -> None:
    page = (DOCS / "safe-search.md").read_text()
    table = page.split("## Search engines that can be locked")[1].split("##")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    found = [(title, names, target) for title, names, target, _ in rows[1:]]
    assert found == [row(engine) for engine in ENGINES.values()]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ENTRY + ENTRY, r"engines\.yaml:2: \"a\" stands twice"),
        (
            ENTRY + ENTRY.replace("id: a", "id: b"),
            r'engines\.yaml:2: a name of "b" belongs to "a" already',
        ),
        (ENTRY.replace("search", "video"), r'found "video" under "kind"'),
        (ENTRY.replace("search", "youtube"), r'found no text under "moderate"'),
        (ENTRY.replace("safe.a.example", "a.example"), r"lead in a circle"),
        (ENTRY.replace("safe.a.example", "a..b"), r'"a\.\.b" has an empty label'),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "engines.yaml"
    file.write_text(text)
    with pytest.raises(BlocklistError, match=problem):
        read_engines(file)
