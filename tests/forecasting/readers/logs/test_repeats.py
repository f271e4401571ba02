"""Files that repeat others, whole or in part, are noted; few of them by name."""

from __future__ import annotations

import io

import pytest

from forecasting.readers import import_files


def log(first: int, last: int, server: str = "a", step: int = 1) -> bytes:
    return b"".join(
        b'192.0.2.%d - - [24/Feb/2024:%02d:%02d:%02d +0000] "GET /%s/%d HTTP/1.1" 200 512\n'
        % (n % 250, n // 3600, n // 60 % 60, n % 60, server.encode(), n)
        for n in range(first, last, step)
    )


def notes_of(*files: bytes) -> list[str]:
    sources = [(f"log{n}", io.BytesIO(file)) for n, file in enumerate(files)]
    _, report = import_files(sources, name="x")
    return [note for note in report.notes if "same" in note]


def test_many_files_given_twice_are_one_note():
    (note,) = notes_of(*(log(100 * (n // 2), 100 * (n // 2) + 50) for n in range(12)))
    assert note == (
        "6 files have the same content as one before them (log1 as log0, log3 as log2, log5 as log4 and 3 more): their "
        "300 records are counted once."
    )


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((0, 20_000), (10_000, 30_000), 10_000),  # the middle of one is the start of the other
        ((0, 20_000), (5_000, 6_500), 1_500),  # one lies inside the other
        ((0, 700), (500, 1_200), 200),
    ],
)
def test_an_overlap_is_seen_wherever_it_lies(first, second, same):
    (note,) = notes_of(log(*first), log(*second))
    assert note.startswith("log1 and log0 have ")
    assert "may be counted twice" in note
    words = note.split("have ")[1].split(" of the same")[0]
    assert int(words.removeprefix("about ").replace(",", "")) == pytest.approx(same, rel=0.3)


@pytest.mark.parametrize("second", [log(20_000, 40_000), log(0, 20_000, "b", 3)])
def test_neighbours_and_two_servers_do_not_overlap(second):
    assert notes_of(log(0, 20_000), second) == []
