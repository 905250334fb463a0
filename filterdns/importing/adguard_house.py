"""What holds for the whole house in an AdGuardHome.yaml: servers, local names, lists, answers."""

from typing import Final

from filterdns.importing.entries import is_address, several
from filterdns.importing.gathering import NO_DHCP, Gathering
from filterdns.importing.written import Written


def add_upstreams(root: Written, gathering: Gathering) -> None:
    """Keep the servers that the whole house asks."""
    for item in root.at("dns", "upstream_dns").items():
        text = item.text().strip()
        if text.startswith("[/"):
            gathering.remark(item.place, text, "left out: `upstreams.for` is not built")
        elif text and not text.startswith("#"):
            gathering.add_upstream(text, item.place)
    for key in ("upstream_dns_file", "fallback_dns"):
        written = root.at("dns", key)
        for text in filter(None, written.texts()):
            gathering.remark(written.place, text, "left out: add what is in it by hand")


def add_rewrites(root: Written, gathering: Gathering) -> None:
    """Keep the rewrites that are local names with an address."""
    are_on = setting(root, "rewrites_enabled").flag(default=True)
    for item in setting(root, "rewrites").items():
        domain, answer = item.at("domain").text(), item.at("answer").text()
        if not are_on or not item.at("enabled").flag(default=True):
            gathering.remark(item.place, domain, "left out: disabled there")
        elif "*" in domain or not is_address(answer):
            meaning = "left out: a local name is one exact name with addresses"
            gathering.remark(item.place, f"{domain} → {answer}", meaning)
        else:
            gathering.add_host(domain, [answer], item.place)


def add_filters(root: Written, gathering: Gathering) -> list[str]:
    """Return the categories of the lists that are enabled."""
    found = []
    for item in root.at("filters").items():
        url, name = item.at("url").text().strip(), item.at("name").text()
        if not item.at("enabled").flag(default=False):
            gathering.remark(item.place, url, "left out: disabled there")
        elif url:
            category = gathering.add_category(name, [url], (), item.place)
            meaning = f"category {category}: each of its names covers what lies below it"
            gathering.remark(item.place, url, meaning)
            found.append(category)
    for item in root.at("whitelist_filters").items():
        meaning = "left out: we have no lists that allow; allow its names one by one"
        gathering.remark(item.place, item.at("url").text(), meaning)
    return list(dict.fromkeys(found))


def answer_mode(root: Written, gathering: Gathering) -> str:
    """Return our word for how blocked names are answered."""
    written = setting(root, "blocking_mode")
    mode = written.text("default")
    if mode not in _MODES:
        meaning = f"blocked names get {_OTHER_MODES.get(mode, 'zero-ip')} instead"
        gathering.remark(written.place, mode, meaning)
    return _MODES.get(mode) or _OTHER_MODES.get(mode, "zero-ip")


def is_logged(root: Written, gathering: Gathering) -> bool:
    """Return whether queries are kept."""
    written = root.at("querylog", "enabled") or root.at("dns", "querylog_enabled")
    kept = written.flag(default=True)
    if not kept:
        gathering.remark(written.place, "false", _NO_LOG)
    return kept


def remark_others(root: Written, gathering: Gathering) -> None:
    """Tell what else is set there and has no place with us."""
    for key, meaning in _OTHERS.items():
        written = root.at("dns", key)
        found = [text for text in written.texts() if text not in _USUAL]
        if found:
            gathering.remark(written.place, several(found), meaning)
    dhcp = root.at("dhcp", "enabled")
    if dhcp.flag(default=False):
        gathering.remark(dhcp.place, "true", NO_DHCP)
    protection = setting(root, "protection_enabled")
    if not protection.flag(default=True):
        meaning = "the filter was switched off there; this config switches it on"
        gathering.remark(protection.place, "false", meaning)


def setting(root: Written, key: str) -> Written:
    """Return what version 26 and later have under `filtering`, earlier ones under `dns`."""
    return root.at("filtering", key) or root.at("dns", key)


_MODES: Final = {"default": "zero-ip", "null_ip": "zero-ip", "nxdomain": "nxdomain"}
_OTHER_MODES: Final = {"refused": "nxdomain"}
_NO_LOG: Final = (
    "`log: none` in each policy; of unknown devices, what is blocked is kept all the same"
)
_OTHERS: Final = {
    "allowed_clients": "left out: `allow_clients` takes networks; those of the house are allowed",
    "disallowed_clients": "left out: whoever is in `allow_clients` may ask",
    "blocked_hosts": "left out: block these names in a policy",
}
_USUAL: Final = ("version.bind", "id.server", "hostname.bind")
