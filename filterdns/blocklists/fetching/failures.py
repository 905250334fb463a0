"""What went wrong on the way to a list server, in words, and whether it may pass soon."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from filterdns.blocklists.fetching.limits import Limits
from filterdns.errors import FetchError


@contextmanager
def told_in_words(host: str, limits: Limits) -> Iterator[None]:
    """Raise as `FetchError` what the HTTP client raises in the block about *host*.

    Its errors, and those of TLS in the middle of a body, which it lets through as they are.
    """
    try:
        yield
    except (httpx2.HTTPError, ssl.SSLError) as error:
        raise _in_words(error, host, limits) from error


def _in_words(error: httpx2.HTTPError | ssl.SSLError, host: str, limits: Limits) -> FetchError:
    match error:
        case httpx2.ConnectTimeout():
            seconds = limits.connect_seconds
            return FetchError(f"{host}: found no connection in {seconds:g} s", is_passing=True)
        case httpx2.ConnectError():
            return _no_connection(error, host)
        case httpx2.TimeoutException():
            return FetchError(f"{host} was silent for {limits.idle_seconds:g} s", is_passing=True)
        case httpx2.ProxyError():
            return FetchError(f"the proxy does not lead to {host}: {error}", is_passing=True)
        case httpx2.RemoteProtocolError():
            return FetchError(f"{host} broke off, or speaks no HTTP: {error}", is_passing=True)
        case httpx2.NetworkError() | ssl.SSLError():
            why = _system_reason(error) or "it was closed"
            return FetchError(f"the connection to {host} broke: {why}", is_passing=True)
        case _:
            return FetchError(f"{host}: {str(error) or type(error).__name__}")


def _no_connection(error: httpx2.ConnectError, host: str) -> FetchError:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(
                f"{host} has a certificate that is not to be trusted: {cause.verify_message}"
            )
        if isinstance(cause, ssl.SSLError):
            return FetchError(f"{host} speaks no TLS that we do: {_reason_of(cause)}")
    why = _system_reason(error) or str(error)
    return FetchError(f"{host} cannot be connected to: {why}", is_passing=True)


def _reason_of(error: ssl.SSLError) -> str:
    # OpenSSL's word for it (WRONG_VERSION_NUMBER), which errors that Python makes do not have.
    return getattr(error, "reason", None) or error.strerror or str(error)


def _system_reason(error: BaseException) -> str:
    """Return what the system said, the cause that is farthest back; empty if it said nothing."""
    reason = ""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            reason = _reason_of(cause)
        elif isinstance(cause, OSError) and cause.errno:
            reason = os.strerror(cause.errno)  # its own words name the address once more
    return reason


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what it came of, the nearest first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
