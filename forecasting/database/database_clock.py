"""The clock of the database: machines that share one agree on when a lease ends, whatever their own clocks show."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class seconds_now(FunctionElement[float]):  # used like a function of SQL
    """The present time in seconds since 1970, with fractions."""

    type = sa.Double()
    inherit_cache = True


@compiles(seconds_now, "sqlite")
def _of_sqlite(_element: seconds_now, _compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(seconds_now, "postgresql")
def _of_postgresql(_element: seconds_now, _compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def database_time(connection: sa.Connection) -> float:
    """Return the time of the database's machine in seconds since 1970."""
    return float(connection.execute(sa.select(seconds_now())).scalar_one())
