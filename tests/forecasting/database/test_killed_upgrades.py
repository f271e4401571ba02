"""Real processes, killed in the middle of an upgrade: the database is as before, and the next upgrade finishes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecasting.catalog import Catalog
from forecasting.database.schema import migrate, revisions
from forecasting.settings import Settings
from tests.old_catalog import COUNTS, write_old_catalog

STOPS_AT = """
import sys, time
import sqlalchemy as sa
from forecasting.database.schema import migrate
from forecasting.settings import Settings

def stop(connection, cursor, statement, parameters, context, executemany):
    if sys.argv[1] in statement:
        print("stopped", flush=True)
        time.sleep(60)

sa.event.listen(sa.Engine, "after_cursor_execute", stop)
migrate(Settings.from_environment())
"""


def kill_at(statement: str, settings: Settings) -> None:
    environment = {"DATAFLOW_HOME": str(settings.home), "DATABASE_URL": settings.database_url}
    command = [sys.executable, "-c", STOPS_AT, statement]
    with subprocess.Popen(
        command, env=os.environ | environment, cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stopped\n"
        process.kill()


@pytest.mark.parametrize("statement", ["CREATE TABLE alembic_version", "INSERT INTO catalog_schema"])
def test_a_killed_upgrade_of_a_file_of_04_changes_nothing(settings, statement):
    write_old_catalog(settings.catalog_path)
    kill_at(statement, settings)
    assert migrate(settings).before is None
    assert (Catalog(settings).get("shop").requests_count[6:] == COUNTS[6:]).all()


def test_a_killed_first_upgrade_of_postgresql_leaves_no_tables(tmp_path, blank_url):
    settings = Settings(home=tmp_path, database_url=blank_url)
    kill_at("INSERT INTO catalog_schema", settings)
    assert migrate(settings).before is None
    assert migrate(settings).before == revisions()[-1]
    assert len(Catalog(settings).list()) == 2
