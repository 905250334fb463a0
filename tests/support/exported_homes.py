"""Homes as other filters export them whole: every section that they write, few of which matter.

Two children with MACs, one who is known by a name, adults, guests. Lists are those that each filter
proposes; nothing here is fetched. Sources: as in `exports`.
"""

from pathlib import Path
from typing import Final

from tests.support.exports import write_gravity, write_old_teleporter, write_teleporter

MIA: Final = "3c:22:fb:00:00:01"
BEN: Final = "3c:22:fb:00:00:02"
NETWORK: Final = "192.168.178."

ADGUARD_HOME: Final = """\
http:
  pprof: {port: 6060, enabled: false}
  address: 0.0.0.0:80
  session_ttl: 720h
users:
  - name: admin
    password: $2a$10$abcdefghijklmnopqrstuv
auth_attempts: 5
block_auth_min: 15
http_proxy: ""
language: en
theme: auto
dns:
  bind_hosts: [0.0.0.0]
  port: 53
  anonymize_client_ip: false
  ratelimit: 20
  ratelimit_whitelist: []
  refuse_any: true
  upstream_dns:
    - 9.9.9.9
    - https://dns10.quad9.net/dns-query
    - '[/fritz.box/]192.168.178.1'
  upstream_dns_file: ""
  bootstrap_dns: [9.9.9.10, 149.112.112.10]
  fallback_dns: []
  upstream_mode: load_balance
  fastest_timeout: 1s
  allowed_clients: []
  disallowed_clients: []
  blocked_hosts: [version.bind, id.server, hostname.bind]
  trusted_proxies: [127.0.0.0/8, '::1/128']
  cache_size: 4194304
  edns_client_subnet: {custom_ip: "", enabled: false, use_custom: false}
  max_goroutines: 300
  upstream_timeout: 10s
  private_networks: []
  use_private_ptr_resolvers: true
  hostsfile_enabled: true
tls: {enabled: false, server_name: "", port_https: 443, port_dns_over_tls: 853}
querylog:
  dir_path: ""
  ignored: []
  interval: 2160h
  size_memory: 1000
  enabled: false
  file_enabled: true
statistics: {dir_path: "", ignored: [], interval: 24h, enabled: true}
filters:
  - enabled: true
    url: https://adguardteam.github.io/HostlistsRegistry/assets/filter_1.txt
    name: AdGuard DNS filter
    id: 1
  - enabled: false
    url: https://adguardteam.github.io/HostlistsRegistry/assets/filter_2.txt
    name: AdAway Default Blocklist
    id: 2
  - enabled: true
    url: https://raw.githubusercontent.com/ShadowWhisperer/BlockLists/master/Lists/Malware
    name: Malware
    id: 3
whitelist_filters: []
user_rules:
  - '||casino.example^'
  - '@@||www.google.com^'
  - '||arcade.example^$client=Mia|192.168.178.99'
  - '@@||homework.example^$ctag=user_child'
  - '||late.example^$client=~Mia'
dhcp:
  enabled: true
  interface_name: eth0
  local_domain_name: lan
filtering:
  blocking_ipv4: ""
  blocking_ipv6: ""
  blocked_services:
    schedule: {time_zone: Europe/Berlin}
    ids: [tinder]
  protection_disabled_until: null
  safe_search:
    enabled: true
    bing: true
    duckduckgo: true
    ecosia: true
    google: true
    pixabay: false
    yandex: false
    youtube: false
  blocking_mode: default
  parental_block_host: family-block.dns.adguard.com
  safebrowsing_block_host: standard-block.dns.adguard.com
  rewrites: [{domain: nas.lan, answer: 192.168.178.40, enabled: true}]
  safe_fs_patterns: []
  safebrowsing_cache_size: 1048576
  cache_time: 30
  filters_update_interval: 24
  blocked_response_ttl: 10
  filtering_enabled: true
  rewrites_enabled: true
  parental_enabled: true
  safebrowsing_enabled: true
  protection_enabled: true
clients:
  runtime_sources: {whois: true, arp: true, rdns: true, dhcp: true, hosts: true}
  persistent:
    - safe_search:
        enabled: true
        bing: true
        duckduckgo: true
        ecosia: true
        google: true
        pixabay: true
        yandex: true
        youtube: true
      blocked_services:
        schedule:
          time_zone: Europe/Berlin
          mon: {start: 16h, end: 19h}
          tue: {start: 16h, end: 19h}
          wed: {start: 16h, end: 19h}
          thu: {start: 16h, end: 19h}
          fri: {start: 16h, end: 20h30m}
          sat: {start: 9h, end: 20h30m}
          sun: {start: 9h, end: 19h}
        ids: [youtube, tiktok, roblox]
      name: Mia
      ids: ['3C:22:FB:00:00:01', mia-9f2c71d0]
      tags: [user_child]
      upstreams: [1.1.1.3]
      uid: 0193a1de-1a2b-7000-8000-000000000001
      upstreams_cache_size: 0
      upstreams_cache_enabled: false
      use_global_settings: false
      filtering_enabled: true
      parental_enabled: true
      safebrowsing_enabled: true
      use_global_blocked_services: false
      ignore_querylog: false
      ignore_statistics: false
    - safe_search:
        enabled: true
        bing: true
        duckduckgo: true
        ecosia: true
        google: true
        pixabay: true
        yandex: true
        youtube: true
      blocked_services:
        schedule:
          time_zone: Europe/Berlin
          mon: {start: 16h, end: 19h}
          tue: {start: 16h, end: 19h}
          wed: {start: 16h, end: 19h}
          thu: {start: 16h, end: 19h}
          fri: {start: 16h, end: 20h30m}
          sat: {start: 9h, end: 20h30m}
          sun: {start: 9h, end: 19h}
        ids: [youtube, tiktok, roblox]
      name: Ben
      ids: ['3c-22-fb-00-00-02', 192.168.178.21, ben-laptop]
      tags: []
      upstreams: []
      uid: 0193a1de-1a2b-7000-8000-000000000002
      upstreams_cache_size: 0
      upstreams_cache_enabled: false
      use_global_settings: false
      filtering_enabled: true
      parental_enabled: true
      safebrowsing_enabled: true
      use_global_blocked_services: false
      ignore_querylog: false
      ignore_statistics: false
    - name: Mum and Dad
      ids: [192.168.178.30, 'fd00::30']
      safe_search: {enabled: false}
      blocked_services: {schedule: {time_zone: Local}, ids: []}
      use_global_settings: false
      filtering_enabled: true
      parental_enabled: false
      safebrowsing_enabled: true
      use_global_blocked_services: false
      ignore_querylog: true
    - name: Guests
      ids: [192.168.179.0/24]
      use_global_settings: true
      use_global_blocked_services: true
log: {enabled: true, file: "", max_backups: 0, verbose: false}
os: {group: "", user: "", rlimit_nofile: 0}
schema_version: 34
"""

