"""Margin and buying power in IB's words: the whole account and its two segments, now, in full and looking ahead."""

from collections.abc import Mapping
from decimal import Decimal

SEGMENTS: Mapping[str, str] = {"total": "", "securities": "-S", "commodities": "-C"}
MOMENTS: Mapping[str, str] = {"current": "", "full": "Full", "look_ahead": "LookAhead"}
REQUIREMENTS: Mapping[str, str] = {
    "init_margin": "InitMarginReq",
    "maint_margin": "MaintMarginReq",
    "available_funds": "AvailableFunds",
    "excess_liquidity": "ExcessLiquidity",
}
WHOLE: Mapping[str, str] = {
    "net_liquidation": "NetLiquidation",
    "equity_with_loan": "EquityWithLoanValue",
    "previous_day_equity_with_loan": "PreviousDayEquityWithLoanValue",
    "buying_power": "BuyingPower",
    "reg_t_equity": "RegTEquity",
    "reg_t_margin": "RegTMargin",
    "sma": "SMA",
    "cushion": "Cushion",
    "leverage": "Leverage",
    "day_trades_remaining": "DayTradesRemaining",
    "highest_severity": "HighestSeverity",
}

Amounts = Mapping[str, Decimal | None]


def whole_account(amounts: Amounts) -> dict[str, Decimal | None]:
    """The figures that IB gives of the whole account; None is what it did not say."""
    return {name: amounts.get(tag) for name, tag in WHOLE.items()}


def requirements(amounts: Amounts) -> dict[str, dict[str, dict[str, Decimal | None]]]:
    """Segment → moment → requirement."""
    return {
        segment: {
            moment: {name: amounts.get(f"{prefix}{tag}{suffix}") for name, tag in REQUIREMENTS.items()}
            for moment, prefix in MOMENTS.items()
        }
        for segment, suffix in SEGMENTS.items()
    }
