"""The sealed lists as questions meet them: a digest covers its name and all below it."""

from contextlib import closing
from pathlib import Path

import pytest

from filterdns.blocklists.sealed import Sealed
from filterdns.dns.names import from_text, suffixes
from filterdns.errors import BlocklistError
from tests.support.sealing import sealed, sealed_file


@pytest.mark.parametrize(
    ("name", "is_covered"),
    [
        ("bad.example", True),
        ("www.bad.example", True),
        ("a.b.c.bad.example", True),
        ("BAD.example", True),
        ("bücher.bad.example", True),
        ("deep.worse.example", True),
        ("worse.example", False),
        ("notbad.example", False),
        ("bad.example.org", False),
        ("example", False),
    ],
)
def test_a_digest_covers_its_name_and_all_below(
    tmp_path: Path, name: str, is_covered: bool
) -> None:
    with closing(sealed(tmp_path, ["bad.example", "deep.worse.example"])) as lists:
        assert lists.covers(suffixes(from_text(name))) is is_covered


def test_the_root_is_not_covered(tmp_path: Path) -> None:
    with closing(sealed(tmp_path, ["bad.example", ""])) as lists:
        assert not lists.covers([])


def test_names_of_other_letters_are_listed_as_a_labels(tmp_path: Path) -> None:
    with closing(sealed(tmp_path, ["xn--bcher-kva.example"])) as lists:
        assert lists.covers(suffixes(from_text("bücher.example")))


def test_several_lists_are_asked(tmp_path: Path) -> None:
    paths = [
        sealed_file(tmp_path, ["bad.example"]),
        sealed_file(tmp_path, ["worse.example"], identity=b"j" * 16),
    ]
    with closing(Sealed.open(paths)) as lists:
        assert lists.covers(suffixes(from_text("worse.example")))
        assert lists.covers(suffixes(from_text("bad.example")))
        assert lists.paths == tuple(map(str, paths))


def test_the_key_changes_with_the_content(tmp_path: Path) -> None:
    with (
        closing(sealed(tmp_path, ["bad.example"])) as one,
        closing(sealed(tmp_path, ["bad.example"])) as same,
        closing(sealed(tmp_path, ["worse.example"])) as other,
    ):
        assert one.key == same.key != other.key


def test_one_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(BlocklistError, match="missing"):
        Sealed.open([sealed_file(tmp_path, ["bad.example"]), tmp_path / "missing.sealed"])
