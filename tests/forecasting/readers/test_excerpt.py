"""The beginning of a file: what it holds, what would be read as what, and what has been chosen."""

from __future__ import annotations

import gzip
import io
import json

import pytest

from forecasting.readers import ImportOptions
from forecasting.readers.excerpt import Excerpt, excerpt
from forecasting.settings import Settings

WIDE = '"Time","GET 200","GET, 404","POST"\n' + "".join(f"2024-02-24 10:0{i}:00,{i},1,2\n" for i in range(9))
HOSTS = "when;host;n\n" + "".join(f"2024-02-24 10:0{i}:00;{'ab'[i % 2]};{i}\n" for i in range(9))
LOG = '192.0.2.7 - - [24/Feb/2024:10:00:05 +0000] "GET / HTTP/1.1" 200 5\n' * 12
CUSTOM = "".join(f"240224 10:0{i}:00 served item {i}\n" for i in range(9))
DOCKER = json.dumps({"log": LOG.splitlines()[0] + "\n", "time": "2024-02-24T10:00:05.1Z"}) + "\n"


def look(content: str | bytes, **options) -> Excerpt:
    data = content.encode() if isinstance(content, str) else content
    found = excerpt([("file.txt", io.BytesIO(data))], ImportOptions(**options), Settings())
    assert found is not None
    return found


def roles(found: Excerpt) -> dict[str, str]:
    return {column.name: column.role for column in found.columns if column.role}


def test_a_wide_table_has_its_columns_with_their_kind():
    found = look(WIDE)
    assert (found.kind, found.file) == ("table", "file.txt")
    assert [column.kind for column in found.columns] == ["time", "number", "number", "number"]
    assert found.columns[0].cells[:2] == ["2024-02-24 10:00:00", "2024-02-24 10:01:00"]
    assert roles(found) == {"Time": "time"}


def test_a_name_that_options_cannot_write_is_a_number():
    assert [column.name for column in look(WIDE).columns] == ["Time", "GET 200", "3", "POST"]
    assert [column.title for column in look(WIDE).columns][2] == "GET, 404"


def test_what_is_chosen_is_shown():
    found = look(WIDE, sum_columns=("GET 200", "3"))
    assert roles(found) == {"Time": "time", "GET 200": "count", "3": "count"}
    found = look(HOSTS, where=("host=b",))
    assert [column.chosen for column in found.columns] == ["", "b", ""]
    assert found.columns[1].values == ["a", "b"]


def test_what_would_be_read_by_itself_is_shown():
    assert roles(look("timestamp,hits,host\n2024-02-24 10:00,5,a\n2024-02-24 10:01,6,b\n")) == {
        "timestamp": "time",
        "hits": "count",
    }


def test_a_table_without_a_header_has_numbers():
    found = look("2024-02-24 10:00,5,7\n2024-02-24 10:01,5,7\n")
    assert [column.name for column in found.columns] == ["1", "2", "3"]
    assert found.columns[1].cells == ["5", "5"]
    assert roles(look("2024-02-24 10:00,5,7\n2024-02-24 10:01,5,7\n", time_column="1", count_column="3")) == {
        "1": "time",
        "3": "count",
    }


def test_preamble_lines_are_left_out():
    found = look("Report of the shop\n\nsep\ntimestamp;hits\n2024-02-24 10:00;5\n2024-02-24 10:01;6\n")
    assert [column.title for column in found.columns] == ["timestamp", "hits"]


@pytest.mark.parametrize("content", [LOG, gzip.compress(LOG.encode())])
def test_a_log_has_lines_and_no_proposal(content):
    found = look(content)
    assert (found.kind, len(found.lines), found.proposal) == ("lines", 8, None)
    assert found.lines[0] == LOG.splitlines()[0]


def test_lines_of_an_unknown_format_have_a_proposal():
    found = look(CUSTOM)
    assert found.proposal is not None
    assert (found.kind, found.proposal.reads, found.proposal.lines) == ("lines", 9, 9)
    assert found.proposal.time_format == "%y%m%d %H:%M:%S"


def test_sentences_with_a_comma_are_no_table():
    assert look("2026-03-02 10:00:01,655 INFO handled GET / in 12 ms\n" * 5).kind == "lines"


def test_records_have_their_keys():
    found = look('{"zeit": "2024-02-24T10:00:00Z", "answer": {"status": 200, "ok": true}, "tags": [1]}\n' * 3)
    assert found.kind == "json"
    assert [(key.name, key.kind) for key in found.keys] == [
        ("zeit", "time"),
        ("answer.status", "status"),
        ("answer.ok", "text"),
    ]
    chosen = look('{"zeit": "2024-02-24T10:00:00Z", "code": 200}\n', json_time="zeit", json_status="code")
    assert [key.role for key in chosen.keys] == ["time", "status"]


def test_a_metric_answer_is_a_table():
    answer = {"data": {"result": [{"metric": {"job": "web"}, "values": [[1708768800, "5"], [1708768860, "7"]]}]}}
    found = look(json.dumps({"status": "success", **answer}))
    assert (found.kind, roles(found)) == ("table", {"timestamp": "time", "requests_count": "count"})


def test_control_characters_are_shown_harmless_and_long_cells_cut():
    found = look("time,a\x1b[2J" + "x" * 500 + "\n2024-02-24 10:00,1\n2024-02-24 10:01,2\n")
    assert "\x1b" not in found.columns[1].title
    assert len(found.columns[1].title) <= 60


def test_the_first_file_that_can_be_opened_is_shown():
    files = [
        ("empty.csv", io.BytesIO(b"")),
        ("x.png", io.BytesIO(bytes(range(256)) * 9)),
        ("a.csv", io.BytesIO(WIDE.encode())),
    ]
    found = excerpt(files, ImportOptions(), Settings())
    assert found is not None
    assert found.file == "a.csv"
    assert excerpt(files[:2], ImportOptions(), Settings()) is None
