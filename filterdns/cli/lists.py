"""`filterdns lists`: build the blocklists, and tell what they hold."""

import time
from dataclasses import asdict
from typing import Any

import typer

from filterdns.cli.building import build_here, progress_bar, show_line
from filterdns.cli.client import running_filter
from filterdns.cli.offline import compiled_config
from filterdns.cli.options import DirectoryOption, JsonOption, OtherConfigOption, folders_to_serve
from filterdns.cli.output import complain, say, say_json, say_table
from filterdns.control.amounts import span
from filterdns.control.lists import describe_source
from filterdns.errors import FilterUnavailable

lists = typer.Typer(help="Build the blocklists, tell what they hold.")


@lists.command()
def build(
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build all lists anew; the running filter goes by them at once."""
    report = _build_by_filter(directory) if config is None else _build_here(config, directory)
    if as_json:
        say_json(report)
    else:
        _tell_sources(report["sources"])
        say(f"{report['names']:,} names in {report['seconds']:.1f} s")
    _tell_failures(report["sources"])


@lists.command()
def status(directory: DirectoryOption = None, as_json: JsonOption = False) -> None:
    """Tell what became of each list in the last build of the running filter."""
    found = running_filter(directory).get("/api/lists")
    if as_json:
        say_json(found)
        return
    _tell_sources(found["sources"])
    _tell_examples(found["sources"])
    say(f"{found['names']:,} names{', a build is under way' if found['building'] else ''}")
    for category in found["pending"]:
        complain(f"the list of {category} has not come yet")
    if found["trouble"]:
        complain(found["trouble"])


def _build_by_filter(directory: Any) -> dict[str, Any]:
    with progress_bar() as show:
        for line in running_filter(directory).follow("POST", "/api/lists/build"):
            if line["t"] == "progress":
                show_line(show, line)
            elif line["t"] == "report":
                return {key: line[key] for key in ("names", "seconds", "sources")}
            else:
                raise FilterUnavailable("\n".join(line["error"]["problems"]))
    raise FilterUnavailable("the filter has ended")


def _build_here(config: Any, directory: Any) -> dict[str, Any]:
    report = build_here(compiled_config(config).sources, folders_to_serve(directory).lists)
    found = asdict(report)
    return {
        "names": found["names"],
        "seconds": found["seconds"],
        "sources": [describe_source(source) for source in report.sources],
    }


def _tell_sources(sources: list[dict[str, Any]]) -> None:
    rows = [
        [
            source["category"],
            source["name"],
            f"{source.get('names', 0):,}",
            f"{source.get('covered', 0):,}",
            f"{sum(source.get('skipped', {}).values()):,}",
            _age(source),
            source["error"],
        ]
        for source in sources
    ]
    say_table(["category", "list", "names", "covered", "skipped", "age", "trouble"], rows)


def _age(source: dict[str, Any]) -> str:
    return span(time.time() - source["compiled_at"]) if "compiled_at" in source else ""


def _tell_examples(sources: list[dict[str, Any]]) -> None:
    """Tell why lines were skipped, with the first of each reason: whoever keeps a list wants it."""
    for source in sources:
        for reason, count in source.get("skipped", {}).items():
            examples = "; ".join(source["examples"][reason])
            more = "; …" if count > len(source["examples"][reason]) else ""
            say(f"{source['category']} {source['name']}: {count:,} × {reason} ({examples}{more})")


def _tell_failures(sources: list[dict[str, Any]]) -> None:
    failures = [source for source in sources if source["error"]]
    for source in failures:
        complain(f"{source['category']} {source['name']}: {source['error']}")
    if failures:
        raise typer.Exit(1)
