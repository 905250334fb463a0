"""What systemd does for filterdns.service, as far as the program can tell; a script for root.

    python3 tests/support/tiny_systemd.py UNIT [--listen ADDRESS] [--no-capability]

Makes the folders of the unit, starts its ExecStart as its user with its capability, and prints what
the service says on NOTIFY_SOCKET, a line each, with `OUTPUT ` before what it writes. `--listen`
binds port 53 of ADDRESS and passes the sockets on (LISTEN_FDS). SIGTERM stops the service; the
script ends as it does.

Standard library only, and no import from the project: it runs where only the installed program is.
"""

import argparse
import fcntl
import os
import pwd
import shlex
import signal
import socket
import sys
import threading
from pathlib import Path

NOTIFY_SOCKET = "/run/tiny-systemd-notify"
FIRST_PASSED = 3  # SD_LISTEN_FDS_START


def main() -> None:
    """Start the service and stay until it has ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("unit", type=Path)
    parser.add_argument("--listen")
    parser.add_argument("--no-capability", action="store_true")
    options = parser.parse_args()
    unit = read_unit(options.unit)
    user = pwd.getpwnam(unit["User"])
    environment = make_folders(unit, user) | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "NOTIFY_SOCKET": NOTIFY_SOCKET,
    }
    sockets = bind(options.listen) if options.listen else []
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.bind(NOTIFY_SOCKET)
    os.chown(NOTIFY_SOCKET, user.pw_uid, user.pw_gid)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        become_the_service(unit, environment, sockets, options.no_capability)
    os.close(writer)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    threading.Thread(target=say_notified, args=(notified,), daemon=True).start()
    threading.Thread(target=say_output, args=(reader,), daemon=True).start()
    _, status = os.waitpid(pid, 0)
    Path(NOTIFY_SOCKET).unlink()
    sys.exit(os.waitstatus_to_exitcode(status))


def read_unit(path: Path) -> dict[str, str]:
    """Return the settings of the unit; none of ours stands twice."""
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {key: value for key, _, value in lines if not key.startswith("#")}


def make_folders(unit: dict[str, str], user: pwd.struct_passwd) -> dict[str, str]:
    """Make what the service may write to; return the variables that name it."""
    environment = {}
    for kind, above in (("State", "/var/lib"), ("Runtime", "/run")):
        folder = Path(above, unit[f"{kind}Directory"])
        folder.mkdir(exist_ok=True)
        folder.chmod(int(unit[f"{kind}DirectoryMode"], 8))
        os.chown(folder, user.pw_uid, user.pw_gid)
        environment[f"{kind.upper()}_DIRECTORY"] = str(folder)
    return environment


def bind(address: str) -> list[socket.socket]:
    """Return a UDP and a listening TCP socket on port 53 of *address*."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    return [udp, socket.create_server((address, 53))]


def become_the_service(
    unit: dict[str, str],
    environment: dict[str, str],
    sockets: list[socket.socket],
    without_capability: bool,
) -> None:
    """Turn this process into what ExecStart says."""
    if sockets:
        environment |= {"LISTEN_FDS": str(len(sockets)), "LISTEN_PID": str(os.getpid())}
        high = [fcntl.fcntl(one, fcntl.F_DUPFD, 100) for one in sockets]  # out of the way first
        for number, descriptor in enumerate(high):
            os.dup2(descriptor, FIRST_PASSED + number)
            os.close(descriptor)
    os.umask(int(unit["UMask"], 8))
    os.chdir("/")
    capability = unit["AmbientCapabilities"].removeprefix("CAP_").lower()
    allowed = "-all" if without_capability else f"-all,+{capability}"
    rights = ["setpriv", f"--reuid={unit['User']}", f"--regid={unit['Group']}", "--clear-groups"]
    rights += [f"--inh-caps={allowed}", f"--ambient-caps={allowed}", f"--bounding-set={allowed}"]
    command = [*rights, "--no-new-privs", *shlex.split(unit["ExecStart"])]
    os.execvpe(command[0], command, environment)


def say_notified(notified: socket.socket) -> None:
    """Print what the service tells its manager."""
    while True:
        for line in notified.recv(65536).decode().splitlines():
            print(line, flush=True)


def say_output(reader: int) -> None:
    """Print what the service writes."""
    with open(reader, encoding="utf-8", errors="replace") as output:
        for line in output:
            print(f"OUTPUT {line}", end="", flush=True)


if __name__ == "__main__":
    main()
