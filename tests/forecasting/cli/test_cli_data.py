"""`dataflow data`: list, show, export, rename, remove, generate."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.catalog import Catalog
from forecasting.cli.files import write_csv
from forecasting.settings import Settings
from forecasting.timeseries.csv_export import export_frame
from forecasting.timeseries.series import Series

MIDNIGHT = 1_772_409_600
"""2026-03-02 00:00 UTC."""


@pytest.fixture
def catalog(dataflow) -> Catalog:
    """The catalog that the called commands see."""
    return Catalog(Settings.from_environment())


def series(counts, name="shop", **fields) -> Series:
    """A small series by the minute."""
    return Series(name, 60, MIDNIGHT, np.array(counts, dtype=float), **fields)


class TestList:
    def test_the_built_in_ones_are_always_there_and_the_sample_is_marked_as_synthetic(self, dataflow):
        done = dataflow("data", "list")
        assert (done.code, done.err) == (0, "")
        assert done.out.splitlines()[0].split() == ["name", "bin", "start", "end", "time", "zone", "bins", "requests"]
        assert [line.split()[0] for line in done.out.splitlines()[1:]] == ["nasa-http", "sample"]
        assert [line.endswith("synthetic") for line in done.out.splitlines()[1:]] == [False, True]

    def test_json_is_a_list_with_the_fixed_fields(self, dataflow, catalog):
        catalog.add(series([1, 2, 3]))
        (found,) = [info for info in dataflow("data", "list", "--json").json if info["name"] == "shop"]
        wanted = {"timeframe": "1m", "start": "2026-03-02 00:00:00", "end": "2026-03-02 00:03:00", "requests": 6}
        assert found.items() >= wanted.items()


class TestShow:
    def test_facts_and_report(self, dataflow, catalog):
        catalog.add(series([1, np.nan, 3], time_zone="Europe/Paris"))
        done = dataflow("data", "show", "shop")
        assert "period    2026-03-02 01:00:00 to 2026-03-02 01:03:00 (Europe/Paris)" in done.out
        assert "bins      1m, 2 of 3 bins known" in done.out
        shown = dataflow("data", "show", "shop", "--json").json
        assert (shown["known_bins"], shown["report"]) == (2, None)

    def test_an_unknown_name_lists_what_there_is(self, dataflow):
        done = dataflow("data", "show", "absent")
        assert (done.code, done.out) == (1, "")
        assert done.err == "dataflow: Data set 'absent' not found. Available: nasa-http, sample.\n"


class TestExport:
    def test_csv_with_empty_cells_for_unknown(self, dataflow, catalog):
        flags = {"is_burst": np.array([False, True, False]), "is_event": np.array([True, False, False])}
        catalog.add(series([1, np.nan, 3], **flags))
        done = dataflow("data", "export", "shop", "-o", "shop.csv")
        assert (done.code, done.out) == (0, "shop.csv: 3 rows of 1m\n")
        assert Path("shop.csv").read_text().splitlines() == [
            "timestamp,requests_count,is_burst,is_event",
            "2026-03-02 00:00:00,1,0,1",
            "2026-03-02 00:01:00,,1,0",
            "2026-03-02 00:02:00,3,0,0",
        ]

    def test_a_coarser_bin_and_gzip_by_ending(self, dataflow):
        done = dataflow("data", "export", "sample", "--timeframe", "1h", "-o", "sample.csv.gz", "--json")
        assert done.json == {"name": "sample", "timeframe": "1h", "rows": 62 * 24, "file": "sample.csv.gz"}
        frame = pd.read_csv("sample.csv.gz")
        assert len(frame) == 62 * 24
        assert gzip.decompress(Path("sample.csv.gz").read_bytes()).startswith(b"timestamp,requests_count")

    def test_a_dash_is_standard_output(self, dataflow, catalog):
        catalog.add(series([1, 2]))
        done = dataflow("data", "export", "shop", "-o", "-")
        assert done.out == "timestamp,requests_count\n2026-03-02 00:00:00,1\n2026-03-02 00:01:00,2\n"

    def test_a_reader_that_goes_away_is_no_traceback(self, dataflow, tmp_path):
        code = "import sys; from webapp.app.cli import main; sys.exit(main())"
        command = f"{sys.executable} -c '{code}' data export sample -o -"
        done = subprocess.run(
            ["bash", "-c", f"{command} | head -1"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[3],
            env={"DATAFLOW_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        assert (done.stdout, done.stderr) == ("timestamp,requests_count,is_burst,is_event\n", "")

    @pytest.mark.parametrize(
        ("words", "code", "message"),
        [
            (["--timeframe", "7m", "-o", "x.csv"], 2, "timeframe must be whole minutes or hours that divide a day"),
            (["-o", "absent/x.csv"], 2, "The folder of 'absent/x.csv' does not exist. Create it first."),
            (["-o", "."], 2, "Invalid value for '-o' / '--out': File '.' is a directory."),
            ([], 2, "Missing option '-o' / '--out'."),
        ],
    )
    def test_wrong_use(self, dataflow, words, code, message):
        done = dataflow("data", "export", "sample", *words)
        assert done.code == code
        assert done.err.startswith(f"dataflow: {message}")
        assert not Path("x.csv").exists()

    def test_a_finer_bin_than_its_own_is_refused(self, dataflow, catalog):
        catalog.add(Series("slow", 900, MIDNIGHT, np.ones(4)))
        done = dataflow("data", "export", "slow", "--timeframe", "5m", "-o", "x.csv")
        assert done.code == 2
        assert "15m" in done.err

    @pytest.mark.parametrize(
        ("counts", "cells"),
        [([1.5, 2], ["1.5", "2"]), ([0, np.nan], ["0", ""]), ([1e300, 3], ["1e+300", "3"]), ([np.nan], [""])],
    )
    def test_counts_are_written_without_loss(self, counts, cells):
        stream, written = io.BytesIO(), []
        write_csv(stream, [export_frame(series(counts))], written.append)
        rows = stream.getvalue().decode().splitlines()[1:]
        assert [row.split(",")[1] for row in rows] == cells
        assert written == [len(counts)]


class TestRenameAndRemove:
    def test_they_change_the_catalog(self, dataflow, catalog):
        catalog.add(series([1]))
        assert dataflow("data", "rename", "shop", "store", "--json").json["name"] == "store"
        assert dataflow("data", "remove", "store", "--json").json == {"removed": "store"}
        assert [info.name for info in catalog.list()] == ["nasa-http", "sample"]

    @pytest.mark.parametrize(
        ("words", "code", "message"),
        [
            (["remove", "absent"], 1, "Data set 'absent' not found"),
            (["remove", "sample"], 1, "sample is a built-in data set"),
            (["rename", "sample", "x"], 1, "sample is a built-in data set"),
            (["rename", "absent", "Not a name"], 2, "name must be 1 to 63 characters of a-z"),
        ],
    )
    def test_what_they_refuse(self, dataflow, words, code, message):
        done = dataflow("data", *words)
        assert done.code == code
        assert message in done.err

    def test_a_read_only_install_refuses_every_change(self, dataflow, monkeypatch):
        monkeypatch.setenv("DATAFLOW_READ_ONLY", "1")
        for words in (["remove", "shop"], ["rename", "shop", "store"], ["generate", "new", "--days", "1"]):
            done = dataflow("data", *words)
            assert done.code == 1
            assert "this install is read-only (DATAFLOW_READ_ONLY=1)" in done.err


class TestGenerate:
    def test_the_same_seed_gives_the_same_series(self, dataflow, catalog):
        for name in ("one", "two"):
            assert dataflow("data", "generate", name, "--seed", 7, "--days", 2).code == 0
        assert dataflow("data", "generate", "three", "--seed", 8, "--days", 2).code == 0
        one, two, three = (catalog.info(name) for name in ("one", "two", "three"))
        assert one.version == two.version != three.version
        assert (one.bins, one.synthetic) == (2880, True)

    def test_a_taken_name_needs_replace(self, dataflow):
        dataflow("data", "generate", "one", "--days", 1)
        done = dataflow("data", "generate", "one", "--days", 2)
        assert done.code == 1
        assert "Data set 'one' already exists" in done.err
        assert dataflow("data", "generate", "one", "--days", 2, "--replace", "--json").json["bins"] == 2880

    def test_too_much_is_refused(self, dataflow):
        done = dataflow("data", "generate", "one", "--days", 10_000_000)
        assert done.code == 2
        assert done.err.startswith("dataflow: days must make 1 to 5,000,000 bins")


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("DATAFLOW_READ_ONLY", "yes", "DATAFLOW_READ_ONLY must be 0 or 1 (got 'yes')."),
        ("DATAFLOW_MAX_BINS", "many", "DATAFLOW_MAX_BINS must be an integer of at least 1 (got 'many')."),
        ("PORT", "99999", "PORT must be an integer from 1 to 65535 (got 99999)."),
    ],
)
def test_a_wrong_setting_is_named(dataflow, monkeypatch, variable, text, message):
    monkeypatch.setenv(variable, text)
    done = dataflow("data", "list")
    assert (done.code, done.err) == (2, f"dataflow: {message}\n")
