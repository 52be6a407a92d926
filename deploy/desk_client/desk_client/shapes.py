"""The desk's JSON, from its OpenAPI description by `make_shapes.py`: change that, not this.

Money, prices and quantities are strings that `Decimal` reads; times are ISO 8601 in UTC; null is "not known".
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

ActionEnum = Literal["engaged", "extended", "cancelled", "flat", "released"]
BreakKind = Literal["order_missing_at_ib", "order_missing_here", "order_terms", "fill_missing_at_ib", "fill_missing_here", "fill_differs", "position_differs"]
ChangeEnum = Literal["blocked", "let_through"]
ErrorCode = Literal["VALIDATION_ERROR", "AUTHENTICATION_REQUIRED", "AUTHORIZATION_FAILED", "RESOURCE_NOT_FOUND", "METHOD_NOT_ALLOWED", "CONFLICT", "RATE_LIMIT_EXCEEDED", "ORDER_VALIDATION_FAILED", "INSUFFICIENT_FUNDS", "POSITION_LIMIT_EXCEEDED", "SYMBOL_NOT_ALLOWED", "MARKET_CLOSED", "TRADING_HALTED", "IB_INVALID_CONTRACT", "IB_ORDER_REJECTED", "IB_MARKET_DATA_ERROR", "IB_AUTHENTICATION_FAILED", "IB_CONNECTION_FAILED", "EXTERNAL_SERVICE_ERROR", "DATABASE_ERROR", "INTERNAL_SERVER_ERROR"]
FarmKindEnum = Literal["quotes", "history", "contracts"]
GatewayStateEnum = Literal["disconnected", "connecting", "waiting_for_login", "syncing", "ready", "degraded", "standby"]
IncidentChoice = Literal["ask_ib", "send_cancel", "never_reached", "was_cancelled", "accept_ib", "dealt_with", "keep_waiting"]
IncidentEntryKindEnum = Literal["raised", "evidence", "choice", "resolved"]
IncidentKind = Literal["order_unsettled", "order_swallowed", "attestation_contradicted", "doubled_at_ib", "position_differs", "fill_over_quantity"]
KeyScope = Literal["read", "trade", "risk"]
KeyStatus = Literal["active", "expired", "revoked"]
MarketDataTypeEnum = Literal["live", "frozen", "delayed", "delayed_frozen"]
NullEnum = Literal[None]
OrderStatus = Literal["pending_submit", "working", "partially_filled", "filled", "pending_replace", "pending_cancel", "cancelled", "rejected", "expired", "unknown", "suspended"]
OrderType = Literal["MKT", "LMT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT", "MOC", "LOC", "REL", "MIDPRICE"]
OriginEnum = Literal["desk", "external", "liquidation"]
Permission = Literal["see", "trade", "cancel", "reconcile", "manage_risk", "administer"]
ResolutionEnum = Literal["minute", "quarter_hour", "day"]
Role = Literal["viewer", "trader", "risk_manager", "administrator"]
RunStatus = Literal["running", "balanced", "breaks", "failed"]
SettledByEnum = Literal["person"]
SeverityEnum = Literal["warning", "critical"]
Side = Literal["BUY", "SELL"]
SourceEnum = Literal["api", "gateway", "ib", "sync", "person"]
StandbyStateEnum = Literal["standby"]
TimeInForce = Literal["DAY", "GTC", "IOC", "FOK", "GTD", "OPG"]
TradingMode = Literal["paper", "live"]
ViaEnum = Literal["api", "admin", "command", "gateway"]


class Account(TypedDict):
    """An account with its main figures in base currency; null is what IB did not say."""

    account: str
    trading_mode: TradingMode
    base_currency: str
    net_liquidation: str | None
    total_cash: str | None
    buying_power: str | None
    available_funds: str | None
    excess_liquidity: str | None
    init_margin: str | None
    maint_margin: str | None
    gross_position_value: str | None
    daily_pnl: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    as_of: str | None
    source: str
    confirmed_at: str | None
    is_stale: bool
    pnl_as_of: str | None
    pnl_is_stale: bool


class AccountDetail(TypedDict):
    """An account with everything IB reports of it."""

    account: str
    trading_mode: TradingMode
    base_currency: str
    net_liquidation: str | None
    total_cash: str | None
    buying_power: str | None
    available_funds: str | None
    excess_liquidity: str | None
    init_margin: str | None
    maint_margin: str | None
    gross_position_value: str | None
    daily_pnl: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    as_of: str | None
    source: str
    confirmed_at: str | None
    is_stale: bool
    pnl_as_of: str | None
    pnl_is_stale: bool
    values: list[AccountValue]


class AccountMargin(TypedDict):
    """Margin and buying power of an account, in base currency, and of its segments."""

    account: str
    base_currency: str
    as_of: str | None
    confirmed_at: str | None
    is_stale: bool
    source: str
    net_liquidation: str | None
    equity_with_loan: str | None
    previous_day_equity_with_loan: str | None
    buying_power: str | None
    reg_t_equity: str | None
    reg_t_margin: str | None
    sma: str | None
    cushion: str | None
    leverage: str | None
    day_trades_remaining: str | None
    highest_severity: str | None
    total: Segment
    securities: Segment
    commodities: Segment


class AccountValue(TypedDict):
    """One of IB's account values."""

    tag: str
    currency: str
    value: str
    amount: str | None
    as_of: str


