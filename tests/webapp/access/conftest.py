"""Applications of every mode on one database, and clients of everybody who may call them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from dash import Dash
from flask.testing import FlaskClient

from forecasting.access.accounts import Accounts
from forecasting.access.roles import Role, Scope
from forecasting.settings import Settings
from webapp import create_app

SECRET = "a secret of more than thirty-two characters"
PASSWORD = "correct horse battery"
ORIGIN = {"Origin": "http://localhost"}
SERVICE = "sample"


@dataclass(frozen=True)
class Installation:
    """One application with its database."""

    app: Dash
    settings: Settings
    accounts: Accounts

    @property
    def client(self) -> FlaskClient:
        """A client without any cookie."""
        return self.app.server.test_client()

    def session(self, role: Role, name: str = "") -> FlaskClient:
        """A client of a person who has logged in, without the cost of a password."""
        client = self.client
        with client.session_transaction() as session:
            session["_user_id"] = self.accounts.sessions.open(name or f"some {role}", role)
        client.environ_base["HTTP_ORIGIN"] = ORIGIN["Origin"]
        return client

    def key(self, scope: Scope) -> FlaskClient:
        """A client of a program with a key."""
        services = (SERVICE,) if scope is Scope.RECOMMENDATION else ()
        text, _ = self.accounts.keys.add(f"of {scope}", scope, by="a test", services=services)
        client = self.client
        client.environ_base["HTTP_X_API_KEY"] = text
        return client

    def through_proxy(self, groups: str) -> FlaskClient:
        """A client that the trusted proxy has identified as `olga`."""
        client = self.client
        client.environ_base |= {
            "HTTP_X_FORWARDED_USER": "olga",
            "HTTP_X_GROUPS": groups,
            "HTTP_ORIGIN": ORIGIN["Origin"],
        }
        return client


def installed(home: Path, **given: object) -> Installation:
    """An application with these settings."""
    settings = replace(Settings(home=home), **given)
    return Installation(create_app(settings), settings, Accounts(settings))


MODES: dict[str, dict[str, object]] = {
    "none": {},
    "restricted": {"host": "0.0.0.0"},
    "local": {"auth": "local", "secret_key": SECRET},
    "oidc": {
        "auth": "oidc",
        "secret_key": SECRET,
        "oidc_issuer": "http://127.0.0.1:9",
        "oidc_client_id": "dataflow",
        "oidc_client_secret": "secret",
        "roles": "*=viewer",
    },
    "proxy": {
        "auth": "proxy",
        "proxy_addresses": "127.0.0.0/8",
        "proxy_groups_header": "X-Groups",
        "roles": "*=viewer,ops=operator,platform=admin",
    },
}


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Installation]:
    """Return the installation of a mode; all are on one home and are only read, but for keys and sessions."""
    home = tmp_path_factory.mktemp("access") / "home"
    made: dict[str, Installation] = {}

    def of(mode: str) -> Installation:
        if mode not in made:
            made[mode] = installed(home, **MODES[mode])
        return made[mode]

    return of


@pytest.fixture
def local(tmp_path: Path) -> Installation:
    """An installation with passwords and a home of its own."""
    return installed(tmp_path / "home", **MODES["local"], hosts="example.org,a.b")
