"""A mapped file, kept at hand: a look-up that meets a page on the disk would wait for the disk."""

import ctypes
import mmap
from pathlib import Path
from typing import Final

from filterdns.errors import BlocklistError

STEP_BYTES: Final = 1 << 20


def keep_at_hand(path: Path, mapped: mmap.mmap) -> bool:
    """Read the file at *path* once, which *mapped* maps, and lock it in memory if allowed.

    Returns whether it is locked: RLIMIT_MEMLOCK and CAP_IPC_LOCK decide (mlock(2)). It stays so
    until the mapping is closed. Without it the pages are there until the kernel needs their room.
    Takes as long as the disk does, and holds up no other thread. Raises `BlocklistError`.
    """
    try:
        with path.open("rb", buffering=0) as file:
            scratch = bytearray(STEP_BYTES)
            while file.readinto(scratch):
                pass
    except OSError as error:  # through the mapping it would be a signal
        raise BlocklistError(f"{path}: cannot be read: {error.strerror or error}") from error
    return _lock(mapped)


class _Buffer(ctypes.Structure):
    """Py_buffer: the only way to the address of what is mapped read-only."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


def _lock(mapped: mmap.mmap) -> bool:
    buffer = _Buffer()
    python = ctypes.pythonapi
    python.PyObject_GetBuffer(ctypes.py_object(mapped), ctypes.byref(buffer), 0)
    try:
        libc = ctypes.CDLL(None)
        locked: int = libc.mlock(ctypes.c_void_p(buffer.buf), ctypes.c_size_t(buffer.len))
    finally:
        python.PyBuffer_Release(ctypes.byref(buffer))
    return locked == 0
