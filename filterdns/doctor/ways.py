"""The ways round the filter, in the words in which they are told."""

from typing import Final

from filterdns.doctor.finding import Way

_ROUTER: Final = "closed by the router's firewall, with the lines below"
_CONFIG: Final = "closed in the policies of the config, by `bypass: {{{word}: block}}`"
_HAND_OUT: Final = "closed where the router hands out filterdns alone, by DHCP and for IPv6"

SERVER: Final = Way(
    "server",
    "the filter itself",
    "",
    "Devices that ask it are filtered.",
)
UDP: Final = Way(
    "udp",
    "plain DNS to others (UDP)",
    "A device with another DNS server in its settings is not filtered.",
    "Devices cannot ask another DNS server.",
    _ROUTER,
    True,
)
TCP: Final = UDP._replace(key="tcp", title="plain DNS to others (TCP)")
DOT: Final = Way(
    "dot",
    "DNS over TLS",
    '"Private DNS" of Android, and every other device with it, is not filtered.',
    'Android\'s "Private DNS" with a provider does not work here.',
    _ROUTER,
    True,
)
DOQ: Final = Way(
    "doq",
    "DNS over QUIC",
    "An app that brings encrypted DNS with it is not filtered.",
    "It does not get out.",
    _ROUTER,
    True,
)
DOH: Final = Way(
    "doh",
    "DNS over HTTPS, by address",
    'A browser or an app with "secure DNS" switched on is not filtered.',
    '"Secure DNS" of browsers does not reach the providers that were tried.',
    _ROUTER,
    True,
)
DOH3: Final = Way(
    "doh3",
    "DNS over HTTPS, by address (HTTP/3)",
    "A device that speaks it, as Android does, is not filtered.",
    "It does not get out.",
    _ROUTER,
    True,
)
DOH_NAMES: Final = Way(
    "doh-names",
    "DNS over HTTPS, by name",
    'A browser can find a provider of "secure DNS" by its name.',
    'Browsers cannot look providers of "secure DNS" up.',
    _CONFIG.format(word="doh"),
)
FIREFOX: Final = Way(
    "firefox",
    "Firefox's own DNS",
    "Firefox may switch its own DNS over HTTPS on by itself.",
    "Firefox leaves its own DNS over HTTPS off, unless somebody switches it on.",
    _CONFIG.format(word="doh"),
)
PRIVATE_RELAY: Final = Way(
    "private-relay",
    "iCloud Private Relay",
    "Safari on iPhones, iPads and Macs of subscribers goes around the filter.",
    "Apple's devices say that Private Relay is not available here.",
    _CONFIG.format(word="private-relay"),
)
VPN: Final = Way(
    "vpn",
    "VPN services",
    "A VPN app can be fetched and started.",
    "The VPN services that were tried cannot be looked up.",
    _CONFIG.format(word="vpn"),
)
PROXY: Final = Way(
    "proxy",
    "web proxies",
    "Blocked sites can be read through a web page.",
    "The web proxies that were tried cannot be looked up.",
    _CONFIG.format(word="proxy"),
)
DESIGNATED: Final = Way(
    "ddr",
    "discovery of encrypted DNS",
    "Devices are led from the filter to an encrypted server of somebody else (RFC 9462).",
    "Nobody is led away from the filter.",
    "closed where devices ask filterdns itself, not a resolver that stands between",
)
SECOND_RESOLVER: Final = Way(
    "second-resolver",
    "a second DNS server",
    "This device was given another DNS server beside the filter, and devices use both.",
    "No DNS server that this device was given answers around the filter.",
    _HAND_OUT,
    True,
)
ANNOUNCED: Final = Way(
    "announced",
    "what phones are given",
    "Phones and tablets are told of another DNS server than the filter, and use it.",
    "No DNS server that phones and tablets are told of answers around the filter.",
    _HAND_OUT,
    True,
)
ROUTER: Final = Way(
    "router",
    "the router's own DNS",
    "The router answers DNS itself, around the filter: its address is enough.",
    "The router answers no DNS around the filter.",
    _ROUTER,
    True,
)
ECH: Final = Way("ech", "Encrypted Client Hello", "", "")
SAFE_SEARCH: Final = Way("safe-search", "safe search", "", "")
