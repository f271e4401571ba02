# ruff: noqa: E501  (seeds, a line each)
"""Imports of mutated lines, tables, documents and archives: only a series or a refusal may come out, within seconds.

Every input is imported in this process. An error that is no refusal, an account that does not add up, or an input that
takes longer than the limit is printed with the seed that makes it again, and the run fails.

    python -m benchmarks.import_fuzz [--inputs 50000] [--seed 0] [--limit 5]
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator

import zstandard

from benchmarks.import_formats import HEADS, TEMPLATES
from forecasting.errors import ForecastingError
from forecasting.readers import ImportOptions, ImportReport, import_files
from forecasting.settings import Settings

PIECES = [
    b"\0", b"\0" * 40, b"\r", b"\n", b"\r\n", b'"', b"\\", b",", b";", b"\t", b"|", b"{", b"}", b"[", b"]", b"\xff\xfe", b"\xef\xbb\xbf",
    b"9" * 20, b"-", b"1e999", b"NaN", b"2024-13-45T99:99:99Z", b"31/Feb/2024:10:00:00 +0000", b"sep=", b"#Fields: ",
    b"#group", b"%", b" " * 50, b"\xc3", b"0001-01-01", b"+14:00", b"null", b"\x1b[0m", b"1.204", b"1,204", b"12:00 AM",
]  # fmt: skip
OPTIONS = [
    ImportOptions(),
    ImportOptions(),
    ImportOptions(),
    ImportOptions(status="2xx", exclude_bots=True, exclude_static=True, time_zone="Europe/Paris"),
    ImportOptions(timeframe="5m", duplicates="sum", missing="zero"),
    ImportOptions(json_time="time"),
    ImportOptions(format="csv"),
    ImportOptions(unit="counter", time_zone="America/New_York"),
    ImportOptions(pattern=r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)"),
]
SETTINGS = Settings(max_expanded_bytes=1 << 24, max_bins=200_000)
MOST_BYTES = 20_000


def plain_seeds() -> list[bytes]:
    """Return logs, tables and documents that are read, small."""
    logs = []
    for name, (template, _) in TEMPLATES.items():
        lines = [
            template.format(
                n=n, clf=f"24/Feb/2024:10:0{n}:00", day="2024-02-24", clock=f"10:0{n}:00", epoch=1_708_768_800 + n
            )
            for n in range(6)
        ]
        logs.append((HEADS.get(name, "") + "\n".join(lines) + "\n").encode())
    rows = [f"2024-02-24 10:{n:02d}:00,{7 * n}" for n in range(12)]
    tables = [
        "timestamp,requests\n" + "\n".join(rows) + "\n",
        "sep=;\nZeit;Anfragen\n" + "\n".join(rows).replace(",", ";"),
    ]
    tables += ["time|host|count\n" + "\n".join(f"{row.replace(',', '|a|')}" for row in rows)]
    tables += ["#group,false,false\n#datatype,x,y\n,_time,_value\n" + "\n".join(f",{row}" for row in rows)]
    points = ",".join(f'[{1_708_768_800 + 60 * n},"{n}"]' for n in range(12))
    records = ",\n".join(f'{{"time": "2024-02-24T10:0{n}:00Z", "status": 200, "path": "/a"}}' for n in range(9))
    documents = [
        f'{{"data": {{"result": [{{"metric": {{"a": "b"}}, "values": [{points}]}}]}}}}',
        f'{{"columns": [{{"name": "time"}}], "records": [{records}]}}',
        f"[{records}]",
        '{"columns": [{"name": "ts"}, {"name": "count"}], "rows": [["2024-02-24 10:00:00", 5], ["2024-02-24 10:01:00", 6]]}',
    ]
    return [*logs, *(text.encode() for text in (*tables, *documents))]


def containers(data: bytes) -> Iterator[bytes]:
    """Yield a file in every container, once with an empty member beside it."""
    yield from (gzip.compress(data), bz2.compress(data), lzma.compress(data), zstandard.compress(data))
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", data)
        archive.writestr("empty.log", b"")
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        for name, content in (("a.log", data), ("empty.log", b"")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    yield from (
        zipped.getvalue(),
        tarred.getvalue(),
        gzip.compress(tarred.getvalue()),
        data.decode("latin-1").encode("utf-16"),
    )
    yield gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :])


def monsters() -> list[bytes]:
    """Return a bomb in each container, and texts without end."""
    zeros = bytes(1 << 26)
    line = b'192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET /' + b"x" * 3_000_000 + b' HTTP/1.1" 200 5\n'
    deep = [b"[" * 100_000, b'{"a":' * 50_000, b'[{"time": "' + b"x" * 3_000_000, b'"' * 3_000_000, b"1," * 1_500_000]
    return [
        *containers(zeros),
        line,
        line * 3,
        *deep,
        b"\r" * 100_000,
        b"\0" * 100_000,
        b"#Fields: date time\n" * 20_000,
    ]


def mutated(data: bytes, draw: random.Random) -> bytes:
    """Return data with a few flips, cuts, swaps and insertions."""
    out = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        at = draw.randrange(len(out) + 1)
        match draw.randrange(8):
            case 0:
                out[at:at] = draw.choice(PIECES)
            case 1:
                del out[at : at + draw.choice([1, 2, 10, 100])]
            case 2:
                out[at : at + 1] = bytes([draw.randrange(256)])
            case 3:
                out = out[:at] if draw.random() < 0.3 else out
            case 4:
                out[at:at] = out[: draw.randrange(400)]
            case 5:
                if at < len(out):
                    out[at] ^= 1 << draw.randrange(8)
            case 6:
                piece = draw.choice(PIECES)
                out[at : at + len(piece)] = piece
            case _:
                other = draw.randrange(len(out) + 1)
                out[at : at + 8] = out[other : other + 8]
    return bytes(out[:MOST_BYTES])


def inputs(count: int, seed: int) -> Iterator[tuple[int, bytes, ImportOptions]]:
    """Yield (number, bytes, options); the number and the seed of the run make the same again."""
    plain = plain_seeds()
    packed = [one for data in plain for one in containers(data)]
    for number in range(count):
        draw = random.Random(f"{seed}/{number}")
        data = mutated(draw.choice(plain if draw.random() < 0.7 else packed), draw)
        if draw.random() < 0.05:  # many lines, so that whole blocks are read
            data = data * draw.choice([20, 100])
        yield number, data, draw.choice(OPTIONS)


def wrong_account(report: ImportReport) -> str:
    """Return what does not add up in a report; empty if all does."""
    numbers = [
        report.lines,
        report.malformed,
        report.ignored,
        report.filtered,
        report.duplicates,
        *report.dropped.values(),
    ]
    if min(numbers) < 0:
        return f"a negative number in {report}"
    if report.format == "csv" or any("rolled up" in note for note in report.notes):
        return ""
    known = report.requests + sum(report.dropped.values()) + report.malformed + report.ignored + report.filtered
    is_once = not any("counted once" in note for note in report.notes) and not report.outages
    return f"{known:g} accounted of {report.lines}" if is_once and known != report.lines else ""


def attempt(data: bytes, options: ImportOptions) -> str:
    """Import once; return what came out: `series`, `refusal`, or what is wrong."""
    try:
        _, report = import_files([("a.log", io.BytesIO(data))], name="x", options=options, settings=SETTINGS)
    except ForecastingError as error:
        message = str(error)
        return "refusal" if message.strip() and "\n" not in message else f"WRONG message {message!r}"
    except Exception:  # noqa: BLE001  (what this benchmark looks for)
        return f"WRONG {traceback.format_exc(limit=-4)}"
    problem = wrong_account(report)
    return f"WRONG {problem}" if problem else "series"


def main() -> int:
    """Run all inputs and print what came out."""
    parser = argparse.ArgumentParser(description="Import mutated files.")
    parser.add_argument("--inputs", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=5.0, help="CPU seconds that one input may take")
    arguments = parser.parse_args()
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    monster = ((-1 - n, data, ImportOptions()) for n, data in enumerate(monsters()))
    for source in (monster, inputs(arguments.inputs, arguments.seed)):
        for number, data, options in source:
            began = time.process_time()
            outcome = attempt(data, options)
            spent = time.process_time() - began
            slowest = max(slowest, spent)
            if spent > arguments.limit:
                outcome = f"WRONG {spent:.1f} s"
            outcomes[outcome.partition(" ")[0]] += 1
            if outcome.startswith("WRONG"):
                print(f"input {number} of seed {arguments.seed}, {options}: {outcome}", flush=True)
    print(", ".join(f"{outcome}: {count:,}" for outcome, count in outcomes.most_common()), f"slowest {slowest:.2f} s")
    return 1 if outcomes["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
