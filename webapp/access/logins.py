"""Sessions of people: Flask-Login with a cookie that holds the secret of a row in the database."""

from __future__ import annotations

from flask import Flask, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, login_user, logout_user

from forecasting.access.login_sessions import Session
from forecasting.access.roles import Role
from forecasting.access.users import User
from forecasting.settings import Settings, is_loopback
from webapp.app.context import context

COOKIE = "dataflow_session"
_ID = "_user_id"
"""Where Flask-Login keeps what `get_id` returned."""


class LoggedIn(UserMixin):
    """A person with a session. Flask-Login stores the id: the session's secret, inside the signed cookie."""

    def __init__(self, secret: str, session: Session):
        self.id = secret
        self.session = session


class SafeCookies(SecureCookieSessionInterface):
    """Cookies with `Secure`, except on http to this machine itself, where some browsers would drop them."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie may be sent over https only."""
        hostname = request.host.rsplit(":", 1)[0].strip("[]")
        return request.is_secure or not is_loopback(hostname)


def install(server: Flask, settings: Settings) -> None:
    """Give `server` sessions, if its mode has them."""
    manager = LoginManager()
    manager.session_protection = None  # the row in the database ends a session; addresses of phones change
    manager.init_app(server)
    manager.user_loader(_load)
    if not settings.has_login:
        return
    server.secret_key = settings.secret_key
    server.session_interface = SafeCookies()
    server.config.update(
        SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_PATH="/"
    )


def _load(secret: str) -> LoggedIn | None:
    found = context().accounts.sessions.find(secret)
    return LoggedIn(secret, found) if found else None


def open_session(name: str, role: Role, user: User | None = None) -> None:
    """Log a person in. Whatever the browser had before is dropped: a session given to it cannot become this one."""
    close_session()
    secret = context().accounts.sessions.open(name, role, user)
    login_user(LoggedIn(secret, Session(name, role, user.id if user else None)))


def close_session() -> None:
    """End the session of the current request here and in the browser, if there is one."""
    secret = session.get(_ID)
    if secret:
        context().accounts.sessions.close(str(secret))
    logout_user()
    session.clear()
    g.pop("dataflow_identity", None)


def uncached(response: Response) -> Response:
    """Keep a response out of every cache, so that nobody reads it after a logout."""
    if not response.cache_control.no_store and not response.cache_control.public:
        response.headers["Cache-Control"] = "no-store"
    return response