class ApiKey(TypedDict):
    """A key without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[KeyScope]
    accounts: list[str] | None
    status: KeyStatus
    created_at: str
    expires_at: str
    last_used_at: str | None
    last_used_from: str | None
    revoked_at: str | None


class ApiKeyRequestRequest(TypedDict):
    """A new key: what for, in which accounts (all of yours when left out), until when."""

    name: str
    scopes: list[KeyScope]
    accounts: NotRequired[list[str] | None]
    expires_at: str


class Bar(TypedDict):
    """One bar; `time` is its start."""

    time: str
    open: str
    high: str
    low: str
    close: str
    volume: str | None


class Bars(TypedDict):
    """Historical bars, oldest first."""

    symbol: str
    con_id: int
    bar_size: str
    duration: str
    bars: list[Bar]


class Breach(TypedDict):
    """A rule that says no, with the figures that decided beside."""

    rule: str
    code: str
    message: str


class Break(TypedDict):
    """One difference between ledger and broker."""

    id: int
    kind: BreakKind
    account: str
    subject: str
    ours: Any | None
    theirs: Any | None
    first_run: int
    last_run: int
    found_at: str
    resolved_at: str | None
    resolution: str | None


class CancelAllAnswer(TypedDict):
    """The orders that IB is asked to cancel, and those for which that failed."""

    requested: int
    orders: list[Order]
    failed: list[CancelFailure]


class CancelAllRequest(TypedDict):
    """Which working orders; without anything all you may trade."""

    account: NotRequired[str]
    symbol: NotRequired[str]


class CancelFailure(TypedDict):
    """An order that could not be asked to be cancelled."""

    order_id: str
    error_code: str
    message: str


class ChangedVerdict(TypedDict):
    """A recorded request whose verdict would have been another."""

    decision_id: int
    change: ChangeEnum
    message: str
    user: str | None
    symbol: str
    request: dict[str, Any]
    decided_at: str


class Choice(TypedDict):
    """One thing a person can do now."""

    choice: IncidentChoice
    label: str
    hint: str
    needs_reason: bool


class CodeRequest(TypedDict):
    """A code of your authenticator, or a recovery code."""

    code: str


class Counterfactual(TypedDict):
    """What the proposed limits would have changed in the verdicts of the last 90 days."""

    account: str
    since: str
    examined: int
    blocked: int
    let_through: int
    unknown: int
    examples: list[ChangedVerdict]


class CredentialsRequest(TypedDict):
    """Username and password, and the code of whoever has a second factor."""

    username: str
    password: str
    code: NotRequired[str]


class Currencies(TypedDict):
    """Values by currency, and IB's own total in base currency."""

    account: str
    base_currency: str
    as_of: str | None
    confirmed_at: str | None
    is_stale: bool
    source: str
    total: LedgerAmounts | None
    currencies: list[Currency]


