"""Third-party browser files, served from the installed packages that carry them: no CDN, no copy in the repository."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, abort, send_from_directory

from forecasting.errors import NotReady

YEAR_SECONDS = 365 * 86_400


class Carrier(NamedTuple):
    """The distribution that carries the files, the module in whose folder they are, and where inside it."""

    distribution: str
    module: str
    folder: str


CARRIERS = {
    "bootstrap": Carrier("Bootstrap-Flask", "flask_bootstrap", "static/bootstrap5"),
    "swagger-ui": Carrier("flask-openapi3-swagger", "flask_openapi3_swagger", "templates/swagger"),
    "redoc": Carrier("flask-openapi3-redoc", "flask_openapi3_redoc", "templates/redoc"),
}

vendor = Blueprint("vendor", __name__, url_prefix="/vendor")


@cache
def vendor_folder(name: str) -> Path:
    """Return the folder of one entry of CARRIERS, without importing the package that carries it."""
    carrier = CARRIERS[name]
    spec = find_spec(carrier.module)
    if spec is None or not spec.submodule_search_locations:
        raise NotReady(f"The package {carrier.distribution} is not installed.")
    return Path(spec.submodule_search_locations[0]) / carrier.folder


@cache
def vendor_version(name: str) -> str:
    """Return the version of the distribution: part of the address, so that a browser may cache the file forever."""
    return version(CARRIERS[name].distribution)


def vendor_url(name: str, path: str) -> str:
    """Return the address on this server of one file of a carrier."""
    return f"/vendor/{name}/{vendor_version(name)}/{path}"


@vendor.get("/<name>/<release>/<path:path>")
def vendor_file(name: str, release: str, path: str) -> Response:
    """Return one file of a carrier; 404 for another release than the installed one."""
    if name not in CARRIERS or release != vendor_version(name):
        abort(404)
    if (name, path) == ("redoc", REDOC_SCRIPT):
        response = Response(_redoc_script(), mimetype="text/javascript")
        response.cache_control.max_age = YEAR_SECONDS
        return response
    return send_from_directory(vendor_folder(name), path, max_age=YEAR_SECONDS)


REDOC_SCRIPT = "js/redoc.standalone.js"
_REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


@cache
def _redoc_script() -> bytes:
    # The bundle loads its maker's logo from a CDN and has no option against it; the package contains the same picture.
    script = (vendor_folder("redoc") / REDOC_SCRIPT).read_bytes()
    return script.replace(_REDOC_LOGO, vendor_url("redoc", "images/redoc.svg").encode())
