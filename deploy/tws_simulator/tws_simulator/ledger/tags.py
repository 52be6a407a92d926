"""Balances in IB's account tags."""

from decimal import ROUND_HALF_UP, Decimal

from tws_simulator.ledger.margin import Balances
from tws_simulator.model import ZERO

CURRENCY = "USD"
_CENT = Decimal("0.01")
Row = tuple[str, str, str]
"""Tag, value, currency."""


def money(value: Decimal) -> str:
    """An amount with two decimals."""
    return str(value.quantize(_CENT, ROUND_HALF_UP) + ZERO)


def summary_amounts(balances: Balances) -> dict[str, Decimal]:
    """The money tags of an account summary."""
    equity, margin = balances.net_liquidation, balances.margin
    return {
        "AccruedCash": ZERO,
        "AvailableFunds": balances.available_funds,
        "BuyingPower": balances.buying_power,
        "EquityWithLoanValue": equity,
        "ExcessLiquidity": balances.available_funds,
        "FullAvailableFunds": balances.available_funds,
        "FullExcessLiquidity": balances.available_funds,
        "FullInitMarginReq": margin,
        "FullMaintMarginReq": margin,
        "GrossPositionValue": balances.gross_value,
        "InitMarginReq": margin,
        "LookAheadAvailableFunds": balances.available_funds,
        "LookAheadExcessLiquidity": balances.available_funds,
        "LookAheadInitMarginReq": margin,
        "LookAheadMaintMarginReq": margin,
        "MaintMarginReq": margin,
        "NetLiquidation": equity,
        "PreviousDayEquityWithLoanValue": balances.previous_equity,
        "RegTEquity": equity,
        "RegTMargin": balances.reg_t_margin,
        "SMA": equity - balances.reg_t_margin,
        "SettledCash": balances.cash,
        "TotalCashValue": balances.cash,
    }


def summary_facts(balances: Balances) -> dict[str, str]:
    """The tags of an account summary that are no money."""
    equity = balances.net_liquidation
    cushion = balances.available_funds / equity if equity else ZERO
    leverage = balances.gross_value / equity if equity else ZERO
    return {
        "AccountType": "INDIVIDUAL",
        "Cushion": str(cushion.quantize(Decimal("0.000001"))),
        "DayTradesRemaining": "-1",
        "Leverage": str(leverage.quantize(_CENT)),
        "LookAheadNextChange": "0",
    }


def summary_rows(balances: Balances, tags: list[str]) -> list[Row]:
    """The rows for the tags a client asked for; `$LEDGER…` tags bring the cash rows. Unknown tags give none."""
    amounts, facts = summary_amounts(balances), summary_facts(balances)
    rows: list[Row] = []
    for tag in tags:
        if tag.startswith("$LEDGER"):
            rows += ledger_rows(balances, with_base=tag != f"$LEDGER:{CURRENCY}")
        elif tag in amounts:
            rows.append((tag, money(amounts[tag]), CURRENCY))
        elif tag in facts:
            rows.append((tag, facts[tag], ""))
    return rows


def ledger_rows(balances: Balances, *, with_base: bool = True) -> list[Row]:
    """Cash, stock and profit by currency; `BASE` is the sum in the account's currency."""
    amounts = {
        "CashBalance": balances.cash,
        "TotalCashBalance": balances.cash,
        "AccruedCash": ZERO,
        "StockMarketValue": balances.stock_value,
        "OptionMarketValue": ZERO,
        "FutureOptionValue": ZERO,
        "FuturesPNL": ZERO,
        "NetLiquidationByCurrency": balances.net_liquidation,
        "UnrealizedPnL": balances.unrealized_pnl,
        "RealizedPnL": balances.realized_pnl,
        "NetDividend": ZERO,
    }
    rows: list[Row] = []
    for currency in (["BASE"] if with_base else []) + [CURRENCY]:
        rows += [(tag, money(value), currency) for tag, value in amounts.items()]
        rows += [("Currency", currency, currency), ("RealCurrency", CURRENCY, currency)]
        rows.append(("ExchangeRate", "1.00", currency))
    return rows


def update_rows(account: str, balances: Balances, *, ready: bool = True) -> list[Row]:
    """Everything `reqAccountUpdates` brings."""
    facts = summary_facts(balances)
    rows: list[Row] = [
        ("AccountCode", account, ""),
        ("AccountOrGroup", account, "BASE"),
        ("AccountOrGroup", account, CURRENCY),
        ("AccountReady", "true" if ready else "false", ""),
        *((tag, value, "") for tag, value in facts.items()),
        ("TradingType-S", "STKNOPT", ""),
        ("WhatIfPMEnabled", "true", ""),
    ]
    for tag, value in summary_amounts(balances).items():
        rows.append((tag, money(value), CURRENCY))
        rows.append((f"{tag}-S", money(value), CURRENCY))
    return rows + ledger_rows(balances)