class Currency(TypedDict):
    """What an account has in one currency; the same in base currency under `in_base`, by IB's rate."""

    cash: str | None
    accrued_cash: str | None
    stock_value: str | None
    option_value: str | None
    futures_pnl: str | None
    net_liquidation: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    currency: str
    is_base: bool
    exchange_rate: str | None
    in_base: LedgerAmounts
    as_of: str


class Decision(TypedDict):
    """One verdict of the desk's checks, with the figures that decided."""

    id: int
    account: str
    order_id: str | None
    user: str | None
    action: str
    is_allowed: bool
    code: str | None
    rule: str | None
    message: str | None
    request: dict[str, Any]
    surroundings: dict[str, Any]
    breaches: list[Breach]
    limits: dict[str, Any | None]
    rules_version: int
    request_id: str | None
    decided_at: str


class Enrolment(TypedDict):
    """What an authenticator app needs: shown once."""

    secret: str
    uri: str
    qr: str


class Equity(TypedDict):
    """An account's worth over time."""

    account: str
    base_currency: str
    resolution: ResolutionEnum
    since: str
    until: str
    points: list[EquityPoint]
    gaps: list[EquityGap]
    source: str


class EquityGap(TypedDict):
    """A time of which nothing is known; nothing is filled in."""

    since: str
    until: str


class EquityPoint(TypedDict):
    """The last snapshot of a minute, a quarter of an hour or a day."""

    net_liquidation: str | None
    total_cash: str | None
    gross_position_value: str | None
    buying_power: str | None
    init_margin: str | None
    maint_margin: str | None
    daily_pnl: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    at: str
    currency: str
    values_as_of: str
    pnl_as_of: str | None
    known_minutes: int


class Error(TypedDict):
    """What every failure looks like."""

    error_code: ErrorCode
    message: str
    details: dict[str, Any]
    timestamp: str
    request_id: str


class FactorState(TypedDict):
    """Whether you have a second factor, and whether your role needs one; without the one it needs little opens."""

    enrolled: bool
    required: bool


class Farm(TypedDict):
    """A data farm of IB that is broken."""

    farm: str
    kind: FarmKindEnum
    since: str


class Fill(TypedDict):
    """One execution."""

    id: str
    exec_id: str
    order_id: str
    account: str
    con_id: int
    symbol: str
    side: Side
    quantity: str
    price: str
    commission: str | None
    commission_currency: str | None
    realized_pnl: str | None
    executed_at: str
    exchange: str
    is_current: bool
    is_summary: bool


class Gateway(TypedDict):
    """The connection to IB as the gateway process last described it."""

    state: GatewayStateEnum
    ready: bool
    takes_cancels: bool
    since: str | None
    reason: str | None
    connected_at: str | None
    synced_at: str | None
    heartbeat_at: str | None
    lag_seconds: float | None
    host: str | None
    port: int | None
    client_id: int | None
    server_version: int | None
    library: str | None
    accounts: list[str]
    clock_note: str | None
    clock_since: str | None
    next_restart: str | None
    next_restart_name: str | None
    planned_until: str | None
    farms_down: list[Farm]
    standbys: list[Standby]
    trading_mode: TradingMode


class Grant(TypedDict):
    """An account a person may see, and what else they may do there."""

    account: str
    role: Role
    permissions: list[Permission]
    may_trade: bool


class IbMessage(TypedDict):
    """A message as IB sent it."""

    id: int
    kind: str
    source: str
    payload: Any
    received_at: str


class IbOrder(TypedDict):
    """IB's own names for the order and its own word for the status."""

    order_id: int | None
    perm_id: int | None
    client_id: int | None
    status: str | None


