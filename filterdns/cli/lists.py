"""`filterdns lists`: build the blocklists, and tell what they hold."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from filterdns.blocklists.job import State
from filterdns.cli.building import build_here, progress_bar, show_line
from filterdns.cli.client import LONG_PATIENCE_SECONDS, running_filter
from filterdns.cli.list_report import (
    tell_examples,
    tell_measured,
    tell_sealed,
    tell_sources,
    tell_taken_out,
)
from filterdns.cli.offline import compiled_config
from filterdns.cli.options import DirectoryOption, JsonOption, OtherConfigOption, folders_to_serve
from filterdns.cli.output import complain, local_time, say, say_json, say_table
from filterdns.control.amounts import size
from filterdns.control.lists import describe_source
from filterdns.control.located import located
from filterdns.errors import FilterUnavailable

lists = typer.Typer(help="Fetch, build and review blocklists; tell what is in them.")


@lists.command()
def build(
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build all lists anew; the running filter goes by them at once."""
    report = (
        _by_filter(directory, "/api/lists/build")
        if config is None
        else _build_here(config, directory)
    )
    if as_json:
        say_json(report)
    else:
        tell_sources(report["sources"])
        say(f"{report['names']:,} names in {report['seconds']:.1f} s")
    _tell_failures(report["sources"])