PIHOLE_HOME: Final = """
INSERT INTO "group" (id, enabled, name, description) VALUES
  (1, 1, 'Kids', 'school age'), (2, 1, 'Unfiltered', NULL);
INSERT INTO adlist (id, address, enabled, comment, type) VALUES
  (1, 'https://raw.githubusercontent.com/StevenBlack/hosts/master/hosts', 1,
   'Migrated from /etc/pihole/adlists.list', 0),
  (2, 'https://nsfw.oisd.nl/', 1, 'nsfw', 0);
INSERT INTO adlist_by_group VALUES (1, 0), (1, 1), (2, 1);
INSERT INTO domainlist (id, type, domain, enabled, comment) VALUES
  (1, 3, '(\\.|^)casino\\.example$', 1, 'no betting'), (2, 0, 'wiki.example', 1, NULL),
  (3, 3, '(\\.|^)library\\.example$', 1, NULL);
INSERT INTO domainlist_by_group VALUES (1, 0), (1, 1), (2, 0), (2, 1), (3, 1);
INSERT INTO client (id, ip, comment) VALUES
  (1, '3C:22:FB:00:00:01', 'Mia''s tablet'), (2, '3C:22:FB:00:00:02', 'Ben'),
  (3, '192.168.178.21', 'Ben'), (4, 'tablet.lan', 'Old tablet'), (5, 'nas', NULL),
  (6, 'smart-tv', NULL), (7, ':wlan0', 'Wi-Fi'), (8, '192.168.178.0/24', 'At home'),
  (9, '192.168.178.30', 'Mum');
INSERT INTO client_by_group VALUES
  (1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 1), (7, 0), (8, 0), (9, 2);
"""

