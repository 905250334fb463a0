import pytest

from filterdns.importing.adguard_client_rules import (
    Asker,
    ClientRule,
    Options,
    meant_by,
    read_options,
)
from filterdns.importing.entries import Entry

ENTRY = Entry("games.example", is_exact=False, place="here")
MIA = Asker.written("Mia", ["3C:22:FB:00:00:01", "192.168.1.20"], ["user_child"])
TV = Asker.written("TV in the hall", ["192.168.1.30"], [])


def rule(*clients: str, tags: tuple[str, ...] = (), is_allow: bool = False) -> ClientRule:
    options = Options(clients=clients, tags=tags)
    return ClientRule.written("||games.example^$…", ENTRY, is_allow=is_allow, options=options)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", Options()),
        ("important", Options(is_important=True)),
        ("client=Mia", Options(clients=("Mia",))),
        ("client='TV in the hall'|10.0.0.0/8", Options(clients=("TV in the hall", "10.0.0.0/8"))),
        ("ctag=user_child|device_tv", Options(tags=("user_child", "device_tv"))),
        ("client=Mia,important", Options(is_important=True, clients=("Mia",))),
    ],
)
def test_options_name_clients_and_tags(text: str, options: Options) -> None:
    assert read_options(text) == options


@pytest.mark.parametrize(
    "text",
    ["client=~Mia", "client=Mia|~Ben", "ctag=~user_child", "client=", r"client='Mia\'s'",
     "client='Mia, Ben'", "client=Mia,ctag=user_child", "client=Mia,client=Ben", "dnstype=A",
     "client=Mia,dnstype=A", "denyallow=x.example", "badfilter"],
)  # fmt: skip
def test_options_that_say_more_are_not_read(text: str) -> None:
    assert read_options(text) is None


def test_a_client_is_meant_by_name_id_or_tag() -> None:
    assert meant_by(rule("Mia", "Ben"), MIA) == ("Mia",)
    assert meant_by(rule("3c-22-fb-00-00-01"), MIA) == ("3c-22-fb-00-00-01",)
    assert meant_by(rule(tags=("user_child",)), MIA) == ("user_child",)
    assert meant_by(rule("Mia", tags=("user_child",)), TV) == ()


def test_an_address_in_the_network_of_a_client_is_not_that_client() -> None:
    guests = Asker.written("Guests", ["192.168.2.0/24"], [])
    assert meant_by(rule("192.168.2.7"), guests) == ()
    assert meant_by(rule("192.168.2.0/24"), guests) == ("192.168.2.0/24",)


def test_an_id_of_several_opens_nothing_for_the_others() -> None:
    assert meant_by(rule("192.168.1.20", is_allow=True), MIA) == ()
    assert meant_by(rule("Mia", is_allow=True), MIA) == ("Mia",)
    assert meant_by(rule("192.168.1.30", is_allow=True), TV) == ("192.168.1.30",)
