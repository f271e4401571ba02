"""What every command rests on: exit codes, result files, tables, JSON, progress."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import signal
import subprocess
import sys

import click
import numpy as np
import pytest

from forecasting.cli.files import replacing
from forecasting.cli.runner import InterruptibleGroup, run
from forecasting.cli.shared_options import LevelList, StepList
from forecasting.cli.terminal import Terminal, count, decimals, fields, percent, table
from forecasting.errors import (
    Conflict,
    FieldError,
    FileRefused,
    ForecastingError,
    HistoryTooShort,
    InputError,
    NotFound,
    NotReady,
    ReadOnly,
    TooLarge,
    WorkFailed,
)


def failing(error: BaseException) -> click.Group:
    """A command line whose one command raises `error`."""

    @click.command()
    def work() -> None:
        raise error

    return InterruptibleGroup("dataflow", commands={"work": work})


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (InputError("horizon must be from 1 to 100 (got 0)."), 2, "horizon must be from 1 to 100 (got 0)."),
        (FileRefused("no access record in it."), 1, "no access record in it."),
        (HistoryTooShort("needs 3 days."), 1, "needs 3 days."),
        (TooLarge("too many."), 1, "too many."),
        (NotFound("no such data set."), 1, "no such data set."),
        (Conflict("taken."), 1, "taken."),
        (ReadOnly("read-only."), 1, "read-only."),
        (NotReady("not there yet."), 1, "not there yet."),
        (WorkFailed("broke off."), 1, "broke off."),
        (ForecastingError("two\nlines"), 1, "two lines"),
        (PermissionError(errno.EACCES, "Permission denied", "/somewhere"), 1, "/somewhere: Permission denied"),
        (MemoryError(), 1, "not enough memory."),
        (
            ZeroDivisionError("division by zero"),
            1,
            "unexpected ZeroDivisionError: division by zero (this is a bug; please report it)",
        ),
    ],
)
def test_errors_are_one_line_and_an_exit_code(error, exit_code, message, capsys):
    assert run(failing(error), ["work"]) == exit_code
    assert capsys.readouterr() == ("", f"dataflow: {message}\n")


def test_every_wrong_field_is_named(capsys):
    error = InputError("2 fields are wrong.", errors=[FieldError("a", "a is 1."), FieldError("b", "b is 2.")])
    assert run(failing(error), ["work"]) == 2
    assert capsys.readouterr().err == "dataflow: 2 fields are wrong. a is 1. b is 2.\n"


@pytest.mark.parametrize(("result", "exit_code"), [(None, 0), (0, 0), (3, 3)])
def test_a_command_may_return_its_exit_code(result, exit_code):
    assert run(click.Command("work", callback=lambda: result), []) == exit_code


@pytest.mark.parametrize("reaction", ["raise", "raise RuntimeError('a library in between')"])
def test_ctrl_c_of_a_real_process_is_130_and_one_line(reaction):
    script = (
        "import sys, time, click\n"
        "from forecasting.cli.runner import InterruptibleGroup, run\n"
        "def work():\n"
        "    print('working', flush=True)\n"
        "    try: time.sleep(60)\n"
        f"    except KeyboardInterrupt: {reaction}\n"
        "group = InterruptibleGroup('dataflow', commands={'work': click.Command('work', callback=work)})\n"
        "sys.exit(run(group, ['work']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == "dataflow: interrupted; nothing was changed.\n"


@pytest.mark.parametrize(
    ("text", "steps"), [("1", (1,)), ("1,12", (1, 12)), ("1-4", (1, 2, 3, 4)), ("12, 1-3,2", (1, 2, 3, 12))]
)
def test_steps(text, steps):
    assert StepList().convert(text, None, None) == steps


@pytest.mark.parametrize("text", ["", "0", "4-2", "a", "1-", "-3", "1;2", "1000"])
def test_no_steps(text):
    with pytest.raises(click.BadParameter, match="steps must be a list such as 1,12 or 1-12"):
        StepList().convert(text, None, None)


def test_levels():
    assert LevelList().convert("0.05, 0.95", None, None) == (0.05, 0.95)
    with pytest.raises(click.BadParameter, match=r"levels must be a list such as 0\.05,0\.95 .got '5%'"):
        LevelList().convert("5%", None, None)


class TestReplacing:
    def test_the_file_appears_when_the_block_ends(self, tmp_path):
        path = tmp_path / "out.csv"
        with replacing(path) as stream:
            stream.write(b"a,b\n")
            assert not path.exists()
        assert path.read_bytes() == b"a,b\n"
        assert os.listdir(tmp_path) == ["out.csv"]

    @staticmethod
    def write_half(stream, error):
        stream.write(b"new")
        raise error

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_an_older_file_survives_what_fails(self, tmp_path, error):
        path = tmp_path / "out.csv"
        path.write_bytes(b"old")
        with pytest.raises(error), replacing(path) as stream:
            self.write_half(stream, error)
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["out.csv"]

    def test_gzip_by_ending_gives_the_same_bytes_for_the_same_rows(self, tmp_path):
        for name in ("a.csv.gz", "b.csv.gz"):
            with replacing(tmp_path / name) as stream:
                stream.write(b"a,b\n" * 100)
        assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b"a,b\n" * 100
        assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()

    def test_a_link_stays_a_link(self, tmp_path):
        (tmp_path / "real.csv").write_bytes(b"old")
        (tmp_path / "link.csv").symlink_to("real.csv")
        with replacing(tmp_path / "link.csv") as stream:
            stream.write(b"new")
        assert (tmp_path / "link.csv").is_symlink()
        assert (tmp_path / "real.csv").read_bytes() == b"new"

    def test_what_is_no_regular_file_is_written_to_not_replaced(self, tmp_path):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        with replacing(pipe) as stream:
            stream.write(b"rows")
        assert os.read(reader, 10) == b"rows"
        os.close(reader)
        assert pipe.is_fifo()

    def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with (
            pytest.raises(InputError, match=r"folder of '.*absent/out.csv' does not exist. Create it first"),
            replacing(tmp_path / "absent" / "out.csv"),
        ):
            pass


class TestTerminal:
    def test_json_is_all_of_stdout_and_nan_is_null(self, capsys):
        Terminal(json=True).result([{"n": np.int64(3), "rmse": float("nan"), "name": "Tür"}], "unused")
        assert json.loads(capsys.readouterr().out) == [{"n": 3, "rmse": None, "name": "Tür"}]

    def test_notes_go_to_stderr_unless_quiet(self, capsys):
        Terminal().note(["zero-shot"])
        Terminal(quiet=True).note(["zero-shot"])
        assert capsys.readouterr() == ("", "note: zero-shot\n")

    @pytest.mark.parametrize(
        ("terminal", "a_tty", "shown"),
        [
            (Terminal(), True, True),
            (Terminal(), False, True),
            (Terminal(json=True), True, True),
            (Terminal(json=True), False, False),
            (Terminal(quiet=True), True, False),
        ],
    )
    def test_when_a_bar_is_shown(self, terminal, a_tty, shown, monkeypatch):
        stderr = io.StringIO()
        stderr.isatty = lambda: a_tty
        monkeypatch.setattr(sys, "stderr", stderr)
        assert terminal.shows_progress is shown

    def test_work_within_a_second_shows_no_bar(self, capsys):
        with Terminal().byte_progress("reading") as progress:
            progress(5, 10)
            progress(10, 10)
        assert capsys.readouterr().err == ""

    def test_longer_work_shows_what_is_done(self, capsys, monkeypatch):
        clock = iter(range(1000))
        monkeypatch.setattr("tqdm.std.tqdm._time", lambda self: next(clock), raising=False)
        monkeypatch.setattr("tqdm.std.time", lambda: next(clock))
        with Terminal().share_progress("training") as progress:
            progress(0.5, "xgboost 5m")
            progress(0.4, "xgboost 5m")
            progress(1.0, "lightgbm 5m")
        shown = capsys.readouterr().err
        assert "xgboost 5m:  50%" in shown
        assert "lightgbm 5m: 100%" in shown


def test_a_table_aligns_text_left_and_numbers_right():
    rows = [{"step": 1, "n": 1234, "rmse": 13.6, "hit": 0.8}, {"step": "all", "n": 5, "rmse": float("nan")}]
    columns = {"step": ("step", str), "n": ("n", count), "rmse": ("RMSE", decimals(2)), "hit": ("in", percent)}
    assert table(rows, columns).splitlines() == [
        "step      n   RMSE      in",
        "1     1,234  13.60  80.0 %",
        "all       5      –       –",
    ]


def test_fields_leave_out_what_is_empty():
    assert fields([("period", "a to b"), ("gaps", []), ("lines", 0)]) == "period  a to b\nlines   0"
