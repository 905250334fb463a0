"""The one privilege, to bind ports below 1024: the main process has it, its children do not.

Under the unit it comes as an ambient capability, which every program that is executed inherits
(capabilities(7)). The main process stops that for its children, and lets it through once more for
the program that takes over from it. Root's children inherit all of root's capabilities in another
way, so they put this one down themselves. Where the kernel has no such call nothing happens.
"""

import ctypes
from typing import Final


def keep_from_children() -> None:
    """Let no program that this process starts inherit an ambient privilege."""
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)


def pass_on() -> None:
    """Let the next program inherit it again, if this process has it by inheritance."""
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_NET_BIND_SERVICE)


def put_down() -> None:
    """Be without it from here on, and so is all that this process starts.

    To be called before the first thread: capabilities are those of a thread.
    """
    header, sets = _Header(_VERSION_3, 0), (_Sets * 2)()
    libc = ctypes.CDLL(None)
    if libc.capget(ctypes.byref(header), sets) or not sets[0].permitted & _BIT:
        return
    _prctl(_PR_CAPBSET_DROP, _CAP_NET_BIND_SERVICE)
    sets[0].effective &= ~_BIT
    sets[0].permitted &= ~_BIT
    sets[0].inheritable &= ~_BIT
    libc.capset(ctypes.byref(header), sets)


# linux/capability.h and linux/prctl.h
_CAP_NET_BIND_SERVICE: Final = 10
_BIT: Final = 1 << _CAP_NET_BIND_SERVICE
_VERSION_3: Final = 0x20080522
_PR_CAPBSET_DROP: Final = 24
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    """32 capabilities; the call takes two of them."""

    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def _prctl(option: int, *arguments: int) -> None:
    values = [ctypes.c_ulong(each) for each in (*arguments, 0, 0, 0, 0)[:4]]
    ctypes.CDLL(None).prctl(option, *values)
