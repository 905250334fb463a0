"""What other filters export, in their documented formats: one household each.

Sources: Pi-hole's schema version 20 and its Teleporter of versions 5 and 6; AdGuardHome.yaml as of
schema version 34; the reference config of blocky as of August 2026.
"""

import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from filterdns.importing.imported import Known
from tests.support.configs import catalog

GRAVITY_SCHEMA: Final = """
CREATE TABLE "group" (id INTEGER PRIMARY KEY AUTOINCREMENT, enabled BOOLEAN NOT NULL DEFAULT 1,
  name TEXT UNIQUE NOT NULL, date_added INTEGER NOT NULL DEFAULT 0,
  date_modified INTEGER NOT NULL DEFAULT 0, description TEXT);
INSERT INTO "group" (id, enabled, name) VALUES (0, 1, 'Default');
CREATE TABLE domainlist (id INTEGER PRIMARY KEY AUTOINCREMENT, type INTEGER NOT NULL DEFAULT 0,
  domain TEXT NOT NULL, enabled BOOLEAN NOT NULL DEFAULT 1, date_added INTEGER NOT NULL DEFAULT 0,
  date_modified INTEGER NOT NULL DEFAULT 0, comment TEXT, UNIQUE(domain, type));
CREATE TABLE adlist (id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL,
  enabled BOOLEAN NOT NULL DEFAULT 1, date_added INTEGER NOT NULL DEFAULT 0,
  date_modified INTEGER NOT NULL DEFAULT 0, comment TEXT, date_updated INTEGER,
  number INTEGER NOT NULL DEFAULT 0, invalid_domains INTEGER NOT NULL DEFAULT 0,
  status INTEGER NOT NULL DEFAULT 0, abp_entries INTEGER NOT NULL DEFAULT 0,
  type INTEGER NOT NULL DEFAULT 0, UNIQUE(address, type));
CREATE TABLE adlist_by_group (adlist_id INTEGER NOT NULL, group_id INTEGER NOT NULL,
  PRIMARY KEY (adlist_id, group_id));
CREATE TABLE gravity (domain TEXT NOT NULL, adlist_id INTEGER NOT NULL);
CREATE TABLE antigravity (domain TEXT NOT NULL, adlist_id INTEGER NOT NULL);
CREATE TABLE info (property TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO info VALUES ('version', '20');
CREATE TABLE domainlist_by_group (domainlist_id INTEGER NOT NULL, group_id INTEGER NOT NULL,
  PRIMARY KEY (domainlist_id, group_id));
CREATE TABLE client (id INTEGER PRIMARY KEY AUTOINCREMENT, ip TEXT NOT NULL UNIQUE,
  date_added INTEGER NOT NULL DEFAULT 0, date_modified INTEGER NOT NULL DEFAULT 0, comment TEXT);
CREATE TABLE client_by_group (client_id INTEGER NOT NULL, group_id INTEGER NOT NULL,
  PRIMARY KEY (client_id, group_id));
"""

PIHOLE_ROWS: Final = """
INSERT INTO "group" (id, enabled, name) VALUES (1, 1, 'Kids'), (2, 1, 'Guests'), (3, 0, 'Off');
INSERT INTO adlist (id, address, enabled, comment, type) VALUES
  (1, 'https://lists.example/ads.txt', 1, NULL, 0),
  (2, 'https://lists.example/grown-up.txt', 1, 'Grown ups', 0),
  (3, 'https://lists.example/old.txt', 0, NULL, 0),
  (4, 'https://lists.example/allowed.txt', 1, NULL, 1),
  (5, 'https://lists.example/nobody.txt', 1, NULL, 0);
INSERT INTO adlist_by_group VALUES (1, 0), (1, 1), (2, 1), (3, 0), (4, 0), (5, 3);
INSERT INTO domainlist (id, type, domain, enabled) VALUES
  (1, 1, 'games.example', 1), (2, 0, 'good.ads.example', 1), (3, 3, '(\\.|^)video\\.example$', 1),
  (4, 3, '^track[0-9]+\\.', 1), (5, 2, '(^|\\.)learn\\.video\\.example$', 1),
  (6, 1, 'x.learn.video.example', 1), (7, 1, 'off.example', 0), (8, 1, 'shop.example', 1),
  (9, 0, 'mixed.example', 1), (10, 1, 'hidden.example', 1);
INSERT INTO domainlist_by_group VALUES
  (1, 1), (2, 0), (2, 1), (3, 1), (4, 0), (5, 1), (6, 1), (7, 0), (8, 2), (9, 0), (10, 3);
INSERT INTO client (id, ip, comment) VALUES
  (1, '192.168.1.20', 'Mia''s tablet'), (2, '10.9.0.0/16', NULL), (3, '3C:22:FB:01:02:03', 'TV'),
  (4, '192.168.1.30', 'Guest'), (5, 'laptop', NULL), (6, '192.168.1.40', 'NAS');
INSERT INTO client_by_group VALUES (1, 1), (2, 0), (2, 2), (3, 1), (4, 2), (4, 0), (5, 1);
INSERT INTO gravity VALUES ('ads.example', 1), ('tracker.example', 1), ('x.mixed.example', 1),
  ('cam.example', 2), ('old.example', 3), ('nobody.example', 5);
INSERT INTO antigravity VALUES ('tracker.example', 4);
"""

