"""Questions from the other processes, answered over Redis: details, search, bars, the broker's own view, what-if."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from config.shared.correlation import correlated, get_logger
from config.shared.errors import DeskError, ErrorCode
from config.shared.redis import GATEWAY_REQUESTS, gateway_reply_key
from config.shared.text import decimal_text, time_text
from market_data.models import Instrument
from trading.domain.orders import TERM_NAMES, Terms
from trading.gateway import ib_mapping as ib
from trading.gateway.contracts import contract_of, details_json
from trading.gateway.ib_session import AnswerMissing, IbSession
from trading.gateway.ib_wrapper import RequestRefused
from trading.services.order_terms import changes_from_text, terms_text

log = get_logger(__name__)

AT_ONCE = 8
REPLY_KEPT = 30

Params = dict[str, Any]


class QueryDesk:
    """Takes questions off a Redis list and answers each within its own time."""

    def __init__(
        self,
        redis: Redis,
        *,
        session: Callable[[], IbSession | None],
        take_order_id: Callable[[int], Awaitable[int]],
    ) -> None:
        self._redis = redis
        self._session = session
        self._take_order_id = take_order_id
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._kinds: dict[str, Callable[[IbSession, Params], Awaitable[Any]]] = {
            "instrument_details": self._instrument_details,
            "search_instruments": self._search_instruments,
            "historical_bars": self._historical_bars,
            "broker_snapshot": self._broker_snapshot,
            "what_if": self._what_if,
        }

    async def run(self) -> None:
        """Answer until cancelled; Redis may come and go."""
        while True:
            await self._places.acquire()
            try:
                item = await self._redis.brpop([GATEWAY_REQUESTS], timeout=1)
            except (RedisError, OSError):
                log.warning("queries_redis_away")
                item = None
                await asyncio.sleep(1)
            if item is None:
                self._places.release()
                continue
            task = asyncio.create_task(self._answer(str(item[1])))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, text: str) -> None:
        try:
            question = orjson.loads(text)
            if question["expires_at"] < time.time():
                return
            with correlated(question.get("correlation_id") or question["id"]):
                reply = await self._reply_to(question)
            key = gateway_reply_key(question["id"])
            pipe = self._redis.pipeline(transaction=False)
            pipe.lpush(key, orjson.dumps(reply).decode())
            pipe.expire(key, REPLY_KEPT)
            await pipe.execute()
        except (RedisError, OSError, orjson.JSONDecodeError, KeyError, TypeError):
            log.warning("query_lost", exc_info=True)
        finally:
            self._places.release()

    async def _reply_to(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": True, "result": await self._result_of(question)}
        except DeskError as error:
            return _refusal(error.code, error.message, error.details)
        except RequestRefused as error:
            text = ib.plain_text(error.text)
            return _refusal(ib.product_code(error.code, text), text, {"ib_error_code": error.code})
        except (AnswerMissing, ConnectionError) as error:
            return _refusal(ErrorCode.IB_CONNECTION_FAILED, str(error))
        except Exception:
            log.exception("query_failed", kind=question.get("kind"))
            return _refusal(ErrorCode.INTERNAL_SERVER_ERROR, "The gateway could not answer")

    async def _result_of(self, question: dict[str, Any]) -> Any:
        handler = self._kinds.get(question["kind"])
        if handler is None:
            raise DeskError(ErrorCode.VALIDATION_ERROR, f"The gateway does not answer {question['kind']!r}")
        session = self._session()
        if session is None or not session.is_ready:
            raise DeskError(ErrorCode.IB_CONNECTION_FAILED, "The gateway is not connected to IB")
        return await handler(session, question["params"])

    # instruments

    async def _instrument_details(self, session: IbSession, params: Params) -> dict[str, Any]:
        con_id, symbol = params.get("con_id"), params.get("symbol")
        if con_id:
            contract = session.library.Contract(conId=int(con_id), exchange="SMART")
        else:
            contract = session.library.Contract(
                symbol=str(symbol).upper(), secType="STK", exchange="SMART", currency="USD"
            )
        asked = {"symbol": symbol, "con_id": con_id}
        try:
            rows = await session.contract_details(contract, timeout=4)
        except RequestRefused as error:
            if error.code != 200:
                raise
            rows = []
        if not rows:
            raise DeskError(ErrorCode.IB_INVALID_CONTRACT, f"IB knows no instrument {symbol or con_id}", asked)
        if len(rows) > 1:
            candidates = [row.contract.primaryExchange for row in rows]
            message = f"{symbol or con_id} means several instruments at IB"
            raise DeskError(ErrorCode.IB_INVALID_CONTRACT, message, {**asked, "candidates": candidates})
        return details_json(rows[0])

    async def _search_instruments(self, session: IbSession, params: Params) -> list[dict[str, Any]]:
        rows = await session.search(str(params["pattern"])[:40], timeout=4)
        return [
            {
                "con_id": row.contract.conId,
                "symbol": row.contract.symbol,
                "sec_type": row.contract.secType,
                "primary_exchange": row.contract.primaryExchange,
                "currency": row.contract.currency,
                "long_name": getattr(row.contract, "description", "") or "",
            }
            for row in rows
        ]

    async def _historical_bars(self, session: IbSession, params: Params) -> list[dict[str, Any]]:
        instrument = await _instrument(int(params["con_id"]))
        req_id = session.new_request_id()
        contract = contract_of(session.library, instrument)

        def send() -> None:
            session.client.reqHistoricalData(
                req_id,
                contract,
                "",
                str(params.get("duration") or "1 D"),
                str(params.get("bar_size") or "5 mins"),
                str(params.get("what_to_show") or "TRADES"),
                bool(params.get("regular_hours", True)),
                2,
                False,
                [],
            )

        bars = await session.ask(req_id, send, timeout=10)
        return [
            {
                "time": _bar_time(bar.date),
                **{name: decimal_text(ib.to_decimal(getattr(bar, name))) for name in ("open", "high", "low", "close")},
                "volume": decimal_text(ib.to_decimal(bar.volume)),
            }
            for bar in bars
        ]

    # orders

    async def _broker_snapshot(self, session: IbSession, params: Params) -> dict[str, Any]:
        """Open orders, executions and positions, each complete or the whole answer is an error."""
        wanted = params.get("account")
        taken_at = datetime.now(UTC)
        open_orders = await session.open_orders()
        executions = await session.executions()
        positions = await session.positions()

        def mine(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [row for row in rows if not wanted or row["account"] == wanted]

        return {
            "taken_at": time_text(taken_at),
            "accounts": [code for code in session.accounts if wanted in (None, "", code)],
            "open_orders": [_open_order_json(row) for row in mine(open_orders)],
            "executions": [_execution_json(row) for row in mine(executions)],
            "positions": [_position_json(row) for row in mine(positions) if row["quantity"]],
        }

    async def _what_if(self, session: IbSession, params: Params) -> dict[str, Any]:
        """Margin and commission of an order that is not placed; the id it burns is reserved like any other."""
        instrument = await _instrument(int(params["con_id"]))
        order_id = await self._take_order_id(session.wrapper.next_valid_id)
        fields: dict[str, Any] = {
            "orderId": order_id,
            "clientId": session.client.clientId,
            "action": params["side"],
            "totalQuantity": float(params["quantity"]),
            "orderType": params["order_type"],
            "tif": params.get("time_in_force") or "DAY",
            "outsideRth": bool(params.get("outside_rth")),
            "account": params["account"],
            "whatIf": True,
            "transmit": True,
        }
        asked = changes_from_text(params)
        terms = Terms(**{name: asked[name] for name in TERM_NAMES if name in asked})
        fields |= ib.order_fields(fields["orderType"], terms)
        order, contract = session.library.Order(**fields), contract_of(session.library, instrument)
        rows = await session.ask(
            ("what_if", order_id), lambda: session.client.placeOrder(order_id, contract, order), timeout=4
        )
        return _what_if_json(rows[-1])


_WHAT_IF_FIELDS = {
    "init_margin_before": "initMarginBefore",
    "init_margin_change": "initMarginChange",
    "init_margin_after": "initMarginAfter",
    "maint_margin_before": "maintMarginBefore",
    "maint_margin_change": "maintMarginChange",
    "maint_margin_after": "maintMarginAfter",
    "equity_with_loan_before": "equityWithLoanBefore",
    "equity_with_loan_change": "equityWithLoanChange",
    "equity_with_loan_after": "equityWithLoanAfter",
    "commission": "commission",
    "min_commission": "minCommission",
    "max_commission": "maxCommission",
}


def _what_if_json(state: Any) -> dict[str, Any]:
    return {
        **{name: decimal_text(ib.to_decimal(getattr(state, theirs))) for name, theirs in _WHAT_IF_FIELDS.items()},
        "commission_currency": state.commissionCurrency or None,
        "warning": state.warningText or None,
    }


_OPEN_ORDER_NAMES = ("account", "perm_id", "order_id", "client_id", "order_ref", "con_id", "symbol")


def _open_order_json(row: dict[str, Any]) -> dict[str, Any]:
    terms = ib.terms_of(row, settings.IB_TIME_ZONE)
    return {
        **{
            name: row[name] for name in ("account", "perm_id", "order_id", "client_id", "order_ref", "con_id", "symbol")
        },
        "side": ib.side_of(row["side"]).value,
        "quantity": _plain(row["quantity"]),
        "order_type": row["order_type"],
        "limit_price": None,
        "stop_price": None,
        **terms_text(asdict(terms)),
        "status": row["status"],
    }


def _execution_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("account", "exec_id", "con_id", "symbol", "perm_id", "order_ref", "sec_type")},
        "side": ib.side_of(row["side"]).value,
        "quantity": _plain(row["quantity"]),
        "price": _plain(row["price"]),
        "executed_at": time_text(ib.parse_time(str(row["time"]), settings.IB_TIME_ZONE)),
    }


def _position_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("account", "con_id", "symbol")},
        "quantity": _plain(row["quantity"]),
        "average_cost": _plain(row["average_cost"]),
    }


def _plain(value: Any) -> str:
    return decimal_text(ib.to_decimal(value) or Decimal(0)) or "0"


def _bar_time(date: Any) -> str | None:
    """A bar's start in UTC; daily bars carry only their date."""
    if isinstance(date, datetime):
        return time_text(date if date.tzinfo else date.replace(tzinfo=UTC))
    text = str(date).replace("-", "")
    if text.isdigit() and len(text) > 8:
        return time_text(datetime.fromtimestamp(int(text), UTC))
    return time_text(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC))


async def _instrument(con_id: int) -> Instrument:
    row = await sync_to_async(lambda: Instrument.objects.filter(pk=con_id).first())()
    if row is None:
        raise DeskError(ErrorCode.IB_INVALID_CONTRACT, f"The desk knows no instrument {con_id}", {"con_id": con_id})
    return row


def _refusal(code: str, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"ok": False, "error_code": str(code), "message": message, "details": details or {}}
