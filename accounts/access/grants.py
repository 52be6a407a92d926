"""Give and take roles in a brokerage account; every change is on record with who made it."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.domain.roles import Permission, Role
from accounts.models import Account, AccountGrant, GrantChange, User
from accounts.selectors import require
from config.shared.correlation import current_request_id, get_logger
from config.shared.errors import DeskError, ErrorCode

log = get_logger(__name__)


@transaction.atomic
def grant_role(*, by: User, user: User, account: Account, role: Role, reason: str = "") -> AccountGrant:
    """Make `user` `role` in `account`; the same role again changes nothing and leaves no trace.

    Raises DeskError AUTHORIZATION_FAILED when `by` does not administer the account.
    """
    require(by, Permission.ADMINISTER, account)
    Account.objects.select_for_update().get(pk=account.pk)
    grant = AccountGrant.objects.filter(user=user, account=account).first()
    if grant is not None and grant.role == role:
        return grant
    before = grant.role if grant else ""
    grant, _ = AccountGrant.objects.update_or_create(user=user, account=account, defaults={"role": role})
    _record(by=by, user=user, account=account, before=before, after=str(role), reason=reason)
    return grant


@transaction.atomic
def revoke_role(*, by: User, user: User, account: Account, reason: str = "") -> None:
    """Take away what `user` is in `account`.

    Raises DeskError: AUTHORIZATION_FAILED when `by` does not administer the account, RESOURCE_NOT_FOUND when there is
    no role to take.
    """
    require(by, Permission.ADMINISTER, account)
    Account.objects.select_for_update().get(pk=account.pk)
    grant = AccountGrant.objects.filter(user=user, account=account).first()
    if grant is None:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, f"{user.username} has no role in {account.code}")
    before = grant.role
    grant.delete()
    _record(by=by, user=user, account=account, before=before, after="", reason=reason)


def grants_of(account: Account) -> QuerySet[AccountGrant]:
    """Who is what in an account."""
    return AccountGrant.objects.filter(account=account).select_related("user").order_by("user__username")


def history_of(account: Account) -> QuerySet[GrantChange]:
    """How the roles in an account changed, newest first."""
    return GrantChange.objects.filter(account=account.code)


def _record(*, by: User, user: User, account: Account, before: str, after: str, reason: str) -> None:
    GrantChange.objects.create(
        username=user.username,
        account=account.code,
        role_before=before,
        role_after=after,
        changed_by=by.username,
        reason=reason,
        request_id=current_request_id(),
    )
    log.info(
        "role_changed", person=user.pk, account_id=account.code, role_before=before, role_after=after, user_id=by.pk
    )
