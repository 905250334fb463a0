"""The last config that took effect, kept compiled: for a start while the files are bad.

The file has two lines of JSON: a header, and what the config means. It tells nothing that the image
does not tell, and no more of the config as written. One that is damaged, or of another format than
`FORMAT`, is not used: nothing may be opened because a bit fell over. Lists that ship with the
project are not in it: a new version has its own.
"""

import json
import logging
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from filterdns.config.compile import Meaning, read_override
from filterdns.control.arguments import Options
from filterdns.control.at import write_at
from filterdns.control.plain_meaning import from_values, to_values
from filterdns.durable import new_file
from filterdns.errors import ConfigError, StateError

if TYPE_CHECKING:  # a config that is refused need not wait for all parts of a filter
    from filterdns.control.running import RunningFilter

logger: Final = logging.getLogger(__name__)

FORMAT: Final = 1
OWNER_ONLY: Final = 0o600


class LastGood(NamedTuple):
    """What a config means that took effect at *at* (Unix seconds)."""

    meaning: Meaning
    at: float


class Degraded(NamedTuple):
    """What is in force instead of the config in the files, and why, in words."""

    meaning: Meaning
    why: str


def write_last_good(good: LastGood, path: Path) -> None:
    """Write *good* under *path*, whole or not at all, for the owner's eyes alone.

    The same meaning is not written again: what tells its age is when it took effect first. Raises
    `StateError` when the disk does not take it; the old file is untouched then.
    """
    body = json.dumps(to_values(good.meaning), separators=(",", ":")).encode()
    if _is_kept(path, body):
        return
    header = json.dumps({"format": FORMAT, "at": good.at, "checksum": _checksum(body)}).encode()
    try:
        with new_file(path, mode=OWNER_ONLY) as file:
            file.write(header + b"\n" + body + b"\n")
    except OSError as error:
        raise StateError(f"{path}: cannot be written: {error.strerror or error}") from None


async def keep_good(running: "RunningFilter") -> None:
    """Keep the config in force for the next start. The log tells of a disk that does not take it.

    Waits for a slow disk no longer than `LatestWrite` does. To be called by who holds `changes`.
    """
    good = LastGood(running.in_force.rules.compiled, running.clock.now())
    path = running.options.folders.last_good
    if not await running.last_good.write(lambda: _keep(good, path)):
        logger.warning("%s: the disk takes its time; until then an older config is kept", path)


def _keep(good: LastGood, path: Path) -> None:
    try:
        write_last_good(good, path)
    except StateError as error:
        logger.warning("%s; the config in force is not kept for a start with a bad one", error)


def read_last_good(path: Path) -> LastGood | None:
    """Return the config that took effect last; None where none has been kept.

    Raises `StateError` for a file that is damaged or of another format, `BlocklistError` where what
    ships with the project is.
    """
    try:
        header_line, _, body = path.read_bytes().rstrip(b"\n").partition(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        header: dict[str, Any] = json.loads(header_line)
        if header["format"] != FORMAT:
            raise StateError(f"{path}: it has format {header['format']}, expected {FORMAT}")
        if header["checksum"] != _checksum(body):
            raise StateError(f"{path}: it is damaged: the checksum is another one")
        return LastGood(from_values(json.loads(body)), float(header["at"]))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StateError(f"{path}: it is damaged: {error}") from None


def fall_back(options: Options, error: ConfigError) -> Degraded:
    """Return the last good config in place of the one that *error* is about, and tell the log.

    Raises *error* where there is none that can be used, `ConfigError` where `--upstream` is wrong.
    """
    try:
        good = read_last_good(options.folders.last_good)
    except StateError as damage:
        logger.error("%s; the last good config cannot stand in", damage)
        raise error from None
    if good is None:
        raise error
    meaning = _with_options(good.meaning, options)
    since = write_at(good.at, meaning.ruleset.timezone)
    for problem in error.problems:
        logger.error("%s", problem)
    logger.error("the config cannot be used: the old one of %s is in force, degraded", since)
    logger.error("put it right, then `filterdns reload`")
    return Degraded(meaning, _why(options.config, since, error))


def _with_options(meaning: Meaning, options: Options) -> Meaning:
    """Return *meaning* as the command line wants it; it may ask for something else than before."""
    process = meaning.process
    if options.upstreams:
        meaning = replace(meaning, upstreams=read_override(options.upstreams, process.dns))
    if options.workers is not None:
        meaning = replace(meaning, process=replace(process, workers=options.workers))
    return meaning


def _why(config: Path, since: str, error: ConfigError) -> str:
    count = len(error.problems)
    more = f" (and {count - 1} more)" if count > 1 else ""
    return (
        f"{config} cannot be used, the old config of {since} is in force: {error.problems[0]}{more}"
    )


def _is_kept(path: Path, body: bytes) -> bool:
    """Whether *body* lies at *path*, under a header that this version can use."""
    try:
        first_line, _, kept = path.read_bytes().rstrip(b"\n").partition(b"\n")
        header = json.loads(first_line)
        is_usable = header["format"] == FORMAT and header["checksum"] == _checksum(body)
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return is_usable and kept == body


def _checksum(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
