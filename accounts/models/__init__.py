"""Tables of the accounts app, one file a subject."""

from accounts.models.brokerage import Account, AccountPnl, AccountValue, Position, PositionPnl
from accounts.models.equity import EquitySnapshot
from accounts.models.keys import ApiKey, SignIn
from accounts.models.second_factor import RecoveryCode, SecondFactor
from accounts.models.users import AccountGrant, GrantChange, User

__all__ = [
    "Account",
    "AccountGrant",
    "AccountPnl",
    "AccountValue",
    "ApiKey",
    "EquitySnapshot",
    "GrantChange",
    "Position",
    "PositionPnl",
    "RecoveryCode",
    "SecondFactor",
    "SignIn",
    "User",
]
