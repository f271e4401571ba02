"""Logs made to cost time: they are refused, or read in time that grows with their length only."""

from __future__ import annotations

import pytest

from forecasting.errors import FileRefused
from forecasting.readers import ImportOptions, import_files
from forecasting.readers.logs import access_log, w3c


def test_a_log_of_ever_new_columns_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(w3c, "MAX_DEFINITIONS", 3)
    path = tmp_path / "w3c.log"
    lines = [f"#Fields: date time c{k}\n2024-03-04 00:00:0{k} x\n" for k in range(5)]
    path.write_text("#Version: 1.0\n" + "".join(lines))
    with pytest.raises(FileRefused, match="changes its #Fields more than 3 times"):
        import_files([path], name="hostile", options=ImportOptions(format="w3c"))


def test_columns_that_could_be_read_in_two_ways_are_read_in_one(tmp_path):
    path = tmp_path / "w3c.log"
    fields = " ".join(f"c{k}" for k in range(60))
    hostile = " ".join(['"a"b'] * 61)
    path.write_text(
        f"#Fields: date time sc-status {fields}\n2024-03-04 00:00:00 200 {' '.join(['x'] * 60)}\n"
        f"2024-03-04 00:01:00 200 {hostile}\n"
    )
    _, report = import_files([path], name="hostile", options=ImportOptions(format="w3c"))
    assert report.lines - report.malformed >= 2


def test_a_file_without_a_record_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(access_log, "GIVE_UP_BYTES", 1 << 20)
    path = tmp_path / "no.log"
    path.write_bytes(b"nothing here is a record\n" * 3_000_000)
    read = []
    with pytest.raises(FileRefused, match="is neither a table nor a log"):
        import_files([path], name="no", progress=lambda done, total: read.append(done))
    assert read[-1] < path.stat().st_size
