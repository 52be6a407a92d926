"""Server to client: one function per message, returning its fields for the connection's server version."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.orders import Execution
from tws_simulator.messages.versions import (
    PENDING_PRICE_REVISION,
    REJECT_JSON,
)
from tws_simulator.wire.fields import UNSET_DOUBLE, Scalar, amount_text, escape_text, price_text

Message = tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar as it is sent: `time` already formatted, prices per share, volume in shares."""

    time: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    average: Decimal
    count: int


def error(req_id: int, code: int, text: str, *, version: int) -> Message:
    """4: information, warning or error; req_id -1 for the system."""
    tail: Message = ("",) if version >= REJECT_JSON else ()
    return (4, 2, req_id, code, escape_text(text), *tail)


def managed_accounts(accounts: Sequence[str]) -> Message:
    """15: the accounts of this login."""
    return (15, 1, ",".join(accounts))


def next_valid_id(order_id: int) -> Message:
    """9: the next unused order number."""
    return (9, 1, order_id)


def current_time(seconds: int) -> Message:
    """49: seconds since the epoch."""
    return (49, 1, seconds)


def tick_price(req_id: int, kind: int, price: Decimal, size: Decimal | None = None, mask: int = 0) -> Message:
    """1: a price and, for bid, ask and last, its size."""
    return (1, 6, req_id, kind, price_text(price), size if size is not None else 0, mask)


def tick_size(req_id: int, kind: int, size: Decimal | int) -> Message:
    """2: a size in shares."""
    return (2, 6, req_id, kind, size)


def tick_generic(req_id: int, kind: int, value: int | float) -> Message:
    """45: a number that is neither price nor size."""
    return (45, 6, req_id, kind, value)


def tick_string(req_id: int, kind: int, text: str) -> Message:
    """46: a text value."""
    return (46, 6, req_id, kind, text)


@dataclass(frozen=True, slots=True)
class OptionValues:
    """Figures of an option; None where nothing could be computed. Vega for one point, theta for one day."""

    implied: float | None = None
    delta: float | None = None
    price: float | None = None
    dividends: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    underlying: float | None = None


def tick_option_computation(req_id: int, kind: int, values: OptionValues, *, by_price: bool = True) -> Message:
    """21: implied volatility, price and greeks. What is not known is -1, for greeks -2."""

    def shown(value: float | None, missing: int) -> Scalar:
        return missing if value is None else repr(value)

    return (
        21, req_id, kind, 1 if by_price else 0, shown(values.implied, -1), shown(values.delta, -2),
        shown(values.price, -1), shown(values.dividends, -1), shown(values.gamma, -2), shown(values.vega, -2),
        shown(values.theta, -2), shown(values.underlying, -1),
    )  # fmt: skip


def tick_request_parameters(req_id: int, instrument: Instrument) -> Message:
    """81: tick size and the exchange group of the quotes."""
    return (81, req_id, instrument.min_tick, "9c0001", 3)


def market_data_type(req_id: int, kind: int) -> Message:
    """58: whether quotes are live (1), frozen, delayed."""
    return (58, 1, req_id, kind)


def tick_snapshot_end(req_id: int) -> Message:
    """57: a snapshot is complete."""
    return (57, 1, req_id)


def account_value(account: str, tag: str, value: str, currency: str) -> Message:
    """6."""
    return (6, 2, tag, value, currency, account)


def portfolio_value(
    account: str, instrument: Instrument, *, position: Decimal, mark: Decimal, value: Decimal,
    average_cost: Decimal, unrealized: Decimal, realized: Decimal,
) -> Message:  # fmt: skip
    """7: one position with its value."""
    return (
        7, 8, instrument.con_id, instrument.symbol, instrument.sec_type, instrument.expiry, instrument.strike,
        instrument.right or "0", multiplier_text(instrument), instrument.primary_exchange, instrument.currency,
        instrument.local, instrument.trading_class, position, price_text(mark),
        amount_text(value), amount_text(average_cost), amount_text(unrealized), amount_text(realized), account,
    )  # fmt: skip


def account_update_time(text: str) -> Message:
    """8: `HH:MM`."""
    return (8, 1, text)


def account_download_end(account: str) -> Message:
    """54."""
    return (54, 1, account)


def account_summary(req_id: int, account: str, tag: str, value: str, currency: str) -> Message:
    """63."""
    return (63, 1, req_id, account, tag, value, currency)


def account_summary_end(req_id: int) -> Message:
    """64."""
    return (64, 1, req_id)


def account_update_multi(
    req_id: int, account: str, tag: str, value: str, currency: str, model_code: str = ""
) -> Message:
    """73."""
    return (73, 1, req_id, account, model_code, tag, value, currency)


def account_update_multi_end(req_id: int) -> Message:
    """74."""
    return (74, 1, req_id)


