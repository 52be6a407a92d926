"""What the roles of a staff member mean for the admin site: which tables may be opened, changed and added to.

The rows within a table are limited by the admin pages themselves, with `Account.objects.visible_to` and `open_to`.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.domain.roles import Permission
from accounts.models import User

_LOOKED_AT = frozenset({"trading", "market_data"})
_LOOKED_AT_HERE = frozenset({"account", "accountpnl", "accountvalue", "position"})
_RISK = frozenset({"trading.add_risklimits", "trading.change_risklimits"})
_PEOPLE = frozenset({f"accounts.{verb}_accountgrant" for verb in ("view", "add", "change", "delete")})
_PEOPLE_HISTORY = frozenset({"accounts.view_grantchange"})


class RoleBackend(BaseBackend):
    """Answers `has_perm` for the admin from the one table of roles; superusers need no answer."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether some role of this staff member opens the table."""
        if not isinstance(user_obj, User) or not (user_obj.is_active and user_obj.is_staff) or user_obj.is_superuser:
            return False
        needed = _needed(perm)
        return needed is not None and needed in _held(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the app is shown at all."""
        return app_label in {*_LOOKED_AT, "accounts"} and self.has_perm(user_obj, "trading.view_order")


def _needed(perm: str) -> Permission | None:
    app, _, name = perm.partition(".")
    verb, _, model = name.partition("_")
    if perm in _RISK:
        return Permission.MANAGE_RISK
    if perm in _PEOPLE or perm in _PEOPLE_HISTORY:
        return Permission.ADMINISTER
    if verb == "view" and (app in _LOOKED_AT or (app == "accounts" and model in _LOOKED_AT_HERE)):
        return Permission.SEE
    return None


def _held(user: User) -> frozenset[Permission]:
    """The permissions the person has in some account, asked once a request."""
    held: frozenset[Permission] | None = user.__dict__.get("_held_somewhere")
    if held is None:
        held = user.permissions_somewhere()
        user.__dict__["_held_somewhere"] = held
    return held
