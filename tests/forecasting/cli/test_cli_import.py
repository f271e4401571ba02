"""`dataflow data import`: real logs, odd files, and what it says about them."""

from __future__ import annotations

import gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.cli.import_command import report_text
from forecasting.readers import nasa_http
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

LINE = '192.0.2.1 - - [02/Mar/2026:10:{:02d}:00 +0100] "{} /item HTTP/1.1" {} 512 "-" "Mozilla/5.0"\n'
FIXED_FIELDS = {
    "name", "format", "timeframe", "time_zone", "start", "end", "lines", "requests", "malformed", "duplicates",
    "out_of_order", "gaps", "dropped",
}  # fmt: skip


@pytest.fixture
def log(dataflow) -> Path:
    """Ten minutes with two requests each, one of them a POST that failed, and one line that is no record."""
    lines = [LINE.format(minute, *request) for minute in range(10) for request in (("GET", 200), ("POST", 500))]
    path = Path("access.log")
    path.write_text("".join([*lines, "this is no record\n"]))
    return path


class TestLogs:
    def test_json_has_the_fixed_fields(self, dataflow, log):
        done = dataflow("data", "import", "--name", "shop", log, "--json")
        assert (done.code, done.err) == (0, "")
        assert done.json.keys() >= FIXED_FIELDS
        wanted = {"name": "shop", "format": "combined", "timeframe": "1m", "lines": 21, "requests": 20, "malformed": 1}
        assert done.json.items() >= wanted.items()
        assert (done.json["start"], done.json["end"]) == ("2026-03-02 10:00:00", "2026-03-02 10:10:00")

    def test_the_report_and_what_the_catalog_keeps(self, dataflow, log):
        done = dataflow("data", "import", "--name", "shop", log)
        assert "period     2026-03-02 10:00:00 to 2026-03-02 10:10:00 (+01:00)\n" in done.out
        assert "malformed: this is no record" in done.out
        shown = dataflow("data", "show", "shop")
        assert "Import report" in shown.out
        assert "malformed: this is no record" in shown.out

    def test_several_files_and_options_between_them(self, dataflow, log):
        Path("second.log").write_text(LINE.format(15, "GET", 200))
        done = dataflow("data", "import", "second.log", "--name", "shop", log, "--timeframe", "5m", "--json")
        assert (done.json["requests"], done.json["timeframe"], done.json["end"]) == (21, "5m", "2026-03-02 10:20:00")

    @pytest.mark.parametrize(
        ("words", "requests"),
        [
            (["--status", "2xx"], 10),
            (["--status", "5xx"], 10),
            (["--method", "POST"], 10),
            (["--path-prefix", "/item", "--exclude-bots", "--exclude-static"], 20),
            (["--time-zone", "-04:00"], 20),
            (["--format", "combined"], 20),
        ],
    )
    def test_filters_and_zone(self, dataflow, log, words, requests):
        done = dataflow("data", "import", "--name", "shop", *words, log, "--json")
        assert done.json["requests"] == requests
        assert done.json["start"] == ("2026-03-02 05:00:00" if "-04:00" in words else "2026-03-02 10:00:00")

    def test_a_declared_outage_is_unknown_not_quiet(self, dataflow, log):
        outage = "2026-03-02 10:02:00/2026-03-02 10:05:00"
        done = dataflow("data", "import", "--name", "shop", "--outage", outage, log)
        assert "outage: 2026-03-02 10:02:00 to 2026-03-02 10:05:00 (declared)" in done.out
        counts = Catalog(Settings.from_environment()).get("shop").requests_count
        assert np.flatnonzero(np.isnan(counts)).tolist() == [2, 3, 4]

    def test_a_pattern_reads_any_log(self, dataflow):
        Path("own.log").write_text("start|2026-03-02 10:00:07|x\nstart|2026-03-02 10:01:07|y\n")
        words = ["--pattern", r"^start\|(?P<time>[^|]+)\|", "--time-format", "%Y-%m-%d %H:%M:%S"]
        done = dataflow("data", "import", "--name", "own", *words, "own.log", "--json")
        assert (done.json["requests"], done.json["format"]) == (2, "pattern")

    def test_a_dry_run_keeps_nothing(self, dataflow, log):
        assert dataflow("data", "import", "--name", "shop", "--dry-run", log, "--json").json["requests"] == 20
        assert [info["name"] for info in dataflow("data", "list", "--json").json] == ["nasa-http", "sample"]

    def test_a_later_log_is_appended_and_an_overlap_refused(self, dataflow, log):
        dataflow("data", "import", "--name", "shop", log)
        Path("later.log").write_text(LINE.format(15, "GET", 200))
        done = dataflow("data", "import", "--name", "shop", "--append", "later.log")
        assert (done.code, done.err) == (0, "")
        assert "appended   1 bins; shop now has 16 up to 2026-03-02 10:16:00" in done.out
        assert "5 bins are unknown" in done.out
        assert (
            "appended: 2026-03-02 10:15:00 to 2026-03-02 10:16:00, 1 requests" in dataflow("data", "show", "shop").out
        )
        again = dataflow("data", "import", "--name", "shop", "--append", "later.log")
        assert again.code == 1
        assert "The files overlap shop from 2026-03-02 10:15:00 to 2026-03-02 10:16:00" in again.err
        taken = dataflow("data", "import", "--name", "shop", "--append", "--overlap", "replace", "later.log", "--json")
        assert taken.json["append"]["rule"] == "replace"

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--append", "--replace"], "append and replace exclude each other"),
            (["--overlap", "keep"], "overlap needs append"),
            (["--append"], "To import it as a new data set, leave --append out."),
        ],
    )
    def test_wrong_use_of_append(self, dataflow, log, words, message):
        done = dataflow("data", "import", "--name", "shop", *words, log)
        assert done.code in (1, 2)
        assert message in done.err

    def test_a_taken_name_needs_replace(self, dataflow, log):
        dataflow("data", "import", "--name", "shop", log)
        done = dataflow("data", "import", "--name", "shop", log, "--json")
        assert (done.code, done.out) == (1, "")
        assert (
            done.err == "dataflow: Data set 'shop' already exists. Choose another name, or replace it with --replace.\n"
        )
        words = ["--method", "GET", "--replace", "--json"]
        assert dataflow("data", "import", "--name", "shop", log, *words).json["requests"] == 10

    def test_a_log_of_json_lines(self, dataflow, recordings):
        done = dataflow("data", "import", "--name", "json", recordings / "logs" / "nginx_json.log", "--json")
        assert done.code == 0
        assert done.json["format"] == "json_lines"


