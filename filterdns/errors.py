"""Every exception of filterdns, split by whose fault it is.

| error               | whose fault | caught in       | the client sees              |
|---------------------|-------------|-----------------|------------------------------|
| `MalformedMessage`  | client      | listener        | FORMERR, or nothing          |
| `InvalidName`       | who typed   | config, cli     | nothing                      |
| `InvalidValue`      | who typed   | config, cli     | nothing                      |
| `UpstreamError`     | upstream    | resolver        | SERVFAIL with EDE 22 or 23   |
| `OutOfDescriptors`  | this host   | resolver        | the same                     |
| `ConfigError`       | admin       | cli, control    | nothing: the old image stays |
| `BlocklistError`    | list, disk  | control         | nothing: the old index stays |
| `FetchError`        | list server | fetch process   | nothing: the old list stays  |
| `CalendarError`     | calendar    | control         | nothing: the old days stay   |
| `StateError`        | disk        | control         | nothing                      |
| `NoAnswer`          | the way     | doctor          | nothing                      |
| `ControlError`      | caller      | cli             | nothing                      |
| `FilterUnavailable` | filter      | cli             | nothing                      |
"""

from collections.abc import Iterable
from typing import NamedTuple


class FilterdnsError(Exception):
    """Base of all errors that filterdns raises on purpose."""


class MalformedMessage(FilterdnsError):
    """Bytes from the network that are no DNS message we can use.

    *rcode* is what to answer if it was a query: FORMERR unless said (RFC 1035 section 4.1.1).
    """

    def __init__(self, message: str, rcode: int = 1) -> None:
        super().__init__(message)
        self.rcode = rcode


class InvalidName(FilterdnsError, ValueError):
    """Text that is no domain name."""


class InvalidValue(FilterdnsError, ValueError):
    """Text that is no duration, size, time, date, address; *cure* says what to write instead."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(f"{message}; {cure}" if cure else message)
        self.message = message
        self.cure = cure


class UpstreamError(FilterdnsError):
    """No upstream gave an answer in time.

    *ede_code* is 22 (No Reachable Authority) or 23 (Network Error), RFC 8914 sections 4.23, 4.24.
    """

    def __init__(self, message: str, ede_code: int = 22) -> None:
        super().__init__(message)
        self.ede_code = ede_code


class OutOfDescriptors(UpstreamError):
    """No socket could be opened to ask an upstream, which is not its fault; it ends by itself."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 23)


class NoAnswer(FilterdnsError):
    """Nothing came back from a server that `filterdns doctor` tried; says why in a few words."""


class Problem(NamedTuple):
    """One thing that is wrong in a config: where, what, and what to do about it.

    *line* and *column* count from 1; 0 means that the place has none.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    cure: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        what = f"{self.path}: {self.message}" if self.path else self.message
        return f"{where} {what}; {self.cure}" if self.cure else f"{where} {what}"


class ConfigError(FilterdnsError):
    """A config that cannot be used, with all of its problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BlocklistError(FilterdnsError):
    """A blocklist or an index that cannot be read or written."""


class FetchError(BlocklistError):
    """A list that could not be fetched.

    *is_passing* says that it may well succeed soon; *retry_after_seconds* is what the server asked
    for, 0 if nothing.
    """

    def __init__(
        self, message: str, *, is_passing: bool = False, retry_after_seconds: float = 0.0
    ) -> None:
        super().__init__(message)
        self.is_passing = is_passing
        self.retry_after_seconds = retry_after_seconds


class CalendarError(FilterdnsError):
    """A calendar that cannot be read, or holds more than a calendar may."""


class StateError(FilterdnsError):
    """A store on disk that cannot be read or written."""


class ControlError(FilterdnsError):
    """A request that cannot be carried out as it was put."""


class FilterUnavailable(ControlError):
    """The running filter is not there, may not be asked, or cannot do now what it should."""
