"""What each mode of `DATAFLOW_AUTH` needs of the other settings, checked when a server starts."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from forecasting.access.roles import ROLES_VARIABLE, read_mapping
from forecasting.errors import InputError
from forecasting.settings import VARIABLES, Settings, is_loopback

LEAST_SECRET_LENGTH = 32

Network = IPv4Network | IPv6Network


def check_access(settings: Settings) -> None:
    """Raise InputError, with the variable and what it must be, if a mode lacks a setting."""
    if settings.has_login:
        _check_secret(settings)
    if settings.auth in ("oidc", "proxy") and not read_mapping(settings.roles):
        raise _wrong("roles", "say who has which role, such as platform=admin,ops=operator,*=viewer", settings)
    if settings.auth == "oidc":
        _check_oidc(settings)
    if settings.auth == "proxy":
        if not proxy_networks(settings):
            raise _wrong("proxy_addresses", "name the proxy's addresses, such as 10.0.0.5,fd00::/8", settings)
        _header(settings, "proxy_user_header", required=True)
        _header(settings, "proxy_groups_header", required=False)


def proxy_networks(settings: Settings) -> tuple[Network, ...]:
    """Return the addresses from which the header of a user is believed. Raises InputError."""
    networks = []
    for part in filter(None, (part.strip() for part in settings.proxy_addresses.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError as error:
            variable = VARIABLES["proxy_addresses"]
            raise InputError(
                f"{variable} must be addresses or networks such as 10.0.0.5,10.1.0.0/16 (got {part!r}: {error}).",
                field=variable,
            ) from error
    return tuple(networks)


def _check_secret(settings: Settings) -> None:
    length = len(settings.secret_key)
    if length < LEAST_SECRET_LENGTH:
        raise InputError(
            f"SECRET_KEY must have at least {LEAST_SECRET_LENGTH} random characters when "
            f"{VARIABLES['auth']}={settings.auth} (it has {length}), the same for all processes of a server. "
            "Create one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            field="SECRET_KEY",
        )


def _check_oidc(settings: Settings) -> None:
    for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret"):
        if not getattr(settings, name):
            raise _wrong(name, "be set", settings)
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and is_loopback(issuer.hostname or "")):
        raise _wrong("oidc_issuer", f"be an https address (got {settings.oidc_issuer!r})", settings)
    if "openid" not in settings.oidc_scopes.split():
        raise _wrong("oidc_scopes", f"contain openid (got {settings.oidc_scopes!r})", settings)


def _header(settings: Settings, name: str, *, required: bool) -> None:
    header = getattr(settings, name)
    if (header or required) and not (header.isascii() and header.replace("-", "").isalnum()):
        raise _wrong(name, f"be the name of a header such as X-Forwarded-User (got {header!r})", settings)


def _wrong(name: str, rule: str, settings: Settings) -> InputError:
    variable = VARIABLES[name] if name != "roles" else ROLES_VARIABLE
    return InputError(f"{variable} must {rule} when {VARIABLES['auth']}={settings.auth}.", field=variable)
