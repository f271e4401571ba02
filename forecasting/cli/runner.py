"""Run a command and turn what happens into an exit code and, where it failed, one line on stderr.

0 done, 1 the work failed, 2 wrong use, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from forecasting.errors import ForecastingError, InputError

PROGRAM = "dataflow"
FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130

STOPPED = "stopped; everything is as it was before."


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run `command` with `arguments` (the process's own where None) and return the exit code.

    Never raises and never prints a traceback: what goes wrong is said in one line.
    """
    try:
        result = command.main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USE
    except click.UsageError as error:
        return _fail(_usage_text(error), WRONG_USE)
    except click.Abort:
        return _fail(STOPPED, INTERRUPTED)
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except ForecastingError as error:
        return _fail(_error_text(error), error.exit_code)
    except OSError as error:
        return _fail(_os_text(error), FAILED) if error.errno != errno.EPIPE else _pipe_closed()
    except MemoryError:
        return _fail("not enough memory for this.", FAILED)
    except Exception as error:  # noqa: BLE001 - the outermost frame: a bug too is one line, named so it can be reported
        return _fail(f"unexpected {type(error).__name__}: {error} (this is a bug: please report this line)", FAILED)
    return result if isinstance(result, int) else 0


class InterruptibleGroup(click.Group):
    """The root group: Ctrl-C anywhere below ends with 130 and one line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the chosen command."""
        interrupts: list[int] = []
        try:
            with _noting_interrupts(interrupts):
                return super().invoke(ctx)
        except (KeyboardInterrupt, Exception):
            # A numeric library may turn the interrupt into an error of its own.
            if not interrupts:
                raise
            return _fail(STOPPED, INTERRUPTED)


@contextmanager
def _noting_interrupts(interrupts: list[int]) -> Iterator[None]:
    """Append to `interrupts` at every Ctrl-C, which still raises KeyboardInterrupt."""

    def note(number: int, frame: FrameType | None) -> None:
        interrupts.append(number)
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _fail(message: str, exit_code: int) -> int:
    click.echo(f"{PROGRAM}: {' '.join(message.split())}", err=True)
    return exit_code


def _usage_text(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else PROGRAM
    return f"{error.format_message()} Try '{path} --help'."


def _error_text(error: ForecastingError) -> str:
    if not isinstance(error, InputError):
        return error.message
    more = [field.message for field in error.errors if field.message not in error.message]
    return " ".join([error.message, *more])


def _os_text(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _pipe_closed() -> int:
    # The reader of a pipe (`| head`) has gone. Point stdout elsewhere, or Python complains when it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
