"""The one collection of tables. Each concern defines its own in a module of its own, and a revision creates them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
