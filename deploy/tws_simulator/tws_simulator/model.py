"""What a client says, in our own words: contracts and orders as they are asked for."""

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
ADAPTIVE = "Adaptive"


@dataclass(slots=True)
class ContractSpec:
    """A contract as a client describes it; any field may be missing."""

    con_id: int = 0
    symbol: str = ""
    sec_type: str = ""
    expiry: str = ""
    strike: Decimal = ZERO
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""


@dataclass(slots=True)
class Condition:
    """One condition of an order, with the fields of its kind.

    Kinds: 1 price, 3 time, 4 margin cushion in percent, 5 execution, 6 volume, 7 percent change. `joins_and` says
    how it is joined to the next one.
    """

    kind: int
    joins_and: bool = True
    is_more: bool = False
    value: str = ""
    con_id: int = 0
    exchange: str = ""
    trigger_method: int = 0
    sec_type: str = ""
    symbol: str = ""


@dataclass(slots=True)
class OrderTicket:
    """An order as a client asks for it. Prices are per share; None means not set."""

    action: str
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    """IB's auxPrice: stop price, trigger price, trailing amount or offset from the quote, by order type."""
    time_in_force: str = "DAY"
    account: str = ""
    order_ref: str = ""
    exchange: str = "SMART"
    oca_group: str = ""
    oca_type: int = 0
    parent_id: int = 0
    transmit: bool = True
    outside_rth: bool = False
    hidden: bool = False
    what_if: bool = False
    display_size: int | None = None
    trigger_method: int = 0
    good_after: str = ""
    good_till: str = ""
    open_close: str = ""
    origin: int = 0
    model_code: str = ""
    all_or_none: bool = False
    minimum_quantity: int | None = None
    unsupported: list[str] = field(default_factory=list)
    """Attributes the client set that this simulator does not carry out; such an order is refused."""
    trail_stop_price: Decimal | None = None
    trailing_percent: Decimal | None = None
    limit_offset: Decimal | None = None
    percent_offset: Decimal | None = None
    discretionary_amount: Decimal | None = None
    cash_quantity: Decimal | None = None
    conditions: list[Condition] = field(default_factory=list)
    conditions_ignore_rth: bool = False
    conditions_cancel: bool = False
    adjusted_order_type: str = ""
    adjusted_trigger: Decimal | None = None
    adjusted_stop: Decimal | None = None
    adjusted_stop_limit: Decimal | None = None
    adjusted_trail: Decimal | None = None
    adjusted_trail_unit: int = 0
    """0: amount, 100: percent."""
    compete_offset: Decimal | None = None
    mid_offset_whole: Decimal | None = None
    mid_offset_half: Decimal | None = None
    min_trade_quantity: int | None = None
    min_compete_size: int | None = None
    block_order: bool = False
    sweep_to_fill: bool = False
    not_held: bool = False
    solicited: bool = False
    randomize_size: bool = False
    randomize_price: bool = False
    auto_cancel_parent: bool = False
    discretionary_to_limit: bool = False
    price_management: str = ""
    duration: int | None = None
    post_to_ats: int | None = None
    short_sale_slot: int = 0
    designated_location: str = ""
    exempt_code: int = -1
    rule_80a: str = ""
    settling_firm: str = ""
    clearing_account: str = ""
    clearing_intent: str = ""
    obsolete: list[int] = field(default_factory=list)
    """Error codes of attributes IB no longer knows that the client set."""
    algo: str = ""
    """IB's algorithm that works the order: Adaptive or none."""
    algo_params: list[list[str]] = field(default_factory=list)
    """Its parameters, each a tag and a value."""

    @property
    def is_buy(self) -> bool:
        """Whether the order adds to the position."""
        return self.action == "BUY"
