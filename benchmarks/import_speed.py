"""Import speed of logs and CSV in lines per second on one core, and peak memory.

Synthetic logs are written to a temporary folder; each is imported three times in its own process. The best CPU time of
the three is shown; other work on the machine affects it less than elapsed time.

    python -m benchmarks.import_speed [--lines 2000000] [--long 0]

`--long 2` adds a Common log of two gigabytes, for the peak memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.readers import ImportOptions, import_files
from forecasting.settings import Settings

CHUNK_LINES = 100_000
LINES_PER_SECOND_OF_LOG = 2
FILTERS = {
    "status": "2xx,3xx",
    "method": "GET",
    "path_prefix": "/",
    "exclude_bots": True,
    "exclude_static": True,
}


Case = tuple[Path, int, dict[str, Any]]
"""Path, number of lines and import options."""


def log_chunks(lines: int, *, combined: bool) -> Iterator[bytes]:
    """Yield lines of a Common or Combined log of a busy site, a few of them malformed."""
    rng = np.random.default_rng(1)
    hosts = [f"piweba{i}y.prodigy.com" for i in range(900)] + ["199.72.81.55"] * 100
    paths = [f"/shuttle/missions/sts-{i}/mission-sts-{i}.html" for i in range(800)]
    paths += ["/", "/images/NASA-logosmall.gif", "/images/ksclogo-medium.gif?v=2", "/shop/basket"] * 50
    agents = [f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{i}.0" for i in range(95)]
    agents += ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"] * 5
    second = 0
    for first in range(0, lines, CHUNK_LINES):
        count = min(CHUNK_LINES, lines - first)
        seconds = second + np.sort(rng.integers(0, max(1, count // LINES_PER_SECOND_OF_LOG), count))
        second = int(seconds[-1])
        times = (np.datetime64("1995-07-01", "s") + seconds).tolist()
        picks = rng.integers(0, 1000, (count, 3)).tolist()
        texts = []
        for time_of_line, (host, path, rest) in zip(times, picks, strict=True):
            text = f"{hosts[host]} - - [{time_of_line:%d/%b/%Y:%H:%M:%S} -0400] "
            text += f'"GET {paths[path]} HTTP/1.0" {200 if rest < 900 else 404} {7 * rest}'
            texts.append(text + f' "http://example.com/{path}" "{agents[rest % 100]}"' if combined else text)
        texts[0] = "alyssa.p"
        yield ("\n".join(texts) + "\n").encode()


def csv_bytes(rows: int) -> bytes:
    """Return a CSV of one-minute bins."""
    times = np.datetime_as_string(np.datetime64("1995-07-01T00:00:00") + 60 * np.arange(rows)).tolist()
    return ("timestamp,requests_count\n" + "".join(f"{time},{i % 97}\n" for i, time in enumerate(times))).encode()


def write_files(folder: Path, lines: int, long_gigabytes: float) -> dict[str, Case]:
    """Write the files and return the cases by name."""
    cases: dict[str, Case] = {}
    for name, combined in (("common", False), ("combined", True)):
        plain, packed = folder / f"{name}.log", folder / f"{name}.log.gz"
        with plain.open("wb") as file, gzip.open(packed, "wb", compresslevel=6) as gz_file:
            for chunk in log_chunks(lines, combined=combined):
                file.write(chunk)
                gz_file.write(chunk)
        cases[f"{name}, plain"] = plain, lines, {}
        cases[f"{name}, gz"] = packed, lines, {}
        cases[f"{name}, plain, every filter"] = plain, lines, FILTERS
        cases[f"{name}, gz, every filter"] = packed, lines, FILTERS
    table = folder / "minutes.csv"
    table.write_bytes(csv_bytes(lines // 4))
    cases["csv"] = table, lines // 4, {}
    if long_gigabytes:
        repeated = (folder / "common.log").read_bytes()
        times = max(1, round(long_gigabytes * 1e9 / len(repeated)))
        with (folder / "long.log").open("wb") as file:
            for _ in range(times):
                file.write(repeated)
        cases[f"common, plain, {long_gigabytes:g} GB"] = folder / "long.log", times * lines, {}
    return cases


def measure(path: str, options: str) -> None:
    """Import once and print CPU seconds and the peak memory of the process in MiB; runs in its own process."""
    began = time.process_time()
    import_files([Path(path)], name="x", options=ImportOptions(**json.loads(options)), settings=Settings())
    spent = time.process_time() - began
    # Not getrusage: its maximum includes the memory of the parent at the fork.
    (peak_kib,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps([spent, int(peak_kib) / 1024]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the import speed of logs and CSV.")
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--long", type=float, default=0.0, metavar="GIGABYTES")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cases = write_files(Path(folder), arguments.lines, arguments.long)
        print(f"{'file':32} {'MB':>7} {'lines':>12} {'lines/s':>12} {'MB/s':>7} {'peak MiB':>9}")
        for name, (path, lines, options) in cases.items():
            command = [sys.executable, "-m", "benchmarks.import_speed", "measure", str(path), json.dumps(options)]
            runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)]
            seconds, size = min(run[0] for run in runs), path.stat().st_size / 1e6
            print(
                f"{name:32} {size:7.0f} {lines:12,} {lines / seconds:12,.0f} {size / seconds:7.0f} {runs[0][1]:9.0f}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(*sys.argv[2:])
    else:
        main()
