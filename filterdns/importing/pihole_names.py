"""What Pi-hole has written down of the host names in its house: their MAC, or their addresses.

A client of it may be named by its host name, which decides nothing with us. Its static leases and
its local names tell what to know the same device by.
"""

from filterdns.importing.devices import is_mac
from filterdns.importing.entries import is_address, read_name
from filterdns.importing.pihole_settings import Settings


def signs_by_name(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return MACs, or else addresses, by the name that they belong to, in lower case.

    A static lease comes before local names: its MAC stays when the address changes.
    """
    found: dict[str, dict[str, None]] = {}
    for said in settings.hosts:
        address, *names = said.text.partition("#")[0].split() or [""]
        for name in names if is_address(address) else []:
            found.setdefault(name.lower(), {})[address] = None
    signs = {name: tuple(addresses) for name, addresses in found.items()}
    for said in settings.leases:
        fields = [field.strip() for field in said.text.split(",")]
        cards = tuple(filter(is_mac, fields))
        for name in filter(_is_name, fields):
            if cards:
                signs[name.lower()] = cards
    return signs


def _is_name(field: str) -> bool:
    """Whether *field* of a lease is the name in it: no address, MAC, tag or time."""
    return (
        read_name(field) is not None
        and not is_mac(field)
        and not field.rstrip("smhdw").isdigit()
        and field not in ("infinite", "ignore")
    )