class Incident(TypedDict):
    """Something the desk cannot settle alone."""

    id: str
    kind: IncidentKind
    title: str
    severity: SeverityEnum
    account: str | None
    order_id: str | None
    subject: str
    evidence: dict[str, Any | None]
    is_open: bool
    choices: list[Choice]
    opened_at: str
    last_seen_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    resolved_at: str | None
    resolved_by: str | None
    resolution: str | None
    choice: IncidentChoice | NullEnum | None
    reason: str | None


class IncidentDetail(TypedDict):
    """An incident with everything that happened to it."""

    id: str
    kind: IncidentKind
    title: str
    severity: SeverityEnum
    account: str | None
    order_id: str | None
    subject: str
    evidence: dict[str, Any | None]
    is_open: bool
    choices: list[Choice]
    opened_at: str
    last_seen_at: str
    acknowledged_at: str | None
    acknowledged_by: str | None
    resolved_at: str | None
    resolved_by: str | None
    resolution: str | None
    choice: IncidentChoice | NullEnum | None
    reason: str | None
    history: list[IncidentEntry]


class IncidentEntry(TypedDict):
    """One line of an incident's history."""

    id: int
    kind: IncidentEntryKindEnum
    choice: IncidentChoice | NullEnum | None
    text: str | None
    data: dict[str, Any | None]
    actor: str | None
    at: str


class Instrument(TypedDict):
    """What can be traded."""

    con_id: int
    symbol: str
    sec_type: str
    exchange: str
    primary_exchange: str
    currency: str
    long_name: str
    min_tick: str
    multiplier: str
    trading_hours: str
    liquid_hours: str
    time_zone: str
    is_tradable: bool


class InstrumentPage(TypedDict):
    """What a search found."""

    next: str | None
    previous: str | None
    results: list[Instrument]


class KillSwitch(TypedDict):
    """How the switch stands, and what is left to do. The stream sends the first eight fields."""

    engaged: bool
    cancel_orders: bool
    flatten: bool
    reason: str | None
    changed_by: str | None
    changed_at: str | None
    cancelled_at: str | None
    flat_at: str | None
    orders_left_count: int
    positions_left_count: int
    orders_left: list[OrderLeft]
    positions_left: list[PositionLeft]
    may_engage: bool
    may_release: bool
    may_flatten: bool


class KillSwitchEvent(TypedDict):
    """One line of the history."""

    id: str
    action: ActionEnum
    cancel_orders: bool
    flatten: bool
    reason: str | None
    actor: str
    via: ViaEnum
    at: str


class LedgerAmounts(TypedDict):
    """What a currency's ledger has."""

    cash: str | None
    accrued_cash: str | None
    stock_value: str | None
    option_value: str | None
    futures_pnl: str | None
    net_liquidation: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None


class LimitValues(TypedDict):
    """Limits; null: no limit. A scope of a symbol or user has only some of them."""

    max_order_quantity: str | None
    max_order_notional: str | None
    max_position_quantity: str | None
    allowed_symbols: NotRequired[list[str]]
    blocked_symbols: NotRequired[list[str]]
    initial_margin_rate: NotRequired[str]
    trading_halted: bool
    halt_reason: str


class LimitVersion(TypedDict):
    """One change of limits."""

    id: int
    account: str
    symbol: str | None
    user: str | None
    version: int
    before: LimitValues
    after: LimitValues
    reason: str
    changed_by: str
    request_id: str | None
    changed_at: str


class Limits(TypedDict):
    """What applies to a scope, and since which version."""

    account: str
    symbol: str | None
    user: str | None
    version: int
    limits: LimitValues


class Margin(TypedDict):
    """What IB says the order would do to the account, in base currency; null where IB says nothing."""

    init_margin_before: str | None
    init_margin_change: str | None
    init_margin_after: str | None
    maint_margin_before: str | None
    maint_margin_change: str | None
    maint_margin_after: str | None
    equity_with_loan_before: str | None
    equity_with_loan_change: str | None
    equity_with_loan_after: str | None
    commission: str | None
    min_commission: str | None
    max_commission: str | None
    commission_currency: str | None
    warning: str | None


