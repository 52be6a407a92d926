"""Market scanners: what can be scanned for, and lists that are renewed."""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tws_simulator.errors import BrokerError
from tws_simulator.exchange.scanning import CODES, KINDS, MAX_ROWS, Scan, locations, scan
from tws_simulator.messages import market_data
from tws_simulator.messages.requests import Request
from tws_simulator.session.subscriptions import ScanSubscription

if TYPE_CHECKING:
    from tws_simulator.session.session import Session

MAX_SCANNERS = 10
_EVERY = timedelta(seconds=30)
_SERVICE = "Historical Market Data Service error message:"
_FILTERS = {
    "priceAbove": "price_above", "priceBelow": "price_below", "volumeAbove": "volume_above",
    "volumeBelow": "volume_below", "changePercAbove": "change_above", "changePercBelow": "change_below",
    "usdVolumeAbove": "value_above",
}  # fmt: skip
_UNKNOWN_HERE = (
    "market_cap_above", "market_cap_below", "moody_above", "moody_below", "sp_above", "sp_below", "maturity_above",
    "maturity_below", "coupon_above", "coupon_below", "average_option_volume_above", "setting_pairs",
)  # fmt: skip
_STOCK_TYPES = {"", "ALL", "STOCK", "CORP", "ETF", "ADR", "REIT"}


def req_scanner_parameters(session: "Session", request: Request) -> None:
    """What can be scanned for, in the form of TWS."""
    book = session.gateway.broker.book
    places = {kind: locations(kind, book) for kind in KINDS}
    session.send(market_data.scanner_parameters(parameters_xml(places)))


def req_scanner(session: "Session", request: Request) -> None:
    """Start a scanner."""
    req_id = request["req_id"]
    if req_id in session.scanners:
        raise BrokerError(385, f"Duplicate ticker ID for API scanner subscription:{req_id}")
    if len(session.scanners) >= MAX_SCANNERS:
        raise BrokerError(162, f"{_SERVICE}Only {MAX_SCANNERS} simultaneous API scanner subscriptions are allowed")
    subscription = ScanSubscription(_wanted(session, request), session.gateway.clock.now())
    session.scanners[req_id] = subscription
    _tell(session, req_id, subscription, subscription.next_at)


def cancel_scanner(session: "Session", request: Request) -> None:
    """End a scanner; IB confirms by an error."""
    req_id = request["req_id"]
    if session.scanners.pop(req_id, None) is None:
        raise BrokerError(365, f"No scanner subscription found for ticker id:{req_id}")
    raise BrokerError(162, f"{_SERVICE}API scanner subscription cancelled: {req_id}")


def on_tick(session: "Session") -> None:
    """Renew the lists that are due."""
    now = session.gateway.clock.now()
    for req_id, subscription in list(session.scanners.items()):
        if now >= subscription.next_at:
            _tell(session, req_id, subscription, now)


def next_due(session: "Session", now: datetime) -> datetime | None:
    """When the next list is due."""
    return min((row.next_at for row in session.scanners.values()), default=None)


def parameters_xml(places: dict[str, list[str]]) -> str:
    """The document of message 19 for kinds of instruments and the places they are looked for."""
    kinds = "".join(
        f"<Instrument><name>{escape(name)}</name><type>{kind}</type><filters>{','.join(_FILTERS)}</filters></Instrument>"
        for kind, (name, _) in KINDS.items()
    )
    tree = "".join(_location_xml(kind, names) for kind, names in places.items())
    scans = "".join(
        f"<ScanType><displayName>{escape(name)}</displayName><scanCode>{code}</scanCode>"
        f"<instruments>{','.join(KINDS)}</instruments><access>unrestricted</access></ScanType>"
        for code, (name, _) in CODES.items()
    )
    filters = "".join(
        f"<RangeFilter><id>{tag}</id><category>General</category><AbstractField><code>{tag}</code>"
        f"<displayName>{tag}</displayName></AbstractField></RangeFilter>"
        for tag in _FILTERS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ScanParameterResponse>'
        f'<InstrumentList varName="instrumentList">{kinds}</InstrumentList>'
        f'<LocationTree varName="locationTree">{tree}</LocationTree>'
        f'<ScanTypeList varName="scanTypeList">{scans}</ScanTypeList>'
        f'<FilterList varName="filterList">{filters}</FilterList></ScanParameterResponse>'
    )


def _location_xml(kind: str, names: list[str]) -> str:
    def one(name: str, inner: str = "") -> str:
        below = f"<LocationTree>{inner}</LocationTree>" if inner else ""
        return (
            f"<Location><displayName>{escape(name)}</displayName><locationCode>{escape(name)}</locationCode>"
            f"<instruments>{kind}</instruments><access>unrestricted</access>{below}</Location>"
        )

    return one(names[0], "".join(one(name) for name in names[1:]))


def _wanted(session: "Session", request: Request) -> Scan:
    """Read a subscription. Raises BrokerError 162 for what is not on offer."""
    code, kind, location = request["scan_code"], request["instrument"], request["location"]
    if code not in CODES:
        raise BrokerError(162, f"{_SERVICE}Scanner type with code {code[:40]} is disabled")
    if kind not in KINDS:
        raise BrokerError(162, f"{_SERVICE}Invalid instrument type {kind[:40]} for scanner {code}")
    if location not in locations(kind, session.gateway.broker.book):
        raise BrokerError(162, f"{_SERVICE}Invalid location(s) supplied for server parameter: {location[:40]}")
    unknown = [name for name in _UNKNOWN_HERE if request[name] not in {None, "", Decimal(0), 0}]
    if unknown or request["exclude_convertible"] or request["stock_type"].upper() not in _STOCK_TYPES:
        what = ", ".join(unknown) or "bond or stock type"
        raise BrokerError(162, f"{_SERVICE}Filter not available: {what}")
    rows = request["rows"]
    return Scan(
        code=code,
        kind=kind,
        location=location,
        rows=MAX_ROWS if rows is None or rows <= 0 else min(rows, MAX_ROWS),
        stock_type=request["stock_type"].upper(),
        **_limits(request),
    )


def _limits(request: Request) -> dict[str, Decimal]:
    volume = request["above_volume"]
    given: dict[str, Decimal | None] = {
        "price_above": request["above_price"],
        "price_below": request["below_price"],
        "volume_above": None if volume is None else Decimal(volume),
    }
    for pair in filter(None, request["filter_options"].split(";")):
        tag, _, text = pair.partition("=")
        if tag not in _FILTERS:
            raise BrokerError(162, f"{_SERVICE}Filter not available: {tag[:40]}")
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise BrokerError(162, f"{_SERVICE}Filter {tag} needs a number")
        given[_FILTERS[tag]] = number
    return {name: value for name, value in given.items() if value is not None}


def _tell(session: "Session", req_id: int, subscription: ScanSubscription, now: datetime) -> None:
    broker = session.gateway.broker
    found = scan(broker.market, broker.book, subscription.wanted, now)
    subscription.next_at = now + _EVERY
    session.send(market_data.scanner_data(req_id, found))
    if not found and not subscription.told_empty:
        subscription.told_empty = True
        session.error(req_id, 165, "Historical Market Data Service query message:no items retrieved")


HANDLERS = {
    "req_scanner_parameters": req_scanner_parameters,
    "req_scanner": req_scanner,
    "cancel_scanner": cancel_scanner,
}
