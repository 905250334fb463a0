"""AdGuard Home's custom rules as names: the part of the AdBlock syntax that says no more.

Source: adguard-dns.io, "DNS filtering rules syntax". A rule with `||` covers what lies below it, a
name alone or in a line of hosts does not.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

from filterdns.importing.adguard_client_rules import ClientRule, read_options
from filterdns.importing.entries import Entry, read_name, read_regex


class Rules(NamedTuple):
    """What the rules say: names, addresses of local names, and those that were not understood.

    *of_clients* hold for some clients alone, the others for everybody.
    """

    allow: list[Entry]
    deny: list[Entry]
    of_clients: list[ClientRule]
    hosts: list[tuple[str, str, str]]
    unread: list[tuple[str, str]]


def read_rules(rules: list[tuple[str, str]]) -> Rules:
    """Return what *rules*, each a text and its place, say.

    *hosts* holds name, address, place; *unread* rule and place.
    """
    found = Rules([], [], [], [], [])
    for text, place in rules:
        line = text.strip()
        if line and not line.startswith(("!", "#")) and not _read_rule(line, place, found):
            found.unread.append((line, place))
    return found


_NETWORK_RULE: Final = re.compile(r"(@@)?\|\|([^\s|^$*/]+)\^?\|?(?:\$(.+))?")
_REGEX_RULE: Final = re.compile(r"(@@)?/(.+)/(?:\$(.+))?")


def _read_rule(line: str, place: str, found: Rules) -> bool:
    network = _NETWORK_RULE.fullmatch(line)
    if network:
        name = read_name(network[2])
        entry = None if name is None else Entry(name, is_exact=False, place=place)
        return _keep(entry, network, found)
    expression = _REGEX_RULE.fullmatch(line)
    if expression:
        return _keep(read_regex(expression[2], place), expression, found)
    return _read_hosts(line, place, found)


def _keep(entry: Entry | None, rule: re.Match[str], found: Rules) -> bool:
    options = read_options(rule[3] or "")
    if entry is None or options is None:
        return False
    entry = entry._replace(is_important=options.is_important)
    if options.clients or options.tags:
        of_clients = ClientRule.written(rule[0], entry, is_allow=bool(rule[1]), options=options)
        found.of_clients.append(of_clients)
    else:
        (found.allow if rule[1] else found.deny).append(entry)
    return True


def _read_hosts(line: str, place: str, found: Rules) -> bool:
    words = line.partition("#")[0].split()
    address = _read_address(words[0])
    names = words[1:]
    if address is None:  # a name alone
        names, address = ([] if names else words), IPv4Address(0)
    read = [read_name(name) for name in names]
    if not read or not all(read):
        return False
    for name in filter(None, read):
        if address.is_unspecified or address.is_loopback:
            found.deny.append(Entry(name, is_exact=True, place=place))
        else:
            found.hosts.append((name, str(address), place))
    return True


def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
