"""What a fetch is asked and what it says: plain values, and as JSON between two processes.

The fetch process reads one job from its standard input and writes lines to its standard output:

    {"sources": [{"category": "adult", "name": "big", "url": "https://…", "sha256": ""}],
     "folder": "…/fetched", "upstreams": [{"host": "9.9.9.9", "port": 53, "transport": "udp"}],
     "allow_private": false, "allowed_networks": [], "force": false, "limits": {}}

    {"t": "progress", "what": "big", "done": 4845, "total": 60512}       again and again
    {"t": "fetched", "category": "adult", "name": "big", "state": "new", "path": "…", …}
    {"t": "done"}                                       when every source has been told
    {"t": "error", "message": "…"}                      instead of that, exit code 1
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from filterdns.blocklists.fetching.limits import DEFAULT_LIMITS, Limits
from filterdns.errors import BlocklistError

SHA256_DIGITS: Final = 64


class WebSource(NamedTuple):
    """One list to fetch. *sha256* is the checksum that its text has to have, in hex, or empty."""

    category: str
    name: str
    url: str
    sha256: str = ""


class NameServer(NamedTuple):
    """Who is asked for addresses: a numeric *host*, over *transport* `udp` (or TCP) or `tcp`."""

    host: str
    port: int
    transport: str = "udp"


@dataclass(frozen=True, slots=True)
class FetchJob:
    """A fetch: what, into which folder, and what it may do.

    Without *upstreams* the system's resolver is asked. *allowed_networks* may be connected to
    though they are not public; with *allow_private*, all may. *force*: also what is to be left
    alone for a while.
    """

    sources: tuple[WebSource, ...]
    folder: Path
    upstreams: tuple[NameServer, ...] = ()
    allow_private: bool = False
    allowed_networks: tuple[str, ...] = ()
    force: bool = False
    limits: Limits = DEFAULT_LIMITS

    def to_json(self) -> str:
        """Return the job as the fetch process reads it."""
        values = asdict(self)
        values |= {
            "sources": [source._asdict() for source in self.sources],
            "upstreams": [server._asdict() for server in self.upstreams],
            "limits": self.limits._asdict(),
        }
        return json.dumps(values, default=str)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the job in *text*. Raises `BlocklistError` if there is none."""
        try:
            values = json.loads(text)
            return cls(
                sources=tuple(_web_source(source) for source in values["sources"]),
                folder=Path(values["folder"]),
                upstreams=tuple(NameServer(**server) for server in values.get("upstreams", ())),
                allow_private=bool(values.get("allow_private", False)),
                allowed_networks=_networks(values.get("allowed_networks", ())),
                force=bool(values.get("force", False)),
                limits=_limits(values.get("limits", {})),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BlocklistError(f"the fetch got no job that it can read: {error!r}") from error


class State(StrEnum):
    """What became of a source."""

    NEW = "new"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # it failed, and the last good copy stays
    FAILED = "failed"  # and there is no copy


class Fetched(NamedTuple):
    """What became of one source, and the copy that there is: its *path*, None without one.

    *error* says why the state is `kept` or `failed`.
    """

    category: str
    name: str
    state: State
    path: Path | None = None
    sha256: str = ""
    size: int = 0
    error: str = ""


class FetchProgress(NamedTuple):
    """How many bytes of the list *what* are there; *total* is 0 where the server does not say."""

    what: str
    done: int
    total: int


class Done(NamedTuple):
    """The end: every source has been told."""


Said = FetchProgress | Fetched | Done


def to_line(said: Said | BlocklistError) -> str:
    """Return *said* as a line of the fetch process, without the line end."""
    match said:
        case FetchProgress():
            return json.dumps({"t": "progress", **said._asdict()})
        case Fetched():
            return json.dumps({"t": "fetched", **said._asdict()}, default=str)
        case Done():
            return json.dumps({"t": "done"})
        case BlocklistError():
            return json.dumps({"t": "error", "message": str(said)})


def from_line(line: str | bytes) -> Said:
    """Return what the fetch process says by *line*.

    Raises `BlocklistError` with its words if it says that it failed, or if it is no such line.
    """
    try:
        values = json.loads(line)
        kind = values.pop("t")
        if kind == "progress":
            return FetchProgress(**values)
        if kind == "fetched":
            path = None if values["path"] is None else Path(values["path"])
            return Fetched(**{**values, "state": State(values["state"]), "path": path})
        if kind == "done":
            return Done(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BlocklistError(f"the fetch said what cannot be read: {error!r}") from error
    raise BlocklistError(str(values.get("message", f"the fetch said {kind!r}")))


def _web_source(values: dict[str, Any]) -> WebSource:
    source = WebSource(**values)
    if source.sha256 and not _is_sha256(source.sha256):
        raise ValueError(f"{source.url}: found sha256 {source.sha256!r}, expected 64 hex digits")
    return source._replace(sha256=source.sha256.lower())


def _is_sha256(text: str) -> bool:
    return len(text) == SHA256_DIGITS and not set(text) - set("0123456789abcdefABCDEF")


def _limits(values: dict[str, Any]) -> Limits:
    found = Limits(**values)
    return found._replace(retry_seconds=tuple(found.retry_seconds))


def _networks(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(ip_network(text)) for text in texts)
