"""A Flex statement: trades as rows, with what the faults change in them."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from tws_simulator.clock import new_york, trading_day
from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Execution
from tws_simulator.model import ZERO

if TYPE_CHECKING:
    from tws_simulator.gateway import Gateway

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Period:
    """The days a statement is about, both included."""

    first: date
    last: date

    def holds(self, at: datetime) -> bool:
        """Whether a moment falls on one of the days."""
        return self.first <= trading_day(at) <= self.last


def statement(gateway: "Gateway", period: Period, made_at: datetime, executions: list[Execution], *, kind: str) -> str:
    """The XML of a statement of all accounts. `kind` is AF for activity, TCF for trade confirmations."""
    root = ElementTree.Element("FlexQueryResponse", queryName="simulator", type=kind)
    accounts = gateway.broker.accounts
    every = ElementTree.SubElement(root, "FlexStatements", count=str(len(accounts)))
    for number, account in enumerate(accounts):
        one = ElementTree.SubElement(
            every,
            "FlexStatement",
            accountId=account,
            fromDate=f"{period.first:%Y%m%d}",
            toDate=f"{period.last:%Y%m%d}",
            period="Custom",
            whenGenerated=_flex_time(made_at),
        )
        trades = ElementTree.SubElement(one, "Trades")
        # An execution corrected to nothing is told by the row that takes the first one back.
        rows = [_trade(gateway, row) for row in executions if row.account == account and row.quantity]
        extra = _extra_rows(gateway, account, made_at, rows) if number == 0 else []
        for row in [*rows, *extra]:
            ElementTree.SubElement(trades, "Trade", _changed(gateway, row))
    return ElementTree.tostring(root, encoding="unicode")


def _trade(gateway: "Gateway", execution: Execution) -> Row:
    instrument = gateway.broker.instrument(execution.con_id)
    row = _row(
        instrument,
        account=execution.account,
        quantity=execution.quantity if execution.is_buy else -execution.quantity,
        price=execution.price,
        at=execution.at,
        key=execution.exec_id,
    )
    row |= {
        "ibExecID": execution.exec_id,
        "ibOrderID": str(execution.perm_id),
        "orderReference": execution.order_ref,
        "exchange": execution.venue,
        "ibCommission": _plain(-execution.commission),
        "ibCommissionCurrency": execution.currency,
        "fifoPnlRealized": _plain(execution.realized_pnl or ZERO),
        "transactionType": "ExchTrade",
        "isAPIOrder": "Y" if execution.client_id else "N",
    }
    corrects = _corrected(gateway, execution)
    if execution.replaced_by:
        row["notes"] = "Ca"
    if corrects is not None:
        row |= {"transactionType": "TradeCorrect", "origTradeID": _trade_id(corrects.exec_id)}
    return row


def _corrected(gateway: "Gateway", execution: Execution) -> Execution | None:
    rows = gateway.broker.state.executions
    return next((row for row in rows if row.replaced_by == execution.exec_id), None)


def _row(instrument: Instrument, *, account: str, quantity: Decimal, price: Decimal, at: datetime, key: str) -> Row:
    multiplier = Decimal(instrument.multiplier or 1)
    money = quantity * price * multiplier
    day = f"{trading_day(at):%Y%m%d}"
    return {
        "accountId": account,
        "currency": instrument.currency,
        "assetCategory": instrument.sec_type,
        "symbol": instrument.symbol,
        "conid": str(instrument.con_id),
        "multiplier": _plain(multiplier),
        "tradeID": _trade_id(key),
        "transactionID": _trade_id(f"transaction {key}"),
        "dateTime": _flex_time(at),
        "tradeDate": day,
        "reportDate": day,
        "quantity": _plain(quantity),
        "tradePrice": _plain(price),
        "tradeMoney": _plain(money),
        "proceeds": _plain(-money),
        "buySell": "BUY" if quantity > 0 else "SELL",
        "levelOfDetail": "EXECUTION",
        "notes": "",
        "origTradeID": "",
        "ibExecID": "",
        "ibOrderID": "",
        "orderReference": "",
        "ibCommission": "0",
        "ibCommissionCurrency": instrument.currency,
    }


def cancel_of(row: Row) -> Row:
    """The row that takes a trade back."""
    return {
        **row,
        "tradeID": _trade_id(f"cancel {row['tradeID']}"),
        "transactionID": _trade_id(f"cancel {row['transactionID']}"),
        "origTradeID": row["tradeID"],
        "transactionType": "TradeCancel",
        "buySell": f"{row['buySell']} (Ca.)",
        "quantity": _plain(-Decimal(row["quantity"])),
        "tradeMoney": _plain(-Decimal(row["tradeMoney"])),
        "proceeds": _plain(-Decimal(row["proceeds"])),
        "ibCommission": _plain(-Decimal(row["ibCommission"])),
    }


def _extra_rows(gateway: "Gateway", account: str, at: datetime, rows: list[Row]) -> list[Row]:
    """Cancels of trades that were corrected or busted, and what the faults add."""
    extra = [cancel_of(row) for row in rows if row["notes"] == "Ca"]
    for given in gateway.faults.all_of("flex_extra_trade"):
        if given["kind"] == "cancel":
            extra += [cancel_of(row) for row in rows[-1:]]
        else:
            extra.append(_made_up(gateway, account, at, given))
    return extra


def _made_up(gateway: "Gateway", account: str, at: datetime, given: dict[str, Any]) -> Row:
    instrument = gateway.broker.book.by_symbol(given["symbol"])
    assert instrument is not None
    key = f"{given['kind']} {given['symbol']} {given['quantity']} {given['price']}"
    row = _row(
        instrument,
        account=account,
        quantity=Decimal(given["quantity"]),
        price=Decimal(given["price"]),
        at=at,
        key=key,
    )
    if given["kind"] == "book":
        return {**row, "transactionType": "BookTrade", "notes": "A"}
    return {**row, "transactionType": "ExchTrade", "ibExecID": f"0000{_trade_id(key)[:4]}.{_trade_id(key)[-8:]}.01.01"}


def _changed(gateway: "Gateway", row: Row) -> Row:
    changes = {given["change"] for given in gateway.faults.all_of("flex_rows")}
    if "no_order_reference" in changes:
        row = {**row, "orderReference": ""}
    if "commission_sign" in changes:
        row = {**row, "ibCommission": _plain(-Decimal(row["ibCommission"]))}
    return row


def _trade_id(key: str) -> str:
    """A number of ten digits that belongs to a key."""
    return str(10**9 + int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") % (9 * 10**9))


def _flex_time(at: datetime) -> str:
    return f"{new_york(at):%Y%m%d;%H%M%S}"


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
