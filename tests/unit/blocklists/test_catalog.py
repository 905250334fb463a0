"""What ships is read, and a mistake in it is named with file and line."""

import shutil
from pathlib import Path

import pytest

from filterdns.blocklists.ages import AGE_GROUPS, AgeDefault
from filterdns.blocklists.catalog import data_folder, load_catalog
from filterdns.dns.names import from_text
from filterdns.errors import BlocklistError

AGES = "{under-7: block, 7-11: restricted, 12-15: timetable, 16-17: allow}"
SOURCES = (
    "category\tid\tformat\tentries\tlicence\tpublisher\tnote\turl\n"
    "ads\tbest\tdomains\t7\tMIT\tsomebody\t\thttps://lists.example/best\n"
    "ads\tnext\thosts\t70\tunknown\tsomebody\told\thttps://lists.example/next\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a small catalogue that is right."""
    (tmp_path / "catalog.yaml").write_text(
        "- {id: adult, title: Adult, description: Sites for adults, locked: true, starter: a.txt,\n"
        f"   ages: {AGES}, anchors: bad.example worse.example}}\n"
        "- {id: ads, title: Ads, description: Advertising, locked: false, help: None needed,\n"
        f"   ages: {AGES}}}\n"
    )
    (tmp_path / "sources.tsv").write_text(SOURCES)
    (tmp_path / "canaries.txt").write_text("# health\nhealth.example\n")
    (tmp_path / "a.txt").write_text("bad.example\n")
    (tmp_path / "patterns.yaml").write_text("ads:\n- {optional: [], core: [ad-x], after: [s]}\n")
    (tmp_path / "services.yaml").write_text("- {id: tube, title: Tube, names: tube.example}\n")
    (tmp_path / "engines.yaml").write_text(
        "- {id: find, title: Find, kind: search, strict: safe.find.example, evidence: Find,\n"
        "   names: find.example www.find.example}\n"
    )
    (tmp_path / "lifelines.tsv").write_text(
        "domain\tcountry\ttopic\tevidence\nh.example\tIE\th\t\n"
    )
    (tmp_path / "companions.tsv").write_text(
        "name\tlifeline\tkind\tevidence\nchat.example\th.example\tchat\t\n"
    )
    (tmp_path / "essentials.tsv").write_text("name\tkind\twhy\ntime.example\ttime\tclocks\n")
    (tmp_path / "private-answers.tsv").write_text("name\twhy\nplex.example\ta server at home\n")
    return tmp_path


def test_everything_is_read(folder: Path) -> None:
    catalog = load_catalog(folder)
    adult, ads = catalog.categories["adult"], catalog.categories["ads"]
    assert (adult.title, adult.is_locked, adult.starter) == ("Adult", True, folder / "a.txt")
    assert (ads.is_locked, ads.starter, ads.help) == (False, None, "None needed")
    assert [pattern.core for pattern in ads.patterns] == [("ad-x",)]
    assert catalog.services["tube"].names == (from_text("tube.example"),)
    assert {line.name: (line.country, line.topic) for line in catalog.lifelines} == {
        from_text("h.example"): ("IE", "h"),
        from_text("chat.example"): ("IE", "chat of h.example"),
    }
    assert [(one.name, one.kind) for one in catalog.essentials] == [
        (from_text("time.example"), "time")
    ]
    assert catalog.canaries == (from_text("health.example"),)
    assert catalog.private_answers == ((from_text("plex.example"), "a server at home"),)
    assert adult.anchors == (from_text("bad.example"), from_text("worse.example"))
    assert list(adult.ages) == list(AGE_GROUPS)
    assert adult.ages["12-15"] is AgeDefault.TIMETABLE
    assert [source.id for source in ads.sources] == ["best", "next"]
    assert (adult.sources, ads.anchors) == ((), ())
    assert catalog.engines["find"].strict == from_text("safe.find.example")


def test_what_ships_is_right() -> None:
    catalog = load_catalog()
    locked = {category.id for category in catalog.categories.values() if category.is_locked}
    assert locked == {"adult", "gambling", "dating", "pro-anorexia", "self-harm"}
    assert len(catalog.categories) >= 30
    assert len(catalog.services) >= 100
    assert catalog.lifelines
    assert catalog.essentials
    assert len(catalog.canaries) >= 200


def test_a_copy_of_what_ships_is_the_same_but_for_its_place(tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data_folder(), copy)
    assert load_catalog(copy).services == load_catalog().services


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("catalog.yaml", "- {id: x}", r"catalog\.yaml:1: found no text under \"title\""),
        (
            "catalog.yaml",
            f"\n- {{id: ads, title: X, description: X, starter: none.txt, ages: {AGES}}}",
            r'catalog\.yaml:2: found no file "none\.txt"',
        ),
        ("catalog.yaml", "[]", r"patterns\.yaml: found no category 'ads'"),
        (
            "catalog.yaml",
            "- {id: ads}\n- {id: ads}",
            r"catalog\.yaml:2: \"ads\" stands twice",
        ),
        (
            "services.yaml",
            "- {id: x, title: X, names: x.example}\n- {id: x, title: X, names: x.example}",
            r"services\.yaml:2: \"x\" stands twice",
        ),
        (
            "patterns.yaml",
            "ads:\n- {optional: [], core: [], after: []}",
            r"patterns\.yaml:2: found no core",
        ),
        (
            "patterns.yaml",
            "ads:\n- {optional: ['.*'], core: [x], after: []}",
            r"patterns\.yaml:2: found no core or an odd word",
        ),
        (
            "catalog.yaml",
            f"- {{id: ads, title: X, description: X, ages: {AGES}, anchors: a..b}}",
            r'catalog\.yaml:1: "a\.\.b" has an empty label',
        ),
        (
            "catalog.yaml",
            "\n- {id: ads, title: X, description: X}",
            r'catalog\.yaml:2: found no mapping under "ages"',
        ),
        (
            "sources.tsv",
            SOURCES.replace("ads\tbest", "none\tbest"),
            r"sources\.tsv: found no category 'none'",
        ),
        ("canaries.txt", "# x\na..b", r'canaries\.txt:2: "a\.\.b" has an empty label'),
        (
            "companions.tsv",
            "name\tlifeline\tkind\tevidence\na.example\tb.example\tchat\tx",
            r'companions\.tsv:2: found no lifeline "b\.example"',
        ),
        ("private-answers.tsv", "name\nx.example", r"private-answers\.tsv:2: found no text"),
        ("essentials.tsv", "name\tkind\twhy\n..\tx\tx", r"essentials\.tsv:2: "),
        ("engines.yaml", "- {id: x}", r"engines\.yaml:1: found no text under \"kind\""),
        ("lifelines.tsv", "name\nx.example", r'lifelines\.tsv:2: found no text under "domain"'),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    folder: Path, file: str, text: str, problem: str
) -> None:
    (folder / file).write_text(text)
    with pytest.raises(BlocklistError, match=problem):
        load_catalog(folder)
