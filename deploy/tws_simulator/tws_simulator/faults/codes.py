"""IB's error codes about orders: their text, and what they mean for the order. Source: field guide, section 3.3."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a code says about the order it names."""

    REJECT = "reject"
    """The order is dead."""
    WARNING = "warning"
    """The order lives."""
    REQUEST_REFUSED = "request refused"
    """What was asked is not done; the order with that id is untouched."""
    MODIFY_REFUSED = "modify refused"
    """The change is not made; the original works."""
    CANCEL_REFUSED = "cancel refused"
    """The cancel is not made; the order is as it was."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code with the text IB gives, as far as it is documented."""

    text: str
    kind: Kind


_R, _W, _Q, _M, _C = Kind.REJECT, Kind.WARNING, Kind.REQUEST_REFUSED, Kind.MODIFY_REFUSED, Kind.CANCEL_REFUSED

CODES: dict[int, Code] = {
    103: Code("Duplicate order id", _Q),
    104: Code("Cannot modify a filled order", _M),
    105: Code("Order being modified does not match original order", _M),
    106: Code("Can't transmit order ID:", _R),
    107: Code("Cannot transmit incomplete order.", _R),
    109: Code("Price is out of the range defined by the Percentage setting at order defaults frame.", _R),
    110: Code("The price does not conform to the minimum price variation for this contract.", _R),
    111: Code("The TIF (Tif type) and the order type are incompatible.", _R),
    113: Code("The Tif option should be set to DAY for MOC and LOC orders.", _R),
    116: Code("The order cannot be transmitted to a dead exchange.", _R),
    125: Code("Buy price must be the same as the best asking price.", _R),
    126: Code("Sell price must be the same as the best bidding price.", _R),
    131: Code("The sweep-to-fill flag was sent for an order that cannot have it.", _W),
    132: Code("This order cannot be transmitted without a clearing account.", _R),
    133: Code("Submit new order failed.", _R),
    134: Code("Modify order failed.", _M),
    135: Code("Can't find order with ID =", _Q),
    136: Code("This order cannot be cancelled.", _C),
    140: Code("The size value should be an integer:", _R),
    141: Code("The price value should be a double:", _R),
    142: Code("Institutional customer account does not have account info", _R),
    143: Code("Requested ID is not an integer number.", _R),
    145: Code("Error in validating entry fields -", _R),
    147: Code("The triggering condition of the order is not valid.", _R),
    148: Code("The condition of the order is not valid.", _R),
    154: Code("Orders cannot be transmitted for a halted security.", _R),
    160: Code("The number of shares cannot be zero.", _R),
    161: Code("Cancel attempted when order is not in a cancellable state. Order permId =", _C),
    163: Code("The price you specified would violate the percentage constraint specified in the presets.", _R),
    164: Code("There is no market data to check price percent violations.", _R),
    200: Code("No security definition has been found for the request", _R),
    201: Code("Order rejected - reason:", _R),
    202: Code("Order Canceled - reason:", _W),
    203: Code("The security is not available or allowed for this account.", _R),
    320: Code("Server error when reading an API client request.", _Q),
    321: Code("Error validating request.-'bA' : cause - injected by the simulator", _Q),
    323: Code("Server error: cause - injected by the simulator", _Q),
    324: Code("Server error when processing a DDE client request (missing information).", _Q),
    329: Code("Order modify failed. Cannot change to the new order type.", _M),
    332: Code("This account does not exist.", _R),
    334: Code("Invalid Good Till Date order.", _R),
    336: Code("The time or time zone is invalid.", _R),
    337: Code("The date, time, or time zone entered is invalid.", _R),
    343: Code("The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xxx", _R),
    347: Code("Short sale slot value must be 1 (broker holds shares) or 2 (delivered from elsewhere)", _R),
    348: Code("Short sale slot value must be 2 when a location is given.", _R),
    352: Code("Location is required for short sale slot 2.", _R),
    353: Code("Short sale slot must be set for this order.", _R),
    355: Code("Order size does not conform to market rule.", _R),
    360: Code("What-if orders are not supported for smart combinations.", _Q),
    361: Code("Invalid trigger price.", _R),
    362: Code("Invalid adjusted stop price.", _R),
    363: Code("Invalid adjusted stop limit price.", _R),
    364: Code("Invalid adjusted trailing amount.", _R),
    382: Code("The price violates the number of ticks constraint specified in the presets.", _R),
    383: Code("The size value violates the size constraint specified in the presets.", _R),
    387: Code("Unsupported order type for this exchange and security type.", _R),
    388: Code("Order size is smaller than the minimum requirement.", _R),
    391: Code("The end date or time entered is invalid.", _R),
    392: Code("Invalid order: contract expired", _R),
    395: Code("The IB system does not allow this kind of order at present.", _R),
    396: Code("The IB system does not allow short sales at present.", _R),
    397: Code("The IB system is restricted to closing orders.", _R),
    398: Code("Conditions of this order are not valid.", _R),
    399: Code("Order Message:\nWarning: Your order will not be placed at the exchange until the market opens.", _W),
    400: Code("Algo order error.", _R),
    402: Code("Conditions are not allowed for this contract.", _R),
    403: Code("Invalid stop price.", _R),
    404: Code("Shares for this order are not immediately available for short sale. The order will be held.", _W),
    406: Code("The order's currency is not valid.", _R),
    407: Code("The order contains characters that are not allowed.", _R),
    411: Code("Outside Regular Trading Hours not valid for this order.", _R),
    412: Code("The contract is not available for trading.", _R),
    413: Code("What-if order should have the transmit flag set to true.", _Q),
    422: Code("Account or clearing information of an order cannot be changed.", _M),
    426: Code("None of the accounts have enough shares.", _R),
    434: Code("The order size cannot be zero.", _R),
    435: Code("You must specify an account.", _R),
    436: Code("You must specify an allocation (either a single account, group, or profile).", _R),
    439: Code("The algorithm definition was not found.", _R),
    440: Code("The algorithm cannot be modified.", _M),
    441: Code("Algo attributes validation failed.", _R),
    442: Code("Specified algorithm is not allowed for this order.", _R),
    443: Code("Order with unknown algo attribute.", _R),
    444: Code("Volume Cap: the order is still being processed.", _M),
    451: Code("The order exceeds the size limit set in the presets.", _R),
    460: Code("No trading permissions.", _R),
    481: Code("The order size was reduced.", _W),
    492: Code("A market data or order attribute limit was reached.", _W),
    2102: Code("Unable to modify this order as its still being processed.", _M),
    2109: Code("Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored.", _W),
    2111: Code("The start or end time of the algorithm was adjusted.", _W),
    2137: Code("The closing order quantity is greater than your current position.", _W),
    2168: Code("The eTradeOnly and firmQuoteOnly attributes are not supported and were ignored.", _W),
    2169: Code("The nbboPriceCap attribute is not supported and was ignored.", _W),
    10006: Code("Missing parent order.", _R),
    10015: Code("Trading is not allowed in API.", _R),
    10147: Code("OrderId that needs to be cancelled is not found.", _C),
    10148: Code("OrderId that needs to be cancelled can not be cancelled, state: Filled.", _C),
    10233: Code("Defaults were inherited from the order preset.", _W),
    10241: Code("Order with cash quantity is not allowed through the API.", _R),
    10242: Code("Fractional-sized order is not allowed for this order type.", _R),
    10243: Code("Fractional-sized order cannot be placed via API. Please use desktop version.", _R),
    10244: Code("Cash quantity cannot be used for this order.", _R),
    10245: Code("This financial instrument does not support fractional shares trading.", _R),
    10246: Code("This order does not support fractional shares trading.", _R),
    10247: Code("Only IB SmartRouting supports fractional shares.", _R),
    10248: Code("The account does not have permission to trade fractional shares.", _R),
    10249: Code("This order type does not support fractional shares trading.", _R),
    10250: Code("The size does not conform to the minimum variation for this contract.", _R),
    10251: Code("Order size does not conform to the lot size.", _R),
    10252: Code("Cash quantity is too small.", _R),
    10254: Code("The contract has expired.", _R),
    10268: Code("The 'EtradeOnly' order attribute is not supported.", _R),
    10269: Code("The 'firmQuoteOnly' order attribute is not supported.", _R),
    10270: Code("The 'nbboPriceCap' order attribute is not supported.", _R),
    10289: Code("You must set Cash Quantity for this order.", _R),
    10290: Code("Limit price is required with a cash quantity.", _R),
    10293: Code("Cash quantity is required for cryptocurrency orders.", _R),
    10311: Code("This order will be directly routed. Additional fees may apply.", _W),
    10314: Code("The end date or time is invalid. The format is yyyymmdd hh:mm:ss xx/xxxx", _R),
    10315: Code("The time zone is missing.", _R),
    10318: Code("This order doesn't support fractional quantity trading.", _R),
    10324: Code("OCA group is not allowed for this order.", _R),
    10325: Code("OCA type is not allowed for this order.", _R),
    10326: Code("OCA group revision is not allowed.", _M),
    10327: Code("OCA handling method revision is not allowed.", _M),
    10328: Code("Connection was lost, order data could not be resolved.", _Q),
    10329: Code("Liquidity of this contract is limited.", _W),
    10330: Code("The good after time is invalid.", _R),
    10335: Code("Order attributes were set by the order preset.", _W),
    10340: Code("The order attribute is obsolete.", _R),
    10341: Code("The parent of an order cannot be changed.", _M),
    10347: Code("The market for this contract has limited liquidity.", _W),
    10349: Code("Order TIF was set to DAY based on order preset.", _W),
    10355: Code("Order was changed by the order preset.", _W),
}
