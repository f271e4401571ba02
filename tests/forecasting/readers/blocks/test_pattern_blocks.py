from __future__ import annotations

import random

import numpy as np
import pytest
import regex

from forecasting.errors import InputError
from forecasting.readers.blocks.pattern_blocks import within_lines
from forecasting.readers.logs.pattern import pattern_parser
from forecasting.readers.options import ImportOptions

TIMES = [r"\[(?P<time>[^\]]+)\]", r"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)", r"(?:(?P<time>2\S+)\s*)+"]
PIECES = [
    *(r"\s+", r"\S+ ", r"[^-x]*", r"[^]a]", r"(?:a|b)?", r" (?P<status>\d{3})", r"(?: (?P<status>\d{3}))?", ".*?"),
    *(r"[^\"]*\"", r"\D", r"\W+", "(x+|y)", "$", "^", r"\b", r"[\s\S]*?", r"\n?", r"(?P<m>GET|POST)", "(.)"),
]
TEXTS = [
    *("[24/Feb/2024:10:00:05 +0000]", "[24/Feb/2024:10:00:60 +0000]", "2024-02-24T10:00:05Z", "2024-02-24 10:00:60"),
    *("2024-02-24 10:00:05.123+05:30", " 200", " 404 ", "xx", '"GET /a"', " ", "", "POST", "\r", "#Date: ", "-", '"'),
]


@pytest.mark.parametrize("seed", range(120))
def test_whole_blocks_give_what_the_lines_give_one_by_one(seed):
    draw = random.Random(seed)
    parts = [draw.choice(TIMES), *draw.choices(PIECES, k=draw.randrange(3))]
    pattern = "".join(draw.sample(parts, len(parts)))
    if pattern.count("status") > 1 or pattern.count("<m>") > 1:
        pattern = parts[0]
    block = "".join("".join(draw.choices(TEXTS, k=draw.randrange(6))) + "\n" for _ in range(100)).encode()
    parse = pattern_parser(ImportOptions(pattern=pattern))
    fast, slow = (parse(memoryview(block), wanted) for wanted in (frozenset(), frozenset(("status",))))
    assert np.array_equal(fast.seconds, slow.seconds), pattern
    assert np.array_equal(fast.offsets, slow.offsets), pattern
    assert sorted(fast.malformed) == sorted(slow.malformed), pattern
    assert (fast.lines, fast.ignored, fast.without_status) == (slow.lines, slow.ignored, slow.without_status), pattern


def test_classes_leave_out_line_ends_and_groups_that_nothing_reads_do_not_capture():
    changed = within_lines(r"(?P<time>[^\]-]+)[^-a][^]b]\s\D(x)(?P<path>\S)(?:y)\(")
    assert changed == r"(?P<time>[^\n\]-]+)[^\n\-a][^\n\]b][^\S\n][^\d\n](?:x)(?:\S)(?:y)\("
    assert regex.compile(changed).groups == 1
    assert within_lines(r"(x)(?P<time>\d)\1") == r"(x)(?P<time>\d)\1"


@pytest.mark.parametrize("pattern", [r"(?P<time>(?:.?){60}a{60}\d+)"])
def test_a_slow_pattern_is_refused_after_its_share_of_time(pattern):
    line = b'192.0.2.1 - - [24/Feb/2024:10:00:05 +0000] "GET /' + b"a" * 60 + b' HTTP/1.1" 200 12\n'
    with pytest.raises(InputError, match="which takes too long"):
        pattern_parser(ImportOptions(pattern=pattern))(memoryview(line * 8_000), frozenset())
