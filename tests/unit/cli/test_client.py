import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from filterdns.cli.client import ControlClient
from filterdns.errors import FilterUnavailable
from tests.support.api import with_client


def test_empty_parameters_are_left_out(tmp_path: Path) -> None:
    found = with_client(tmp_path, lambda client: client.get("/api/log", who="", since="", limit=5))
    assert found == {"rows": []}


def test_a_missing_filter_is_told_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(FilterUnavailable, match="start it with `filterdns serve`, or name"):
        ControlClient(tmp_path / "control.sock").get("/api/status")


@contextmanager
def without_roots_rights() -> Iterator[None]:
    """Be nobody for the block where the tests run as root, who may open every socket."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_socket_of_somebody_else_is_told_with_the_cure(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()
        (tmp_path / "control.sock").chmod(0)
        with (
            without_roots_rights(),
            pytest.raises(FilterUnavailable, match="may not be opened by this user"),
        ):
            ControlClient(tmp_path / "control.sock").get("/api/status")


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"", "does not answer"),
        (b"rubbish\r\n\r\n", "does not answer"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops", "the filter answered 500 Oops"),
    ],
)
def test_an_answer_that_is_none_is_told(tmp_path: Path, answer: bytes, complaint: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()
        server = threading.Thread(target=answer_once, args=(listener, answer))
        server.start()
        with pytest.raises(FilterUnavailable, match=complaint):
            ControlClient(tmp_path / "control.sock").get("/api/status")
        server.join()


def answer_once(listener: socket.socket, answer: bytes) -> None:
    accepted, _ = listener.accept()
    with accepted:
        accepted.recv(1000)
        accepted.sendall(answer)


def test_a_filter_that_dies_ends_what_is_followed(tmp_path: Path) -> None:
    head = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"a":1}\n\r\n'
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()
        server = threading.Thread(target=answer_once, args=(listener, head))
        server.start()
        lines = ControlClient(tmp_path / "control.sock").follow("GET", "/api/log")
        assert list(lines) == [{"a": 1}]
        server.join()