class Me(TypedDict):
    """The person who is asking."""

    id: int
    username: str
    is_staff: bool
    is_superuser: bool
    may_operate: bool
    second_factor: FactorState
    accounts: list[Grant]


class MoveRequest(TypedDict):
    """How the switch is to stand, and why."""

    engaged: bool
    cancel_orders: NotRequired[bool]
    flatten: NotRequired[bool]
    reason: str


class NewApiKey(TypedDict):
    """A key that has just been made, with its text: this once and never again."""

    id: int
    name: str
    prefix: str
    scopes: list[KeyScope]
    accounts: list[str] | None
    status: KeyStatus
    created_at: str
    expires_at: str
    last_used_at: str | None
    last_used_from: str | None
    revoked_at: str | None
    key: str


class Order(TypedDict):
    """One order and where it stands."""

    id: str
    client_order_id: str
    account: str
    con_id: int
    symbol: str
    side: Side
    quantity: str
    order_type: str
    limit_price: str | None
    stop_price: str | None
    trailing_amount: str | None
    trailing_percent: str | None
    limit_offset: str | None
    offset_amount: str | None
    time_in_force: str
    good_till_date: str | None
    outside_rth: bool
    status: OrderStatus
    filled_quantity: str
    average_fill_price: str | None
    commission: str | None
    commission_currency: str | None
    origin: OriginEnum
    reject_code: str | None
    reject_reason: str | None
    settled_by: SettledByEnum | NullEnum | None
    ib: IbOrder
    created_at: str
    updated_at: str
    last_event_seq: int


class OrderEvent(TypedDict):
    """One line of the trade log."""

    id: int
    type: str
    source: SourceEnum
    status_before: OrderStatus
    status_after: OrderStatus
    is_anomaly: bool
    at: str
    received_at: str
    data: dict[str, Any]
    ib_message: IbMessage | None
    correlation_id: str | None
    actor: str | None


class OrderLeft(TypedDict):
    """An order that has not ended."""

    order_id: str
    account: str
    symbol: str
    status: OrderStatus
    note: str | None


class PaginatedAccountList(TypedDict):
    """PaginatedAccountList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Account]


class PaginatedApiKeyList(TypedDict):
    """PaginatedApiKeyList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[ApiKey]


class PaginatedBreakList(TypedDict):
    """PaginatedBreakList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Break]


class PaginatedDecisionList(TypedDict):
    """PaginatedDecisionList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Decision]


class PaginatedFillList(TypedDict):
    """PaginatedFillList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Fill]


class PaginatedIncidentList(TypedDict):
    """PaginatedIncidentList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Incident]


class PaginatedKillSwitchEventList(TypedDict):
    """PaginatedKillSwitchEventList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[KillSwitchEvent]


class PaginatedLimitVersionList(TypedDict):
    """PaginatedLimitVersionList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[LimitVersion]


class PaginatedLimitsList(TypedDict):
    """PaginatedLimitsList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Limits]


class PaginatedOrderEventList(TypedDict):
    """PaginatedOrderEventList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[OrderEvent]


class PaginatedOrderList(TypedDict):
    """PaginatedOrderList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Order]


class PaginatedPositionList(TypedDict):
    """PaginatedPositionList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Position]


class PaginatedRoleChangeList(TypedDict):
    """PaginatedRoleChangeList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[RoleChange]


class PaginatedRoleInAccountList(TypedDict):
    """PaginatedRoleInAccountList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[RoleInAccount]


