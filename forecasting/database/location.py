"""Where the database is: its URL for the driver, and its name for people, without the password."""

from __future__ import annotations

import sqlalchemy as sa

from forecasting.settings import Settings


def is_embedded(settings: Settings) -> bool:
    """Return whether these settings use the SQLite file in the home."""
    return not settings.database_url


def url_of(settings: Settings) -> sa.URL:
    """Return the URL with the driver's name in it; options in the query, such as `sslmode`, go to the driver as is."""
    if is_embedded(settings):
        return sa.URL.create("sqlite", database=str(settings.catalog_path))
    return sa.make_url(settings.database_url).set(drivername="postgresql+psycopg")


def name_of(settings: Settings) -> str:
    """Return how messages name the database: the file, or host and database, never user or password."""
    if is_embedded(settings):
        return f"catalog {settings.catalog_path}"
    url = url_of(settings)
    host = url.host or url.query.get("host") or "localhost"
    return f"database {url.database or ''} at {host if isinstance(host, str) else ','.join(host)}:{url.port or 5432}"


def way_out(settings: Settings) -> str:
    """Return what may help if the database cannot be used."""
    if is_embedded(settings):
        return "Check the disk and the file's permissions, or set DATAFLOW_HOME to another folder."
    return "Check that the server runs, and DATABASE_URL."
