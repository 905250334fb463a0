"""`filterdns explain`: what happens to a name for somebody at some time, and why."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from filterdns.cli.asking import ASKED_AT_ONCE, explainer
from filterdns.cli.options import DirectoryOption, JsonOption, OtherConfigOption
from filterdns.cli.output import complain, say, say_fact, say_json, say_table
from filterdns.control.explain import Asked
from filterdns.dns.codes import TYPE_BY_TEXT
from filterdns.errors import ControlError


def explain(
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="A person, a device, an address, or `unknown`.")
    ] = "",
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name that is asked.")] = "",
    at: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help='"Fri 21:15", "21:15", "2026-12-24 21:15"; now if not given.'
        ),
    ] = "",
    qtype: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The type that is asked.")
    ] = "A",
    batch: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A file with a line `WHO NAME [TYPE] [AT]` each; - is stdin."
        ),
    ] = None,
    config: OtherConfigOption = None,
    directory: DirectoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell verdict, row of the table, rule and line of the file for a question."""
    if batch is not None:
        _explain_batch(list(_read_batch(batch)), config, directory, as_json)
        return
    if not who or not name:
        raise typer.BadParameter("WHO and NAME are needed, or --batch FILE")
    [found] = _answers([Asked(who, name, at, qtype)], config, directory)
    if "error" in found:
        raise ControlError("\n".join(found["error"]["problems"]))
    if as_json:
        say_json(found)
    else:
        _tell(found)


def _answers(
    questions: Sequence[Asked], config: Path | None, directory: Path | None
) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    with explainer(config, directory) as explain_all:
        for at in range(0, len(questions), ASKED_AT_ONCE):
            answers += explain_all(questions[at : at + ASKED_AT_ONCE])
    return answers


def _read_batch(batch: Path) -> Iterator[Asked]:
    try:
        text = sys.stdin.read() if str(batch) == "-" else batch.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ControlError(f"{batch} cannot be read: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) == 1:
            raise ControlError(f"{batch}:{number}: WHO and NAME are needed")
        who, name, *rest = words
        qtype = rest.pop(0) if rest and rest[0].upper() in TYPE_BY_TEXT else "A"
        yield Asked(who, name, " ".join(rest), qtype)


def _explain_batch(
    questions: list[Asked], config: Path | None, directory: Path | None, as_json: bool
) -> None:
    answers = _answers(questions, config, directory)
    if as_json:
        for answer in answers:
            say_json(answer)
    else:
        columns = ["who", "name", "type", "at", "verdict", "row", "rule", "where"]
        say_table(columns, [[str(each[column]) for column in columns] for each in _right(answers)])
    wrong = [
        (asked, each["error"])
        for asked, each in zip(questions, answers, strict=True)
        if "error" in each
    ]
    for asked, error in wrong:
        complain(f"{asked.who} {asked.name}: {'; '.join(error['problems'])}")
    if wrong:
        raise typer.Exit(1)


def _right(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [answer for answer in answers if "error" not in answer]


def _tell(found: dict[str, Any]) -> None:
    device = f" ({found['device']})" if found["device"] else ""
    person = found["person"] or "an unknown device"
    places = f" in {', '.join(found['places'])}" if found["places"] else ""
    say(f"{found['name']} {found['type']} for {person}{device}{places} at {found['at']}")
    say(f"  {found['verdict']} by row {found['row']}, {found['row_title']}: {found['rule']}")
    for key, label in _DETAILS:
        if found[key]:
            say_fact(f"  {label:<9}", str(found[key]))
    for at, beaten in enumerate(found["beaten"]):
        say_fact(f"  {'' if at else 'beats':<9}", _beaten_words(beaten))
    for at, check in enumerate(found["checks"]):
        say_fact(f"  {'' if at else 'checks':<9}", _check_words(check))


def _beaten_words(beaten: dict[str, Any]) -> str:
    schedule = f"{beaten['schedule']}, " if beaten["schedule"] else ""
    done = {"blocked": "block", "allowed": "allow", "rewritten": "rewrite"}[beaten["verdict"]]
    return f"{beaten['row']} {schedule}{_with_place(beaten)}, which would {done} it"


def _check_words(check: dict[str, Any]) -> str:
    rules = ", ".join(map(_with_place, check["rules"]))
    return f"{check['text']}: {rules}" if rules else check["text"]


def _with_place(rule: dict[str, Any]) -> str:
    return f"{rule['rule']} ({rule['where']})" if rule["where"] else str(rule["rule"])


_DETAILS = (
    ("where", "line"),
    ("why", "why"),
    ("reason", "reason"),
    ("category", "category"),
    ("schedule", "schedule"),
    ("listed", "listed as"),
    ("answer", "answer"),
    ("instead", "instead"),
    ("clock", "clock"),
    ("holds_until", "until"),
)
