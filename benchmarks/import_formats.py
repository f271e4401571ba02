"""Import speed of each log format in lines per second of CPU on one core, beside bare engines on the same lines.

A line of each format is repeated with rising times. Each import runs in a process of its own, the best of three counts.
Beside it: duckdb's and polars' regular expressions, which only take time and status out of each line; for JSON
`orjson.loads` alone; for `--pattern` the bare matching of its engine. An engine that is not installed is left out and
named (`pip install dataflow-autoscaling[bench]`).

With `--memory` two more rows are the peak memory of an import of a log of 2 GB (written compressed, so that it needs
little disk) and of a CSV of 10 million rows; modules alone take about 120 MB of it. `--json` saves all figures.

    python -m benchmarks.import_formats [--lines 400000] [--runs 3] [--memory] [--json FILE] [NAME ...]
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.machine import machine

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0"
CLF = r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d) ?[^\]]*\]"
PATTERN = r'\[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+)[^"]*" (?P<status>\d{3})'

TEMPLATES: dict[str, tuple[str, str]] = {
    "common": ('192.0.2.{n} - - [{clf} +0000] "GET /p/{n} HTTP/1.1" 200 512', CLF + r' "[^"]*" (\d{3})'),
    "combined": (
        f'192.0.2.{{n}} - - [{{clf}} +0000] "GET /p/{{n}} HTTP/1.1" 200 512 "https://example.com/" "{AGENT}"',
        CLF + r' "[^"]*" (\d{3})',
    ),
    "w3c": (
        "{day} {clock} 10.0.0.1 GET /p/{n} - 443 - 192.0.2.{n} Mozilla/5.0+(Windows+NT+10.0) - 200 0 0 15",
        r"^(\S+ \S+) \S+ \S+ \S+ \S+ \S+ \S+ \S+ \S+ \S+ (\d{3})",
    ),
    "alb": (
        "https {day}T{clock}.186641Z app/lb/50dc6c495c0c9188 192.0.2.{n}:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 "
        f'57 "GET https://www.example.com:443/p/{{n}} HTTP/1.1" "{AGENT}" ECDHE TLSv1.2 arn "Root=1-58" "-" "-" 0',
        r"^\S+ (\S+) (?:\S+ ){6}(\d{3})",
    ),
    "elb": (
        "{day}T{clock}.945958Z lb 192.0.2.{n}:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "
        '"GET http://www.example.com:80/p/{n} HTTP/1.1" "curl/7.38.0" - -',
        r"^(\S+) (?:\S+ ){6}(\d{3})",
    ),
    "haproxy": (
        "Feb 24 {clock} lb haproxy[14389]: 192.0.2.{n}:33317 [{clf}.655] http-in static/srv1 10/0/30/69/109 200 2750 "
        '- - ---- 1/1/1/1/0 0/0 "GET /p/{n} HTTP/1.1"',
        CLF + r" \S+ \S+ \S+ (\d{3})",
    ),
    "s3": (
        "79a59df900b9 my-bucket [{clf} +0000] 192.0.2.{n} arn:aws:iam::1:user/a 3E57427F REST.GET.OBJECT p/{n} "
        '"GET /p/{n} HTTP/1.1" 200 - 113 113 7 6 "-" "S3Console/0.4" - s9lz SigV4 TLS_AES_128 AuthHeader x TLSv1.2',
        CLF + r' \S+ \S+ \S+ \S+ \S+ "[^"]*" (\d{3})',
    ),
    "logfmt": (
        '{day}T{clock}.123456+00:00 heroku[router]: at=info method=GET path="/p/{n}" host=x.herokuapp.com '
        'request_id=8601 fwd="192.0.2.{n}" dyno=web.1 connect=0ms service=13ms status=200 bytes=828 protocol=https',
        r"^(\S+) .* status=(\d{3})",
    ),
    "json, nginx": (
        '{{"time_local": "{clf} +0000", "remote_addr": "192.0.2.{n}", "request": "GET /p/{n} HTTP/1.1", '
        '"status": "200", "body_bytes_sent": "512", "http_user_agent": "curl/8.0", "request_time": "0.003"}}',
        r'"time_local": "([^"]*)".*"status": "(\d{3})',
    ),
    "json, caddy": (
        '{{"level":"info","ts":{epoch}.25,"logger":"http.log.access.log0","msg":"handled request","request":'
        '{{"remote_ip":"192.0.2.{n}","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/p/{n}","headers":'
        '{{"User-Agent":["curl/8"],"Accept":["*/*"]}}}},"duration":0.001,"size":12,"status":200}}',
        r'"ts":([\d.]+).*"status":(\d{3})',
    ),
    "json, docker": (
        '{{"log":"192.0.2.{n} - - [{clf} +0000] \\"GET /p/{n} HTTP/1.1\\" 200 512 \\"-\\" \\"curl/8.0\\"\\n",'
        '"stream":"stdout","time":"{day}T{clock}.123456789Z"}}',
        CLF + r' \\"[^"]*" (\d{3})',
    ),
    "json, filebeat": (
        '{{"@timestamp":"{day}T{clock}.123Z","message":"192.0.2.{n} - - [{clf} +0000] \\"GET /p/{n} HTTP/1.1\\" 200 9"'
        ',"log":{{"offset":{n},"file":{{"path":"/var/log/nginx/access.log"}}}},"input":{{"type":"log"}},'
        '"agent":{{"name":"web1","type":"filebeat","version":"8.12.0"}},"host":{{"name":"web1"}}}}',
        CLF + r' \\"[^"]*" (\d{3})',
    ),
    "pattern": ('192.0.2.{n} - - [{clf} +0000] "GET /p/{n} HTTP/1.1" 200 512', CLF + r' "[^"]*" (\d{3})'),
}
HEADS = {
    "w3c": "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
}
OPTIONS: dict[str, dict[str, Any]] = {"pattern": {"pattern": PATTERN, "time_format": "%d/%b/%Y:%H:%M:%S %z"}}
BARS = {"common": 2e6, "combined": 2e6} | dict.fromkeys(("w3c", "alb", "elb", "haproxy", "s3", "logfmt"), 5e5)
CSV_ROWS = 10_000_000
LOG_BYTES = 2 << 30
LARGE = {"log": ("log of 2 GB", 150), "csv": ("CSV of 10,000,000 rows", 400)}
_FIRST_SECOND = 1_708_768_800
_LINES_PER_SECOND = 20


def write(path: Path, name: str, lines: int) -> None:
    """Write a log with rising times."""
    template = TEMPLATES[name][0]
    with path.open("w") as file:
        file.write(HEADS.get(name, ""))
        for second in range(-(-lines // _LINES_PER_SECOND)):
            moment = np.datetime64(_FIRST_SECOND + second, "s").astype(object)
            parts = {
                "clf": f"{moment:%d/%b/%Y:%H:%M:%S}",
                "day": f"{moment:%Y-%m-%d}",
                "clock": f"{moment:%H:%M:%S}",
                "epoch": _FIRST_SECOND + second,
            }
            count = min(_LINES_PER_SECOND, lines - _LINES_PER_SECOND * second)
            file.writelines(template.format(n=(7 * second + k) % 250, **parts) + "\n" for k in range(count))


def ours(path: str, name: str) -> None:
    """Import a file."""
    # The measured process imports only what its engine needs.
    from forecasting.readers import ImportOptions, import_files
    from forecasting.settings import Settings

    options = ImportOptions(**OPTIONS.get(name, {}))
    settings = Settings(max_bins=2 * CSV_ROWS, max_expanded_bytes=2 * LOG_BYTES)
    import_files([Path(path)], name="x", options=options, settings=settings)


def duckdb(path: str, name: str) -> None:
    """Take time and status out of each line with duckdb, on one thread."""
    import duckdb as engine  # optional, see above

    connection = engine.connect(config={"threads": 1})
    expression = TEMPLATES[name][1].replace("'", "''")
    connection.execute(
        f"select s.t, count(s.s) from (select regexp_extract(line, '{expression}', ['t', 's']) s from "
        "read_csv(?, columns={'line': 'VARCHAR'}, delim=chr(1), quote='', escape='', header=false)) group by 1",
        [path],
    ).fetchall()


def polars(path: str, name: str) -> None:
    """Take time and status out of each line with polars."""
    import polars as engine  # optional, see above

    frame = engine.scan_csv(path, has_header=False, separator="\x01", quote_char=None, new_columns=["line"])
    expression = TEMPLATES[name][1]
    columns = [engine.col("line").str.extract(expression, n).alias(str(n)) for n in (1, 2)]
    frame.select(columns).group_by("1").agg(engine.col("2").count()).collect()


def bare(path: str, name: str) -> None:
    """Run the engine of a format alone: orjson on JSON, regex on a pattern, nothing for the others."""
    import orjson
    import regex

    with Path(path).open("rb") as file:
        if name.startswith("json"):
            for line in file:
                orjson.loads(line)
        else:
            search = regex.compile(PATTERN.encode()).search
            for line in file:
                search(line)


ENGINES: dict[str, Callable[[str, str], None]] = {"ours": ours, "duckdb": duckdb, "polars": polars, "bare": bare}


def measure(engine: str, path: str, name: str) -> None:
    """Run an engine once and print CPU seconds, without imports, and the peak memory in MB."""
    if engine == "ours":
        ENGINES[engine](sys.argv[5], name)  # a few lines, so that modules are loaded
    elif engine != "bare":
        importlib.import_module(engine)
    began = time.process_time()
    ENGINES[engine](path, name)
    spent = time.process_time() - began
    (peak_kib,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps([spent, int(peak_kib) / 1000]))


def write_large(path: Path, name: str) -> None:
    """Write what the limits of memory are for: `log` of 2 GB, compressed, or `csv` of 10 million rows."""
    if name == "csv":
        with path.open("w") as file:
            file.write("timestamp,requests\n")
            for first in range(0, CSV_ROWS, 10_000):
                seconds = _FIRST_SECOND - 10 * CSV_ROWS + 10 * np.arange(first, first + 10_000)
                times = seconds.astype("datetime64[s]").tolist()
                file.writelines(f"{time},{k % 100}\n" for k, time in enumerate(times))
        return
    with gzip.open(path, "wt", compresslevel=1) as file:
        written, second = 0, 0
        while written < LOG_BYTES:
            moment = np.datetime64(_FIRST_SECOND + second, "s").astype(object)
            lines = "".join(
                TEMPLATES["combined"][0].format(n=n, clf=f"{moment:%d/%b/%Y:%H:%M:%S}") + "\n" for n in range(20)
            )
            written, second = written + 50 * len(lines), second + 1
            file.write(lines * 50)


def print_memory(folder: Path) -> dict[str, object]:
    """Print and return the peak memory of the two largest imports, each in a process of its own."""
    results: dict[str, object] = {}
    for name, (label, bar) in LARGE.items():
        path, small = folder / f"large.{name}", folder / "small.log"
        write_large(path, name)
        write(small, "common", 100)
        seconds, peak = best("ours", path, name, small, 1)
        path.unlink()
        print(f"{label}: peak {peak:.0f} MB (at most {bar}), {seconds:.1f} s", flush=True)
        results[label] = {"peak_mb": round(peak), "most_mb": bar, "seconds": round(seconds, 1)}
    return results


def best(engine: str, path: Path, name: str, small: Path, runs: int) -> tuple[float, float]:
    """The least CPU seconds of some runs, and the peak memory of the first."""
    command = [sys.executable, "-m", "benchmarks.import_formats", "measure", engine, str(path), name, str(small)]
    environment = {"POLARS_MAX_THREADS": "1", "PATH": "/usr/bin:/bin"}
    results = [
        json.loads(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
        for _ in range(runs)
    ]
    return min(one[0] for one in results), results[0][1]


def print_formats(folder: Path, names: list[str], lines: int, runs: int) -> list[dict[str, object]]:
    """Print and return a row for each format: ours, its bar, and every engine beside it."""
    engines = [name for name in ("duckdb", "polars") if importlib.util.find_spec(name)]
    for name in {"duckdb", "polars"} - set(engines):
        print(f"{name} is not installed and is left out")
    print(f"{'format':14} {'lines/s':>12} {'bar':>10} {'peak MB':>8}  beside it, lines/s (ours as a share)")
    small, path, rows = folder / "small.log", folder / "big.log", []
    for name in names:
        write(small, name, 100)
        write(path, name, lines)
        seconds, peak = best("ours", path, name, small, runs)
        others = [*engines, *(["bare"] if name == "pattern" or name.startswith("json") else [])]
        beside = {engine: lines / best(engine, path, name, small, runs)[0] for engine in others}
        speed = lines / seconds
        bar = f"{BARS[name]:,.0f}" if name in BARS else "0.60" if name.startswith("json") else "0.50"
        shown = ", ".join(f"{engine} {other:,.0f} ({speed / other:.2f})" for engine, other in beside.items())
        print(f"{name:14} {speed:12,.0f} {bar:>10} {peak:8.0f}  {shown}", flush=True)
        rounded = {engine: round(other) for engine, other in beside.items()}
        rows.append({"format": name, "lines_per_second": round(speed), "bar": bar, "peak_mb": round(peak), **rounded})
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the import speed of each log format.")
    parser.add_argument("--lines", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="also measure the peak memory of two large imports")
    parser.add_argument("--json", type=Path, metavar="FILE", help="save all figures here")
    parser.add_argument("names", nargs="*", choices=[*TEMPLATES, []], default=[])
    arguments = parser.parse_args()
    result: dict[str, object] = {"date": f"{date.today()}", "machine": machine(), "lines": arguments.lines}
    with tempfile.TemporaryDirectory() as folder:
        names = arguments.names or list(TEMPLATES)
        result["formats"] = print_formats(Path(folder), names, arguments.lines, arguments.runs)
        if arguments.memory:
            result["memory"] = print_memory(Path(folder))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(*sys.argv[2:5])
    else:
        main()
