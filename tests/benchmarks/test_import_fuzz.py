"""A small part of the fuzz benchmark: mutated files give a series whose account adds up, or a refusal in one line."""

from __future__ import annotations

import pytest

from benchmarks.import_fuzz import attempt, inputs, plain_seeds
from forecasting.readers import ImportOptions


@pytest.mark.parametrize("number", range(len(plain_seeds())))
def test_seeds_are_read_as_they_are(number):
    options = ImportOptions(pattern=r"\[(?P<time>[^\]]+)", time_format="%d/%b/%Y:%H:%M:%S %z")
    data = plain_seeds()[number]
    assert "series" in {attempt(data, ImportOptions()), attempt(data, options)}


@pytest.mark.parametrize("seed", range(3))
def test_mutated_files_give_a_series_or_a_refusal(seed):
    wrong = [
        (number, outcome)
        for number, data, options in inputs(100, seed)
        if (outcome := attempt(data, options)).startswith("WRONG")
    ]
    assert not wrong