class PaginatedRunList(TypedDict):
    """PaginatedRunList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[Run]


class PaginatedSignInList(TypedDict):
    """PaginatedSignInList"""

    next: NotRequired[str | None]
    previous: NotRequired[str | None]
    results: list[SignIn]


class PasswordRequest(TypedDict):
    """Your password, once more."""

    password: str


class PatchedModifyOrderRequest(TypedDict):
    """What to change; a value that is left out stays."""

    quantity: NotRequired[str | float]
    limit_price: NotRequired[str | float]
    stop_price: NotRequired[str | float]
    trailing_amount: NotRequired[str | float]
    trailing_percent: NotRequired[str | float]
    limit_offset: NotRequired[str | float]
    offset_amount: NotRequired[str | float]
    good_till_date: NotRequired[str]
    outside_rth: NotRequired[bool]


class PlaceOrderRequest(TypedDict):
    """An order to place."""

    account: NotRequired[str]
    symbol: NotRequired[str]
    con_id: NotRequired[int]
    side: Side
    quantity: str | float
    order_type: OrderType
    limit_price: NotRequired[str | float | None]
    stop_price: NotRequired[str | float | None]
    trailing_amount: NotRequired[str | float | None]
    trailing_percent: NotRequired[str | float | None]
    limit_offset: NotRequired[str | float | None]
    offset_amount: NotRequired[str | float | None]
    time_in_force: NotRequired[TimeInForce]
    good_till_date: NotRequired[str | None]
    outside_rth: NotRequired[bool]
    client_order_id: NotRequired[str | None]


class Pnl(TypedDict):
    """Today's profit and loss in base currency, as IB streams it; null is what IB does not know."""

    account: str
    currency: str
    daily: str | None
    unrealized: str | None
    realized: str | None
    as_of: str | None
    confirmed_at: str | None
    is_stale: bool
    source: str


class Position(TypedDict):
    """What an account holds of an instrument. Amounts beside `pnl` are in the instrument's currency."""

    account: str
    con_id: int
    symbol: str
    currency: str
    quantity: str
    average_cost: str
    market_price: str | None
    market_value: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    as_of: str
    source: str
    market_as_of: str | None
    market_source: str | None
    market_is_stale: bool
    pnl: PositionPnl | None
    confirmed_at: str | None
    is_stale: bool
    ledger_quantity: str | None
    differs_since: str | None


class PositionLeft(TypedDict):
    """A position that is not flat."""

    account: str
    symbol: str
    quantity: str
    note: str | None


class PositionPnl(TypedDict):
    """Today's profit and loss of one position, in the account's base currency."""

    currency: str
    daily: str | None
    unrealized: str | None
    realized: str | None
    market_value: str | None
    as_of: str
    source: str
    is_stale: bool


class PreviewAnswer(TypedDict):
    """What would happen; nothing was placed."""

    account: str
    con_id: int
    symbol: str
    estimated_value: str | None
    risk: Verdict
    what_if: Margin


class PreviewLimitsRequest(TypedDict):
    """Limits to try on the recorded requests."""

    symbol: NotRequired[str]
    user: NotRequired[str]
    max_order_quantity: NotRequired[str | float | None]
    max_order_notional: NotRequired[str | float | None]
    max_position_quantity: NotRequired[str | float | None]
    allowed_symbols: NotRequired[list[str]]
    blocked_symbols: NotRequired[list[str]]
    initial_margin_rate: NotRequired[str | float]
    trading_halted: NotRequired[bool]
    halt_reason: NotRequired[str]
    account: str


class PreviewRequest(TypedDict):
    """An order as a person fills it in. The instrument is named by `symbol` or by `con_id`."""

    account: NotRequired[str]
    symbol: NotRequired[str]
    con_id: NotRequired[int]
    side: Side
    quantity: str | float
    order_type: OrderType
    limit_price: NotRequired[str | float | None]
    stop_price: NotRequired[str | float | None]
    trailing_amount: NotRequired[str | float | None]
    trailing_percent: NotRequired[str | float | None]
    limit_offset: NotRequired[str | float | None]
    offset_amount: NotRequired[str | float | None]
    time_in_force: NotRequired[TimeInForce]
    good_till_date: NotRequired[str | None]
    outside_rth: NotRequired[bool]