@lists.command()
def status(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Tell what became of each list in the last build of the running filter."""
    found = running_filter(directory).get("/api/lists")
    if as_json:
        say_json(found)
        return
    tell_sources(found["sources"])
    tell_examples(found["sources"])
    tell_taken_out(found["sources"])
    tell_sealed(found["sealed"])
    say(f"{found['names']:,} names{', a build is under way' if found['building'] else ''}")
    tell_measured(found["measured"])
    for category in found["pending"]:
        complain(f"the list of {category} has not come yet")
    if found["trouble"]:
        complain(found["trouble"])


@lists.command()
def update(
    force: Annotated[
        bool, typer.Option("--force", help="Ask servers again that failed a moment ago.")
    ] = False,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the lists from the web and build what came; the running filter goes by them at once."""
    report = _by_filter(directory, "/api/lists/update", force="1" if force else "")
    if as_json:
        say_json(report)
    elif not report["fetched"]:
        say("no list of the config is from the web")
    else:
        rows = [
            [each["category"], each["name"], each["state"], size(each["size"]), each["error"]]
            for each in report["fetched"]
        ]
        say_table(["category", "list", "state", "size", "trouble"], rows)
        say(f"{report['names']:,} names are in force")
    is_taken = _tell_waiting(report["sources"], as_json)
    if not is_taken or any(each["error"] for each in report["fetched"]):
        raise typer.Exit(1)


@lists.command()
def lint(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A list: a file, an archive, a directory.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Tell what each line of a list gives, and why some give nothing. Needs no running filter."""
    from filterdns.cli.lint import lint_file, show_lint

    found = lint_file(file)
    if as_json:
        say_json(found)
    else:
        show_lint(found)
    if not found["entries"] and not found["addresses"]:
        raise typer.Exit(1)


@lists.command()
def review(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Tell what waits for a decision: updates that are not trusted, names that are very popular."""
    found = running_filter(directory).get("/api/lists/review")
    waiting = found["waiting"]
    if as_json:
        say_json(found)
    elif not waiting:
        say("nothing waits")
    else:
        rows = [
            [each["category"], each["list"], each.get("name", "the update"), each["why"]]
            for each in waiting
        ]
        say_table(["category", "list", "what", "why"], rows)
        say("decide with `filterdns lists accept|reject CATEGORY LIST [NAME…]`")


CategoryArgument = Annotated[
    str, typer.Argument(metavar="CATEGORY", help="The category of the list.")
]
ListArgument = Annotated[
    str, typer.Argument(metavar="LIST", help="The list, as `lists status` calls it.")
]
NamesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Names that wait; none: the update of the list."),
]


@lists.command()
def accept(
    category: CategoryArgument,
    name: ListArgument,
    names: NamesArgument = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take an update that waits, or let names that wait be blocked."""
    _decide("accept", category, name, names, directory, as_json=as_json)


@lists.command()
def reject(
    category: CategoryArgument,
    name: ListArgument,
    names: NamesArgument = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do not take an update that waits, or never let that list block these names."""
    _decide("reject", category, name, names, directory, as_json=as_json)


@lists.command()
def who(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A domain name, an address or a network.")
    ],
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell which lists block a name or an address, by which line, for whom; what took it out."""
    found = running_filter(directory, LONG_PATIENCE_SECONDS).get("/api/lists/who", name=name)
    if as_json:
        say_json(found)
    elif not found["lists"]:
        say(f"no list speaks of {found['name']}")
    else:
        for each in found["lists"]:
            if each["category"]:
                _tell_who(each)
            else:  # of a sealed list nothing else is told
                say(f"{found['name']}: {each['list']} covers it, for everybody")


def _tell_who(found: dict[str, Any]) -> None:
    what = ", ".join(found["says"]) or "not in force"
    say(f"{found['listed']}: {found['category']} {found['list']} ({what})")
    for line in found["lines"]:
        say(f"  {line['file']}:{line['line']}: {line['text']}")
    if found["taken_out"]:
        say(f"  taken out: it {found['taken_out']}")
    if found["waits"]:
        say("  waits for a review: `filterdns lists review`")
    if found["since"] is not None:
        how = "since" if found["since_is_exact"] else "at least since"
        say(f"  in the list {how} {local_time(found['since'])}")
    say(f"  concerns {', '.join(found['people']) or 'nobody'}")


def _decide(
    decision: str,
    category: str,
    name: str,
    names: list[str] | None,
    directory: Any,
    *,
    as_json: bool,
) -> None:
    body = {"decision": decision, "category": category, "list": name, "names": names or []}
    answer = running_filter(directory).post("/api/lists/review", body, LONG_PATIENCE_SECONDS)
    if as_json:
        say_json(answer)
    else:
        say(answer["done"])


def _by_filter(directory: Any, target: str, **parameters: str) -> dict[str, Any]:
    with progress_bar() as show:
        for line in running_filter(directory).follow("POST", target, **parameters):
            if line["t"] == "progress":
                show_line(show, line)
            elif line["t"] == "report":
                return {key: value for key, value in line.items() if key != "t"}
            else:
                raise FilterUnavailable("\n".join(line["error"]["problems"]))
    raise FilterUnavailable("the filter has ended")


def _build_here(config: Any, directory: Any) -> dict[str, Any]:
    folder = folders_to_serve(directory).lists
    wanted = located(compiled_config(config).lists, folder / "web")
    report = build_here(wanted.sources, folder, wanted.guards)
    found = asdict(report)
    return {
        "names": found["names"],
        "seconds": found["seconds"],
        "sources": [describe_source(source) for source in report.sources],
    }


def _tell_waiting(sources: list[dict[str, Any]], as_json: bool) -> bool:
    """Tell which updates are not trusted, and how many names wait; return whether all are taken."""
    held = sum(len(source["held"]) for source in sources)
    if held and not as_json:
        what = "1 popular name waits" if held == 1 else f"{held:,} popular names wait"
        say(f"{what} for a decision: `filterdns lists review`")
    untrusted = [source for source in sources if source["state"] == State.QUARANTINED]
    for source in untrusted:
        complain(
            f"{source['category']} {source['name']}: {source['error']};"
            " its last good copy stays: `filterdns lists review`"
        )
    return not untrusted


def _tell_failures(sources: list[dict[str, Any]]) -> None:
    failures = [source for source in sources if source["error"]]
    for source in failures:
        complain(f"{source['category']} {source['name']}: {source['error']}")
    if failures:
        raise typer.Exit(1)
