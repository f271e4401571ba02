"""The reference is what the code says now, and has everything that there is."""

from __future__ import annotations

import re

import pytest

from forecasting import errors
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.readers import FORMATS
from forecasting.scaling.config.policy_names import POLICIES
from forecasting.settings import VARIABLES
from scripts.docs_blocks import DOCS, ROOT, blocks_of, commands_of, pages
from scripts.docs_code import leaves
from scripts.docs_reference import PAGES, generated, written
from scripts.docs_rest import openapi
from scripts.docs_tables import digits, table
from webapp.app.cli import root_command

SITE = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in pages())


@pytest.mark.parametrize("page", PAGES)
def test_generated_pages_are_up_to_date(page):
    assert written(page) == generated(page), "run: python -m scripts.docs_reference"


def rows(page: str, heading: str) -> list[str]:
    """What stands in backticks in the first column of the table with this heading."""
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    body = re.search(rf"^\| {heading} \|.*\n\|[-|: ]+\|\n((?:\|.*\n)+)", text, flags=re.MULTILINE)[1]
    return [re.search(r"`([^`]+)`", line)[1] for line in body.splitlines()]


class TestCompleteness:
    def test_settings(self):
        assert sorted(rows("settings.md", "variable")) == sorted(VARIABLES.values())

    def test_commands(self):
        heads = re.findall(r"^## (dataflow .*)$", (DOCS / "reference" / "command-line.md").read_text(), re.MULTILINE)
        assert sorted(heads) == sorted(path for path, _ in leaves(root_command()))

    def test_every_command_is_run_somewhere(self):
        text = "\n".join(
            command.text
            for page in pages()
            for block in blocks_of(page)
            if block.language in ("console", "bash")
            for command in ([*commands_of(block)] if block.language == "console" else [])
        ) + "\n".join(block.text for page in pages() for block in blocks_of(page) if block.language == "bash")
        assert [path for path, _ in leaves(root_command()) if path not in text] == []

    def test_endpoints(self):
        paths = openapi()["paths"]
        served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        assert set(rows("rest-api.md", "endpoint")) == served | {"GET /"}

    def test_policies_models_and_formats(self):
        assert rows("policies.md", "policy") == list(POLICIES)
        assert rows("models.md", "model") == list(MODEL_NAMES)
        assert rows("formats.md", "format") == list(FORMATS)

    def test_every_kind_of_error(self):
        kinds = {
            name
            for name, value in vars(errors).items()
            if isinstance(value, type) and issubclass(value, errors.ForecastingError)
        }
        assert set(rows("messages.md", "kind")) == kinds - {"ForecastingError"}


@pytest.mark.parametrize(
    ("value", "significant", "text"),
    [
        (1.94e9, 3, "1.94 billion"),
        (12_345, 3, "12,300"),
        (0.02843, 3, "0.0284"),
        (14.666, 4, "14.67"),
        (9.996, 3, "10.0"),
        (0, 3, "0"),
    ],
)
def test_numbers_have_few_digits(value, significant, text):
    assert digits(value, significant) == text


def test_no_number_of_the_site_has_many_decimals():
    assert re.findall(r"\d\.\d{7,}", SITE) == []


def test_a_table_escapes_what_would_break_it():
    assert table(["a", "b"], [["x|y", "1"]], numbers_from=1) == "| a | b |\n|---|---:|\n| x\\|y | 1 |"
