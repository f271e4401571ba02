"""The revisions of the schema, one module each in `versions`: Alembic's environment is `env.py`."""
