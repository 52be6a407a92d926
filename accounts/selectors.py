"""Which accounts and positions a person may see and trade."""

from django.db.models import QuerySet

from accounts.domain.roles import Permission, refusal
from accounts.models import Account, Position, User
from config.shared.errors import DeskError, ErrorCode


def visible_accounts(user: User) -> QuerySet[Account]:
    """The user's accounts with what their JSON needs."""
    return Account.objects.visible_to(user).select_related("pnl").prefetch_related("values")


def visible_account(user: User, code: str) -> Account:
    """One account; somebody else's does not exist. Raises DeskError RESOURCE_NOT_FOUND."""
    account = visible_accounts(user).filter(pk=code).first()
    if account is None:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such account")
    return account


def account_to_trade(user: User, code: str | None) -> Account:
    """The account of an order: the one named, or the only one the user may trade.

    Raises DeskError: VALIDATION_ERROR when it must be named, AUTHORIZATION_FAILED when the user may only look.
    """
    if code is not None:
        return account_named(user, code, Permission.TRADE)
    visible = list(Account.objects.visible_to(user))
    mine = [a for a in visible if user.may_trade(a)]
    if len(mine) == 1:
        return mine[0]
    if not visible:
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"account": ["there is none yet"]})
    if not mine:
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, "You may look at these accounts, but not trade them")
    raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"account": ["must say which"]})


def account_named(user: User, code: str, permission: Permission) -> Account:
    """The account a request's body names.

    Raises DeskError: VALIDATION_ERROR for an account the user knows nothing of, AUTHORIZATION_FAILED when the role is
    too small.
    """
    account = Account.objects.visible_to(user).filter(pk=code).first()
    if account is None:
        raise DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {"account": ["is not known"]})
    require(user, permission, account)
    return account


def require(user: User, permission: Permission, account: Account) -> None:
    """Let pass whoever may do this in the account.

    Raises DeskError: RESOURCE_NOT_FOUND for somebody else's account, AUTHORIZATION_FAILED when the role is too small.
    """
    permitted = user.permissions_in(account)
    if permission in permitted:
        return
    if Permission.SEE not in permitted:
        raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such account")
    raise DeskError(ErrorCode.AUTHORIZATION_FAILED, refusal(permission, account.code))


def require_trader(user: User, account: Account) -> None:
    """Raises DeskError AUTHORIZATION_FAILED when the user may see the account but not trade it."""
    require(user, Permission.TRADE, account)


def require_operator(user: User) -> None:
    """Raises DeskError AUTHORIZATION_FAILED unless the user may do what concerns every account."""
    if not user.may_operate():
        message = "This concerns every account: it takes a superuser, or an administrator of all accounts"
        raise DeskError(ErrorCode.AUTHORIZATION_FAILED, message)


def visible_positions(user: User) -> QuerySet[Position]:
    """Positions of the user's accounts that are not closed, and closed ones of which the ledger says otherwise."""
    mine = Position.objects.filter(account__in=Account.objects.visible_to(user))
    mine = mine.exclude(quantity=0, differs_since=None)
    return mine.select_related("instrument", "account", "pnl")
