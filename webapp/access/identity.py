"""Who sends the current request: nobody known, anybody (without a login), a person, or a program with a key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from flask import g, has_request_context, request
from flask_login import current_user

from forecasting.access.audit_log import REFUSED, Entry
from forecasting.access.requirements import Network, proxy_networks
from forecasting.access.roles import Role, highest_role, read_mapping
from forecasting.errors import ForecastingError
from forecasting.settings import Settings, is_loopback
from webapp.access.access_texts import READ_ONLY, RESTRICTED, WARM_UP
from webapp.app.context import context

NOBODY, ANYBODY, SESSION, PROXY, KEY, START = "nobody", "anonymous", "session", "proxy", "key", "start"
KEY_HEADER = "X-API-Key"
COOKIE_LIKE = (SESSION, PROXY)
"""Ways of identification that a browser adds by itself, also to what a page elsewhere sends."""


class InvalidKey(ForecastingError):
    """A key was sent that is unknown, expired or revoked."""

    status = 401


@dataclass(frozen=True)
class Identity:
    """Who sends a request. `services` are those whose recommendation a key without a role may read."""

    name: str
    via: str
    role: Role | None = None
    services: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the caller is identified; also everybody on a server without login."""
        return self.via != NOBODY

    def may(self, role: Role) -> bool:
        """Return whether this identity has a role."""
        return self.role is not None and self.role.includes(role)


def identity() -> Identity:
    """Return who sends the current request. Raises InvalidKey."""
    if not has_request_context():
        return _anybody(context().settings)
    if "dataflow_identity" not in g:
        g.dataflow_identity = _identified(context().settings)
        g.principal_name = g.dataflow_identity.name  # for the log
    known: Identity = g.dataflow_identity
    return known


def is_restricted() -> bool:
    """Return whether this request comes from another machine to a server that knows no users and was not opened."""
    settings = context().settings
    if settings.auth != "none" or settings.allow_anonymous:
        return False
    return settings.is_restricted or (has_request_context() and not is_loopback(peer() or "localhost"))


def refusal_of(role: Role) -> str:
    """Return why the current caller may not do what needs a role, as a sentence; empty if they may."""
    if role is not Role.VIEWER:
        if is_restricted():
            return RESTRICTED
        if context().settings.read_only:
            return READ_ONLY
    return missing_role(role)


def why_no_change() -> str:
    """Return why the current caller may change nothing, as a sentence; empty if they may."""
    return refusal_of(Role.OPERATOR)


def missing_role(role: Role) -> str:
    """Return that the current caller lacks a role, as a sentence; empty if they have it."""
    who = identity()
    if who.may(role):
        return ""
    has = f"has the role {who.role}" if who.role else "has no role for it"
    return f"This needs the role {role}; {who.name} {has}."


def peer() -> str:
    """Return the address at the other end of the connection, whatever the headers of a proxy say."""
    environ = request.environ
    original = environ.get("werkzeug.proxy_fix.orig") or {}
    return str(original.get("REMOTE_ADDR", environ.get("REMOTE_ADDR")) or "")


def _identified(settings: Settings) -> Identity:
    if request.environ.get(WARM_UP):
        return Identity("start", START, Role.VIEWER)
    if settings.auth == "none":
        return _anybody(settings)
    text = _sent_key()
    if text is not None:
        return _of_key(text)
    if settings.auth == "proxy":
        return _of_proxy(settings)
    session = current_user.session if current_user.is_authenticated else None
    return Identity(session.name, SESSION, session.role) if session else Identity("nobody", NOBODY)


def _anybody(settings: Settings) -> Identity:
    restricted = is_restricted() if has_request_context() else settings.is_restricted
    return Identity("anonymous", ANYBODY, Role.VIEWER if restricted else Role.ADMIN)


def _sent_key() -> str | None:
    """Return the text sent as a key; None for none. Any other form of Authorization is the business of a proxy."""
    if KEY_HEADER in request.headers:
        return request.headers[KEY_HEADER].strip()
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _of_key(text: str) -> Identity:
    key = context().accounts.keys.find(text)
    if key is None:
        raise InvalidKey("The key is not valid: it is unknown, expired or revoked.")
    return Identity(f"key {key.name} ({key.prefix})", KEY, key.scope.role, key.services)


def _of_proxy(settings: Settings) -> Identity:
    # Two headers of one name arrive joined by a comma: then a client has sent one too, and the proxy let it through.
    name = request.headers.get(settings.proxy_user_header, "").strip()
    if not name or "," in name or not _is_trusted(peer(), _networks(settings)):
        return Identity("nobody", NOBODY)
    sent = request.headers.get(settings.proxy_groups_header, "") if settings.proxy_groups_header else ""
    groups = [group.strip() for group in sent.split(",")]
    return Identity(name, PROXY, highest_role(read_mapping(settings.roles), name, groups))


@lru_cache(maxsize=4)
def _networks(settings: Settings) -> tuple[Network, ...]:
    return proxy_networks(settings)


def _is_trusted(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any(one in network for network in networks for one in (parsed, mapped) if one is not None)


def entry_of(action: str, subject: str, outcome: str = REFUSED, message: str = "") -> Entry:
    """Return a row of the audit about the current caller."""
    try:
        who = identity()
    except InvalidKey:
        who = Identity("nobody", NOBODY)
    return Entry(action, subject, outcome, who.name, who.via, request.remote_addr or "", message)
