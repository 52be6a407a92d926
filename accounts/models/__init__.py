"""Tables of the accounts app, one file a subject."""

from accounts.models.brokerage import Account, AccountPnl, AccountValue, Position
from accounts.models.users import AccountGrant, GrantChange, User

__all__ = ["Account", "AccountGrant", "AccountPnl", "AccountValue", "GrantChange", "Position", "User"]
