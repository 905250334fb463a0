"""`python -m tests.support.without_netlink COMMAND …`: a command that can make no netlink socket.

It is what `RestrictAddressFamilies=` of a systemd unit does, and what some containers do: a filter
of system calls (seccomp(2)) that all that the command starts inherits.
"""

import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from typing import Final

# linux/prctl.h, linux/seccomp.h
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_SECCOMP_RET_ALLOW: Final = 0x7FFF0000
_SECCOMP_RET_ERRNO: Final = 0x00050000

# linux/bpf_common.h: a 32-bit word at a place, a jump if equal, the end
_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_RETURN: Final = 0x06

# struct seccomp_data, on machines that store the low half of a number first
_NUMBER_AT: Final = 0
_FIRST_ARGUMENT_AT: Final = 16

_SOCKET_CALL_BY_MACHINE: Final = {"x86_64": 41, "aarch64": 198, "riscv64": 198}


def main() -> None:
    """Turn into the command, forbidden to make netlink sockets."""
    forbid_netlink()
    os.execvp(sys.argv[1], sys.argv[1:])


def forbid_netlink() -> None:
    """Let this process and what it starts fail with EAFNOSUPPORT at every netlink socket."""
    call = _SOCKET_CALL_BY_MACHINE[platform.machine()]
    program = b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, _NUMBER_AT),
            (_JUMP_IF_EQUAL, 0, 3, call),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            (_JUMP_IF_EQUAL, 0, 1, socket.AF_NETLINK),
            (_RETURN, 0, 0, _SECCOMP_RET_ERRNO | errno.EAFNOSUPPORT),
            (_RETURN, 0, 0, _SECCOMP_RET_ALLOW),
        )
    )
    kept = ctypes.create_string_buffer(program, len(program))
    whole = struct.pack("@HP", len(program) // 8, ctypes.addressof(kept))  # struct sock_fprog
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, whole)


def _prctl(option: int, first: int, second: int | bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    pointer = ctypes.c_char_p(second) if isinstance(second, bytes) else ctypes.c_ulong(second)
    if libc.prctl(option, ctypes.c_ulong(first), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main()
