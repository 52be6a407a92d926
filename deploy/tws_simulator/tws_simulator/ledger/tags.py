"""Balances in IB's account tags."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from tws_simulator.ledger.balances import Balances, CurrencyRow
from tws_simulator.model import ZERO

_CENT = Decimal("0.01")
_RATE = Decimal("0.0000001")
Row = tuple[str, str, str]
"""Tag, value, currency."""
# The official client's list of tags spells three of them otherwise than the server.
ALIASES = {
    "PreviousEquityWithLoanValue": "PreviousDayEquityWithLoanValue",
    "ReqTEquity": "RegTEquity",
    "ReqTMargin": "RegTMargin",
}
# Values of kinds of instruments that are not on offer here; IB sends them as zeros.
_EMPTY = (
    "FutureOptionValue", "FundValue", "NetDividend", "MutualFundValue", "MoneyMarketFundValue", "CorporateBondValue",
    "TBondValue", "TBillValue", "WarrantValue", "IssuerOptionValue", "Cryptocurrency",
)  # fmt: skip


def money(value: Decimal) -> str:
    """An amount with two decimals."""
    return str(value.quantize(_CENT, ROUND_HALF_UP) + ZERO)


def summary_amounts(balances: Balances) -> dict[str, Decimal]:
    """The money tags of an account summary, in the base currency."""
    available, excess = balances.available_funds, balances.excess_liquidity
    initial, maintenance = balances.margin, balances.maintenance
    cash = balances.cash + balances.total.futures_pnl
    return {
        "AccruedCash": balances.total.accrued,
        "AvailableFunds": available,
        "BuyingPower": balances.buying_power,
        "EquityWithLoanValue": balances.equity_with_loan,
        "ExcessLiquidity": excess,
        "FullAvailableFunds": available,
        "FullExcessLiquidity": excess,
        "FullInitMarginReq": initial,
        "FullMaintMarginReq": maintenance,
        "GrossPositionValue": balances.gross_value,
        "InitMarginReq": initial,
        "LookAheadAvailableFunds": available,
        "LookAheadExcessLiquidity": excess,
        "LookAheadInitMarginReq": initial,
        "LookAheadMaintMarginReq": maintenance,
        "MaintMarginReq": maintenance,
        "NetLiquidation": balances.net_liquidation,
        "PreviousDayEquityWithLoanValue": balances.previous_equity,
        "RegTEquity": balances.reg_t_equity,
        "RegTMargin": balances.reg_t_margin,
        "SMA": balances.sma,
        "SettledCash": balances.cash,
        "TotalCashValue": cash,
    }


def commodity_amounts(balances: Balances) -> dict[str, Decimal]:
    """The part of the amounts that is in the commodities segment: futures, and the cash swept to carry them."""
    equity = balances.commodity_cash + balances.total.futures_pnl
    initial, maintenance = balances.futures.initial, balances.futures.maintenance
    amounts = dict.fromkeys(("EquityWithLoanValue", "NetLiquidation", "TotalCashValue"), equity)
    for prefix in ("", "Full", "LookAhead"):
        amounts[f"{prefix}AvailableFunds"] = equity - initial
        amounts[f"{prefix}ExcessLiquidity"] = equity - maintenance
        amounts[f"{prefix}InitMarginReq"] = initial
        amounts[f"{prefix}MaintMarginReq"] = maintenance
    return {**amounts, "AccruedCash": ZERO, "SettledCash": balances.commodity_cash}


def summary_facts(balances: Balances) -> dict[str, str]:
    """The tags of an account summary that are no money.

    Margin is the same by day and by night here, so no change lies ahead. `HighestSeverity` is 0 with at least a tenth
    of the equity free of margin, 1 with less, 2 when margin is lacking.
    """
    equity = balances.net_liquidation
    cushion = balances.excess_liquidity / equity if equity else ZERO
    leverage = balances.gross_value / equity if equity else ZERO
    severity = 2 if balances.excess_liquidity < 0 else 1 if cushion < Decimal("0.1") and balances.maintenance else 0
    return {
        "AccountType": "INDIVIDUAL",
        "Cushion": str(cushion.quantize(Decimal("0.000001"))),
        "DayTradesRemaining": str(balances.day_trades_left),
        "HighestSeverity": str(severity),
        "Leverage": str(leverage.quantize(_CENT)),
        "LookAheadNextChange": "0",
    }


def summary_rows(balances: Balances, tags: Iterable[str]) -> list[Row]:
    """The rows for the tags a client asked for. Unknown tags give none.

    `$LEDGER` brings the cash rows of the base currency, `$LEDGER:EUR` those of one currency, `$LEDGER:ALL` all.
    """
    amounts, facts = summary_amounts(balances), summary_facts(balances)
    rows: list[Row] = []
    for asked in tags:
        tag = ALIASES.get(asked, asked)
        if tag.startswith("$LEDGER"):
            rows += _asked_ledger(balances, tag.partition(":")[2])
        elif tag in amounts:
            rows.append((tag, money(amounts[tag]), balances.base))
        elif tag in facts:
            rows.append((tag, facts[tag], ""))
    return rows


def ledger_rows(balances: Balances) -> list[Row]:
    """Cash, values and profit by currency; `BASE` is the sum in the account's currency."""
    rows = _currency_rows("BASE", balances.base, balances.total)
    for row in balances.rows:
        rows += _currency_rows(row.currency, row.currency, row)
    return rows


