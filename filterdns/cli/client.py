"""Speaks to the running filter: JSON over HTTP over the control socket."""

import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from filterdns.errors import ControlError, FilterUnavailable
from filterdns.folders import find_running

PATIENCE_SECONDS: Final = 60.0
LONG_PATIENCE_SECONDS: Final = 900.0  # for what may have to wait until lists are built


class ControlClient:
    """The running filter behind the control socket at *path*, waited for *patience_seconds*.

    Every method raises, in words for whoever typed the command, `FilterUnavailable` where no filter
    answers or it cannot do its part, and `ControlError` with what it says against the request.
    """

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._path = path
        self._patience_seconds = patience_seconds

    def get(self, target: str, **parameters: object) -> Any:
        """Return the JSON that *target* answers with; parameters that are empty are left out."""
        return self._ask("GET", _with_query(target, parameters), None)

    def post(
        self,
        target: str,
        body: Mapping[str, Any] | None = None,
        patience_seconds: float | None = None,
    ) -> Any:
        """Send *body* to *target* and return the JSON that it answers with.

        *patience_seconds* is for what takes longer than a question does.
        """
        return self._ask("POST", target, body or {}, patience_seconds)

    def follow(self, method: str, target: str, **parameters: object) -> Iterator[Any]:
        """Yield each line of JSON that *target* sends, for as long as it does."""
        with closing(_Connection(self._path, self._patience_seconds)) as connection:
            response = self._response(connection, method, _with_query(target, parameters), None)
            connection.sock.settimeout(None)
            try:
                for line in response:
                    if line.strip():
                        yield json.loads(line)
            except (OSError, http.client.HTTPException):
                raise FilterUnavailable("the filter has ended") from None

    def _ask(
        self,
        method: str,
        target: str,
        body: Mapping[str, Any] | None,
        patience_seconds: float | None = None,
    ) -> Any:
        seconds = self._patience_seconds if patience_seconds is None else patience_seconds
        with closing(_Connection(self._path, seconds)) as connection:
            response = self._response(connection, method, target, body)
            try:
                return json.loads(response.read())
            except (OSError, http.client.HTTPException):
                raise FilterUnavailable("the filter has ended while it answered") from None

    def _response(
        self,
        connection: "_Connection",
        method: str,
        target: str,
        body: Mapping[str, Any] | None,
    ) -> http.client.HTTPResponse:
        wire = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            connection.request(method, target, wire, headers)
            response = connection.getresponse()
        except (FileNotFoundError, ConnectionRefusedError):
            raise FilterUnavailable(
                f"no filter answers at {self._path}; start it with `filterdns serve`, or name its"
                " folder with --dir"
            ) from None
        except PermissionError:
            raise FilterUnavailable(
                f"{self._path} may not be opened by this user; run the command with sudo, or in"
                " the group of the filter"
            ) from None
        except TimeoutError:
            raise FilterUnavailable(
                f"the filter at {self._path} has not answered for {connection.timeout:.0f} s: its"
                " control process hangs, or is busy; its workers may answer queries all the same"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise FilterUnavailable(
                f"the filter at {self._path} does not answer: {error}"
            ) from None
        if response.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise FilterUnavailable("\n".join(_problems(response)))
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise ControlError("\n".join(_problems(response)))
        return response


def running_filter(
    directory: Path | None, patience_seconds: float = PATIENCE_SECONDS
) -> ControlClient:
    """Return the running filter that a command means, to be waited for so long."""
    folders = find_running(directory, os.environ, os.getuid())
    return ControlClient(folders.control_socket, patience_seconds)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, patience_seconds: float) -> None:
        super().__init__("filterdns", timeout=patience_seconds)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket in the file system instead of to a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.sock.close()
            raise


def _with_query(target: str, parameters: Mapping[str, object]) -> str:
    query = urlencode({key: value for key, value in parameters.items() if value})
    return f"{target}?{query}" if query else target


def _problems(response: http.client.HTTPResponse) -> list[str]:
    try:
        problems = json.loads(response.read())["error"]["problems"]
        return [str(problem) for problem in problems]
    except (ValueError, KeyError, TypeError):
        return [f"the filter answered {response.status} {response.reason}"]
