"""Output of a command: one result on stdout as text or JSON, progress and notes on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import orjson

from forecasting.progress import ByteProgress, Progress

if TYPE_CHECKING:  # only long commands need it
    from tqdm import tqdm

Format = Callable[[Any], str]
Columns = Mapping[str, tuple[str, Format]]
"""The columns of a table: key of a row -> (title, format of its value)."""


@dataclass(frozen=True)
class Terminal:
    """Output of one command: `json` prints only JSON on stdout, `quiet` suppresses progress and notes."""

    json: bool = False
    quiet: bool = False

    def result(self, value: object, text: str) -> None:
        """Print the result of the command: `value` as JSON (NaN as null), or `text`."""
        if not self.json:
            click.echo(text)
            return
        options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2
        click.echo(orjson.dumps(value, option=options).decode())

    def note(self, messages: Iterable[str]) -> None:
        """Print notes about the result on stderr, also with JSON, which has stdout to itself."""
        for message in () if self.quiet else messages:
            click.echo(f"note: {message}", err=True)

    @property
    def shows_progress(self) -> bool:
        """Whether to show a bar: not with --quiet, nor with --json unless stderr is a terminal."""
        return not self.quiet and (not self.json or sys.stderr.isatty())

    @contextmanager
    def byte_progress(self, label: str) -> Iterator[ByteProgress]:
        """Show a bar of bytes; yields a function of (bytes done, total bytes or None if unknown).

        The bar restarts if fewer bytes are done than before: at the next file, or a restarted transfer.
        """
        with self._bar(label, unit="B", unit_scale=True, unit_divisor=1024) as bar:

            def report(done: int, total: int | None) -> None:
                if done < bar.n:
                    bar.reset(total)
                _set(bar, done, total)

            yield report

    @contextmanager
    def share_progress(self, label: str) -> Iterator[Progress]:
        """Show a bar of a share; yield its Progress. It shows `label` unless a stage is named."""
        layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
        with self._bar(label, total=1.0, bar_format=layout) as bar:

            def report(share: float, stage: str = "", /) -> None:
                bar.set_description_str(stage or label, refresh=False)
                _set(bar, min(share, 1.0), 1.0)

            yield report

    def _bar(self, label: str, **options: Any) -> tqdm:
        from tqdm import tqdm  # only long commands need it

        # Work shorter than a second shows no bar. A file or a log gets one line per second, not ten.
        interval = 0.1 if sys.stderr.isatty() else 1.0
        hidden = not self.shows_progress
        return tqdm(desc=label, file=sys.stderr, delay=1, mininterval=interval, disable=hidden, **options)


def _set(bar: tqdm, done: float, total: float | None) -> None:
    if total is not None:
        bar.total = total
    if done > bar.n:
        bar.update(done - bar.n)


def count(value: float | None) -> str:
    """Format a count with thousands separators; unknown (None) is a dash."""
    return "–" if value is None else f"{value:,.0f}"


def decimals(digits: int) -> Format:
    """Return a format of numbers with `digits` decimals; unknown (None, NaN) is a dash."""
    return lambda value: "–" if value is None or value != value else f"{value:,.{digits}f}"


def percent(value: float | None) -> str:
    """Format a share as a percentage with one decimal; unknown (None, NaN) is a dash."""
    return "–" if value is None or value != value else f"{100 * value:.1f} %"


def table(rows: Sequence[Mapping[str, Any]], columns: Columns) -> str:
    """Format rows as aligned plain text; text columns (format str) are aligned left."""
    cells = [[title for title, _ in columns.values()]]
    cells += [[form(row.get(key)) for key, (_, form) in columns.items()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = [form is str for _, form in columns.values()]
    lines = (
        "  ".join(cell.ljust(width) if to_left else cell.rjust(width) for cell, width, to_left in columns)
        for columns in (zip(row, widths, left, strict=True) for row in cells)
    )
    return "\n".join(line.rstrip() for line in lines)


def fields(pairs: Iterable[tuple[str, object]]) -> str:
    """Format `name  value` lines with aligned values; pairs whose value is None or empty are skipped."""
    shown = [(name, str(value)) for name, value in pairs if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in shown)