class TestRefusals:
    def test_a_log_without_an_access_record(self, dataflow, recordings):
        done = dataflow("data", "import", "--name", "x", recordings / "logs" / "apache_error.log")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("dataflow: ")
        assert done.err.count("\n") == 1
        assert [info["name"] for info in dataflow("data", "list", "--json").json] == ["nasa-http", "sample"]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--name", "Not a name"], "name must be 1 to 63 characters"),
            (["--name", "x", "--format", "xml"], "format must be one of csv, common"),
            (["--name", "x", "--status", "ok"], "status must be classes or codes"),
            (["--name", "x", "--time-zone", "Mars/Base"], "time_zone must be an IANA name"),
            (["--name", "x", "--duplicates", "first"], "'first' is not one of 'last', 'sum'."),
        ],
    )
    def test_wrong_use(self, dataflow, log, words, message):
        done = dataflow("data", "import", *words, log)
        assert (done.code, done.out) == (2, "")
        assert message in done.err

    def test_read_only(self, dataflow, log, monkeypatch):
        monkeypatch.setenv("DATAFLOW_READ_ONLY", "1")
        done = dataflow("data", "import", "--name", "x", log)
        assert done.code == 1
        assert "read-only (DATAFLOW_READ_ONLY=1)" in done.err
        assert dataflow("data", "import", "--name", "x", "--dry-run", log).code == 0


