from pathlib import Path

import pytest

from filterdns.cli.client import running_filter
from filterdns.cli.options import folders_to_serve
from filterdns.errors import ControlError


def test_a_named_folder_is_used(tmp_path: Path) -> None:
    assert folders_to_serve(tmp_path).state == tmp_path / "state"
    with pytest.raises(ControlError, match=str(tmp_path)):
        running_filter(tmp_path).get("/api/status")


def test_the_environment_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILTERDNS_DIR", str(tmp_path))
    assert folders_to_serve(None).run == tmp_path / "run"
