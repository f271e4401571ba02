"""Roles of people and scopes of keys, and how groups of an identity provider become roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from forecasting.errors import InputError

EVERYONE = "*"
"""Stands for every identified user in a mapping of groups to roles."""

USER_PREFIX = "user:"
"""Before the name of one user in a mapping; a group whose name begins with it is ignored."""

ROLES_VARIABLE = "DATAFLOW_ROLES"


class Role(StrEnum):
    """What a person may do; each role includes those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order of roles."""
        return list(Role).index(self)

    def includes(self, other: Role) -> bool:
        """Return whether this role may do what `other` may."""
        return self.rank >= other.rank


class Scope(StrEnum):
    """What a key may do: read everything, also change data, or only poll the recommendation of named services."""

    READ = "read"
    WRITE = "write"
    RECOMMENDATION = "recommendation"

    @property
    def role(self) -> Role | None:
        """The role of a key of this scope; None if it may do one thing only."""
        return {Scope.READ: Role.VIEWER, Scope.WRITE: Role.OPERATOR}.get(self)


def role_named(name: str) -> Role:
    """Return the role of a name. Raises InputError."""
    try:
        return Role(name)
    except ValueError:
        raise InputError(f"role must be one of {', '.join(Role)} (got {name!r}).", field="role") from None


def scope_named(name: str) -> Scope:
    """Return the scope of a name. Raises InputError."""
    try:
        return Scope(name)
    except ValueError:
        raise InputError(f"scope must be one of {', '.join(Scope)} (got {name!r}).", field="scope") from None


def read_mapping(text: str) -> dict[str, Role]:
    """Read `group=role,user:NAME=role,*=role`. Raises InputError with the part that is wrong."""
    mapping: dict[str, Role] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        group, equals, role = part.rpartition("=")
        if not equals or not group.strip() or role.strip() not in list(Role):
            raise InputError(
                f"{ROLES_VARIABLE} must be a list such as platform=admin,ops=operator,*=viewer (got {part!r}).",
                field=ROLES_VARIABLE,
            )
        mapping[group.strip()] = Role(role.strip())
    return mapping


def highest_role(mapping: Mapping[str, Role], user: str, groups: Iterable[str]) -> Role | None:
    """Return the highest role that a mapping gives to a user of these groups; None if it gives none."""
    names = {EVERYONE, f"{USER_PREFIX}{user}", *(group for group in groups if not group.startswith(USER_PREFIX))}
    return max((mapping[name] for name in names if name in mapping), key=lambda role: role.rank, default=None)
