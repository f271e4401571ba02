"""What a command prints: one result on stdout as text or JSON, progress and notes on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import orjson

from forecasting.progress import ByteProgress, Progress

if TYPE_CHECKING:
    from tqdm import tqdm

Format = Callable[[object], str]


@dataclass(frozen=True)
class Terminal:
    """How one command talks: `json` prints only JSON on stdout, `quiet` shows no progress and no notes."""

    json: bool = False
    quiet: bool = False

    def result(self, value: object, text: str) -> None:
        """Print the command's one result: `value` as JSON (NaN as null), or `text`."""
        if not self.json:
            click.echo(text)
            return
        options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2
        click.echo(orjson.dumps(value, option=options).decode())

    def note(self, messages: Iterable[str]) -> None:
        """Say on stderr what the reader of the result should know. With JSON too: stdout stays clean."""
        for message in () if self.quiet else messages:
            click.echo(f"note: {message}", err=True)

    @property
    def shows_progress(self) -> bool:
        """No bar with --quiet, nor with --json where nobody watches stderr."""
        return not self.quiet and (not self.json or sys.stderr.isatty())

    @contextmanager
    def byte_progress(self, label: str) -> Iterator[ByteProgress]:
        """A bar of bytes; yields a function of (bytes done, bytes in all or None where unknown).

        It begins anew where fewer bytes are done than before: the next file, or a transfer started again.
        """
        with self._bar(label, unit="B", unit_scale=True, unit_divisor=1024) as bar:

            def report(done: int, total: int | None) -> None:
                if done < bar.n:
                    bar.reset(total)
                _set(bar, done, total)

            yield report

    @contextmanager
    def share_progress(self, label: str) -> Iterator[Progress]:
        """Show a bar of a share; yield its Progress. `label` is shown while nothing else is named."""
        layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"
        with self._bar(label, total=1.0, bar_format=layout) as bar:

            def report(share: float, doing: str = "", /) -> None:
                bar.set_description_str(doing or label, refresh=False)
                _set(bar, min(share, 1.0), 1.0)

            yield report

    def _bar(self, label: str, **options: object) -> tqdm:
        from tqdm import tqdm

        # Work that is done within a second shows nothing. A file or a log gets a line a second, not ten.
        interval = 0.1 if sys.stderr.isatty() else 1.0
        hidden = not self.shows_progress
        return tqdm(desc=label, file=sys.stderr, delay=1, mininterval=interval, disable=hidden, **options)


def _set(bar: tqdm, done: float, total: float | None) -> None:
    if total is not None:
        bar.total = total
    if done > bar.n:
        bar.update(done - bar.n)


def count(value: object) -> str:
    """A count with thousands separated; an unknown one is a dash."""
    return "–" if value is None else f"{value:,.0f}"


def decimals(digits: int) -> Format:
    """Format numbers with `digits` decimals; unknown (None, NaN) is a dash."""
    return lambda value: "–" if value is None or value != value else f"{value:,.{digits}f}"


def percent(value: object) -> str:
    """A share as a percentage with one decimal; unknown is a dash."""
    return "–" if value is None or value != value else f"{100 * value:.1f} %"


def table(rows: Sequence[Mapping[str, object]], columns: Mapping[str, tuple[str, Format]]) -> str:
    """Aligned plain text: `columns` maps a row's key to (title, format). Text columns (format str) go left."""
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
    """`name  value` lines with the values aligned; pairs whose value is None or empty are left out."""
    shown = [(name, str(value)) for name, value in pairs if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in shown)