PIHOLE_TOML: Final = """
[dns]
upstreams = ["9.9.9.9", "2620:fe::fe#53", "192.168.1.1#5335", "dns.example"]
hosts = ["192.168.1.40 nas nas.lan # in the cellar"]
cnameRecords = ["files.lan,nas.lan"]
[dns.blocking]
mode = "NODATA"
"""

ADGUARD: Final = r"""
http: {address: 0.0.0.0:80}
users: [{name: admin, password: $2a$10$abcdefghijklmnopqrstuv}]
dns:
  bind_hosts: [0.0.0.0]
  port: 53
  upstream_dns:
    - 9.9.9.9
    - '# a comment'
    - tls://dns.quad9.net
    - https://dns10.quad9.net/dns-query
    - '[/fritz.box/]192.168.1.1'
  blocked_hosts: [version.bind, id.server, hostname.bind]
  disallowed_clients: [203.0.113.9]
filtering:
  blocking_mode: default
  protection_enabled: true
  filtering_enabled: true
  parental_enabled: false
  safebrowsing_enabled: false
  safe_search: {enabled: false, google: true, youtube: true}
  rewrites:
    - {domain: nas.lan, answer: 192.168.1.40, enabled: true}
    - {domain: '*.lan', answer: 192.168.1.41, enabled: true}
  blocked_services:
    schedule:
      time_zone: Europe/Berlin
      mon: {start: 15h, end: 18h}
      tue: {start: 15h, end: 18h}
      sat: {start: 0s, end: 24h}
    ids: [youtube, tiktok, 500px]
filters:
  - {enabled: true, url: https://lists.example/ads.txt, name: Ads, id: 1}
  - {enabled: false, url: https://lists.example/old.txt, name: Old, id: 2}
whitelist_filters:
  - {enabled: true, url: https://lists.example/allowed.txt, name: Allowed, id: 3}
user_rules:
  - '! ours'
  - '||shop.example^'
  - '@@||good.shop.example^'
  - 0.0.0.0 exact.example
  - '/^track[0-9]+\./'
  - '||important.example^$important'
  - '@@||sub.important.example^'
  - '||kids.example^$client=192.168.1.20'
  - '@@||www.tiktok.com^'
  - '@@||learn.example^'
  - '||play.learn.example^'
  - lonely.example
  - 192.168.1.44 printer.lan
clients:
  runtime_sources: {whois: true}
  persistent:
    - name: Mia
      ids: [192.168.1.20, mia-phone]
      tags: [user_child]
      upstreams: []
      use_global_settings: false
      filtering_enabled: true
      parental_enabled: true
      safebrowsing_enabled: true
      safe_search: {enabled: true}
      use_global_blocked_services: false
      blocked_services:
        schedule: {time_zone: Europe/London, sat: {start: 10h, end: 12h30m}}
        ids: [roblox]
    - name: Guests
      ids: [10.9.0.0/16]
      use_global_settings: false
      filtering_enabled: false
      use_global_blocked_services: true
      blocked_services: {schedule: {time_zone: Local}, ids: []}
    - name: NAS
      ids: [192.168.1.40]
      use_global_settings: true
      use_global_blocked_services: true
    - name: TV
      ids: ['3c:22:fb:01:02:03']
      use_global_settings: true
      use_global_blocked_services: false
      blocked_services: {schedule: {time_zone: Local}, ids: [roblox, twitter]}
schema_version: 34
"""

