"""What each mode needs, said before a server starts; and which role groups give."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecasting.access.requirements import check_access
from forecasting.access.roles import Role, highest_role, read_mapping
from forecasting.errors import InputError
from forecasting.settings import Settings

SECRET = {"SECRET_KEY": "s" * 32}
PROVIDER = {
    "DATAFLOW_AUTH": "oidc",
    "DATAFLOW_OIDC_ISSUER": "https://id.example.org",
    "DATAFLOW_OIDC_CLIENT_ID": "dataflow",
    "DATAFLOW_OIDC_CLIENT_SECRET": "secret",
    "DATAFLOW_ROLES": "*=viewer",
    **SECRET,
}
PROXY = {"DATAFLOW_AUTH": "proxy", "DATAFLOW_PROXY_ADDRESSES": "10.0.0.5, fd00::/8", "DATAFLOW_ROLES": "*=viewer"}


@pytest.mark.parametrize("given", [{}, {"DATAFLOW_AUTH": "local", **SECRET}, PROVIDER, PROXY])
def test_enough_is_enough(given):
    check_access(Settings.from_environment(given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"DATAFLOW_AUTH": "ldap"}, "DATAFLOW_AUTH must be one of none, local, oidc, proxy (got 'ldap')."),
        ({"DATAFLOW_AUTH": "local"}, "SECRET_KEY must have at least 32 random characters"),
        ({"DATAFLOW_AUTH": "local", "SECRET_KEY": "short"}, "(it has 5)"),
        ({**PROVIDER, "DATAFLOW_ROLES": ""}, "DATAFLOW_ROLES must say who has which role"),
        ({**PROVIDER, "DATAFLOW_ROLES": "ops=king"}, "(got 'ops=king')"),
        ({**PROVIDER, "DATAFLOW_OIDC_ISSUER": ""}, "DATAFLOW_OIDC_ISSUER must be set when DATAFLOW_AUTH=oidc."),
        ({**PROVIDER, "DATAFLOW_OIDC_ISSUER": "http://id.example.org"}, "must be an https address"),
        ({**PROVIDER, "DATAFLOW_OIDC_SCOPES": "email"}, "must contain openid"),
        ({**PROXY, "DATAFLOW_PROXY_ADDRESSES": ""}, "DATAFLOW_PROXY_ADDRESSES must name the proxy's addresses"),
        ({**PROXY, "DATAFLOW_PROXY_ADDRESSES": "10.0.0.5/8"}, "(got '10.0.0.5/8': "),
        ({**PROXY, "DATAFLOW_PROXY_USER_HEADER": "X User"}, "must be the name of a header"),
        ({**PROXY, "DATAFLOW_PROXY_GROUPS_HEADER": "ä"}, "must be the name of a header"),
    ],
)
def test_what_is_missing_is_named(given, message):
    with pytest.raises(InputError) as refused:
        check_access(Settings.from_environment(given))
    assert message in refused.value.message


def test_secrets_are_not_shown_with_the_settings():
    shown = repr(Settings.from_environment(PROVIDER))
    assert "'secret'" not in shown
    assert "s" * 32 not in shown


@pytest.mark.parametrize(
    ("user", "groups", "role"),
    [
        ("ada", [], Role.ADMIN),
        ("bob", ["ops"], Role.OPERATOR),
        ("bob", ["ops", "platform"], Role.ADMIN),
        ("bob", ["user:ada"], Role.VIEWER),
        ("bob", ["*"], Role.VIEWER),
    ],
)
def test_the_highest_role_of_the_groups_counts(user, groups, role):
    mapping = read_mapping("*=viewer, ops=operator,platform=admin,user:ada=admin")
    assert highest_role(mapping, user, groups) is role
    assert highest_role(read_mapping("none=admin"), user, groups) is None


@pytest.mark.parametrize(
    ("host", "given", "restricted"),
    [
        ("127.0.0.1", {}, False),
        ("::1", {}, False),
        ("::ffff:127.0.0.1", {}, False),
        ("localhost", {}, False),
        ("0.0.0.0", {}, True),
        ("10.0.0.5", {}, True),
        ("::", {}, True),
        ("box.example.org", {}, True),
        ("0.0.0.0", {"allow_anonymous": True}, False),
        ("0.0.0.0", {"auth": "local"}, False),
    ],
)
def test_a_server_without_users_is_restricted_unless_only_this_machine_reaches_it(host, given, restricted):
    assert Settings(home=Path("x"), host=host, **given).is_restricted is restricted
