"""Admin pages of people, what they may do, and the accounts IB reports."""

from accounts.admin import brokerage, keys, people
from accounts.admin.scoped import AccountFilter, AccountScopedAdmin, signed_in

__all__ = ["AccountFilter", "AccountScopedAdmin", "brokerage", "keys", "people", "signed_in"]
