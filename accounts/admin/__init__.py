"""Admin pages of people, what they may do, and the accounts IB reports."""

from accounts.admin import brokerage, people
from accounts.admin.scoped import AccountScopedAdmin, signed_in

__all__ = ["AccountScopedAdmin", "brokerage", "people", "signed_in"]
