"""What a client says, in our own words: contracts and orders as they are asked for."""

from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


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
class OrderTicket:
    """An order as a client asks for it. Prices are per share; None means not set."""

    action: str
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
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

    @property
    def is_buy(self) -> bool:
        """Whether the order adds to the position."""
        return self.action == "BUY"
