"""The one table of who may do what: roles a person holds in a brokerage account, and what each lets them do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What can be allowed in one account."""

    SEE = "see"
    TRADE = "trade"
    CANCEL = "cancel"
    RECONCILE = "reconcile"
    MANAGE_RISK = "manage_risk"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What a person is in one account."""

    VIEWER = "viewer"
    TRADER = "trader"
    RISK_MANAGER = "risk_manager"
    ADMINISTRATOR = "administrator"


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.SEE}),
    Role.TRADER: frozenset({Permission.SEE, Permission.TRADE, Permission.CANCEL, Permission.RECONCILE}),
    # whoever watches the limits takes risk away and never adds any: cancelling yes, trading no
    Role.RISK_MANAGER: frozenset(
        {Permission.SEE, Permission.CANCEL, Permission.RECONCILE, Permission.MANAGE_RISK},
    ),
    Role.ADMINISTRATOR: frozenset(Permission),
}

ROLE_NAMES: Mapping[Role, str] = {
    Role.VIEWER: "Viewer",
    Role.TRADER: "Trader",
    Role.RISK_MANAGER: "Risk manager",
    Role.ADMINISTRATOR: "Administrator",
}


def roles_with(permission: Permission) -> list[Role]:
    """The roles that include `permission`."""
    return [role for role, permitted in PERMISSIONS.items() if permission in permitted]


def refusal(permission: Permission, account: str) -> str:
    """What a person is told who may see the account but not do this there."""
    return f"You may look at account {account}, but {_REFUSALS[permission]}"


_REFUSALS: Mapping[Permission, str] = {
    Permission.SEE: "nothing more",
    Permission.TRADE: "not trade it",
    Permission.CANCEL: "not cancel its orders",
    Permission.RECONCILE: "not reconcile it",
    Permission.MANAGE_RISK: "not change its limits or close its incidents",
    Permission.ADMINISTER: "not decide who uses it",
}


def sorted_permissions(permissions: Iterable[Permission]) -> list[Permission]:
    """In the order in which they are declared: from looking to administering."""
    known = set(permissions)
    return [permission for permission in Permission if permission in known]


class Scope(StrEnum):
    """What an API key is for; every key may look."""

    READ = "read"
    TRADE = "trade"
    RISK = "risk"


# nobody administers with a key: who uses an account is decided by people who have signed in
_SCOPED: Mapping[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset({Permission.SEE}),
    Scope.TRADE: frozenset({Permission.SEE, Permission.TRADE, Permission.CANCEL, Permission.RECONCILE}),
    Scope.RISK: frozenset({Permission.SEE, Permission.CANCEL, Permission.RECONCILE, Permission.MANAGE_RISK}),
}


@dataclass(frozen=True, slots=True)
class Restriction:
    """What an API key leaves of the rights of its owner; `accounts` None means all of the owner's."""

    key_id: int
    scopes: frozenset[Scope]
    accounts: frozenset[str] | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the scopes let through."""
        return frozenset().union(*(_SCOPED[scope] for scope in self.scopes))

    def leaves(self, permissions: frozenset[Permission], account: str) -> frozenset[Permission]:
        """What is left of the owner's permissions in an account."""
        if self.accounts is not None and account not in self.accounts:
            return frozenset()
        return permissions & self.permissions

    @property
    def may_operate(self) -> bool:
        """Whether the key reaches far enough for what concerns every account."""
        return self.accounts is None and Permission.MANAGE_RISK in self.permissions
