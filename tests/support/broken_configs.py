"""Configs with one thing wrong, each with the place and the cure that its message must name.

The loader, the command line and a reload are fed the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = "version: 1\ntimezone: Europe/Berlin\nupstreams: {servers: [127.0.0.1:5353]}\n"


@dataclass(frozen=True)
class BrokenConfig:
    """A config file, what else lies beside it, and what the message about it must hold.

    *place* is the beginning of the line of output, *cure* a part of it.
    """

    name: str
    content: bytes
    place: str
    cure: str
    others: Mapping[str, bytes]

    def write(self, folder: Path) -> Path:
        """Write the files into *folder* and return the path of the config."""
        for name, content in self.others.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        path = folder / "config.yaml"
        path.write_bytes(self.content)
        return path


def _broken(name: str, body: str, place: str, cure: str, **others: str) -> BrokenConfig:
    """A broken config whose *body* begins in line 4, after `HEAD`."""
    files = {file.replace("__", "/") + ".yaml": text.encode() for file, text in others.items()}
    return BrokenConfig(name, (HEAD + body).encode(), _line_start(place), cure, files)


def _raw(name: str, content: bytes, place: str, cure: str) -> BrokenConfig:
    return BrokenConfig(name, content, _line_start(place), cure, {})


def _line_start(place: str) -> str:
    return f"{place} " if place.count(":") == 2 else f"config.yaml:{place} "


PERSON = "people: {mia: {policy: child}}\npolicies: {child: {}}\n"

BROKEN_CONFIGS: tuple[BrokenConfig, ...] = (
    # no text at all
    _raw("binary junk", bytes(range(256)) * 8, "1:1", "save"),
    _raw("not UTF-8", HEAD.encode() + b"hosts: {b\xfcro.home: 127.0.0.1}\n", "4:10", "save"),
    _raw("UTF-16", HEAD.encode("utf-16"), "1:1", "save it as UTF-8"),
    _raw("a NUL byte", HEAD.encode() + b"hosts:\x00\n", "4:7", "save it as plain text"),
    _raw("5 MB of brackets", b"[" * 5_000_000, "1:1", "split it"),
    _raw("3 MB of brackets", b"[" * 3_000_000, "1:25", "check the brackets"),
    _raw("an empty file", b"", "1:1", "config.example.yaml"),
    _raw("a list", b"- a\n- b\n", "1:1", "key: value"),
    # YAML that cannot be read
    _broken("a tab", "hosts:\n\tprinter.home: 127.0.0.1\n", "5:1", "indent with spaces"),
    _broken("an open quote", 'hosts: {"printer: 127.0.0.1}\n', "4:9", "close it"),
    _broken("an open bracket", "allow_clients: [local\nhosts: {}\n", "4:16", "close it"),
    _broken("a second colon", "metrics: listen: 127.0.0.1:9153\n", "4:16", "put quotes"),
    _broken("wrong indentation", "policies:\n  a: {}\n b: {}\n", "6:2", "check the indentation"),
    _broken("a second document", "---\npeople: {}\n", "4:1", "remove the line ---"),
    _broken("an alias to nothing", "people: *nobody\n", "4:9", 'write "&nobody"'),
    _broken(
        "a billion laughs",
        "hosts:\n  a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"  {new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "5:14",
        "fewer aliases",
    ),
    _broken("an object of Python", "people: !!python/object:os.system {}\n", "4:9", "remove it"),
    # keys
    _broken(
        "a repeated key",
        "people:\n  mia: {policy: a}\n  mia: {policy: b}\npolicies: {a: {}, b: {}}\n",
        "6:3",
        "config.yaml:5:3; keep one",
    ),
    _broken(
        "a mistyped key",
        "people:\n  mia: {polcy: child}\npolicies: {child: {}}\n",
        "5:9",
        'did you mean "policy"?',
    ),
    _broken("a mistyped section", "peopel: {}\n", "4:1", 'did you mean "people"?'),
    _broken("a missing key", "people:\n  mia: {devices: []}\n", "5:8", "policy: child"),
    _broken(
        "a key without a value", "policies:\n  child:\n    block:\n", "6:11", "remove the line"
    ),
    _broken(
        "a key not built yet",
        "policies:\n  child:\n    budgets: []\n",
        "6:5",
        '"budgets" is not built yet in this version; remove it',
    ),
    _broken(
        "a section not built yet",
        "web: {listen: [127.0.0.1:8080]}\n",
        "4:1",
        '"web" is not built yet in this version; remove it',
    ),
    _broken(
        "a word not built yet", "policies: {a: {log: all}}\n", "4:21", '"all" is not built yet'
    ),
    # types
    _broken(
        "a text for a list", "policies: {child: {block: adult}}\n", "4:27", "write it like [adult]"
    ),
    _broken("a list for a mapping", "people: [mia]\n", "4:9", "write `key: value`"),
    _broken(
        "a mapping for a text", "policies: {child: {extends: {a: 1}}}\n", "4:29", "single text"
    ),
    _broken("a word for a number", "limits: {burst: many}\n", "4:17", "write digits only"),
    _broken("a number that is too small", "limits: {burst: 0}\n", "4:17", "at least 1"),
    _broken(
        "a word that is none of the choices",
        "policies: {a: {answer: {mode: nxdomian}}}\n",
        "4:31",
        'did you mean "nxdomain"?',
    ),
    # words that refer to something
    _broken(
        "an unknown policy",
        "people: {mia: {policy: kid}}\npolicies: {child: {}}\n",
        "4:24",
        '"kid" is not a policy; did you mean "child"?',
    ),
    _broken(
        "an unknown policy to extend",
        "policies: {child: {extends: save}, safe: {}}\n",
        "4:29",
        'did you mean "safe"?',
    ),
    _broken(
        "a circle of extends", "policies: {a: {extends: b}, b: {extends: a}}\n", "4:42", "a → b → a"
    ),
    _broken(
        "an unknown schedule",
        "schedules: {bedtime: {fri: always}}\npolicies: {a: {during: {bedtme: {internet: off}}}}\n",
        "5:25",
        'did you mean "bedtime"?',
    ),
    _broken(
        "an unknown schedule of a person",
        PERSON.replace("child}", "child, schedules: {bedtime: {fri: never}}}"),
        "4:43",
        "none is defined",
    ),
    _broken(
        "an unknown category",
        "policies: {a: {block: [gamblin]}}\n",
        "4:24",
        'did you mean "gambling"?',
    ),
    _broken(
        "an unknown service",
        "policies: {a: {block: [service:tik-tok]}}\n",
        "4:24",
        'did you mean "tiktok"?',
    ),
    _broken(
        "a service without its prefix",
        "policies: {a: {block: [tiktok]}}\n",
        "4:24",
        "service:tiktok",
    ),
    _broken(
        "an unknown person",
        PERSON + "expect: [{who: mai, at: Fri 12:00, name: a.example, is: allowed}]\n",
        "6:16",
        'did you mean "mia"?',
    ),
    _broken(
        "a test in a year that nobody means",
        PERSON + 'expect: [{who: mia, at: "9999-12-31 23:59", name: a.example, is: allowed}]\n',
        "6:25",
        "1970 to 2199",
    ),
    _broken(
        "a way around the filter as a category",
        "policies: {a: {block: [vpn]}}\n",
        "4:24",
        "bypass: {vpn: block}",
    ),
    _broken("a locked category opened", "policies: {a: {allow: [adult]}}\n", "4:24", "one by one"),
    _broken(
        "a name allowed and blocked in one place",
        "policies:\n  a:\n    allow: [chess.example]\n    block: [Chess.example]\n",
        "6:13",
        "blocked at config.yaml:7:13; keep one",
    ),
    # names, times, addresses
    _broken("a wildcard", 'policies: {a: {block: ["*.x.example"]}}\n', "4:24", 'write "x.example"'),
    _broken(
        "the address of a page",
        'policies: {a: {block: ["https://x.example/y"]}}\n',
        "4:24",
        "the name in it",
    ),
    _broken(
        "a name that is none",
        "policies: {a: {block: [a..example]}}\n",
        "4:24",
        "write it like example.com",
    ),
    _broken(
        "a bad time",
        'schedules: {bedtime: {daily: "25:00-06:30"}}\n',
        "4:30",
        "write it like 20:30",
    ),
    _broken("a bad window", "schedules: {bedtime: {daily: 20:30}}\n", "4:30", "20:30-06:30"),
    _broken("a bad weekday", "schedules: {bedtime: {friday: always}}\n", "4:23", "mon-fri"),
    _broken(
        "a day in two lines",
        "schedules: {bedtime: {mon-fri: always, fri-sat: never}}\n",
        "4:40",
        "each day in one line",
    ),
    _broken("a bad date", "calendar: {holidays: [2026-02-30]}\n", "4:23", "2026-12-24"),
    _broken("a bad duration", "history: {keep: 14 days}\n", "4:17", "14d"),
    _broken("a bad size", "history: {at_most: 500}\n", "4:20", "500MB"),
    _raw("a bad time zone", b"timezone: Europe/Berln\n", "1:11", 'did you mean "Europe/Berlin"?'),
    _broken(
        "a bad address",
        PERSON.replace("child}", "child, devices: [{name: a, ip: 1.2.3}]}"),
        "4:55",
        "192.168.1.20",
    ),
    _broken(
        "a bad network",
        PERSON.replace("child}", "child, devices: [{name: a, network: 10.1.2.3/24}]}"),
        "4:60",
        "10.1.2.0/24",
    ),
    _broken(
        "an address of two devices",
        PERSON.replace(
            "child}", "child, devices: [{name: a, ip: 10.0.0.1}, {name: b, ip: 10.0.0.1}]}"
        ),
        "4:80",
        "give it to one device",
    ),
    _broken("a bad place to listen", "listen: {dns: [localhost]}\n", "4:16", "127.0.0.1:53"),
    _broken("an open resolver", "allow_clients: [0.0.0.0/0]\n", "4:17", "open resolver"),
    _broken(
        "the wrong moment",
        PERSON + "expect: [{who: mia, at: Fr 12:00, name: a.example, is: allowed}]\n",
        "6:25",
        "Fri 21:59",
    ),
    # files
    _broken(
        "a missing list",
        "categories: {drugs: {sources: [file:drugs.txt]}}\n",
        "4:32",
        "check the path",
    ),
    _broken(
        "a list by a URL with a password",
        "categories: {drugs: {sources: ['https://kim:secret@x.example/y']}}\n",
        "4:32",
        "https://HOST/PATH",
    ),
    _broken("a missing include", "include: people.yaml\n", "4:10", "check path and rights"),
    _broken(
        "a circle of includes",
        "include: conf/a.yaml\n",
        "conf/a.yaml:1:10",
        "remove one include",
        conf__a="include: ../config.yaml\n",
    ),
    _broken(
        "a key in two files",
        "include: more.yaml\npolicies: {a: {}}\n",
        "more.yaml:1:12",
        "first at config.yaml:5:12; keep one",
        more="policies: {a: {}}\n",
    ),
    _broken(
        "a variable that is not set",
        "hosts: {a.home: !env FILTERDNS_NOBODY_SETS_THIS}\n",
        "4:17",
        "set it",
    ),
    _broken(
        "a missing secret", "hosts: {a.home: !file no-such-file}\n", "4:17", "check path and rights"
    ),
)
