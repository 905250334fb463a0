"""Steps for routers that are set up by hand: pfSense, OPNsense, FRITZ!Box.

Menus as they are called in the makers' manuals; they move from version to version.
"""

from textwrap import dedent, indent, wrap

from filterdns.doctor.closing.plan import Plan


def pfsense_steps(plan: Plan) -> str:
    """Return what to click in pfSense."""
    filters = _filters(plan)
    return dedent(f"""\
        1. Services > DHCP Server > LAN: DNS Servers = {_ipv4(plan)} and no other.
        2. Services > DHCPv6 Server, and Router Advertisement: DNS Servers = {_ipv6(plan)}, in both.
        3. Firewall > NAT > Port Forward, one rule each for IPv4 and IPv6: interface LAN, protocol
           TCP/UDP, source "invert match" {filters},
           destination "invert match" {filters}, port 53 (DNS),
           redirect to {filters}, port 53.
        4. Where filterdns is in the LAN itself: Firewall > NAT > Outbound, hybrid mode, a rule on
           LAN for destination {filters}, port 53, translation "interface address".
        5. Firewall > Aliases: "doh", with the addresses below.
        6. Firewall > Rules > LAN, above the rule that allows all: reject TCP/UDP from any source
           but {filters} to port 853; reject TCP/UDP to "doh", port 443.
        """) + _addresses(plan)


def opnsense_steps(plan: Plan) -> str:
    """Return what to click in OPNsense."""
    filters = _filters(plan)
    return dedent(f"""\
        1. Services > Dnsmasq, Kea or ISC DHCPv4 > LAN: DNS servers (option 6) = {_ipv4(plan)}.
        2. Services > Router Advertisements > LAN: DNS servers = {_ipv6(plan)}; in DHCPv6 the same.
        3. Firewall > NAT > Port Forward (Destination NAT), one rule each for IPv4 and IPv6:
           interface LAN, TCP/UDP, source "invert" {filters},
           destination "invert" {filters}, port DNS, redirect to {filters}, port DNS.
        4. Where filterdns is in the LAN itself: Firewall > NAT > Outbound (Source NAT), hybrid, a
           rule on LAN for destination {filters}, port 53, translation "interface address".
        5. Firewall > Aliases: "doh", type hosts, with the addresses below.
        6. Firewall > Rules > LAN, above the rule that allows all: reject TCP/UDP from any source
           but {filters} to port 853; reject TCP/UDP to "doh", port 443.
        """) + _addresses(plan)


def fritzbox_steps(plan: Plan) -> str:
    """Return what to click in a FRITZ!Box, which can refuse, but not redirect."""
    return dedent(f"""\
        1. Heimnetz > Netzwerk > Netzwerkeinstellungen > IPv4-Einstellungen: "Lokaler DNS-Server"
           = {_ipv4(plan)}.
        2. There, IPv6-Einstellungen: "Lokaler DNSv6-Server" = {_ipv6(plan)}, and tick
           "DNSv6-Server auch über Router Advertisement bekanntgeben". Nothing of it belongs under
           Internet > Zugangsdaten > DNS-Server: the box would ask for everybody, and all children
           look like one.
        3. Internet > Filter > Listen > Netzwerkanwendungen: a new one, "DNS of others", with TCP
           and UDP, source port any, destination ports 53 and 853.
        4. Internet > Filter > Zugangsprofile: block it in the profiles of the children and in
           "Standard". The device on which filterdns runs gets the profile "Unbeschränkt".
        5. DNS over HTTPS cannot be told apart there: filterdns blocks its names (bypass: {{doh:
           block}}). The box goes on answering DNS at its own address: a device that is set to ask
           it by hand is not filtered.
        """)


def _ipv4(plan: Plan) -> str:
    return plan.ipv4.host if plan.ipv4 else "(the IPv4 address of filterdns)"


def _ipv6(plan: Plan) -> str:
    return plan.ipv6.host if plan.ipv6 else "(the IPv6 address of filterdns)"


def _filters(plan: Plan) -> str:
    return " or ".join(each.host for each in plan.filters)


def _addresses(plan: Plan) -> str:
    lines = wrap(", ".join(plan.doh), 96, break_on_hyphens=False)
    return indent("\n".join(lines), "   ") + "\n"
