"""Everything about access of one installation, on one database."""

from __future__ import annotations

from forecasting.access.api_keys import Keys
from forecasting.access.audit_log import Audit
from forecasting.access.login_limits import LoginLimits
from forecasting.access.login_sessions import Sessions
from forecasting.access.users import Users
from forecasting.database.schema import migrate_embedded
from forecasting.database.store import Store
from forecasting.settings import Settings


class Accounts:
    """Users, sessions, failed logins, keys and the audit of an installation."""

    def __init__(self, settings: Settings, *, patient: bool = False):
        store = Store(settings, patient=patient)
        self.settings = settings
        self.users = Users(store)
        self.keys = Keys(store)
        self.login_limits = LoginLimits(store)
        self.sessions = Sessions(store, settings.session_hours)
        self.audit = Audit(store, settings.audit_days)

    @classmethod
    def migrated(cls, settings: Settings) -> Accounts:
        """Return the accounts for a command, which waits longer and first brings an embedded database up to date."""
        migrate_embedded(settings)
        return cls(settings, patient=True)
