import json
from pathlib import Path

import pytest

from filterdns.blocklists.catalog import load_catalog
from tests.support.commands import Command
from tests.support.exports import ADGUARD, BLOCKY, LISTS, write_gravity


@pytest.fixture
def exports(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "AdGuardHome.yaml").write_text(ADGUARD)
    (tmp_path / "config.yml").write_text(BLOCKY)
    return {
        "pihole": write_gravity(tmp_path / "gravity.db"),
        "adguard": tmp_path / "AdGuardHome.yaml",
        "blocky": tmp_path / "config.yml",
    }


@pytest.mark.parametrize("peer", ["pihole", "adguard", "blocky"])
def test_the_config_on_stdout_is_right(
    command: Command, tmp_path: Path, exports: dict[str, Path], peer: str
) -> None:
    typed = command("import", peer, exports[peer], "--timezone", "Europe/Berlin")
    assert typed.code == 0
    assert "remarks" in typed.err
    text = typed.out
    for number, url in enumerate(LISTS):
        (tmp_path / f"{number}.txt").write_text("a.example\n")
        text = text.replace(url, f"file:{number}.txt")
    (tmp_path / "config.yaml").write_text(text)
    checked = command("check", tmp_path / "config.yaml")
    assert (checked.code, "is right" in checked.out) == (0, True), checked.err


def test_a_file_is_only_replaced_where_it_is_asked(
    command: Command, tmp_path: Path, exports: dict[str, Path]
) -> None:
    output = tmp_path / "out.yaml"
    arguments = ("import", "blocky", exports["blocky"], "--output", output)
    assert command(*arguments)[:2] == (0, "")
    assert output.read_text().startswith("# Imported by filterdns from blocky: config.yml")
    output.write_text("mine")
    typed = command(*arguments)
    assert (typed.code, output.read_text()) == (2, "mine")
    assert "add --force" in typed.err
    assert command(*arguments, "--force").code == 0
    assert output.read_text() != "mine"


def test_json_has_the_config_and_the_remarks(command: Command, exports: dict[str, Path]) -> None:
    found = json.loads(command("import", "adguard", exports["adguard"], "--json").out)
    assert found["yaml"].startswith("# Imported")
    assert {tuple(remark) for remark in found["remarks"]} == {("place", "found", "meaning")}


def test_a_list_of_the_catalogue_goes_into_its_category(command: Command, tmp_path: Path) -> None:
    source = load_catalog().categories["adult"].sources[0]
    row = f"INSERT INTO adlist (id, address) VALUES (1, '{source.url}');"
    link = "INSERT INTO adlist_by_group VALUES (1, 0);"
    typed = command("import", "pihole", write_gravity(tmp_path / "gravity.db", row + link))
    assert f'  adult:\n    sources:\n      - "{source.url}"\n' in typed.out
    assert "    block:\n      - adult\n" in typed.out


def test_what_is_no_export_is_told_in_one_line(command: Command, exports: dict[str, Path]) -> None:
    typed = command("import", "pihole", exports["blocky"])
    assert (typed.code, typed.out) == (2, "")
    assert typed.err == "config.yml found neither a zip nor a tar.gz, expected one of them\n"


def test_a_file_that_cannot_be_written_is_told(
    command: Command, tmp_path: Path, exports: dict[str, Path]
) -> None:
    output = tmp_path / "gone" / "out.yaml"
    typed = command("import", "blocky", exports["blocky"], "--output", output)
    assert typed.code == 2
    assert "cannot be written" in typed.err
