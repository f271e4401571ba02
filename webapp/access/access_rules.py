"""What each URL rule needs, in one table: a rule that is not in it is for admins only, and fails a test."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.access.roles import Role


@dataclass(frozen=True)
class AccessRule:
    """What the calls of one endpoint need.

    `role` is None for what everybody may call. `changes` is the name in the audit of what it changes. `heavy` work is
    refused on a restricted server. `terse` calls tell strangers no details. `service` is the part of the path with
    the name that a key for recommendations must have.
    """

    role: Role | None
    changes: str = ""
    heavy: bool = False
    terse: bool = False
    service: str | None = None


ROLE_EXTENSION = "x-required-role"
"""Where the OpenAPI document says which role a call needs."""

OPEN = AccessRule(None)
_READ = AccessRule(Role.VIEWER)
_COMPUTE = AccessRule(Role.VIEWER, heavy=True)
_ADMIN = AccessRule(Role.ADMIN)
UNKNOWN = AccessRule(Role.ADMIN)

RULES = {
    # files that come with the software
    "_dash_assets.static": OPEN,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": OPEN,
    "/_favicon.ico": OPEN,
    "vendor.vendor_file": OPEN,
    # health
    "system.alive": OPEN,
    "system.ready": AccessRule(None, terse=True),
    "system.health": AccessRule(None, terse=True),
    # logins and one's own account
    "access.log_in": OPEN,
    "access.log_out": OPEN,
    "access.login_page": OPEN,
    "access.provider_login": OPEN,
    "access.provider_return": OPEN,
    "access.account": _READ,
    "access.change_own_password": AccessRule(Role.VIEWER, changes="password"),
    # administration
    "access.users_page": _ADMIN,
    "access.change_users": AccessRule(Role.ADMIN, changes="user"),
    "access.keys_page": _ADMIN,
    "access.change_keys": AccessRule(Role.ADMIN, changes="key"),
    "access.audit_page": _ADMIN,
    "audit.audit_rows": _ADMIN,
    # pages; callbacks that change something need more (see callback_roles)
    "/": _READ,
    "/<path:path>": _READ,
    "/_dash-dependencies": _READ,
    "/_dash-layout": _READ,
    "/_dash-update-component": _READ,
    "/_reload-hash": _READ,
    "cost_downloads.policies": _READ,
    "cost_downloads.report": _READ,
    "document.openapi": _READ,
    "document.redoc": _READ,
    "document.swagger_ui": _READ,
    # the API
    "cost.compare": _COMPUTE,
    "cost.prices": _READ,
    "datasets.append_points": AccessRule(Role.OPERATOR, changes="dataset.append-points"),
    "datasets.import_dataset": AccessRule(Role.OPERATOR, changes="dataset.import", heavy=True),
    "datasets.list_datasets": _READ,
    "datasets.read_series": _READ,
    "datasets.remove_dataset": AccessRule(Role.OPERATOR, changes="dataset.remove"),
    "datasets.rename_dataset": AccessRule(Role.OPERATOR, changes="dataset.rename"),
    "datasets.show_dataset": _READ,
    "forecasts.backtest": _COMPUTE,
    "forecasts.predict": _READ,
    "forecasts.predict_csv": _READ,
    "jobs.cancel_job": AccessRule(Role.OPERATOR, changes="job.cancel"),
    "jobs.list_jobs": _READ,
    "jobs.list_schedules": _READ,
    "jobs.remove_schedule": AccessRule(Role.OPERATOR, changes="schedule.remove"),
    "jobs.show_job": _READ,
    "jobs.store_schedule": AccessRule(Role.OPERATOR, changes="schedule.store", heavy=True),
    "jobs.submit_job": AccessRule(Role.OPERATOR, changes="job.submit", heavy=True),
    "models.list_models": _READ,
    "models.metrics": _READ,
    "models.show_model_set": _READ,
    "points.append_to_many": AccessRule(Role.OPERATOR, changes="dataset.append-points"),
    "scaling.recommend": _READ,
    "scaling.recommendation": AccessRule(Role.VIEWER, service="dataset"),
    "scaling.simulate": _READ,
    "services.export_manifest": _READ,
    "services.show_calendar": _READ,
    "services.show_service": _READ,
    "services.store_calendar": AccessRule(Role.OPERATOR, changes="calendar.store"),
    "services.store_service": AccessRule(Role.OPERATOR, changes="service.store"),
}
"""By endpoint of Flask."""


def rule_of(endpoint: str | None) -> AccessRule:
    """Return what an endpoint needs. A path that leads to none needs what a page does: strangers learn nothing."""
    return _READ if endpoint is None else RULES.get(endpoint, UNKNOWN)
