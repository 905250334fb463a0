"""A ready file for nftables: for a Linux router, or for a bridge between router and home.

Refusing is quicker for everybody than dropping: an app that is refused falls back at once. TCP is
refused by reset, since routers send few ICMP messages a second.
"""

from collections.abc import Iterator, Sequence
from textwrap import dedent, indent, wrap
from typing import Final

from filterdns.doctor.closing.plan import Plan
from filterdns.upstreams.endpoint import Endpoint

DNS: Final = "meta l4proto { tcp, udp } th dport 53"
TLS_PORT: Final = "853"  # RFC 7858
QUIC_PORTS: Final = "{ 853, 784, 8853 }"  # RFC 9250, and its drafts


def router_file(plan: Plan) -> str:
    """Return the file for a router with nftables.

    Linux 5.7 or newer: it knows in postrouting where a packet came from.
    """
    return (
        _head("inet", plan)
        + _sets(plan)
        + _chain(
            "plain_dns",
            "Plain DNS goes to filterdns, whoever was asked.",
            "type nat hook prerouting priority dstnat; policy accept;",
            ["iifname != $home accept", *_own_queries(plan), *_redirections(plan)],
        )
        + _chain(
            "same_network",
            "Where filterdns is in the network of those who ask, its answers must come back this\n"
            "way. Those who ask others then look like the router to it, and count as unknown.",
            "type nat hook postrouting priority srcnat; policy accept;",
            [f"iifname $home oifname $home {_to(each)} ct status dnat masquerade"
             for each in plan.filters],
        )
        + _chain(
            "encrypted_dns",
            "Encrypted DNS of others is refused.",
            "type filter hook forward priority filter; policy accept;",
            [
                "iifname != $home accept",
                *_own_queries(plan),
                *_refusals(plan, "reject with tcp reset", "reject"),
            ],
        )
        + _chain_for_missing_family(plan)
        + "}\n"
    )  # fmt: skip


def bridge_file(plan: Plan) -> str:
    """Return the file for a bridge that all of the home goes through; it redirects nothing."""
    allowed = [f"{_to(each)} accept" for each in plan.filters]
    return (
        _head("bridge", plan)
        + _sets(plan)
        + _chain(
            "dns_of_others",
            "A bridge cannot lead plain DNS elsewhere; it lets through what goes to filterdns.",
            "type filter hook forward priority filter; policy accept;",
            [
                "iifname != $home accept",
                *_own_queries(plan),
                *allowed,
                f"{DNS} drop",
                *_refusals(plan, "drop", "drop"),
            ],
        )
        + "}\n"
    )


def _head(family: str, plan: Plan) -> str:
    where = "a router" if family == "inet" else "a bridge"
    return dedent(f"""\
        #!/usr/sbin/nft -f
        # Closes ways round filterdns in {where}. `nft -f FILE` puts it in force,
        # `nft delete table {family} filterdns` takes it back.
        define home = "{plan.interface}"

        table {family} filterdns
        delete table {family} filterdns
        table {family} filterdns {{
        """)


def _sets(plan: Plan) -> str:
    found = ""
    for name, kind, addresses in (
        ("doh_ipv4", "ipv4_addr", plan.doh_ipv4),
        ("doh_ipv6", "ipv6_addr", plan.doh_ipv6),
    ):
        if addresses:
            lines = "\n".join(wrap(", ".join(addresses), 90, break_on_hyphens=False))
            found += (
                f"\tset {name} {{\n\t\ttype {kind}\n\t\telements = {{\n"
                f"{indent(lines, TABS * 3)}\n\t\t}}\n\t}}\n"
            )
    return found


def _chain(name: str, comment: str, head: str, rules: Sequence[str]) -> str:
    lines = "\n".join([head, *rules])
    about = indent(indent(comment, "# "), TABS)
    return f"\n{about}\n\tchain {name} {{\n{indent(lines, TABS * 2)}\n\t}}\n"


def _own_queries(plan: Plan) -> Iterator[str]:
    for each in plan.filters:
        yield f"{_family(each)} saddr {each.host} accept"


def _redirections(plan: Plan) -> Iterator[str]:
    for each in plan.filters:
        family = _family(each)
        port = f":{each.port}" if each.port != DNS_PORT else ""
        host = f"[{each.host}]" if port and family == "ip6" else each.host
        yield f"{family} daddr != {each.host} {DNS} dnat {family} to {host}{port}"


def _refusals(plan: Plan, how_tcp: str, how_udp: str) -> Iterator[str]:
    yield f"tcp dport {TLS_PORT} {how_tcp}"
    yield f"udp dport {QUIC_PORTS} {how_udp}"
    if plan.doh_ipv4:
        yield f"ip daddr @doh_ipv4 tcp dport 443 {how_tcp}"
        yield f"ip daddr @doh_ipv4 udp dport 443 {how_udp}"
    if plan.doh_ipv6:
        yield f"ip6 daddr @doh_ipv6 tcp dport 443 {how_tcp}"
        yield f"ip6 daddr @doh_ipv6 udp dport 443 {how_udp}"


def _chain_for_missing_family(plan: Plan) -> str:
    """Return chains that refuse plain DNS where the filter has no address to lead it to."""
    if plan.ipv4 and plan.ipv6:
        return ""
    family, word = ("ipv6", "IPv6") if plan.ipv4 else ("ipv4", "IPv4")
    refusal = f"iifname $home meta nfproto {family} {DNS} reject"
    about = (
        f"filterdns was named without an address of {word} (`--server` once more): plain DNS\n"
        f"over {word} is refused."
    )
    return "".join(
        _chain(f"{hook}_{family}", about, f"type filter hook {hook} priority filter;", [refusal])
        for hook in ("forward", "input")
    )


def _to(endpoint: Endpoint) -> str:
    return f"{_family(endpoint)} daddr {endpoint.host}"


def _family(endpoint: Endpoint) -> str:
    return "ip6" if ":" in endpoint.host else "ip"


DNS_PORT: Final = 53
TABS: Final = "\t"
