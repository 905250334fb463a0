"""An index that was changed is the one that a merge of all runs makes, byte for byte."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterdns.blocklists import patch as patch_module
from filterdns.blocklists.assemble import assemble
from filterdns.blocklists.compile_run import compile_run
from filterdns.blocklists.content import Names
from filterdns.blocklists.helpers import ALONE
from filterdns.blocklists.index import Index
from filterdns.blocklists.index_file import Origin, write_index
from filterdns.blocklists.layout import Source
from filterdns.blocklists.patch import patch
from filterdns.blocklists.pattern import LabelPattern
from filterdns.blocklists.run import Run

KEY = b"k" * 16
PATTERNS = ((Source("patterns", "pro-anorexia", 1), (LabelPattern((), ("core",), ()),)),)

Texts = Mapping[str, list[str]]


class Lists:
    """Lists in a folder, and the indexes that are made of them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._made = 0

    def merged(self, texts: Texts) -> Path:
        origin, runs = self._compiled(texts)
        return self._written(origin, *assemble([run.path for run in runs], ALONE, print))

    def patched(self, base: Path, texts: Texts) -> Path | None:
        """Return the index of *texts*, made of that at *base*."""
        origin, runs = self._compiled(texts)
        with closing(Index.open(base)) as index:
            found = patch(index, origin.lists, runs, self.folder)
        return None if found is None else self._written(origin, *found)

    def _compiled(self, texts: Texts) -> tuple[Origin, list[Run]]:
        lists: list[tuple[Source, Run]] = []
        for name, names in texts.items():
            source = self.folder / f"{name}.txt"
            source.write_text("\n".join(names))
            run = self._stack.enter_context(closing(compile_run(source, self.folder, KEY)))
            lists.append((Source(name, "adult", run.report.entries), run))
        return Origin.of(lists, PATTERNS), [run for _, run in lists]

    def _written(self, origin: Origin, pieces: list[Names], gate: bytes) -> Path:
        self._made += 1
        path = self.folder / f"{self._made}.idx"
        write_index(path, origin, pieces, gate, hash_key=KEY, content_key=b"c" * 16)
        return path


forms = st.sampled_from(["{}", "{}", "|{}^", "@@||{}^", "@@|{}^", "||{}^$dnstype=a"])
name_text = st.builds(
    lambda form, number: form.format(f"n{number}.example"), forms, st.integers(0, 25)
)
lists_text = st.dictionaries(st.sampled_from("abcde"), st.lists(name_text, max_size=12), max_size=5)


@pytest.mark.timeout(400)
@settings(max_examples=100, deadline=None)
@given(old=lists_text, new=lists_text)
def test_any_change_makes_what_a_merge_makes(old: Texts, new: Texts) -> None:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        TemporaryDirectory() as folder,
        ExitStack() as stack,
    ):
        monkeypatch.setattr(patch_module, "WORTHWHILE_SHARE", 0)
        lists = Lists(Path(folder), stack)
        patched = lists.patched(lists.merged(old), new)
        assert patched is not None
        assert patched.read_bytes() == lists.merged(new).read_bytes()


def test_a_list_that_goes_leaves_its_names_to_another(tmp_path: Path) -> None:
    with ExitStack() as stack:
        lists = Lists(tmp_path, stack)
        names = [f"n{number}.example" for number in range(30)]
        base = lists.merged({"a": names, "b": names[:3]})
        patched = lists.patched(base, {"a": names})
        assert patched is not None
        assert patched.read_bytes() == lists.merged({"a": names}).read_bytes()


def test_one_of_many_large_sources_changed_makes_what_a_merge_makes(tmp_path: Path) -> None:
    random = Random(7)
    texts = {
        f"list-{place}": [f"n{random.randrange(60_000)}.example" for _ in range(3000)]
        for place in range(12)
    }
    with ExitStack() as stack:
        lists = Lists(tmp_path, stack)
        base = lists.merged(texts)
        random.shuffle(texts["list-5"])
        del texts["list-5"][:400]
        texts["list-5"] += [f"n{random.randrange(90_000)}.example" for _ in range(500)]
        patched = lists.patched(base, texts)
        assert patched is not None
        assert patched.read_bytes() == lists.merged(texts).read_bytes()


def test_a_base_that_most_names_changed_since_is_no_base(tmp_path: Path) -> None:
    with ExitStack() as stack:
        lists = Lists(tmp_path, stack)
        base = lists.merged({"a": ["x.example", "y.example"]})
        assert lists.patched(base, {"a": ["x.example"]}) is None


def test_without_the_old_run_there_is_no_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patch_module, "WORTHWHILE_SHARE", 0)
    with ExitStack() as stack:
        lists = Lists(tmp_path, stack)
        base = lists.merged({"a": ["x.example"]})
        for run in tmp_path.glob("*.run"):
            run.unlink()
        assert lists.patched(base, {"a": ["y.example"]}) is None