BLOCKY: Final = """
upstreams:
  groups:
    default: [9.9.9.9, 'tcp+udp:149.112.112.112', 'tcp-tls:fdns1.dismail.de:853']
    laptop*: [123.123.123.123]
customDNS:
  mapping: {printer.lan: '192.168.178.3,2001:db8::3'}
conditional:
  mapping: {fritz.box: 192.168.178.1}
blocking:
  denylists:
    ads:
      - https://lists.example/ads.txt
      - |
        # inline
        tracker.example
        *.wild.example
        /^banner[0-9]+[.]/
    special:
      - |
        special.example
    games:
      - |
        *.games.example
  allowlists:
    ads:
      - |
        good.wild.example
        /^free[.]/
    school:
      - |
        *.school.example
        wiki.example
  clientGroupsBlock:
    default: [ads]
    kid-*: [ads, games]
    192.168.1.1/24: [special]
    192.168.2.50: [school, ads]
    stranger: [games]
  schedules:
    evening: {weekdays: [mon, tue, wed, thu], start: "20:00", end: "06:00"}
    weekend: {weekdays: [sat, sun]}
  listSchedules:
    games: [evening, weekend]
  blockType: nxDomain
clientLookup:
  clients:
    kid-laptop: [192.168.1.20]
"""

LISTS: Final[Mapping[str, str]] = {
    "https://lists.example/ads.txt": "ads.example\ntracker.example\nx.mixed.example\n",
    "https://lists.example/grown-up.txt": "cam.example\n",
    "https://lists.example/nobody.txt": "nobody.example\n",
}


def known(timezone: str = "Europe/Berlin", **category_by_url: str) -> Known:
    """Return the words of the catalogue that ships."""
    categories = catalog().categories
    return Known(
        frozenset(categories),
        frozenset(each.id for each in categories.values() if each.starter),
        frozenset(each.id for each in categories.values() if each.is_locked),
        frozenset(catalog().services),
        timezone,
        category_by_url,
    )


def write_gravity(path: Path, rows: str = PIHOLE_ROWS, schema: str = GRAVITY_SCHEMA) -> Path:
    """Write a gravity.db with *rows* to *path*."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(schema + rows)
    return path


def write_teleporter(path: Path, gravity: Path, toml: str = PIHOLE_TOML) -> Path:
    """Write the backup of Pi-hole 6 that holds *gravity* to *path*."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("etc/pihole/pihole.toml", toml)
        archive.writestr("etc/hosts", "127.0.0.1 localhost\n")
        archive.writestr("etc/pihole/gravity.db", gravity.read_bytes())
    return path


def write_old_teleporter(
    path: Path, gravity: Path, members_beside: Mapping[str, str] | None = None
) -> Path:
    """Write the backup of Pi-hole 5 that says what *gravity* does to *path*."""
    members: dict[str, Any] = {}
    with closing(sqlite3.connect(gravity)) as database:
        database.row_factory = sqlite3.Row

        def rows(query: str) -> list[dict[str, Any]]:
            return [dict(row) for row in database.execute(query)]

        for table in ("group", "adlist", "client"):
            members[f"{table}.json"] = rows(f'SELECT * FROM "{table}"')
        for table in ("adlist", "domainlist", "client"):
            members[f"{table}_by_group.json"] = rows(f"SELECT * FROM {table}_by_group")
        kinds = ("whitelist.exact", "blacklist.exact", "whitelist.regex", "blacklist.regex")
        for kind, member in enumerate(kinds):
            members[f"{member}.json"] = rows(f"SELECT * FROM domainlist WHERE type = {kind}")
    members["adlist.json"] = [row for row in members["adlist.json"] if row.pop("type") == 0]
    texts = {name: json.dumps(value) for name, value in members.items()}
    texts["setupVars.conf"] = "PIHOLE_DNS_1=9.9.9.9\nPIHOLE_DNS_2=8.8.8.8#5353\nWEBPASSWORD=x\n"
    texts["pihole-FTL.conf"] = "BLOCKINGMODE=NXDOMAIN\n"
    texts["custom.list"] = "192.168.1.40 nas.lan\n"
    texts["dnsmasq.d/05-pihole-custom-cname.conf"] = "cname=files.lan,nas.lan\n"
    texts |= members_beside or {}
    with tarfile.open(path, "w:gz") as archive:
        for name, text in texts.items():
            header = tarfile.TarInfo(name)
            header.size = len(text.encode())
            archive.addfile(header, io.BytesIO(text.encode()))
    return path
