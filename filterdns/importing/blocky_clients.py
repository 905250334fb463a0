"""Who a blocky config means: groups for names, addresses and networks, which add up.

blocky gives a client the groups of every key that fits. With us the most specific identity has one
policy, so the groups of all keys that fit an address are put together here.
"""

from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from filterdns.importing.entries import is_address
from filterdns.importing.gathering import Gathering
from filterdns.importing.written import Written

DEFAULT: Final = "default"
MOST_CLIENTS: Final = 2000

Network = IPv4Network | IPv6Network


class Client(NamedTuple):
    """Whoever fits *keys*: what each of *devices* is called, and its address or network.

    Where nothing tells an address, the key itself stands in its place.
    """

    keys: tuple[str, ...]
    devices: tuple[tuple[str, str], ...]
    place: str


def read_clients(
    groups: Written, lookup: Written, mapping: Written, gathering: Gathering
) -> list[Client]:
    """Return the clients under `clientGroupsBlock`.

    Named ones are found by `clientLookup.clients` (*lookup*), and by `customDNS.mapping`, whose
    names are those of the clients that *lookup* does not name.
    """
    for section in (groups, lookup, mapping):
        if len(section.pairs()) > MOST_CLIENTS:
            raise section.error(f"found more than {MOST_CLIENTS:,} clients, expected a household")
    place_by_key = {key: value.place for key, value in groups.pairs() if key != DEFAULT}
    local = _local_names(mapping)
    names_by_address = {**local, **_names_by_address(lookup)}
    networks = {network: key for key in place_by_key if (network := _network(key)) is not None}
    keys_by_address: dict[str, tuple[str, ...]] = {}
    for network, key in networks.items():
        keys_by_address[str(network)] = (key, *_around(network, networks))
    for address, names in names_by_address.items():
        wanted = [name for name in local.get(address, ()) if name not in names]
        named = [
            key
            for key in place_by_key
            if any(_fits(key, name) for name in names) or key.lower() in wanted
        ]
        network = ip_network(address)
        own = [networks[network]] if network in networks else []
        if named:
            keys_by_address[str(network)] = (*named, *own, *_around(network, networks))
    found = _together(keys_by_address, names_by_address, place_by_key, gathering)
    met = {key for keys in keys_by_address.values() for key in keys}
    return found + [
        Client((key,), ((key, key),), place)
        for key, place in place_by_key.items()
        if key not in met
    ]


def _names_by_address(lookup: Written) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, addresses in lookup.pairs():
        for text in addresses.texts():
            try:
                found.setdefault(str(ip_address(text.strip())), []).append(name)
            except ValueError:
                raise addresses.error(f'found "{text[:40]}", expected an address') from None
    return found


def _local_names(mapping: Written) -> dict[str, list[str]]:
    """Return the names of `customDNS.mapping`, in lower case, by address."""
    found: dict[str, list[str]] = {}
    for name, addresses in mapping.pairs():
        for text in addresses.text().split(","):
            if is_address(text.strip()):
                found.setdefault(str(ip_address(text.strip())), []).append(name.lower())
    return found


def _network(key: str) -> Network | None:
    try:
        return ip_network(key, strict=False)
    except ValueError:
        return None


def _around(network: Network, networks: dict[Network, str]) -> list[str]:
    """Return the keys of the *networks* that hold *network*, the smallest first."""
    holding = [
        other
        for other in networks
        if other.version == network.version
        and other != network
        and network.network_address in other
        and other.prefixlen < network.prefixlen
    ]
    return [networks[other] for other in sorted(holding, key=lambda each: -each.prefixlen)]


def _fits(key: str, name: str) -> bool:
    return _network(key) is None and fnmatchcase(name.lower(), key.lower())


def _together(
    keys_by_address: dict[str, tuple[str, ...]],
    names_by_address: dict[str, list[str]],
    place_by_key: dict[str, str],
    gathering: Gathering,
) -> list[Client]:
    devices_by_keys: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for address, keys in keys_by_address.items():
        whole = ip_network(address)
        is_one = whole.num_addresses == 1
        text = str(whole.network_address) if is_one else address
        label = names_by_address.get(text, [text])[0]
        devices_by_keys.setdefault(keys, []).append((label, text))
        if len(keys) > 1:
            meaning = "several keys fit: with us a client has one policy, which holds them all"
            gathering.remark(place_by_key[keys[0]], f"{text}: {', '.join(keys)}", meaning)
    return [
        Client(keys, tuple(devices), place_by_key[keys[0]])
        for keys, devices in devices_by_keys.items()
    ]
