from pathlib import Path

import pytest

from filterdns.cli.offline import built_lists, compiled_config
from filterdns.errors import ConfigError
from tests.support.control import family


def test_an_index_of_a_config_goes_again_when_it_is_not_needed(tmp_path: Path) -> None:
    compiled = family(tmp_path)
    with built_lists(compiled, None) as built:
        path = built.index.path
        assert built.index.names > 1000
        assert any(source.category == "gambling" for source in built.sources)
    assert not path.exists()


def test_an_index_in_a_named_folder_stays(tmp_path: Path) -> None:
    with built_lists(family(tmp_path), tmp_path / "lists") as built:
        path = built.index.path
    assert path.exists()


def test_a_wrong_config_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("people: 7")
    with pytest.raises(ConfigError):
        compiled_config(tmp_path / "config.yaml")
