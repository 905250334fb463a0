import json
import socket
import time
from pathlib import Path

import pytest

from tests.support.broken_configs import BROKEN_CONFIGS, BrokenConfig
from tests.support.commands import Command
from tests.support.control import FAMILY


def config(folder: Path, body: str = FAMILY) -> Path:
    path = folder / "config.yaml"
    path.write_text(body)
    return path


def test_a_right_config_is_told_so(command: Command, tmp_path: Path) -> None:
    path = config(tmp_path)
    typed = command("check", path)
    assert typed == (0, f"{path} is right\n", "")


def test_the_config_may_be_named_as_in_other_commands(command: Command, tmp_path: Path) -> None:
    path = config(tmp_path)
    assert command("check", "--config", path) == command("check", path)
    typed = command("check", path, "--config", path)
    assert (typed.code, typed.out) == (2, "")
    assert "give one of them" in typed.err


def test_a_list_that_is_none_is_told_with_its_place(command: Command, tmp_path: Path) -> None:
    for name, content in (("page", b"<!DOCTYPE html>\n"), ("torn", b"\x1f\x8b torn")):
        (tmp_path / name).write_bytes(content)
    written = "categories: {drugs: {sources: ['file:page', 'file:torn']}, "
    body = FAMILY.replace("categories: {", written).replace("block: [", "block: [drugs, ", 1)
    typed = command("check", config(tmp_path, body))
    assert (typed.code, typed.out.count("2 warnings")) == (0, 1), typed.err
    page, torn = typed.err.splitlines()
    assert page.startswith("config.yaml:4:32 categories.drugs.sources[0]: 1 of its 1 lines")
    assert "sources[1]: " in torn
    assert "compressed data is damaged" in torn


def test_a_list_that_is_still_to_be_fetched_is_no_doubt(command: Command, tmp_path: Path) -> None:
    written = "categories: {ads: {sources: [catalog:ads]}, "
    body = FAMILY.replace("categories: {", written).replace("block: [", "block: [ads, ", 1)
    typed = command("check", config(tmp_path, body))
    assert (typed.code, typed.err) == (0, "")


@pytest.mark.parametrize("broken", BROKEN_CONFIGS, ids=lambda broken: broken.name)
def test_a_broken_config_is_told_with_place_and_cure_soon(
    command: Command, tmp_path: Path, broken: BrokenConfig
) -> None:
    began = time.monotonic()
    typed = command("check", broken.write(tmp_path))
    assert (typed.code, typed.out) == (2, "")
    assert typed.err.startswith(broken.place)
    assert broken.cure in typed.err
    assert "Traceback" not in typed.err
    assert time.monotonic() - began < 2


def test_an_expectation_that_does_not_hold_is_a_problem(command: Command, tmp_path: Path) -> None:
    body = FAMILY + "expect: [{who: ada, at: 'Fri 12:00', name: games.example, is: blocked}]\n"
    typed = command("check", config(tmp_path, body))
    assert typed.code == 2
    assert "games.example" in typed.err
    assert "is allowed" in typed.err


def test_a_doubt_is_told_and_is_no_problem(command: Command, tmp_path: Path) -> None:
    typed = command("check", config(tmp_path, FAMILY.replace("adults: {}", "adults: {}\n  x: {}")))
    assert typed.code == 0
    assert "is right, 1 warning" in typed.out
    assert "nobody has this policy" in typed.err


def test_json_has_each_problem_in_its_parts(command: Command, tmp_path: Path) -> None:
    typed = command("check", config(tmp_path, FAMILY + "peple: {}\n"), "--json")
    [problem] = json.loads(typed.out)["problems"]
    assert typed.code == 2
    assert (problem["file"], problem["line"]) == ("config.yaml", FAMILY.count("\n") + 1)
    assert "peple" in problem["message"]
    assert "people" in problem["cure"]


def test_lists_are_kept_where_a_folder_is_named(command: Command, tmp_path: Path) -> None:
    assert command("check", config(tmp_path), "--dir", tmp_path).code == 0
    assert list((tmp_path / "state" / "lists").glob("*.idx"))


def test_a_port_that_somebody_has_is_told_with_the_holder(command: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        body = FAMILY.replace("127.0.0.1:5300", f"127.0.0.1:{port}")
        typed = command("check", config(tmp_path, body), "--ports")
        [told] = json.loads(command("check", tmp_path / "config.yaml", "--ports", "--json").out)[
            "ports"
        ]
    assert (typed.code, typed.out) == (1, "")
    assert f"has port {port}: cannot listen on 127.0.0.1:{port}" in typed.err
    assert told["refused"] == [f"127.0.0.1:{port}"]
    assert told["cures"]


def test_ports_that_are_free_are_no_trouble(command: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as before:
        port = before.getsockname()[1]
    body = FAMILY.replace("127.0.0.1:5300", f"127.0.0.1:{port}")
    assert command("check", config(tmp_path, body), "--ports") == (0, "", "")
