"""Parquet as the text of a table: batch by batch, so that every option of a table holds for it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from forecasting.errors import FileRefused, TooLarge
from forecasting.readers.extras import extra

# pyarrow is an optional extra without types: its modules and values are `Any` here.

MAGIC = b"PAR1"
MAX_COLUMNS = 1_000
MAX_CELL = 500
"""Characters of a text cell that are read."""

MAX_COLUMN_BYTES = 512 << 20
"""Of one column of a row group, expanded: its pages are held in memory, so a larger one is a bomb."""

_BATCH_ROWS = 20_000
_THRIFT_BYTES = 16 << 20
_THRIFT_ITEMS = 200_000


def parquet_rows(file: BinaryIO, label: str, limit_bytes: int) -> Iterator[bytes]:
    """Yield the rows of a Parquet file (seekable) as CSV with a header, without columns of lists, structs and bytes.

    Raises FileRefused for a broken file or without pyarrow, TooLarge if it expands past `limit_bytes`.
    """
    pa = _part("pyarrow", label)
    parquet = _part("pyarrow.parquet", label)
    try:
        texts = _text_columns(parquet.read_schema(file))
        table = parquet.ParquetFile(
            file,
            read_dictionary=texts,  # a long text that every row repeats is held once
            buffer_size=1 << 16,
            thrift_string_size_limit=_THRIFT_BYTES,
            thrift_container_size_limit=_THRIFT_ITEMS,
        )
        columns = _columns(table, label)
        _refuse_bomb(table, label, limit_bytes)
        yield from _csv(table, columns)
    except (FileRefused, TooLarge):
        raise
    except (pa.ArrowException, OSError, MemoryError, ValueError, KeyError, IndexError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileRefused(f"{label} is a Parquet file that is cut off or broken: {reason[:200]}.") from error


def _part(module: str, label: str = "It") -> Any:
    return extra(module, label, "a Parquet file", "export its rows as CSV")


def _text_columns(schema: Any) -> list[str]:
    return [field.name for field in schema if str(field.type) in ("string", "large_string")]


def _columns(table: Any, label: str) -> list[str]:
    """The names of the columns with plain values."""
    kinds = _part("pyarrow.types", label)
    rejected = (kinds.is_nested, kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary)
    names = [field.name for field in table.schema_arrow if not any(test(field.type) for test in rejected)]
    if len(names) > MAX_COLUMNS:
        raise FileRefused(f"{label} has {len(names):,} columns, and at most {MAX_COLUMNS:,} are read; export fewer.")
    if not names:
        raise FileRefused(f"{label} is a Parquet file without a column of plain values; export a time and a count.")
    return names


def _refuse_bomb(table: Any, label: str, limit_bytes: int) -> None:
    metadata, total = table.metadata, 0
    for group in range(metadata.num_row_groups):
        row_group = metadata.row_group(group)
        for place in range(row_group.num_columns):
            size = row_group.column(place).total_uncompressed_size
            total += size
            if size > MAX_COLUMN_BYTES:
                raise TooLarge(
                    f"{label} has a column that expands to {size:,} bytes in one row group, and at most "
                    f"{MAX_COLUMN_BYTES:,} are read; write it with smaller row groups."
                )
    if total > limit_bytes:
        raise TooLarge(
            f"{label} is larger than {limit_bytes:,} bytes when expanded; split it, or raise "
            "DATAFLOW_MAX_EXPANDED_BYTES."
        )


def _csv(table: Any, columns: list[str]) -> Iterator[bytes]:
    pa, csv = _part("pyarrow"), _part("pyarrow.csv")
    names = [" ".join(name.split()) or "column" for name in columns]
    with_header = True
    for batch in table.iter_batches(_BATCH_ROWS, columns=columns, use_threads=False):
        plain = pa.record_batch([_plain(batch.column(name)) for name in columns], names=names)
        text = io.BytesIO()
        csv.write_csv(plain, text, csv.WriteOptions(include_header=with_header))
        with_header = False
        yield text.getvalue()
    if with_header:
        yield ",".join(f'"{name}"' for name in names).encode() + b"\n"


def _plain(column: Any) -> Any:
    """A column as CSV is to show it: whole seconds, texts on one line and not endless."""
    pa, calculate = _part("pyarrow"), _part("pyarrow.compute")
    if isinstance(column, pa.DictionaryArray):
        used = column.indices.dictionary_encode()
        texts = column.dictionary.take(used.dictionary)
        if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type):
            texts = calculate.utf8_slice_codeunits(texts, 0, MAX_CELL)
            texts = calculate.replace_substring_regex(texts, r"[\r\n\x00]+", " ")
        return texts.take(used.indices)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("s", column.type.tz), safe=False)
    return column
