"""Log in at an OpenID Connect provider: there and back (discovery, PKCE, state and nonce by Authlib)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, redirect, request, session, url_for
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from forecasting.access.access_tables import NAME_LENGTH
from forecasting.access.audit_log import DONE, REFUSED
from forecasting.access.roles import Role, highest_role, read_mapping
from forecasting.errors import ForecastingError, NotFound, NotReady
from forecasting.settings import Settings
from webapp.access import change_record, logins
from webapp.access.identity import entry_of
from webapp.access.views.routes import access, html, login_form, safe_path
from webapp.app.context import context

_EXTENSION = "dataflow-oidc"
_NEXT = "next"
TIMEOUT_SECONDS = 10


class LoginFailed(ForecastingError):
    """A return from the provider that belongs to no login of this browser, or that the provider refused."""

    status = 400


class LoginRefused(ForecastingError):
    """A person whom the provider knows has no role here."""

    status = 403


def install(server: Flask, settings: Settings) -> None:
    """Make the client of the provider, if the mode is oidc; nothing is fetched before the first login."""
    if settings.auth != "oidc":
        return
    oauth = OAuth(server)
    oauth.register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scopes,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )
    server.extensions[_EXTENSION] = oauth.provider


@access.get("/login/provider")
def provider_login() -> Response:
    """Send the browser to the provider."""
    try:
        client = _client()
        there = safe_path(request.args.get("next", "/"))
        _check_issuer(client)
        session.clear()
        session[_NEXT] = there
        return client.authorize_redirect(url_for("access.provider_return", _external=True))
    except (RequestException, ValueError) as error:
        return _shown(NotReady(f"The identity provider cannot be reached: {type(error).__name__}."))
    except ForecastingError as error:
        return _shown(error)


@access.get("/login/callback")
def provider_return() -> Response:
    """Take the browser back from the provider and open a session with the role that its groups have."""
    there = safe_path(str(session.get(_NEXT, "/")))
    try:
        name, role, facts = _identified()
    except (RequestException, ValueError) as error:
        return _shown(NotReady(f"The identity provider cannot be reached: {type(error).__name__}."))
    except ForecastingError as error:
        change_record.write(entry_of("login", "", REFUSED, error.message))
        return _shown(error)
    logins.open_session(name, role)
    change_record.write(entry_of("login", name, DONE, facts))
    return redirect(there, 303)


def _identified() -> tuple[str, Role, str]:
    """Return the name, the role, and issuer and subject, of who comes back from the provider."""
    settings, client = context().settings, _client()
    try:
        token = client.authorize_access_token()
    except (OAuthError, JoseError) as error:
        reason = getattr(error, "error", None) or type(error).__name__
        raise LoginFailed(f"The login was not completed ({reason}).") from error
    claims = token.get("userinfo")
    if not claims:
        raise LoginFailed("The identity provider sent no ID token.")
    claims = {**_more_claims(client, token, claims), **claims}
    groups = claims.get(settings.oidc_groups_claim)
    name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])[:NAME_LENGTH]
    role = highest_role(read_mapping(settings.roles), name, _texts(groups))
    if role is None:
        raise LoginRefused(f"{name} is in no group that DATAFLOW_ROLES gives a role.")
    return name, role, f"issuer {claims.get('iss')}, subject {claims['sub']}, role {role}"


def _more_claims(client: Any, token: Mapping[str, object], claims: Mapping[str, object]) -> Mapping[str, object]:
    """Return what the provider's user info says of the same person, if the ID token has no groups."""
    has_more = "userinfo_endpoint" in client.load_server_metadata()
    if context().settings.oidc_groups_claim in claims or not has_more:
        return {}
    more: Mapping[str, object] = client.userinfo(token=token)
    return more if more.get("sub") == claims["sub"] else {}


def _texts(groups: object) -> Iterable[str]:
    if isinstance(groups, str):
        return [groups]
    return [str(group) for group in groups] if isinstance(groups, list) else []


def _check_issuer(client: Any) -> None:
    metadata = client.load_server_metadata()
    told, expected = str(metadata.get("issuer", "")), context().settings.oidc_issuer
    if told.rstrip("/") != expected.rstrip("/"):
        raise NotReady(f"The identity provider calls itself {told!r}; DATAFLOW_OIDC_ISSUER is {expected!r}.")


def _client() -> Any:
    client = current_app.extensions.get(_EXTENSION)
    if client is None:
        raise NotFound(f"This server has no identity provider: DATAFLOW_AUTH is {context().settings.auth}.")
    return client


def _shown(error: ForecastingError) -> Response:
    return html(login_form(problem=error.message), error.status)
