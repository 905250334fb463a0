"""Commands for OpenWrt (22.03 and newer, with its firewall on nftables)."""

from collections.abc import Iterator, Sequence

from filterdns.doctor.closing.plan import Plan
from filterdns.upstreams.endpoint import Endpoint


def openwrt_commands(plan: Plan) -> str:
    """Return lines of shell that hand out filterdns and close the ways round it.

    They may be run again: each section has a name and is written anew.
    """
    lines = [
        "# For OpenWrt; over ssh. The home's zone is called lan, the internet's wan.",
        *_handing_out(plan),
        *(line for each in plan.filters for line in _redirection(each)),
        *_refusals("ipv4", plan.ipv4, plan.doh_ipv4),
        *_refusals("ipv6", plan.ipv6, plan.doh_ipv6),
        "uci commit dhcp",
        "uci commit firewall",
        "service dnsmasq restart",
        "service odhcpd restart",
        "service firewall restart",
    ]
    return "\n".join(lines) + "\n"


def _handing_out(plan: Plan) -> Iterator[str]:
    if plan.ipv4:
        yield "# DHCP option 6"
        yield "for each in $(uci -q get dhcp.lan.dhcp_option); do"
        yield "  case $each in 6,*) uci del_list dhcp.lan.dhcp_option=$each;; esac"
        yield "done"
        yield f"uci add_list dhcp.lan.dhcp_option='6,{plan.ipv4.host}'"
    if plan.ipv6:
        yield "# IPv6: router advertisements (RDNSS) and DHCPv6"
        yield "uci -q delete dhcp.lan.dns"
        yield f"uci add_list dhcp.lan.dns='{plan.ipv6.host}'"
    else:
        yield "# IPv6: filterdns was named without an address; hand out no other server"
        yield "uci set dhcp.lan.dns_service='0'"


def _redirection(filter_: Endpoint) -> Iterator[str]:
    family = "ipv6" if ":" in filter_.host else "ipv4"
    yield f"# Plain DNS over {'IPv6' if family == 'ipv6' else 'IPv4'} goes to filterdns"
    yield from _section(
        f"filterdns_dns_{family}",
        "redirect",
        [
            ("name", f"Plain DNS to filterdns ({family})"),
            ("family", family),
            ("src", "lan"),
            ("src_ip", f"!{filter_.host}"),
            ("src_dip", f"!{filter_.host}"),
            ("src_dport", "53"),
            ("proto", "tcp udp"),
            ("target", "DNAT"),
            ("dest", "lan"),
            ("dest_ip", filter_.host),
            ("dest_port", str(filter_.port)),
            ("reflection", "0"),
        ],
    )
    yield from _section(
        f"filterdns_back_{family}",
        "nat",
        [
            ("name", f"Answers of filterdns come back ({family})"),
            ("family", family),
            ("src", "lan"),
            ("dest_ip", filter_.host),
            ("dest_port", str(filter_.port)),
            ("proto", "tcp udp"),
            ("target", "MASQUERADE"),
        ],
    )


def _refusals(family: str, filter_: Endpoint | None, doh: Sequence[str]) -> Iterator[str]:
    """Refuse encrypted DNS of others to all but the filter, which may use it for its upstreams."""
    yield f"# Encrypted DNS of others is refused ({family})"
    yield from _refusal("dot", "DNS over TLS and QUIC", family, filter_, ["tcp udp", "853"])
    yield from _refusal("doq", "DNS over QUIC of drafts", family, filter_, ["udp", "784 8853"])
    if not doh:
        return
    name = f"filterdns_doh_{family}"
    yield from _section(name, "ipset", [("name", name), ("family", family), ("match", "dest_ip")])
    for address in doh:
        yield f"uci add_list firewall.{name}.entry='{address}'"
    yield from _refusal("https", "DNS over HTTPS", family, filter_, ["tcp udp", "443"], name)


def _refusal(
    key: str,
    title: str,
    family: str,
    filter_: Endpoint | None,
    protocols_and_ports: Sequence[str],
    ipset: str = "",
) -> Iterator[str]:
    protocols, ports = protocols_and_ports
    yield from _section(
        f"filterdns_{key}_{family}",
        "rule",
        [
            ("name", f"{title} is refused ({family})"),
            ("family", family),
            ("src", "lan"),
            ("dest", "wan"),
            *([("src_ip", f"!{filter_.host}")] if filter_ else []),
            *([("ipset", ipset)] if ipset else []),
            ("proto", protocols),
            ("dest_port", ports),
            ("target", "REJECT"),
        ],
    )


def _section(name: str, kind: str, values: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f"uci -q delete firewall.{name}"
    yield f"uci set firewall.{name}={kind}"
    for key, value in values:
        yield f"uci set firewall.{name}.{key}='{value}'"
