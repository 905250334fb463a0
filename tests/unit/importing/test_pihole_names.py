import pytest

from filterdns.importing.pihole_names import signs_by_name
from filterdns.importing.pihole_settings import Said, Settings

MAC = "3C:22:FB:01:02:03"


def signs(hosts: tuple[str, ...] = (), leases: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    return signs_by_name(
        Settings(
            hosts=tuple(Said(text, "") for text in hosts),
            leases=tuple(Said(text, "") for text in leases),
        )
    )


def test_local_names_tell_addresses() -> None:
    found = signs(("192.168.1.40 NAS nas.lan # in the cellar", "fd00::40 nas", "x y", ""))
    assert found == {"nas": ("192.168.1.40", "fd00::40"), "nas.lan": ("192.168.1.40",)}


@pytest.mark.parametrize(
    "lease",
    [
        f"{MAC},192.168.1.20,Tablet",
        f"{MAC}, Tablet, infinite",
        f"set:kids,{MAC},Tablet,12h",
        f"{MAC},[fd00::20],Tablet,ignore",
    ],
)
def test_a_static_lease_tells_the_card(lease: str) -> None:
    assert signs(leases=(lease,)) == {"tablet": (MAC,)}


def test_a_card_comes_before_addresses() -> None:
    assert signs(("192.168.1.20 tablet",), (f"{MAC},tablet",)) == {"tablet": (MAC,)}


def test_a_lease_without_a_card_or_a_name_tells_nothing() -> None:
    assert signs(leases=("192.168.1.20,tablet", f"{MAC},192.168.1.20", "id:01:02,tablet")) == {}