PIHOLE_HOME_TOML: Final = """
# Pi-hole configuration file (v6.1)
[dns]
  upstreams = ["9.9.9.9", "149.112.112.112"]
  CNAMEdeepInspect = true
  hosts = ["192.168.178.40 nas"]
  revServers = ["true,192.168.178.0/24,192.168.178.1,fritz.box"]
  [dns.blocking]
    active = true
    mode = "NULL"
[dhcp]
  active = true
  hosts = ["3C:22:FB:00:00:04,192.168.178.24,tablet.lan"]
[webserver.api]
  pwhash = "$BALLOON-SHA256$v=1$s=1024,t=32$abc"
"""

PIHOLE_HOME_OLD: Final = {
    "custom.list": "192.168.178.40 nas\n",
    "dnsmasq.d/04-pihole-static-dhcp.conf": (
        "dhcp-host=3C:22:FB:00:00:04,192.168.178.24,tablet.lan\n"
    ),
}

BLOCKY_HOME: Final = """\
upstreams:
  init: {strategy: fast}
  groups:
    default: [9.9.9.9, 'https://dns.digitale-gesellschaft.ch/dns-query']
  strategy: parallel_best
  timeout: 2s
connectIPVersion: dual
customDNS:
  customTTL: 1h
  filterUnmappedTypes: true
  mapping:
    nas.lan: 192.168.178.40
    smart-tv.lan: 192.168.178.50
conditional:
  fallbackUpstream: false
  mapping: {fritz.box: 192.168.178.1}
blocking:
  denylists:
    ads: ['https://raw.githubusercontent.com/StevenBlack/hosts/master/hosts']
    adult: ['https://nsfw.oisd.nl/']
    games:
      - |
        *.roblox.com
        *.library.example
  allowlists:
    ads:
      - |
        *.wiki.example
  schedules:
    schoolnight: {weekdays: [sun, mon, tue, wed, thu], start: "20:00", end: "06:30"}
    lessons: {weekdays: [mon, tue, wed, thu, fri], start: "08:00", end: "13:00"}
  listSchedules: {games: [schoolnight, lessons]}
  clientGroupsBlock:
    default: [ads]
    mia-*: [ads, adult, games]
    192.168.178.21: [ads, adult, games]
    192.168.179.0/24: [ads, adult]
    smart-tv.lan: [ads]
    ben-laptop: [ads, adult]
  blockType: zeroIp
  blockTTL: 1m
  loading: {refreshPeriod: 4h}
clientLookup:
  upstream: 192.168.178.1
  singleNameOrder: [2, 1]
  clients:
    mia-tablet: [192.168.178.20, 'fd00::20']
prometheus: {enable: true, path: /metrics}
queryLog: {type: csv, target: /logs, logRetentionDays: 7}
ports: {dns: 53, http: 4000}
log: {level: info, format: text}
"""


def write_exported_homes(folder: Path, network: str = NETWORK) -> dict[str, Path]:
    """Write all of them to *folder*; return the file by what imports it, for `pihole` several.

    The house has addresses that begin with *network*.
    """

    def here(text: str) -> str:
        return text.replace(NETWORK, network)

    (folder / "AdGuardHome.yaml").write_text(here(ADGUARD_HOME))
    (folder / "config.yml").write_text(here(BLOCKY_HOME))
    gravity = write_gravity(folder / "gravity.db", here(PIHOLE_HOME))
    backup, old = folder / "pi-hole_teleporter.zip", folder / "pi-hole-teleporter.tar.gz"
    beside = {member: here(text) for member, text in PIHOLE_HOME_OLD.items()}
    return {
        "adguard": folder / "AdGuardHome.yaml",
        "blocky": folder / "config.yml",
        "pihole 6": write_teleporter(backup, gravity, here(PIHOLE_HOME_TOML)),
        "pihole 5": write_old_teleporter(old, gravity, beside),
        "pihole db": gravity,
    }
