"""What a client raises is told in words, and whether it may pass."""

import ssl

import httpx2
import pytest

from filterdns.blocklists.fetching.failures import told_in_words
from filterdns.blocklists.fetching.limits import DEFAULT_LIMITS
from filterdns.errors import FetchError


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def not_trusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "no")
    error.verify_message = "certificate has expired"
    return error


REFUSED = caused(OSError("all failed"), ConnectionRefusedError(111, "Connection refused"))


@pytest.mark.parametrize(
    ("error", "words", "is_passing"),
    [
        (httpx2.ConnectTimeout("x"), "a.example: found no connection in 10 s", True),
        (
            caused(httpx2.ConnectError("x"), REFUSED),
            "a.example cannot be connected to: Connection refused",
            True,
        ),
        (
            caused(httpx2.ConnectError("x"), not_trusted()),
            "a.example has a certificate that is not to be trusted: certificate has expired",
            False,
        ),
        (
            caused(httpx2.ConnectError("x"), ssl.SSLError(1, "[SSL] wrong version")),
            "a.example speaks no TLS that we do: [SSL] wrong version",
            False,
        ),
        (httpx2.ReadTimeout("x"), "a.example was silent for 30 s", True),
        (httpx2.ProxyError("403 No"), "the proxy does not lead to a.example: 403 No", True),
        (httpx2.RemoteProtocolError("x"), "a.example broke off, or speaks no HTTP: x", True),
        (httpx2.ReadError("x"), "the connection to a.example broke: it was closed", True),
        (
            ssl.SSLError(1, "[SSL] bad record"),
            "the connection to a.example broke: [SSL] bad record",
            True,
        ),
        (httpx2.LocalProtocolError("x"), "a.example: x", False),
    ],
)
def test_a_failure_is_told_in_words(error: Exception, words: str, is_passing: bool) -> None:
    with pytest.raises(FetchError) as raised, told_in_words("a.example", DEFAULT_LIMITS):
        raise error
    assert str(raised.value) == words
    assert raised.value.is_passing is is_passing


def test_other_errors_pass_through() -> None:
    with pytest.raises(KeyError), told_in_words("a.example", DEFAULT_LIMITS):
        raise KeyError
