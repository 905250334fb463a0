"""A control process of a few lines: sends a plan, writes down what it hears.

Its arguments: a file for what it hears, the plan as JSON, the exit code with which it ends at once
instead (`-` for none; `wait` for a plan that takes until there is a file `go` beside the other).
"""

import json
import socket
import sys
import time
from pathlib import Path

from filterdns import channel


def main() -> None:
    heard_file, plan, exit_code, *_, descriptor = sys.argv[1:]
    while exit_code == "wait" and not Path(heard_file).with_name("go").exists():
        time.sleep(0.01)
    if exit_code not in ("-", "wait"):
        sys.exit(int(exit_code))
    link = socket.socket(fileno=int(descriptor))
    channel.send(link, {"t": "plan", **json.loads(plan)})
    link.settimeout(1.0)
    with Path(heard_file).open("a") as heard:
        while True:
            channel.send(link, {"t": "beat"})
            try:
                received = channel.receive(link)
            except TimeoutError:
                continue
            if received is None:
                return
            heard.write(json.dumps(received.message) + "\n")
            heard.flush()
            if received.message["t"] == "reload":
                channel.send(link, {"t": "reloading"})
                channel.send(link, {"t": "reloaded"})
            if received.message["t"] == "stop":
                return


if __name__ == "__main__":
    main()