def short_contract(instrument: Instrument, exchange: str, right: str = "") -> Message:
    """The eleven contract fields of positions, orders and executions. `right` is for what is no option."""
    return (
        instrument.con_id, instrument.symbol, instrument.sec_type, instrument.expiry, instrument.strike,
        instrument.right or right, multiplier_text(instrument), exchange, instrument.currency, instrument.local,
        instrument.trading_class,
    )  # fmt: skip


def multiplier_text(instrument: Instrument) -> Scalar:
    """As TWS writes it: nothing for what is not a derivative."""
    return instrument.multiplier if instrument.is_derivative else ""


def position(account: str, instrument: Instrument, quantity: Decimal, average_cost: Decimal) -> Message:
    """61: one position; its contract names no exchange."""
    return (61, 3, account, *short_contract(instrument, ""), quantity, amount_text(average_cost))


def position_end() -> Message:
    """62."""
    return (62, 1)


def position_multi(req_id: int, account: str, instrument: Instrument, quantity: Decimal, cost: Decimal) -> Message:
    """71."""
    return (71, 1, req_id, account, *short_contract(instrument, ""), quantity, amount_text(cost), "")


def position_multi_end(req_id: int) -> Message:
    """72."""
    return (72, 1, req_id)


def pnl(req_id: int, daily: Decimal, unrealized: Decimal, realized: Decimal) -> Message:
    """94: profit of an account today."""
    return (94, req_id, amount_text(daily), amount_text(unrealized), amount_text(realized))


def pnl_single(
    req_id: int, quantity: Decimal, daily: Decimal, unrealized: Decimal, realized: Decimal, value: Decimal
) -> Message:
    """95: profit of one position today."""
    amounts = (amount_text(row) for row in (daily, unrealized, realized, value))
    return (95, req_id, quantity, *amounts)


def exec_details(
    req_id: int, execution: Execution, instrument: Instrument, *, at: str, order_id: int, client_id: int, version: int
) -> Message:
    """11: one fill; req_id -1 when it happens, the request's when asked for."""
    tail: Message = (0,) if version >= PENDING_PRICE_REVISION else ()
    return (
        11, req_id, order_id, *short_contract(instrument, execution.venue), execution.exec_id, at, execution.account,
        execution.venue, "BOT" if execution.is_buy else "SLD", execution.quantity, price_text(execution.price),
        execution.perm_id, client_id, execution.liquidation, execution.cumulative, price_text(execution.average_price),
        execution.order_ref, "", "", execution.model_code, 1 if execution.added_liquidity else 2, *tail,
    )  # fmt: skip


def exec_details_end(req_id: int) -> Message:
    """55."""
    return (55, 1, req_id)


def commission_report(execution: Execution) -> Message:
    """59: the commission of a fill; its profit is unset when it closed nothing."""
    realized = UNSET_DOUBLE if execution.realized_pnl is None else amount_text(execution.realized_pnl)
    return (
        59, 1, execution.exec_id, price_text(execution.commission), execution.currency, realized,
        UNSET_DOUBLE, "",
    )  # fmt: skip


def open_order_end() -> Message:
    """53."""
    return (53, 1)


def completed_orders_end() -> Message:
    """102."""
    return (102,)


def historical_data(req_id: int, start: str, end: str, bars: Sequence[BarRow]) -> Message:
    """17: bars, all in one frame."""
    fields: list[Scalar] = [17, req_id, start, end, len(bars)]
    for bar in bars:
        fields += [
            bar.time, price_text(bar.open), price_text(bar.high), price_text(bar.low), price_text(bar.close),
            bar.volume, price_text(bar.average), bar.count,
        ]  # fmt: skip
    return tuple(fields)


def historical_data_update(req_id: int, bar: BarRow) -> Message:
    """90: the bar that is being made; close before high and low, unlike elsewhere."""
    return (
        90, req_id, bar.count, bar.time, price_text(bar.open), price_text(bar.close), price_text(bar.high),
        price_text(bar.low), price_text(bar.average), bar.volume,
    )  # fmt: skip


def head_timestamp(req_id: int, text: str) -> Message:
    """88: the first moment for which there is data."""
    return (88, req_id, text)


def real_time_bar(req_id: int, seconds: int, bar: BarRow) -> Message:
    """50: a five-second bar."""
    return (
        50, 3, req_id, seconds, price_text(bar.open), price_text(bar.high), price_text(bar.low),
        price_text(bar.close), bar.volume, price_text(bar.average), bar.count,
    )  # fmt: skip


def historical_schedule(
    req_id: int, start: str, end: str, zone: str, sessions: Sequence[tuple[str, str, str]]
) -> Message:
    """106: sessions as (start, end, day)."""
    return (106, req_id, start, end, zone, len(sessions), *(text for row in sessions for text in row))


def user_info(req_id: int, brand: str) -> Message:
    """107."""
    return (107, req_id, brand)


def family_codes(accounts: Sequence[str]) -> Message:
    """78: accounts with an empty family code."""
    return (78, len(accounts), *(text for name in accounts for text in (name, "")))


def soft_dollar_tiers(req_id: int) -> Message:
    """77: none."""
    return (77, req_id, 0)
