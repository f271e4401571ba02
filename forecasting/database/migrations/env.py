"""Alembic's environment: runs the revisions in the transaction of the connection that `schema.upgrade` gives it."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
