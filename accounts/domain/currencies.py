"""An account's values by currency, and what they are in base currency by IB's own rates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

# our name → IB's tag; IB gives them by currency, and their sum in base currency under "BASE"
LEDGER_TAGS: Mapping[str, str] = {
    "cash": "TotalCashBalance",
    "accrued_cash": "AccruedCash",
    "stock_value": "StockMarketValue",
    "option_value": "OptionMarketValue",
    "futures_pnl": "FuturesPNL",
    "net_liquidation": "NetLiquidationByCurrency",
    "unrealized_pnl": "UnrealizedPnL",
    "realized_pnl": "RealizedPnL",
}
RATE = "ExchangeRate"
TOTAL = "BASE"
# IB's other segment and look-ahead rows of the same tag are no values of a currency
_LEDGER_WORDS = frozenset({*LEDGER_TAGS.values(), RATE, "CashBalance"})

Row = tuple[str, str, Decimal | None, datetime]
"""Tag, currency, amount, as of."""


@dataclass(frozen=True)
class CurrencyValues:
    """What an account has in one currency; None is what IB did not say, never zero."""

    currency: str
    exchange_rate: Decimal | None
    amounts: Mapping[str, Decimal | None]
    as_of: datetime

    @property
    def in_base(self) -> dict[str, Decimal | None]:
        """The amounts in base currency by IB's rate; without a rate nobody knows."""
        rate = self.exchange_rate
        return {
            name: None if amount is None or rate is None else round(amount * rate, 8)
            for name, amount in self.amounts.items()
        }


def values_by_currency(rows: Iterable[Row]) -> list[CurrencyValues]:
    """One for each currency in which IB keeps a ledger, "BASE" (the total) first."""
    found: dict[str, dict[str, Decimal | None]] = {}
    times: dict[str, datetime] = {}
    for tag, currency, amount, as_of in rows:
        if tag in _LEDGER_WORDS and currency:
            found.setdefault(currency, {})[tag] = amount
            times[currency] = max(times.get(currency, as_of), as_of)
    # AccruedCash also comes as a value of the whole account: without a cash balance it makes no ledger
    ledgers = {c: tags for c, tags in found.items() if "CashBalance" in tags or "TotalCashBalance" in tags}
    return [
        CurrencyValues(
            currency=currency,
            exchange_rate=_rate(currency, tags),
            amounts={
                name: tags.get(tag, tags.get("CashBalance") if name == "cash" else None)
                for name, tag in LEDGER_TAGS.items()
            },
            as_of=times[currency],
        )
        for currency, tags in sorted(ledgers.items(), key=lambda item: (item[0] != TOTAL, item[0]))
    ]


def _rate(currency: str, tags: Mapping[str, Decimal | None]) -> Decimal | None:
    """IB's rate to the base currency; a rate of zero is none."""
    return tags.get(RATE) or (Decimal(1) if currency == TOTAL else None)
