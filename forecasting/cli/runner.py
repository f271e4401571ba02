"""Run a command and convert its outcome to an exit code and, on failure, one line on stderr.

0 success, 1 failure, 2 usage error, 130 interrupted by Ctrl-C.
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

STOPPED = "interrupted; nothing was changed."


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run `command` with `arguments` (by default those of the process) and return the exit code.

    Never raises or prints a traceback: any error becomes one line.
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
        return _fail("not enough memory.", FAILED)
    except Exception as error:  # noqa: BLE001 - outermost frame: a bug becomes one line that can be reported
        return _fail(f"unexpected {type(error).__name__}: {error} (this is a bug; please report it)", FAILED)
    return result if isinstance(result, int) else 0


class InterruptibleGroup(click.Group):
    """The root group: Ctrl-C in any command ends with 130 and one line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the selected command."""
        interrupts: list[int] = []
        try:
            with _recorded_interrupts(interrupts):
                return super().invoke(ctx)
        except (KeyboardInterrupt, Exception):
            # A numeric library may convert the interrupt to another exception.
            if not interrupts:
                raise
            return _fail(STOPPED, INTERRUPTED)


@contextmanager
def _recorded_interrupts(interrupts: list[int]) -> Iterator[None]:
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
    # The reader of a pipe (`| head`) has closed it. Redirect stdout, or Python fails to flush it at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