class Quote(TypedDict):
    """The latest prices of an instrument."""

    symbol: str
    con_id: int
    bid: str | None
    ask: str | None
    last: str | None
    bid_size: str | None
    ask_size: str | None
    volume: str | None
    high: str | None
    low: str | None
    open: str | None
    close: str | None
    time: str | None
    market_data_type: MarketDataTypeEnum
    stale: bool
    stale_reason: str | None


class QuotePage(TypedDict):
    """Quotes in the order they were asked for."""

    next: str | None
    previous: str | None
    results: list[Quote]


class ReconcileRequest(TypedDict):
    """Which account; all without one."""

    account: NotRequired[str]


class RecoveryCodes(TypedDict):
    """Codes for one sign-in each without the app: shown once."""

    recovery_codes: list[str]


class RefreshRequest(TypedDict):
    """A refresh token."""

    refresh: str


class Requirement(TypedDict):
    """Margin at one moment, in base currency."""

    init_margin: str | None
    maint_margin: str | None
    available_funds: str | None
    excess_liquidity: str | None


class ResolveRequest(TypedDict):
    """What to do, and why."""

    choice: IncidentChoice
    reason: NotRequired[str]


class RoleChange(TypedDict):
    """One change of a role, and who made it."""

    username: str
    account: str
    role_before: str | None
    role_after: str | None
    changed_by: str
    reason: str
    changed_at: str
    request_id: str


class RoleInAccount(TypedDict):
    """What a person is in an account."""

    username: str
    account: str
    role: Role
    since: str


class RoleRequestRequest(TypedDict):
    """The role to give, and why."""

    role: Role
    reason: NotRequired[str]


class Run(TypedDict):
    """One comparison of the ledger with the broker."""

    id: int
    account: str | None
    trigger: str
    status: RunStatus
    started_at: str
    finished_at: str | None
    orders_compared: int
    fills_compared: int
    positions_compared: int
    error: str | None


class SecondFactor(TypedDict):
    """The state of your second factor."""

    enrolled: bool
    required: bool
    recovery_codes_left: int


class Segment(TypedDict):
    """Margin now, without intraday discounts, and at the next change."""

    current: Requirement
    full: Requirement
    look_ahead: Requirement


class Session(TypedDict):
    """Whether this browser is signed in, and who."""

    authenticated: bool
    user: Me | None


class SetLimitsRequest(TypedDict):
    """A new version of limits."""

    symbol: NotRequired[str]
    user: NotRequired[str]
    max_order_quantity: NotRequired[str | float | None]
    max_order_notional: NotRequired[str | float | None]
    max_position_quantity: NotRequired[str | float | None]
    allowed_symbols: NotRequired[list[str]]
    blocked_symbols: NotRequired[list[str]]
    initial_margin_rate: NotRequired[str | float]
    trading_halted: NotRequired[bool]
    halt_reason: NotRequired[str]
    version: int
    reason: str


class SignIn(TypedDict):
    """A program that is signed in with a token pair."""

    id: str
    created_at: str
    last_used_at: str
    expires_at: str
    address: str | None
    user_agent: str


class SignOutEverywhereRequest(TypedDict):
    """Whether the API keys end too."""

    revoke_api_keys: NotRequired[bool]


class SignedOut(TypedDict):
    """What was ended, besides every browser session."""

    sign_ins: int
    api_keys: int


class Standby(TypedDict):
    """A second gateway process that would take over."""

    state: StandbyStateEnum
    host: str
    pid: int
    reason: str | None
    since: str
    heartbeat_at: str


class Ticket(TypedDict):
    """A WebSocket ticket: one use, 30 seconds."""

    ticket: str
    expires_at: str


class TokenPair(TypedDict):
    """A pair of JWTs: access for 15 minutes, refresh for 7 days and one use."""

    access: str
    refresh: str


class Verdict(TypedDict):
    """What the desk's own checks say."""

    is_allowed: bool
    code: str | None
    message: str | None
    breaches: list[Breach]
