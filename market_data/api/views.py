"""Instruments, quotes and bars."""

import re
import time
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.shared.errors import DeskError, ErrorCode
from config.shared.gateway_queries import ask_gateway
from market_data.api.serializers import (
    BarsSerializer,
    InstrumentPageSerializer,
    InstrumentSerializer,
    QuotePageSerializer,
)
from market_data.models import Instrument
from market_data.representations import instrument_json
from market_data.selectors import latest_quote_json
from market_data.services import keep_quotes_flowing, resolve_instrument

MAX_SYMBOLS = 50
MAX_FOUND = 20
FIRST_TICK_SECONDS = 3.0

# IB's own spellings (field guide §5, history)
_BAR_SIZES = frozenset(
    {f"{n} secs" for n in (5, 10, 15, 30)}
    | {"1 secs", "1 min", "2 mins", "3 mins", "5 mins", "10 mins", "15 mins", "20 mins", "30 mins"}
    | {"1 hour", "2 hours", "3 hours", "4 hours", "8 hours", "1 day", "1 week", "1 month"}
)
_DURATION = re.compile(r"[1-9]\d{0,4} [SDWMY]")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .\-]{0,19}")


def _bad(field: str, message: str) -> DeskError:
    return DeskError(ErrorCode.VALIDATION_ERROR, "The request is not valid", {field: [message]})


class InstrumentSearch(APIView):
    """Find an instrument by symbol or name."""

    @extend_schema(
        operation_id="instruments_search",
        parameters=[OpenApiParameter("search", str, description="Part of a symbol or a name, at most 64 characters")],
        responses={200: InstrumentPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """List instruments that fit: what the desk knows, and what IB finds; exact symbols first."""
        pattern = request.query_params.get("search", "").strip()
        if len(pattern) > 64 or "\0" in pattern:
            raise _bad("search", "must be at most 64 characters of text")
        found = _known(pattern)
        if pattern and len(found) < MAX_FOUND:
            found = _with_ibs(pattern, found)
        exact = pattern.upper()
        found.sort(key=lambda i: (i.symbol != exact, not i.symbol.startswith(exact), i.symbol))
        rows = [instrument_json(instrument) for instrument in found[:MAX_FOUND]]
        return Response({"next": None, "previous": None, "results": rows})


def _known(pattern: str) -> list[Instrument]:
    rows = Instrument.objects.exclude(details_at=None)
    if pattern:
        rows = rows.filter(Q(symbol__istartswith=pattern) | Q(long_name__icontains=pattern))
    return list(rows.order_by("symbol")[:MAX_FOUND])


def _with_ibs(pattern: str, found: list[Instrument]) -> list[Instrument]:
    """Add what IB's symbol search finds. When IB cannot be asked, what the desk knows is the answer."""
    try:
        matches: list[dict[str, Any]] = ask_gateway("search_instruments", pattern=pattern)
    except DeskError as error:
        if found or error.code not in (ErrorCode.IB_CONNECTION_FAILED, ErrorCode.EXTERNAL_SERVICE_ERROR):
            return found
        raise
    known = {instrument.con_id for instrument in found}
    tradable = [m for m in matches if m["sec_type"] == "STK" and m["currency"] == "USD" and m["con_id"] not in known]
    for match in tradable[: MAX_FOUND - len(found)]:
        try:
            found.append(resolve_instrument(con_id=match["con_id"]))
        except DeskError:
            continue
    return found


class InstrumentDetail(APIView):
    """One instrument."""

    @extend_schema(operation_id="instruments_get", responses={200: InstrumentSerializer})
    def get(self, request: Request, con_id: int) -> Response:
        """Answer an instrument, asking IB when the desk does not know it."""
        try:
            return Response(instrument_json(resolve_instrument(con_id=con_id)))
        except DeskError as error:
            if error.code is ErrorCode.IB_INVALID_CONTRACT:
                raise DeskError(ErrorCode.RESOURCE_NOT_FOUND, "There is no such instrument") from None
            raise


class QuoteList(APIView):
    """The latest quotes."""

    @extend_schema(
        operation_id="quotes_list",
        parameters=[
            OpenApiParameter("symbols", str, required=True, description="Symbols separated by commas, at most 50")
        ],
        responses={200: QuotePageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Answer the latest quote of each symbol, waiting a moment for the first ticks.

        The quotes keep flowing for a minute, so that asking again is immediate.
        """
        symbols = _symbols(request.query_params.get("symbols", ""))
        instruments = [resolve_instrument(symbol=symbol) for symbol in symbols]
        con_ids = [instrument.con_id for instrument in instruments]
        quotes = _wait_for_quotes(con_ids)
        missing = [i.symbol for i in instruments if i.con_id not in quotes]
        if missing:
            raise DeskError(
                ErrorCode.IB_MARKET_DATA_ERROR, f"IB sends no quotes for {', '.join(missing)}", {"symbols": missing}
            )
        return Response({"next": None, "previous": None, "results": [quotes[con_id] for con_id in con_ids]})


def _symbols(text: str) -> list[str]:
    symbols = list(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))
    if not symbols:
        raise _bad("symbols", "is required, for example AAPL,MSFT")
    if len(symbols) > MAX_SYMBOLS:
        raise _bad("symbols", f"at most {MAX_SYMBOLS} at once")
    if wrong := [symbol for symbol in symbols if not _SYMBOL.fullmatch(symbol)]:
        raise _bad("symbols", f"{wrong[0][:40]!r} is no symbol")
    return symbols


def _wait_for_quotes(con_ids: list[int]) -> dict[int, dict[str, Any]]:
    keep_quotes_flowing(con_ids)
    deadline = time.monotonic() + FIRST_TICK_SECONDS
    while True:
        quotes = latest_quote_json(con_ids)
        if len(quotes) == len(set(con_ids)) or time.monotonic() > deadline:
            return quotes
        time.sleep(0.05)


class BarList(APIView):
    """Historical bars."""

    @extend_schema(
        operation_id="bars_list",
        parameters=[
            OpenApiParameter("symbol", str, required=True),
            OpenApiParameter("duration", str, description='How far back, in IB\'s spelling: "1 D", "3600 S", "2 W"'),
            OpenApiParameter("bar_size", str, enum=sorted(_BAR_SIZES)),
        ],
        responses={200: BarsSerializer},
    )
    def get(self, request: Request) -> Response:
        """Answer bars of traded prices in regular hours, oldest first."""
        symbols = _symbols(request.query_params.get("symbol", ""))
        if len(symbols) != 1:
            raise _bad("symbol", "must be one symbol")
        duration = request.query_params.get("duration", "1 D")
        bar_size = request.query_params.get("bar_size", "5 mins")
        if not _DURATION.fullmatch(duration):
            raise _bad("duration", 'must look like "1 D", with S, D, W, M or Y')
        if bar_size not in _BAR_SIZES:
            raise _bad("bar_size", f"must be one of {', '.join(sorted(_BAR_SIZES))}")
        instrument = resolve_instrument(symbol=symbols[0])
        bars = ask_gateway(
            "historical_bars", timeout=12, con_id=instrument.con_id, duration=duration, bar_size=bar_size
        )
        return Response(
            {
                "symbol": instrument.symbol,
                "con_id": instrument.con_id,
                "bar_size": bar_size,
                "duration": duration,
                "bars": bars,
            }
        )
