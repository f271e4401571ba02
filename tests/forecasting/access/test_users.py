"""Users, their passwords and their sessions."""

from __future__ import annotations

import pytest

from forecasting.access.passwords import check_password, is_password, password_hash
from forecasting.access.roles import Role
from forecasting.errors import Conflict, InputError, NotFound

PASSWORD = "correct horse battery"


def test_a_user_is_added_found_and_removed(accounts):
    users = accounts.users
    ada = users.add(" ada ", PASSWORD, Role.ADMIN)
    assert (ada.name, ada.role, ada.enabled, ada.last_login_at) == ("ada", Role.ADMIN, True, None)
    with pytest.raises(Conflict, match="exists already"):
        users.add("ada", PASSWORD, Role.VIEWER)
    assert users.authenticate("ada", PASSWORD) == ada
    assert users.get("ada").last_login_at is not None
    assert users.authenticate("ada", PASSWORD + "!") is None
    assert users.authenticate("eve", PASSWORD) is None
    users.add("bob", PASSWORD, Role.VIEWER)
    users.set_enabled("bob", False)
    assert users.authenticate("bob", PASSWORD) is None
    users.remove("bob")
    assert [user.name for user in users.all()] == ["ada"]
    with pytest.raises(NotFound):
        users.remove("bob")


def test_the_last_admin_stays(accounts):
    users = accounts.users
    users.add("ada", PASSWORD, Role.ADMIN)
    for change in (
        lambda: users.remove("ada"),
        lambda: users.set_role("ada", Role.OPERATOR),
        lambda: users.set_enabled("ada", False),
    ):
        with pytest.raises(Conflict, match="last admin"):
            change()
    assert users.get("ada").role is Role.ADMIN
    users.add("bob", PASSWORD, Role.ADMIN)
    assert users.set_role("ada", Role.VIEWER).role is Role.VIEWER


@pytest.mark.parametrize("change", ["password", "role", "disable", "remove", "close"])
def test_what_changes_a_user_ends_the_sessions(accounts, change):
    users, sessions = accounts.users, accounts.sessions
    users.add("root", PASSWORD, Role.ADMIN)
    ada = users.add("ada", PASSWORD, Role.OPERATOR)
    secret, other = sessions.open("ada", ada.role, ada), sessions.open("guest", Role.VIEWER)
    assert (sessions.find(secret).name, sessions.find(secret).role) == ("ada", Role.OPERATOR)
    {
        "password": lambda: users.set_password("ada", "another long password"),
        "role": lambda: users.set_role("ada", Role.VIEWER),
        "disable": lambda: users.set_enabled("ada", False),
        "remove": lambda: users.remove("ada"),
        "close": lambda: sessions.close(secret),
    }[change]()
    assert sessions.find(secret) is None
    assert sessions.find(other).user_id is None


def test_a_session_ends_by_itself(accounts, clock):
    secret = accounts.sessions.open("olga", Role.VIEWER)
    clock(12 * 3600 - 1)
    assert accounts.sessions.find(secret)
    clock(12 * 3600)
    assert accounts.sessions.find(secret) is None


@pytest.mark.parametrize("password", ["short", "x" * 257, "x" * 20, "administrator"])
def test_a_poor_password_is_refused(password):
    with pytest.raises(InputError, match="password must"):
        check_password(password, "Administrator")


def test_a_password_is_the_same_however_its_accents_are_typed():
    stored = password_hash("caf\u00e9 au lait, s'il vous pla\u00eet")
    assert is_password("cafe\u0301 au lait, s'il vous plai\u0302t", stored)
    assert not is_password("cafe au lait, s'il vous plait", stored)
    assert not is_password("x", None)
    assert not is_password("x", "no hash at all")


@pytest.mark.parametrize("name", ["", "a,b", "a=b", "a\nb", "x" * 129])
def test_a_name_that_lists_could_not_hold_is_refused(accounts, name):
    with pytest.raises(InputError, match="name must be"):
        accounts.users.add(name, PASSWORD, Role.VIEWER)