class TestRoundTrip:
    @pytest.mark.parametrize("time_zone", [None, "UTC", "-04:00", "Europe/Paris"])
    def test_what_is_exported_can_be_imported_as_it_was(self, dataflow, time_zone):
        """Three days around the hour that Paris lives twice, 26 October 2025."""
        counts = np.arange(3 * 24 * 4, dtype=float)
        counts[40:44] = np.nan
        start = 1_761_350_400 - (7200 if time_zone == "Europe/Paris" else 0)
        catalog = Catalog(Settings.from_environment())
        catalog.add(Series("first", 900, start, counts, time_zone=time_zone))
        dataflow("data", "export", "first", "-o", "first.csv.gz")
        zone = ["--time-zone", time_zone] if time_zone else []
        done = dataflow("data", "import", "--name", "second", *zone, "first.csv.gz", "--json")
        assert done.code == 0, done.err
        first, second = catalog.get("first"), catalog.get("second")
        assert (second.start, second.bin_seconds, second.time_zone) == (first.start, 900, time_zone)
        np.testing.assert_array_equal(second.requests_count, first.requests_count)


def test_long_lists_are_cut_short():
    spans = [{"start": f"s{n}", "end": f"e{n}"} for n in range(25)]
    empty = {
        "outages": [],
        "malformed_examples": [],
        "notes": [],
        "unaligned": None,
        "columns_kept_aside": [],
        "samples": [],
    }
    counts = dict.fromkeys(("lines", "malformed", "filtered", "duplicates", "out_of_order", "requests", "bins"), 1)
    names = dict.fromkeys(("name", "format", "timeframe", "time_zone", "start", "end", "duplicates_rule"), "x")
    text = report_text({**empty, **counts, **names, "dropped": {"empty cells": 3}, "gaps": spans})
    assert text.count("gap: s") == 10
    assert text.endswith("gap: 15 more, see --json")
    assert "dropped       3 empty cells" in text


class Mirror(BaseHTTPRequestHandler):
    """Serves the files of `folder`; the first answer breaks off half-way."""

    folder: Path
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        body = (self.folder / self.path.rsplit("/")[-1]).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if len(self.asked) == 1 else body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """The address of a mirror with two short logs, one a month, and the handler that counts what is asked."""
    logs = {"NASA_access_log_Jul95.gz": "Jul", "NASA_access_log_Aug95.gz": "Aug"}
    for name, month in logs.items():
        line = 'host{} - - [02/{}/1995:10:{:02d}:00 -0400] "GET / HTTP/1.0" 200 512\n'
        text = "".join(line.format(n, month, n % 60) for n in range(300))
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    monkeypatch.setattr(nasa_http, "NASA_LOGS", dict.fromkeys(logs, 300))
    handler = type("Handler", (Mirror,), {"folder": tmp_path, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/traces", handler
        server.shutdown()


class TestFetch:
    def test_both_logs_become_one_data_set(self, dataflow, mirror):
        url, handler = mirror
        done = dataflow("data", "fetch", "nasa-http", "--mirror", url, "--json")
        assert done.code == 0, done.err
        assert (
            done.json.items()
            >= {"name": "nasa-http-logs", "requests": 600, "lines": 600, "time_zone": "-04:00"}.items()
        )
        assert (done.json["start"], done.json["end"]) == ("1995-07-02 10:00:00", "1995-08-02 11:00:00")
        before = len(handler.asked)
        assert dataflow("data", "fetch", "nasa-http", "--mirror", url, "--name", "again").code == 0
        assert len(handler.asked) == before == 3

    def test_files_at_hand_need_no_server(self, dataflow, mirror, tmp_path):
        files = [tmp_path / "NASA_access_log_Jul95.gz", tmp_path / "NASA_access_log_Aug95.gz"]
        done = dataflow("data", "fetch", "nasa-http", "--from", *files, "--json")
        assert done.json["requests"] == 600
        assert dataflow("data", "fetch", "nasa-http", "--replace", "--from", files[0], "--json").json["requests"] == 300
        assert mirror[1].asked == []

    @pytest.mark.parametrize(
        ("words", "code", "message"),
        [
            (["worldcup98"], 2, "'worldcup98' is not 'nasa-http'."),
            (["nasa-http", "--from", "absent.gz"], 2, "File 'absent.gz' does not exist."),
            (["nasa-http", "access.log"], 2, "Files must follow --from: --from access.log."),
            (["nasa-http", "--mirror", "ftp://x"], 2, "(got 'ftp://x')"),
            (["nasa-http", "--name", "sample"], 1, "Data set 'sample' already exists"),
        ],
    )
    def test_what_it_refuses(self, dataflow, log, words, code, message):
        done = dataflow("data", "fetch", *words)
        assert (done.code, done.out) == (code, "")
        assert message in done.err
