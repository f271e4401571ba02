"""What one client may ask for: a wall-clock budget a request, and a number of heavy calls a minute.

How many heavy calls are computed at a time, and how many wait, is the server's (`webapp.server.lanes`).
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from forecasting import deadline
from forecasting.deadline import Deadline
from forecasting.settings import Settings
from webapp.http.envelope import refusal
from webapp.server.connections import RECEIVED_AT
from webapp.server.lanes import HEAVY, RETRY_SECONDS

STRATEGY = "moving-window"


def install(server: Flask, settings: Settings) -> None:
    """Give every request of `server` its budget, and count the heavy calls of each client."""

    @server.before_request
    def begin() -> Response | None:
        since = request.environ.get(RECEIVED_AT, time.monotonic())
        budget = Deadline.after(settings.request_seconds, since)
        g.deadline = deadline.begin(budget)
        if time.monotonic() > budget.at:
            text = f"The request waited for {settings.request_seconds} s. Try again later."
            return refusal(503, text, headers={"Retry-After": str(RETRY_SECONDS)})
        return None

    @server.teardown_request
    def finish(_error: BaseException | None) -> None:
        token = g.pop("deadline", None)
        if token is not None:
            deadline.end(token)

    limiter = Limiter(
        _client,
        application_limits=[f"{settings.heavy_rate}/minute"],
        application_limits_exempt_when=_is_quick,
        storage_uri=settings.redis_url or "memory://",
        strategy=STRATEGY,
        on_breach=_refused,
        swallow_errors=True,
        in_memory_fallback_enabled=bool(settings.redis_url),
        key_prefix="dataflow-rate",
    )
    limiter.init_app(server)


def _client() -> str:
    """Return who is counted: a user or key at one address."""
    return f"{g.get('principal_name') or ''}@{get_remote_address()}"


def _is_quick() -> bool:
    return request.method != "POST" or not HEAVY.fullmatch(request.path)


def _refused(limit: RequestLimit) -> Response:
    seconds = max(1, round(limit.reset_at - time.time()))
    text = f"At most {limit.limit.amount} heavy calls a minute; try again in {seconds} s."
    return refusal(429, text, headers={"Retry-After": str(seconds)})
