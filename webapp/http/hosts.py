"""Under which names this server answers, and from whose pages it takes a change.

A page elsewhere can make a browser call any address. If the name of that page resolves to this machine (DNS rebinding)
the browser takes both for one site; so a name that is not ours gets 421. Without that trick the browser sends `Origin`
and `Sec-Fetch-Site`; so a change that comes from a page of another server gets 403.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from forecasting.settings import Settings
from webapp.http.envelope import refusal

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # names what HOST may be; nothing is bound here
ANY = "*"
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
DEFAULT_PORTS = {"http": 80, "https": 443}


def install(server: Flask, settings: Settings) -> None:
    """Believe as many proxies as the settings say, and refuse other names of this server and other origins.

    This is checked before whatever was installed earlier.
    """
    count = settings.proxies
    if count:
        fixed = ProxyFix(server.wsgi_app, x_for=count, x_proto=count, x_host=count, x_port=count, x_prefix=count)
        server.wsgi_app = fixed  # type: ignore[method-assign]  # as Flask's documentation has it
    is_ours = names_of(settings)

    def check() -> Response | None:
        return _foreign_host(is_ours) or foreign_origin()

    server.before_request_funcs.setdefault(None, []).insert(0, check)


def names_of(settings: Settings) -> Callable[[str], bool]:
    """Return the function that says whether a host name is one of this server.

    `.example.com` in DATAFLOW_HOSTS stands for the name and everything below it, `*` for all names. A server that
    listens on the network also answers to IP addresses: rebinding needs a name.
    """
    stated = [name.strip().lower().strip("[]") for name in settings.hosts.split(",") if name.strip()]
    names = {*LOOPBACK, *stated} | ({settings.host.lower()} - set(EVERY_ADDRESS))
    below = tuple(name for name in stated if name.startswith("."))
    by_address = settings.host.lower() not in LOOPBACK

    def is_ours(name: str) -> bool:
        return (
            name in names
            or ANY in names
            or any(name.endswith(suffix) or name == suffix[1:] for suffix in below)
            or (by_address and _is_address(name))
        )

    return is_ours


def foreign_origin() -> Response | None:
    """Return the refusal of a change that a page of another server requests; programs send neither header.

    To a browser every port of one machine is the same site, so `same-site` is refused too.
    """
    if request.method not in CHANGING:
        return None
    origin = request.headers.get("Origin")
    if (origin is not None and not is_own_origin(origin)) or request.headers.get("Sec-Fetch-Site") in (
        "cross-site",
        "same-site",
    ):
        return refusal(
            403,
            "Calls from a page of another server are refused. If this is the server's own page behind a proxy, set "
            "DATAFLOW_PROXIES to the number of proxies.",
        )
    return None


def _foreign_host(is_ours: Callable[[str], bool]) -> Response | None:
    host = request.headers.get("Host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
        valid = bool(name) and not set(host) & set("/?#@\\ ")
        _ = urlsplit(f"//{host}").port
    except ValueError:
        valid = False
    if not valid:
        return refusal(400, "The Host header must name this server.")
    if not is_ours(name.removesuffix(".")):
        return refusal(421, "This server does not answer under that name; its operator sets DATAFLOW_HOSTS.")
    return None


def is_own_origin(origin: str) -> bool:
    """Return whether an `Origin` is this server, under the name and port of the current request."""
    scheme = origin.partition("://")[0]
    place = _place(origin)
    return scheme in DEFAULT_PORTS and place is not None and place == _place(f"{scheme}://{request.host}")


def _place(url: str) -> tuple[str, int] | None:
    """Return host and port of an address, or None if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
