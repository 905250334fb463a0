"""The command `filterdns`: its verbs put together, and how an error ends it.

Exit codes: 0 it is done, 1 it could not be or something is wrong, 2 the command or the config is,
130 Ctrl-C came first.
"""

import sys
from collections.abc import Sequence

import typer

from filterdns.cli.check import check
from filterdns.cli.explain import explain
from filterdns.cli.lists import lists
from filterdns.cli.log import log
from filterdns.cli.output import complain
from filterdns.cli.reload import reload
from filterdns.cli.restart import restart
from filterdns.cli.serve import serve
from filterdns.cli.status import status
from filterdns.cli.upgrade_check import upgrade_check
from filterdns.cli.version import version
from filterdns.errors import ConfigError, ControlError, FilterdnsError, FilterUnavailable

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

# Of click, which newer versions of Typer carry inside, Typer exports only a child of this class.
_UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]


def main() -> None:
    """Run the command of this process's arguments and end it with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out *arguments* and return the exit code; errors go to stderr, a line each."""
    try:
        code = make_application()(list(arguments), prog_name="filterdns", standalone_mode=False)
    except _UsageError as error:
        complain(f"filterdns: {error.format_message().rstrip('.')}; see `{_help_of(error)} --help`")
        return MISUSED
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
    except (KeyboardInterrupt, typer.Abort):  # newer versions of Typer return the code themselves
        return INTERRUPTED
    return code if isinstance(code, int) else DONE


def _code_of(error: FilterdnsError) -> int:
    is_misused = isinstance(error, ControlError) and not isinstance(error, FilterUnavailable)
    return MISUSED if is_misused else FAILED


def _help_of(error: typer.BadParameter) -> str:
    return error.ctx.command_path if error.ctx is not None else "filterdns"


def make_application() -> typer.Typer:
    """Return the application with all of its commands."""
    application = typer.Typer(
        help="A DNS filter for families and schools.",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for command in (serve, check, explain, log, reload, restart, status, upgrade_check, version):
        application.command()(command)
    application.add_typer(lists, name="lists")
    return application
