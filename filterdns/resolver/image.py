"""The image: all that a worker needs to answer, in one file that is replaced whole.

The file is JSON, one record a line, so that it is decoded in steps of a few records and never in
one long piece; it is data only. The first line is the header, the last one says how many lines
there are: a file that was cut off is refused.
"""

import json
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from filterdns.durable import new_file
from filterdns.errors import StateError
from filterdns.policy.ruleset import Ruleset
from filterdns.resolver.plain import from_plain, hints_of, to_plain
from filterdns.steps import Steps, at_once

FORMAT = 1


class UpstreamServer(NamedTuple):
    """Where allowed questions go: `udp` falls back to TCP on truncation, `tcp` uses TCP alone."""

    host: str
    port: int = 53
    transport: str = "udp"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one worker spends at most, and what one client may ask.

    A client's tokens refill at *queries_per_second* up to *burst*. Bytes are estimates of what the
    tables hold, the objects around the messages included.
    """

    queries_per_second: int = 1000
    burst: int = 2000
    client_slots: int = 50_000
    cache_bytes: int = 32 << 20
    memo_bytes: int = 64 << 20
    in_flight: int = 5_000
    in_flight_per_client: int = 500
    tcp_connections: int = 500
    tcp_connections_per_client: int = 50
    tcp_idle_seconds: float = 10.0
    tcp_total_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Image:
    """The compiled ruleset, upstreams and limits under a version.

    *allow_clients* holds CIDR texts and the word `local`: private ranges and the networks of this
    host's own interfaces. *trusted_forwarders* are CIDR texts. *index_path* is empty where no
    blocklist exists. *sealed_paths* are the files of the armed sealed lists. *probe_key* lets each
    worker know the loop probes of the others.
    """

    version: int
    ruleset: Ruleset
    upstreams: tuple[UpstreamServer, ...] = ()
    allow_clients: tuple[str, ...] = ("local",)
    limits: Limits = Limits()
    index_path: str = ""
    sealed_paths: tuple[str, ...] = ()
    probe_key: bytes = b""
    trusted_forwarders: tuple[str, ...] = ()


def write_image(image: Image, path: Path) -> None:
    """Write *image* under *path*: a new file, fsynced, renamed over the old one.

    For the owner's eyes alone: it says who lives here and what they may do. Raises `StateError`
    when the disk does not take it; the old file is untouched then.
    """
    lines = [json.dumps(line, separators=(",", ":")) for line in _records(image)]
    lines.append(json.dumps(["end", len(lines)]))
    try:
        with new_file(path, mode=0o600) as file:
            file.write("\n".join(lines).encode() + b"\n")
    except OSError as error:
        raise StateError(f"{path}: the image cannot be written: {error.strerror}") from None


def read_image(path: Path) -> Image:
    """Return the image under *path* at once; raises `StateError` when it is damaged."""
    return at_once(ImageReader().read(path))


class ImageReader:
    """Reads one image after the other; what a new one says as the last one did is the same object.

    So a device that changes hands costs as much as two people, and not as a whole school. A line is
    known again by its digest.
    """

    def __init__(self) -> None:
        self._record_by_digest: dict[bytes, _Record] = {}

    def read(self, path: Path) -> Steps[Image]:
        """Read the image under *path*, a record a step.

        No step takes longer than one policy or one person does. Raises `StateError` when the file
        is missing, damaged or of another format.
        """
        known, found = self._record_by_digest, dict[bytes, _Record]()
        mappings: dict[str, Any] = {name: {} for name in ("image", *_MAPPINGS)}
        count = 0
        try:
            with path.open("rb") as file:
                for line in file:
                    digest = blake2b(line, digest_size=_DIGEST_BYTES).digest()
                    record = known.get(digest) or _decode(line, path)
                    if record.kind == "end":
                        _expect(
                            record.key == count,
                            path,
                            f"{count} lines where {record.key} were written",
                        )
                        self._record_by_digest = found
                        return _assemble(mappings)
                    found[digest] = record
                    mappings[record.kind][record.key] = record.value
                    count += 1
                    yield
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise StateError(f"{path}: the image cannot be read: {error}") from None
        raise StateError(f"{path}: the image was cut off after {count} lines")


class _Record(NamedTuple):
    """What a line says: the header under its format, an item of a mapping, or how many lines."""

    kind: str
    key: Any
    value: Any = None


_DIGEST_BYTES: Final = 16
_MAPPINGS = tuple(
    field.name for field in fields(Ruleset) if typing.get_origin(field.type) is Mapping
)


def _records(image: Image) -> Iterator[list[Any]]:
    nothing: dict[str, Any] = {name: {} for name in _MAPPINGS}
    bare = replace(image, ruleset=replace(image.ruleset, **nothing))
    yield ["image", FORMAT, to_plain(bare)]
    for name in _MAPPINGS:
        for key, value in getattr(image.ruleset, name).items():
            yield [name, to_plain(key), to_plain(value)]


def _decode(line: bytes, path: Path) -> _Record:
    kind, key, *rest = json.loads(line)
    if kind == "end":
        return _Record(kind, key)
    [value] = rest
    if kind == "image":
        _expect(key == FORMAT, path, f"format {key}, expected {FORMAT}")
        return _Record(kind, key, from_plain(Image, value))
    key_type, value_type = typing.get_args(hints_of(Ruleset)[kind])
    return _Record(kind, from_plain(key_type, key), from_plain(value_type, value))


def _assemble(mappings: dict[str, Any]) -> Image:
    image: Image = mappings.pop("image")[FORMAT]
    return replace(image, ruleset=replace(image.ruleset, **mappings))


def _expect(holds: bool, path: Path, message: str) -> None:
    if not holds:
        raise StateError(f"{path}: {message}")
