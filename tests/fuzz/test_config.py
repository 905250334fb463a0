"""No bytes make the loader raise anything but `ConfigError`, and each problem has a place."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from filterdns.config import reader
from filterdns.config.compile import compile_config
from filterdns.config.load import load
from filterdns.config.model import key_paths
from filterdns.errors import ConfigError
from tests.support.configs import HEAD, catalog
from tests.support.examples import one_in

EXAMPLE = (Path(__file__).parents[2] / "config.example.yaml").read_bytes()
KEYS = sorted({key for path in key_paths() for key in path if key != "*"} | {"a", "mia", "budgets"})
SCRAPS = [
    b"[", b"]", b"{", b"}", b": ", b"- ", b"? ", b"\n", b"\n  ", b"\t", b"&a ", b"*a", b"!env ",
    b"!file ", b"!!str ", b"<<: *a", b"|\n", b">\n", b"'", b'"', b"#", b"%", b"---\n", b"...\n",
    b"\xff", b"\x00", b"\\ud800", b"\xef\xbb\xbf", "…".encode(), b"20:30-06:30", b"never", b"..",
    b"include: ", b"*.yaml", b"1" * 5000,
]  # fmt: skip
PIECES = st.one_of(
    st.sampled_from(SCRAPS), st.sampled_from([key.encode() for key in KEYS]), st.binary(max_size=8)
)
WORDS = st.one_of(
    st.sampled_from(
        ["mon-fri", "daily", "always", "off", "adult", "service:youtube", "10.0.0.0/8"]
    ),
    st.text(max_size=12),
)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=5),
    ),
    max_leaves=25,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


def feed(folder: Path, content: bytes) -> None:
    path = folder / "config.yaml"
    path.write_bytes(content)
    try:
        compile_config(load(path, {"a": "b"}, catalog()), catalog())
    except ConfigError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.file
            assert problem.line >= 1 or problem.cure == "mend these first"
            assert problem.column >= 1 or problem.cure == "mend these first"
            str(problem).encode()


@given(content=st.binary(max_size=200))
def test_no_bytes_crash_the_loader(folder: Path, content: bytes) -> None:
    feed(folder, content)


@given(pieces=st.lists(PIECES, max_size=40))
def test_no_scraps_of_yaml_crash_the_loader(folder: Path, pieces: list[bytes]) -> None:
    feed(folder, b"".join(pieces))


@pytest.mark.parametrize("name", ["SafeLoader", "CSafeLoader"])
@one_in(4)
@given(at=st.integers(0, len(EXAMPLE)), length=st.integers(0, 40), piece=PIECES)
def test_no_damage_to_the_example_crashes_the_loader(
    folder: Path, name: str, at: int, length: int, piece: bytes
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "YAML_LOADER", getattr(yaml, name))
        feed(folder, EXAMPLE[:at] + piece + EXAMPLE[at + length :])


@one_in(3)
@given(values=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_no_values_crash_the_compiler(folder: Path, values: dict[str, Any]) -> None:
    feed(
        folder, HEAD.encode() + yaml.safe_dump(values, allow_unicode=True).encode(errors="replace")
    )
