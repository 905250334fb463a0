"""`filterdns doctor`: which ways round the filter are open from here, and what closes them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from filterdns.cli.options import JsonOption
from filterdns.cli.output import Colour, say, say_fact, say_in, say_json, say_table
from filterdns.config.nearest import cure
from filterdns.config.units import quoted, read_endpoint
from filterdns.devices.gateways import default_gateways
from filterdns.doctor.closing.kinds import KINDS
from filterdns.doctor.closing.plan import USUAL_INTERFACE, make_plan
from filterdns.doctor.examine import examine, is_any_open
from filterdns.doctor.finding import Finding, State
from filterdns.doctor.name_servers import DNS_PORT, USUAL_RESOLV_CONF, name_servers
from filterdns.doctor.server import find_filter
from filterdns.doctor.targets import Targets, built_in_targets, read_targets
from filterdns.doctor.tries import Scene
from filterdns.errors import ControlError, InvalidValue
from filterdns.upstreams.endpoint import Endpoint

OPEN, UNCLEAR = 1, 2  # exit codes


def doctor(
    server: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS[:PORT]",
            help="The filter; again for its other address. Otherwise what this system asks.",
        ),
    ] = None,
    targets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A file of servers and names to try instead of the usual."
        ),
    ] = None,
    firewall: Annotated[
        str, typer.Option(metavar="KIND", help=f"Only print the lines for: {', '.join(KINDS)}.")
    ] = "",
    interface: Annotated[
        str,
        typer.Option(metavar="NAME", help="The router's interface to the home, for those lines."),
    ] = USUAL_INTERFACE,
    resolv_conf: Annotated[
        Path, typer.Option(metavar="FILE", help="Where this system's name servers stand.")
    ] = USUAL_RESOLV_CONF,
    patience: Annotated[
        float,
        typer.Option(
            min=0.1, max=60, metavar="SECONDS", help="Seconds that a try waits for an answer."
        ),
    ] = 2.0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing where all ways are closed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Try the ways round the filter from here; tell which are open and what closes them.

    Ends with 0 where all are closed, 1 where one is open, 2 where it could not be told.
    """
    what = _read_targets(targets)
    servers = [_read_server(each) for each in server or ()]
    if firewall:
        _print_firewall(firewall, servers, interface, what, as_json)
        return
    known = tuple(name_servers(resolv_conf))
    if not servers and not known:
        raise ControlError(f"{resolv_conf} names no server; name the filter with --server")
    scene, findings = asyncio.run(_examine(servers, known, what, patience))
    code = _code(findings)
    if quiet and not code:
        return
    if as_json:
        lines = _lines([*servers, scene.server], what, interface)
        say_json(_values(scene, findings) | {"lines": lines})
    else:
        _tell(scene, findings, [*servers, scene.server], interface)
    raise typer.Exit(code)


async def _examine(
    servers: Sequence[Endpoint], known: tuple[Endpoint, ...], targets: Targets, patience: float
) -> tuple[Scene, tuple[Finding, ...]]:
    found = await find_filter(servers or known, patience)
    others = tuple(each for each in known if each not in servers)
    routers = default_gateways()
    gateways = tuple(dict.fromkeys(Endpoint(each.address, DNS_PORT) for each in routers))
    interfaces = tuple(dict.fromkeys(each.interface for each in routers))
    scene = Scene(found, targets, others, gateways, interfaces, patience)
    return scene, await examine(scene)


def _read_targets(path: Path | None) -> Targets:
    if path is None:
        return built_in_targets()
    try:
        return read_targets(path.read_bytes(), str(path))
    except OSError as error:
        raise ControlError(f"{path} cannot be read: {error.strerror}") from None


def _read_server(text: str) -> Endpoint:
    try:
        endpoint = Endpoint(*read_endpoint(text, DNS_PORT))
    except InvalidValue as error:
        raise ControlError(f"--server: {error}") from None
    if not endpoint.port:
        raise ControlError(f"--server: {quoted(text)} has port 0; write a port from 1 to 65535")
    return endpoint


