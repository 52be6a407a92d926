"""Rules of accounts and of who may do what; plain Python."""

from accounts.domain.figures import is_paper_account, is_storable_amount, is_storable_price, parse_amount

__all__ = ["is_paper_account", "is_storable_amount", "is_storable_price", "parse_amount"]