def update_rows(account: str, balances: Balances, *, ready: bool = True) -> list[Row]:
    """Everything `reqAccountUpdates` brings."""
    facts = summary_facts(balances)
    left = facts["DayTradesRemaining"]
    rows: list[Row] = [
        ("AccountCode", account, ""),
        *(("AccountOrGroup", account, name) for name in ("BASE", *(row.currency for row in balances.rows))),
        ("AccountReady", "true" if ready else "false", ""),
        *((tag, value, "") for tag, value in facts.items()),
        *((f"DayTradesRemainingT+{day}", left, "") for day in (1, 2, 3, 4)),
        ("Leverage-S", facts["Leverage"], ""),
        ("SegmentTitle-C", "US Commodities", ""),
        ("SegmentTitle-S", "US Securities", ""),
        ("TradingType-S", "CASH" if balances.kind == "cash" else "STKNOPT", ""),
        ("WhatIfPMEnabled", "true", ""),
    ]
    commodities = commodity_amounts(balances)
    for tag, value in summary_amounts(balances).items():
        part = commodities.get(tag)
        rows.append((tag, money(value), balances.base))
        rows.append((f"{tag}-S", money(value - (part or ZERO)), balances.base))
        if part is not None:
            rows.append((f"{tag}-C", money(part), balances.base))
    return rows + ledger_rows(balances)


def _asked_ledger(balances: Balances, currency: str) -> list[Row]:
    if currency.upper() == "ALL":
        return ledger_rows(balances)
    wanted = {currency.upper()} if currency else {"BASE", balances.base}
    return [row for row in ledger_rows(balances) if row[2] in wanted]


def _currency_rows(label: str, real: str, row: CurrencyRow) -> list[Row]:
    amounts = {
        "CashBalance": row.cash,
        "TotalCashBalance": row.cash + row.futures_pnl,
        "AccruedCash": row.accrued,
        "StockMarketValue": row.stock_value,
        "OptionMarketValue": row.option_value,
        "FuturesPNL": row.futures_pnl,
        "NetLiquidationByCurrency": row.net_liquidation,
        "UnrealizedPnL": row.unrealized_pnl,
        "RealizedPnL": row.realized_pnl,
        "FxCashBalance": ZERO,
        **dict.fromkeys(_EMPTY, ZERO),
    }
    rows: list[Row] = [(tag, money(value), label) for tag, value in amounts.items()]
    rows += [("Currency", label, label), ("RealCurrency", real, label)]
    return [*rows, ("ExchangeRate", rate_text(row.rate), label)]


def rate_text(rate: Decimal) -> str:
    """An exchange rate with two to seven decimals."""
    text = str(rate.quantize(_RATE, ROUND_HALF_UP)).rstrip("0")
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"
