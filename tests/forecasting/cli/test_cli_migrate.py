"""`dataflow migrate`, and commands on a database of an earlier release."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from forecasting.cli import command_line, run
from forecasting.settings import Settings
from tests.old_catalog import write_old_catalog


@pytest.fixture
def old(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings, also in the environment, with a home whose catalog 0.4.0 wrote."""
    write_old_catalog(settings.catalog_path)
    monkeypatch.setenv("DATAFLOW_HOME", str(settings.home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return settings


def test_it_upgrades_once_and_says_so(old, capsys):
    assert run(command_line(), ["migrate"]) == 0
    assert "now has schema revision" in capsys.readouterr().out
    assert run(command_line(), ["migrate"]) == 0
    assert "is up to date." in capsys.readouterr().out
    assert run(command_line(), ["migrate", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["before"] == result["after"]


def test_any_other_command_upgrades_an_embedded_database(old, capsys):
    assert run(command_line(), ["data", "list", "--json"]) == 0
    assert "shop" in [row["name"] for row in json.loads(capsys.readouterr().out)]


def test_a_read_only_install_is_told_the_command(old, monkeypatch, capsys):
    monkeypatch.setenv("DATAFLOW_READ_ONLY", "1")
    assert run(command_line(), ["data", "list"]) == 1
    assert "Run `dataflow migrate`" in capsys.readouterr().err


def test_postgresql_is_upgraded_by_the_command_alone(old, blank_url, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", blank_url)
    assert run(command_line(), ["data", "list"]) == 1
    assert "Create them with `dataflow migrate`" in capsys.readouterr().err
    assert run(command_line(), ["migrate"]) == 0
    assert run(command_line(), ["data", "list"]) == 0
    assert replace(old, database_url=blank_url).database_url not in capsys.readouterr().out
