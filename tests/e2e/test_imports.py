"""A home moves in from another filter: imported, checked and served by the real program."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import filterdns
from tests.support.exported_homes import BEN, MIA, write_exported_homes
from tests.support.home import OPEN, Home, open_home

pytestmark = [pytest.mark.untimed, pytest.mark.timeout(300)]

NAME = "www.library.example"
OTHER = "3c:22:fb:00:00:09"
PATIENTLY = ("+tries=15", "+timeout=1")


def import_home(folder: Path, export: str, network: str = "192.168.178.") -> str:
    """Return the config that the program makes of *export*; addresses begin with *network*."""
    file = write_exported_homes(folder, network)[export]
    output = folder / "imported.yaml"
    arguments = ("import", export.split()[0], file, "--timezone", "Europe/Berlin")
    said = filterdns(*arguments, "--output", output)
    assert said.code == 0, said.err
    return output.read_text()


def without_web(text: str, folder: Path) -> str:
    """Return the config *text* with a file in place of each list from the web."""
    (folder / "none.txt").write_text("ads.example\n")
    return re.sub(r'- "https://[^"]*"', '- "file:none.txt"', text)


def person_at(home: Home, address: str) -> str:
    """Return who has *address*, empty where nobody is known to have it."""
    return str(home.house.control.get("/api/explain", who=address, name=NAME)["person"])


@pytest.mark.parametrize("export", ["adguard", "blocky", "pihole 6", "pihole 5", "pihole db"])
def test_check_finds_nothing_wrong_with_what_was_imported(tmp_path: Path, export: str) -> None:
    import_home(tmp_path, export)
    said = filterdns("check", tmp_path / "imported.yaml")
    assert (said.code, "is right" in said.out) == (0, True), said.err


@pytest.mark.parametrize("export", ["adguard", "pihole 6"])
def test_check_finds_nothing_wrong_where_all_is_filled_in(tmp_path: Path, export: str) -> None:
    text = import_home(tmp_path, export)
    text = re.sub(r'"the MAC of [^"]*"', '"3c:22:fb:77:00:01"', text)
    text = re.sub(r'"the network of [^"]*"', '"192.168.180.0/24"', text)
    text = text.replace("{name: ben-laptop, id: ben-laptop}", "{name: laptop, id: ben-7f3k9q2d}")
    filled = re.sub(
        r"^( +)# (devices:|sources:|- \{|- \"catalog|- phishing)", r"\1\2", text, flags=re.M
    )
    assert filled.count("# -") < text.count("# -")
    (tmp_path / "imported.yaml").write_text(filled)
    said = filterdns("check", tmp_path / "imported.yaml")
    assert (said.code, "is right" in said.out) == (0, True), said.err


def test_an_adguard_home_goes_on_as_it_was(tmp_path: Path) -> None:
    expected = {
        f"{MIA} www.youtube.com A Wed 15:59": "blocked",
        f"{MIA} www.youtube.com A Wed 16:00": "rewritten",
        f"{MIA} www.youtube.com A Fri 20:29": "rewritten",
        f"{MIA} www.youtube.com A Fri 20:30": "blocked",
        f"{BEN} www.tiktok.com A Wed 12:00": "blocked",
        f"{BEN} casino.example A Wed 16:00": "blocked",
        f"{MIA} arcade.example A Wed 16:00": "blocked",
        f"{BEN} arcade.example A Wed 16:00": "allowed",
        "192.168.178.30 www.youtube.com A Wed 12:00": "allowed",
        "192.168.178.30 casino.example A Wed 12:00": "blocked",
    }
    config = tmp_path / "config.yaml"
    config.write_text(without_web(import_home(tmp_path, "adguard"), tmp_path))
    batch = tmp_path / "questions.txt"
    batch.write_text("\n".join(expected))
    said = filterdns("explain", "--batch", batch, "--config", config, "--json")
    assert said.code == 0, said.err
    verdicts = [json.loads(line)["verdict"] for line in said.out.splitlines()]
    assert dict(zip(expected, verdicts, strict=True)) == expected


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("pihole")
    text = without_web(import_home(folder, "pihole 6", "10.77.1."), folder)
    with open_home(folder, text, "mia", "mum", "guest") as home:
        for client, mac, number in (("mia", MIA, 60), ("mum", BEN, 30), ("guest", OTHER, 61)):
            home.clients[client].set_mac(mac)
            home.clients[client].give(f"10.77.1.{number}/24")
        yield home
        assert "Traceback" not in home.house.log_text()


@pytest.mark.peer("ip", "dig", "nsd")
def test_a_pihole_home_knows_its_children_by_their_cards(home: Home) -> None:
    home.house.wait_until(
        lambda: home.ask("guest", NAME, *PATIENTLY).addresses == [OPEN], "the network to be known"
    )
    assert home.ask("mia", NAME, *PATIENTLY).is_blocked
    home.house.wait_until(
        lambda: person_at(home, "10.77.1.60") == "Mia's tablet", "Mia's card to be known"
    )
    assert home.ask("mia", NAME, *PATIENTLY).is_blocked
    assert person_at(home, "10.77.1.61") == "At home"
    assert home.ask("guest", "www.casino.example", *PATIENTLY).is_blocked


@pytest.mark.peer("ip", "dig", "nsd")
def test_a_card_comes_before_the_address_of_somebody_else(home: Home) -> None:
    assert home.ask("mum", NAME, *PATIENTLY).is_blocked
    home.house.wait_until(lambda: person_at(home, "10.77.1.30") == "Ben", "Ben's card to be known")
    assert home.ask("mum", NAME, *PATIENTLY).is_blocked
    home.clients["mum"].set_mac("3c:22:fb:00:00:0a")
    home.house.wait_until(
        lambda: home.ask("mum", NAME, *PATIENTLY).addresses == [OPEN], "the address to be Mum's"
    )
    assert person_at(home, "10.77.1.30") == "Mum"
