"""What sources say together: each for itself, by its longest name, as a slow model says."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.blocklists.build import SourceSpec, build_index
from filterdns.blocklists.index import Index
from filterdns.dns import codes
from filterdns.dns.names import from_text, suffixes

LISTS = {
    "ads": """||x.example^
@@||good.x.example^
|alone.example^
||v6.example^$dnstype=aaaa
||old.example^$dnstype=~a""",
    "games": """$TTL 60
@ SOA localhost. root. 1 2 3 4 5
both.example CNAME .
*.both.example CNAME .
name.example CNAME .
*.below.example CNAME .
deep.both.example CNAME rpz-passthru.""",
    "adult": "x.example\n",
}


def built(folder: Path, lists: dict[str, str]) -> Path:
    specs = []
    for category, text in lists.items():
        path = folder / category
        path.write_text(text)
        specs.append(SourceSpec(category, f"file:{category}", path))
    return build_index(specs, folder / "runs", folder, patterns={}).index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with closing(Index.open(built(tmp_path_factory.mktemp("lists"), LISTS))) as index:
        yield index


def categories(index: Index, text: str, qtype: int = codes.A) -> set[str]:
    claims = index.claims(suffixes(from_text(text)), qtype)
    return {category for _, found in claims for category in found}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x.example", {"ads", "adult"}),
        ("a.x.example", {"ads", "adult"}),
        ("good.x.example", {"adult"}),  # an exception lifts the claim of its own list only
        ("a.good.x.example", {"adult"}),
        ("alone.example", {"ads"}),
        ("a.alone.example", set()),
        ("name.example", {"games"}),
        ("a.name.example", set()),
        ("below.example", set()),
        ("a.below.example", {"games"}),
        ("both.example", {"games"}),
        ("a.both.example", {"games"}),
        ("deep.both.example", set()),
        ("a.deep.both.example", {"games"}),
        ("v6.example", set()),
        ("other.example", set()),
    ],
)
def test_each_source_speaks_by_its_longest_name(
    index: Index, name: str, expected: set[str]
) -> None:
    assert categories(index, name) == expected


def test_some_blocks_hold_for_some_types_of_question(index: Index) -> None:
    assert categories(index, "a.v6.example", codes.AAAA) == {"ads"}
    assert categories(index, "a.old.example", codes.AAAA) == {"ads"}
    assert categories(index, "a.old.example", codes.A) == set()


def test_the_categories_are_all_that_is_fed(index: Index) -> None:
    assert index.categories == {"ads", "games", "adult"}


LABELS = st.sampled_from(["a", "b", "c"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "ex"]))
RULES = st.lists(
    st.tuples(st.sampled_from(["||{}^", "|{}^", "@@||{}^", "@@|{}^", "||{}^$important"]), NAMES),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(rules=RULES, asked=st.lists(NAMES, min_size=1, max_size=12))
def test_the_index_says_what_adblock_says(rules: list[tuple[str, str]], asked: list[str]) -> None:
    lines = [form.format(name) for form, name in rules]
    with (
        TemporaryDirectory() as folder,
        closing(Index.open(built(Path(folder), {"ads": "\n".join(lines)}))) as index,
    ):
        for name in asked:
            assert bool(categories(index, name)) is blocked_by_adblock(lines, name), (lines, name)


def blocked_by_adblock(lines: list[str], name: str) -> bool:
    """Return what AdBlock's precedence says: each matching rule counts, however long it is."""

    def matches(prefix: str, *, important: bool) -> bool:
        for line in lines:
            rule, _, option = line.partition("$")
            if (option == "important") is not important or not rule.startswith(prefix + "|"):
                continue
            listed = rule.removeprefix(prefix).strip("|^")
            is_tree = rule.removeprefix(prefix).startswith("||")
            if name == listed or (is_tree and name.endswith("." + listed)):
                return True
        return False

    if matches("", important=True):
        return True
    return matches("", important=False) and not matches("@@", important=False)
