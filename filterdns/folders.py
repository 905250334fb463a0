"""Where filterdns keeps its files: a state folder that stays and a run folder for its sockets."""

import errno
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from filterdns.errors import StateError

logger: Final = logging.getLogger(__name__)

USUAL_CONFIG: Final = Path("/etc/filterdns/config.yaml")
FOLDER_MODE: Final = 0o750
MAX_SOCKET_PATH_BYTES: Final = 107  # sun_path in unix(7), without the final zero


class Folders(NamedTuple):
    """The two folders of one filterdns, and what lies in them."""

    state: Path
    run: Path

    @property
    def control_socket(self) -> Path:
        """The socket that answers the command line: HTTP with JSON."""
        return self.run / "control.sock"

    @property
    def workers_socket(self) -> Path:
        """The socket that workers connect to."""
        return self.run / "workers.sock"

    @property
    def image(self) -> Path:
        """The image that a new worker starts with: in memory, where the run folder is."""
        return self.run / "image"

    @property
    def bindings(self) -> Path:
        """Which MAC is behind which address, for a worker that is born: in memory, too."""
        return self.run / "bindings"

    @property
    def seen(self) -> Path:
        """The devices that were seen."""
        return self.state / "seen"

    @property
    def last_good(self) -> Path:
        """The last config that took effect, compiled."""
        return self.state / "last-good"

    @property
    def last_seen(self) -> Path:
        """The last time that was seen."""
        return self.state / "last-seen"

    @property
    def history(self) -> Path:
        """The database of blocked queries."""
        return self.state / "history.db"

    @property
    def calendars(self) -> Path:
        """The folder of what was read of calendars, and of copies from the web."""
        return self.state / "calendars"

    @property
    def lists(self) -> Path:
        """The folder of compiled lists."""
        return self.state / "lists"

    def make(self) -> None:
        """Make what is missing; raises `StateError` that names the folder and a cure.

        A disk that is full, broken or read-only is no reason not to serve: what cannot be made on
        it is told in the log, and whoever writes there says what is missed.
        """
        longest = len(bytes(self.control_socket))
        if longest > MAX_SOCKET_PATH_BYTES:
            raise StateError(
                f"{self.control_socket} is too long for a socket ({longest} bytes, at most"
                f" {MAX_SOCKET_PATH_BYTES}); choose a shorter --dir"
            )
        for folder in (self.run, self.state, self.lists):
            try:
                if not folder.is_dir():  # a frozen disk does not even refuse to make what is there
                    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            except OSError as error:
                if folder != self.run and error.errno in _OF_THE_DISK:
                    logger.error("%s cannot be made: %s", folder, error.strerror)
                    continue
                raise StateError(
                    f"{folder} cannot be made: {error.strerror}; name a folder of yours with --dir"
                ) from None


_OF_THE_DISK: Final = (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO)


def find_folders(directory: Path | None, environment: Mapping[str, str], user_id: int) -> Folders:
    """Return the folders that a server of user *user_id* uses.

    *directory* (`--dir`) or FILTERDNS_DIR hold both; else those that systemd gives; else the usual
    ones of the system for root, of the user (XDG base directories) for others.
    """
    return next(_candidates(directory, environment, user_id))


def find_running(directory: Path | None, environment: Mapping[str, str], user_id: int) -> Folders:
    """Return the folders of the server that a command means: the first with a control socket.

    Where there is none, those that a server of this user would use.
    """
    candidates = list(_candidates(directory, environment, user_id))
    return next((each for each in candidates if _is_there(each.control_socket)), candidates[0])


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # in a folder that this user may not look into
        return True


_SYSTEM: Final = Folders(Path("/var/lib/filterdns"), Path("/run/filterdns"))


def _candidates(
    directory: Path | None, environment: Mapping[str, str], user_id: int
) -> Iterator[Folders]:
    named = directory or _path(environment, "FILTERDNS_DIR")
    if named is not None:
        yield Folders(named.absolute() / "state", named.absolute() / "run")
        return
    state, run = _path(environment, "STATE_DIRECTORY"), _path(environment, "RUNTIME_DIRECTORY")
    if state and run:
        yield Folders(state, run)
    if user_id == 0:
        yield _SYSTEM
        return
    home = _path(environment, "HOME") or Path("/nonexistent")
    state = _path(environment, "XDG_STATE_HOME") or home / ".local" / "state"
    run = _path(environment, "XDG_RUNTIME_DIR") or Path(f"/run/user/{user_id}")
    yield Folders(state / "filterdns", run / "filterdns")
    yield _SYSTEM


def _path(environment: Mapping[str, str], variable: str) -> Path | None:
    # systemd writes several directories with colons between; the first one is ours.
    text = environment.get(variable, "").partition(":")[0]
    return Path(text) if text else None
