"""`filterdns status`: how the running filter does, at a glance.

The first line is the verdict; what is wrong comes next, each with its cure, then the facts. However
large the house, all of it fits on a screen: what is many and well is counted, not listed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import typer

from filterdns.cli.client import running_filter
from filterdns.cli.options import DirectoryOption, JsonOption
from filterdns.cli.output import Colour, complain, local_time, say_fact, say_in, say_json
from filterdns.control.amounts import size, span
from filterdns.errors import FilterUnavailable

PATIENCE_SECONDS: Final = 5.0
NOT_THERE: Final = 3  # as `systemctl status` and the LSB have it
MANY: Final = 6
MANY_TROUBLES: Final = 10
OLD_REPORT_SECONDS: Final = 15.0  # workers report every 5 s

Values = Mapping[str, Any]


def status(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Tell whether all is well, what is wrong and what cures it, and what is in force.

    Ends with 0 where all is well, 1 where somebody should look, 3 where no filter answers.
    """
    try:
        found = running_filter(directory, PATIENCE_SECONDS).get("/api/status")
    except FilterUnavailable as error:
        complain(f"filterdns: {error}")
        raise typer.Exit(NOT_THERE) from None
    if as_json:
        say_json(found)
    else:
        _tell(found)
    if found["troubles"]:
        raise typer.Exit(1)


def _tell(found: Values) -> None:
    troubles = found["troubles"]
    say_in(Colour.BAD if troubles else Colour.GOOD, f"filterdns: {_verdict(len(troubles))}")
    for trouble in troubles[:MANY_TROUBLES]:
        say_fact("  !", trouble, Colour.BAD)
    if len(troubles) > MANY_TROUBLES:
        more = f"and {len(troubles) - MANY_TROUBLES} more; --json has them all"
        say_fact("  !", more, Colour.BAD)
    for label, fact in _facts(found):
        say_fact(f"  {label:<11}", fact)


def _verdict(troubles: int) -> str:
    if not troubles:
        return "all is well"
    return "1 thing needs a look" if troubles == 1 else f"{troubles} things need a look"


def _facts(found: Values) -> Iterator[tuple[str, str]]:
    now = found["now"]
    since = _since(found["supervisor"], now)  # a sandbox may hide it
    yield "version", found["version"] + (f", up {since}" if since else "")
    yield "processes", _processes(found)
    listening = [_endpoint(each) for each in found["listening"]]
    yield "listens on", _some(listening) or "nothing"
    yield "rules", _rules(found)
    yield "devices", f"{found['devices']['seen']:,} seen in the last 30 days"
    for new in found["devices"]["new"]:
        words = [new["name"], new["maker"], new["mac"] or new["addresses"][0]]
        yield "new device", ", ".join(word for word in words if word)
    yield "lists", _lists(found["lists"], now)
    if found["calendars"]:
        yield "calendars", _calendars(found["calendars"])
    yield "upstreams", _upstreams(found["upstreams"], now)
    yield "queues", _queues(found["buffers"])
    yield "clock", _clock(found["clock"])
    history = found["history"]
    waiting = f", {history['pending_rows']:,} wait in memory" if history["pending_rows"] else ""
    disk = found["disk"]
    if disk["total_bytes"]:
        free = f"{size(disk['free_bytes'])} of {size(disk['total_bytes'])} are free"
        yield "disk", f"{free} at {disk['folder']}"
    yield "log", f"{history['rows']:,} rows, {size(history['bytes'])}{waiting}"


def _processes(found: Values) -> str:
    now, control, workers = found["now"], found["control"], found["workers"]
    parts = [f"supervisor {found['supervisor']['pid']}"]
    parts.append(f"control {control['pid']} {_since(control, now)}")
    parts += [_worker(each, now) for each in workers[:MANY]]
    if len(workers) > MANY:
        ready = sum(each["ready"] for each in workers)
        parts.append(f"in all {ready} of {len(workers)} workers are ready")
    if (spare := found["spare"]) is not None:
        parts.append(f"spare {spare['pid']}{'' if spare['ready'] else ', not ready yet'}")
    return "; ".join(parts)


def _worker(worker: Values, now: float) -> str:
    restarts = f", {_count(worker['restarts'], 'restart')}" if worker["restarts"] else ""
    if not worker["ready"]:
        return f"worker {worker['number']} is not running{restarts}"
    return f"worker {worker['number']} {worker['pid']} {_since(worker, now)}{restarts}"


def _rules(found: Values) -> str:
    counts = (
        _count(found["people"], "person", "people"),
        _count(found["policies"], "policy", "policies"),
        _count(found["places"], "group"),
    )
    age = span(found["now"] - found["image"]["since"])
    return f"{found['config']}: {', '.join(counts)}; in force for {age}"


def _lists(lists: Values, now: float) -> str:
    under_way = ", a build is under way" if lists["building"] else ""
    if lists["built_at"] is None:
        return f"none yet{under_way}"
    filled = sum(map(bool, lists["categories"].values()))
    what = f"{_count(lists['names'], 'name')} in {_count(filled, 'category', 'categories')}"
    return f"{what}, built {span(now - lists['built_at'])} ago{under_way}"


def _calendars(calendars: Sequence[Values]) -> str:
    texts = [
        f"{each['name']} until {each['last_day']}" if each["last_day"] else f"{each['name']} empty"
        for each in calendars
    ]
    return _some(texts)


def _upstreams(upstreams: Sequence[Values], now: float) -> str:
    if not upstreams:
        return "no worker has reported yet"
    up = sum(each["state"] == "up" for each in upstreams)
    # Those that are not up are told with the troubles, too; here they stand where they are few.
    return f"{up} of {len(upstreams)} up: " + _some([_upstream(each, now) for each in upstreams])


def _upstream(upstream: Values, now: float) -> str:
    age_seconds = now - upstream["as_of"]
    as_of = f" (as of {span(age_seconds)} ago)" if age_seconds > OLD_REPORT_SECONDS else ""
    how = upstream["state"]
    if how == "up":  # until it has answered, nobody knows better
        how = f"{upstream['rtt_ms']} ms" if upstream["rtt_ms"] else "no answer yet"
    return f"{upstream['name']} {how}{as_of}"


def _queues(buffers: Sequence[Values]) -> str:
    granted = [each["granted_bytes"] for each in buffers if each["granted_bytes"]]
    if not granted:
        return "nothing is known yet"
    asked = size(buffers[0]["asked_bytes"])
    dropped = Counter[str]()
    for each in buffers:
        dropped[_endpoint(each)] += each["dropped"]
    lost = [f"{where} {count:,}" for where, count in dropped.most_common() if count]
    total = f"{_count(dropped.total(), 'query', 'queries')} lost since the start"
    return f"{size(min(granted))} of {asked} granted; {total}" + (
        f": {_some(lost)}" if lost else ""
    )


def _clock(clock: Values) -> str:
    floor = f"; it is {local_time(clock['floor'])} or later" if clock["state"] == "waiting" else ""
    return f"{clock['state']}, {local_time(clock['now'])}{floor}"


def _since(process: Values, now: float) -> str:
    return "" if process["since"] is None else f"for {span(now - process['since'])}"


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - MANY} more" if len(texts) > MANY else ""
    return ", ".join(texts[:MANY]) + more


def _count(number: int, word: str, plural: str = "") -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {plural or word + 's'}"


def _endpoint(each: Values) -> str:
    host, port = each["host"], each["port"]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