def _print_firewall(
    kind: str, servers: Sequence[Endpoint], interface: str, targets: Targets, as_json: bool
) -> None:
    if kind not in KINDS:
        raise ControlError(f"--firewall: {quoted(kind)} is not known; {cure(kind, KINDS)}")
    if not servers:
        raise ControlError("--firewall needs --server with the address of the filter")
    lines = KINDS[kind].write(make_plan(servers, interface, targets.doh_addresses()))
    if as_json:
        say_json({"kind": kind, "lines": lines})
    else:
        say(lines.rstrip("\n"))


def _code(findings: tuple[Finding, ...]) -> int:
    if is_any_open(findings):
        return OPEN
    return UNCLEAR if any(each.state is State.UNCLEAR for each in findings) else 0


def _tell(
    scene: Scene, findings: tuple[Finding, ...], servers: Sequence[Endpoint], interface: str
) -> None:
    rows = [[each.way.title, each.state.value, each.summary, each.meaning] for each in findings]
    colours = [_COLOUR_BY_STATE.get(each.state) for each in findings]
    say_table(["way", "is", "what was seen", "what it means"], rows, colours)
    say("")
    colour = Colour.GOOD if _code(findings) == 0 else Colour.BAD
    say_in(colour, _summary(findings))
    open_ones = [each for each in findings if each.state is State.OPEN]
    for cure_, titles in _titles_by_cure(open_ones).items():
        say_fact(f"  {cure_}:", ", ".join(titles))
    if any(each.way.is_closed_by_router for each in open_ones):
        _tell_lines(servers, interface, scene.targets)
        # The table has left the screen by now.
        say("")
        say_in(Colour.BAD, f"{_summary(findings)} The table above says which, and what they mean.")


def _titles_by_cure(findings: Sequence[Finding]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in findings:
        found.setdefault(each.cure, []).append(each.way.title)
    return found


def _summary(findings: tuple[Finding, ...]) -> str:
    count = sum(each.state is State.OPEN for each in findings)
    unclear = sum(each.state is State.UNCLEAR for each in findings)
    rest = f"; {unclear} cannot be told" if unclear else ""
    if not count:
        return f"{'No way round is open' if unclear else 'All ways round are closed'}{rest}."
    what = "1 way round is open" if count == 1 else f"{count} ways round are open"
    return f"{what}{rest}."


def _lines(servers: Sequence[Endpoint], targets: Targets, interface: str) -> dict[str, str]:
    try:
        plan = make_plan(servers, interface, targets.doh_addresses())
    except ControlError:
        return {}
    return {name: kind.write(plan) for name, kind in KINDS.items()}


def _tell_lines(servers: Sequence[Endpoint], interface: str, targets: Targets) -> None:
    try:
        plan = make_plan(servers, interface, targets.doh_addresses())
    except ControlError as error:
        say(f"\nThe lines for routers cannot be written: {error}.")
        return
    for name, kind in KINDS.items():
        if kind.is_rare:
            continue
        say_in(Colour.GOOD, f"\nFor {kind.title} (`--firewall {name}` prints this alone):\n")
        say(kind.write(plan).rstrip("\n"))


def _values(scene: Scene, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "server": str(scene.server),
        "summary": _summary(findings),
        "open": [each.way.key for each in findings if each.state is State.OPEN],
        "ways": [_way(each) for each in findings],
    }


def _way(finding: Finding) -> dict[str, Any]:
    return {
        "way": finding.way.key,
        "title": finding.way.title,
        "state": finding.state.value,
        "seen": finding.summary,
        "meaning": finding.meaning,
        "cure": finding.cure,
        "tries": [
            {"target": each.target, "state": each.state.value, "seen": each.what}
            for each in finding.seen
        ],
    }


_COLOUR_BY_STATE: Final = {
    State.OPEN: Colour.BAD,
    State.CLOSED: Colour.GOOD,
}
