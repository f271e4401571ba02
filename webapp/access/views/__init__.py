"""The plain pages about access: login, own account, users, keys, audit."""

from webapp.access.views import account, admin_audit, admin_keys, admin_users, login, provider
from webapp.access.views.routes import access

__all__ = ["access", "account", "admin_audit", "admin_keys", "admin_users", "login", "provider"]
