"""Writes of the accounts app, one file a subject."""

from accounts.services.figures import (
    MARKET_FIGURES,
    PNL_FIGURES,
    confirm_streams,
    ensure_account,
    forget_pnl_of_another_quantity,
    forget_untold_values,
    record_account_values,
    record_pnl,
    record_position,
    record_position_pnls,
)

__all__ = [
    "MARKET_FIGURES",
    "PNL_FIGURES",
    "confirm_streams",
    "ensure_account",
    "forget_pnl_of_another_quantity",
    "forget_untold_values",
    "record_account_values",
    "record_pnl",
    "record_position",
    "record_position_pnls",
]
