"""A home moves in from another filter: imported, checked and served by the real program."""

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


@pytest.mark.parametrize(
    ("who", "at", "name", "verdict"),
    [
        (MIA, "Wed 15:59", "www.youtube.com", "blocked"),
        (MIA, "Wed 16:00", "www.youtube.com", "rewritten"),
        (MIA, "Fri 20:29", "www.youtube.com", "rewritten"),
        (MIA, "Fri 20:30", "www.youtube.com", "blocked"),
        (BEN, "Wed 12:00", "www.tiktok.com", "blocked"),
        (BEN, "Wed 16:00", "casino.example", "blocked"),
        ("192.168.178.30", "Wed 12:00", "www.youtube.com", "allowed"),
        ("192.168.178.30", "Wed 12:00", "casino.example", "blocked"),
    ],
)
def test_an_adguard_home_goes_on_as_it_was(
    tmp_path: Path, who: str, at: str, name: str, verdict: str
) -> None:
    import_home(tmp_path, "adguard")
    said = filterdns(
        "explain", who, name, "--at", at, "--config", tmp_path / "imported.yaml", "--json"
    )
    assert said.code == 0, said.err
    assert f'"verdict": "{verdict}"' in said.out


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("pihole")
    text = import_home(folder, "pihole 6", "10.77.1.")
    (folder / "none.txt").write_text("ads.example\n")
    text = re.sub(r'- "https://[^"]*"', '- "file:none.txt"', text)  # nothing is fetched
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
    assert home.ask("guest", "www.casino.example", *PATIENTLY).is_blocked


@pytest.mark.peer("ip", "dig", "nsd")
def test_a_card_comes_before_the_address_of_somebody_else(home: Home) -> None:
    assert home.ask("mum", NAME, *PATIENTLY).is_blocked  # the card is Ben's
    home.clients["mum"].set_mac("3c:22:fb:00:00:0a")
    home.house.wait_until(
        lambda: home.ask("mum", NAME, *PATIENTLY).addresses == [OPEN], "the address to be Mum's"
    )
