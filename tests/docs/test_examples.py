"""Every block of the README and of the site is run, page by page from top to bottom, against a real server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from scripts.docs_blocks import Block, blocks_of, commands_of, contains, matches, pages, refreshed

BLOCKS = [block for page in pages() for block in blocks_of(page)]
LANGUAGES = {"bash", "console", "python", "json"}
NOT_RUN = 22
"""Blocks that no test can run; each says why on its page."""


def is_text(block: Block) -> bool:
    """Whether a block is only to be read: usage lines and examples of the generated reference, and diagrams."""
    return block.language == "text" and (not block.title or block.title == "Examples")


RUN = [block for block in BLOCKS if not block.reason and not is_text(block)]


@pytest.mark.parametrize("block", RUN, ids=lambda block: block.name)
def test_the_block_does_what_its_page_says(scenario, block):
    scenario(block.page).run(block)


def test_blocks_that_are_not_run_are_few():
    assert sum(block.reason is not None for block in BLOCKS) == NOT_RUN


def test_every_block_is_of_a_kind_that_is_understood():
    assert [block.name for block in RUN if block.language not in LANGUAGES and not block.title] == []
    assert [block.name for block in BLOCKS if block.language == "console" and not commands_of(block)] == []


def test_text_to_read_is_in_the_generated_reference_only():
    assert {block.page for block in BLOCKS if is_text(block)} == {"reference/command-line.md"}


def test_too_many_points_are_refused_with_the_setting_that_limits_them(running):
    points = [{"ds": f"{1900 + year}-01-{day:02d} 00:00:00", "y": 1} for year in range(4000) for day in range(1, 27)]
    body = {"data": points, "horizon": 1, "model_type": "naive", "timeframe": "5m"}
    request = urllib.request.Request(f"http://127.0.0.1:{running.port}/forecast/predict", json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 413
    assert "DATAFLOW_MAX_POINTS" in caught.value.read().decode()


class TestComparing:
    """What decides whether a page is up to date must itself be able to say no."""

    @pytest.mark.parametrize(
        ("shown", "printed", "same"),
        [
            ("a\nb", "a  \nb\n", True),
            ("a ... c", "a b c", True),
            ("a\n...", "a\nb\nc", True),
            ("a", "a b", False),
            ("a ... d", "a b c", False),
            ("715.8 of ... in 0.4.0", "715.9 of 3 in 0.4.0", True),
            ("715.8 of ... in 0.4.0", "725.8 of 3 in 0.4.0", False),
        ],
    )
    def test_outputs(self, shown, printed, same):
        assert matches(shown, printed) is same

    @pytest.mark.parametrize(
        ("shown", "same"),
        [
            ({"a": 1.5}, True),
            ({"a": 1.6}, False),
            ({"b": [1, 2]}, True),
            ({"b": [1]}, False),
            ({"b": [1, "..."]}, True),
            ({"b": "..."}, True),
            ({"c": "..."}, False),
        ],
    )
    def test_excerpts_of_answers(self, shown, same):
        assert contains({"a": 1.5004, "b": [1, 2]}, shown) is same

    def test_an_output_that_was_cut_short_stays_so(self):
        assert refreshed("old\n...", "new\nmore\nlast") == "new\n..."
        assert refreshed("old", "new\nmore") == "new\nmore"
