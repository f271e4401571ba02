"""The database under everything that is stored: PostgreSQL, or an SQLite file embedded in the home.

`store` runs statements in transactions; `metadata` has the tables that each concern defines; `schema` creates and
upgrades them with the Alembic revisions in `migrations`.
"""

from forecasting.database.metadata import metadata
from forecasting.database.store import Store

__all__ = ["Store", "metadata"]
