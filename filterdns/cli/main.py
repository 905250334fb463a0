"""The command `filterdns`: its verbs put together, and how an error ends it.

Exit codes: 0 it is done, 1 it could not be or something is wrong, 2 the command or the config is,
130 Ctrl-C came first.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Final

from filterdns.cli.output import complain
from filterdns.cli.serving import become_supervisor, read_wishes
from filterdns.errors import ConfigError, ControlError, FilterdnsError, FilterUnavailable
from filterdns.priority import PREPARING, give_way

if TYPE_CHECKING:
    import typer

VERBS: Final = (
    "serve", "check", "explain", "log", "reload", "restart", "status", "upgrade-check", "version",
    "lists", "devices", "schedule", "import", "presets", "doctor", "diff", "simulate",
)  # fmt: skip
DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def main() -> None:
    """Run the command of this process's arguments and end it with its exit code."""
    if sys.argv[1:2] != ["serve"]:
        give_way(PREPARING)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out *arguments* and return the exit code; errors go to stderr, a line each."""
    is_serve = arguments[:1] == ["serve"]
    try:
        if is_serve and (wishes := read_wishes(arguments[1:], os.environ)) is not None:
            become_supervisor(wishes)
        return _run_any(arguments)
    except ConfigError as error:
        for problem in error.problems:
            complain(str(problem))
        return MISUSED
    except FilterdnsError as error:
        for line in str(error).splitlines():
            complain(f"filterdns: {line}")
        return _code_of(error)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read has had enough, as `head` does
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except PermissionError as error:
        if is_serve or error.filename is None:  # not of a file that was named
            raise
        cure = "run the command with sudo"
        complain(f"filterdns: {error.filename} may not be used by this user; {cure}")
        return FAILED


def _run_any(arguments: Sequence[str]) -> int:
    import typer

    # Newer versions of Typer carry click inside, of which they export only a child of this class.
    usage_error: type[typer.BadParameter] = typer.BadParameter.__mro__[1]
    try:
        code = make_application(arguments)(
            list(arguments), prog_name="filterdns", standalone_mode=False
        )
    except usage_error as error:
        complain(f"filterdns: {error.format_message().rstrip('.')}; see `{_help_of(error)} --help`")
        return MISUSED
    except typer.Abort:  # newer versions of Typer return the code themselves
        return INTERRUPTED
    return code if isinstance(code, int) else DONE


def _code_of(error: FilterdnsError) -> int:
    is_misused = isinstance(error, ControlError) and not isinstance(error, FilterUnavailable)
    return MISUSED if is_misused else FAILED


def _help_of(error: "typer.BadParameter") -> str:
    return error.ctx.command_path if error.ctx is not None else "filterdns"


def make_application(arguments: Sequence[str] = ()) -> "typer.Typer":
    """Return the application with all of its commands, or with the one that *arguments* name.

    The others are not even imported then: `serve` is to answer soon after a power cut.
    """
    import typer

    application = typer.Typer(
        help="A DNS filter for families and schools.",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    application.callback()(_any_verb)
    for verb in [verb for verb in VERBS if verb in arguments[:1]] or VERBS:
        name = f"{verb}_" if iskeyword(verb) else verb.replace("-", "_")
        command = getattr(import_module(f"filterdns.cli.{name}"), name)
        if isinstance(command, typer.Typer):
            application.add_typer(command, name=verb)
            _show_whole_summaries(command)
        else:
            application.command(verb)(command)
    _show_whole_summaries(application)
    return application


def _show_whole_summaries(group: "typer.Typer") -> None:
    # Otherwise the help of the group cuts each of them off in the middle of a sentence.
    for command in group.registered_commands:
        paragraph = ((command.callback and command.callback.__doc__) or "").partition("\n\n")[0]
        command.short_help = " ".join(paragraph.split())


def _any_verb() -> None:
    """Stand before every command, so that a single one keeps its name."""
