"""The desk's REST API for a program: signs in, stays signed in, and repeats what may be repeated."""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import HTTPRedirectHandler, Request, build_opener

from desk_client.errors import DeskError, Unanswered
from desk_client.shapes import Account, Fill, Order, Position, PreviewAnswer, Quote
from desk_client.stream import Stream

Number = str | int | Decimal
ENDED = frozenset({"filled", "cancelled", "rejected", "expired"})
"""Where an order comes to rest. `unknown` is not among them: then the desk waits for IB's word, and so should you."""

_PATIENCE_BETWEEN = (0.25, 5.0)


class Desk:
    """One desk and who asks. Thread-safe.

    With `api_key`, or with `username` and `password` (signed in when first needed and again when the token ends).
    Refusals raise `DeskError`. A request that came to no answer is repeated for `patience` seconds where that is
    safe: what only asks, and an order, which carries a `client_order_id` of which the desk makes one order however
    often it comes. Then, and at once for everything else, `Unanswered` is raised: nobody knows whether it was carried
    out, so look. Its `client_order_id` is that of the order, to place it again as the same one.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        api_key: str = "",
        username: str = "",
        password: str = "",
        timeout: float = 10.0,
        patience: float = 30.0,
    ) -> None:
        if not api_key and not (username and password):
            raise ValueError("An API key, or a username and a password")
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url} is no http address")
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.patience = patience
        self._key = api_key
        self._person = {"username": username, "password": password}
        self._token = ""
        self._lock = threading.Lock()

    # orders

    def place_order(
        self,
        symbol: str,
        side: str,
        quantity: Number,
        order_type: str = "MKT",
        *,
        client_order_id: str | None = None,
        **terms: Any,
    ) -> Order:
        """Place one order, once. `terms` are the other fields of the request, such as `limit_price` or `account`."""
        body = {"symbol": symbol, "side": side, "quantity": str(quantity), "order_type": order_type, **_plain(terms)}
        body["client_order_id"] = name = client_order_id or uuid.uuid4().hex
        try:
            return cast(Order, self.request("POST", "/api/v1/orders/", body, repeats=True))
        except Unanswered as error:
            error.client_order_id = name
            raise

    def preview_order(
        self, symbol: str, side: str, quantity: Number, order_type: str = "MKT", **terms: Any
    ) -> PreviewAnswer:
        """What the desk's limits and IB's margin say to an order that is not placed."""
        body = {"symbol": symbol, "side": side, "quantity": str(quantity), "order_type": order_type, **_plain(terms)}
        return cast(PreviewAnswer, self.request("POST", "/api/v1/orders/preview/", body, repeats=True))

    def modify_order(self, order_id: str, **terms: Any) -> Order:
        """Ask for other terms; they hold when the order is `working` again with them."""
        return cast(Order, self.request("PATCH", f"/api/v1/orders/{quote(order_id)}/", _plain(terms)))

    def cancel_order(self, order_id: str) -> Order:
        """Ask for the end of an order; it has ended when IB says so."""
        return cast(Order, self.request("POST", f"/api/v1/orders/{quote(order_id)}/cancel/", repeats=True))

    def order(self, order_id: str) -> Order:
        """One order."""
        return cast(Order, self.request("GET", f"/api/v1/orders/{quote(order_id)}/"))

    def orders(self, **filters: Any) -> Iterator[Order]:
        """All that match, newest first, page by page."""
        return cast(Iterator[Order], self.every("/api/v1/orders/", **filters))

    def wait_until_ended(self, order_id: str, *, within: float = 30.0) -> Order:
        """The order once it is filled, cancelled, rejected or expired. Raises TimeoutError."""
        until = time.monotonic() + within
        while (order := self.order(order_id))["status"] not in ENDED:
            if time.monotonic() > until:
                raise TimeoutError(f"Order {order_id} is {order['status']} after {within:g} s")
            time.sleep(0.1)
        return order

    # what there is

    def fills(self, **filters: Any) -> Iterator[Fill]:
        """Executions, newest first."""
        return cast(Iterator[Fill], self.every("/api/v1/fills/", **filters))

    def positions(self, **filters: Any) -> list[Position]:
        """All positions."""
        return list(cast(Iterator[Position], self.every("/api/v1/positions/", **filters)))

    def accounts(self) -> list[Account]:
        """The accounts you may see."""
        return list(cast(Iterator[Account], self.every("/api/v1/accounts/")))

    def quotes(self, *symbols: str) -> list[Quote]:
        """The latest quote of each."""
        return cast(list[Quote], self.request("GET", f"/api/v1/quotes/?symbols={quote(','.join(symbols))}")["results"])

    def stream(self, *channels: str, after: int | None = None) -> Stream:
        """What happens from now on, or after the event of that number: `async for message in desk.stream("orders")`."""
        return Stream(self.url, self.ticket, channels, after=after)

    def ticket(self) -> str:
        """Opens one socket within 30 seconds."""
        return str(self.request("POST", "/api/v1/auth/ws-ticket/", repeats=True)["ticket"])

    # anything else

    def every(self, path: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """The rows of a list, page by page."""
        following: str | None = path + ("?" + urlencode(_plain(filters)) if filters else "")
        while following:
            page = self.request("GET", following)
            yield from page["results"]
            following = page["next"]

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, repeats: bool | None = None
    ) -> Any:
        """The JSON answer. Raises DeskError and Unanswered.

        Repeated while the desk asks for patience (429). While it is away or does not answer only if `repeats`: say so
        where a second time does no harm, even long after the first. A GET does none.
        """
        may_repeat = method == "GET" if repeats is None else repeats
        until, pause = time.monotonic() + self.patience, _PATIENCE_BETWEEN[0]
        lost: Unanswered | None = None
        while True:
            try:
                return self._once(method, path, body)
            except DeskError as error:
                wait = pause if error.retry_after is None else error.retry_after
                is_worth_it = error.status == 429 or (error.is_passing and may_repeat)
                if not is_worth_it or time.monotonic() + wait > until:
                    if lost is not None and error.is_passing:
                        raise lost from error  # an earlier attempt may have been carried out
                    raise
            except Unanswered as error:
                lost, wait = error, pause
                if not may_repeat or time.monotonic() + wait > until:
                    raise
            time.sleep(wait + pause * random.random() / 2)
            pause = min(pause * 2, _PATIENCE_BETWEEN[1])

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        authorization = self._authorization()
        try:
            return self._send(method, path, body, authorization)
        except DeskError as error:
            if error.status != 401 or self._key:
                raise
        return self._send(method, path, body, self._authorization(stale=authorization))

    def _authorization(self, *, stale: str = "") -> str:
        """What to show; signs in when there is nothing yet, or when what there is was refused."""
        if self._key:
            return f"Api-Key {self._key}"
        with self._lock:
            if not self._token or stale == f"Bearer {self._token}":
                self._token = ""
                self._token = self._send("POST", "/api/v1/auth/token/", self._person, "")["access"]
            return f"Bearer {self._token}"

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, authorization: str) -> Any:
        headers = {"Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        request = Request(urljoin(self.url, path), data, headers, method=method)
        if not request.full_url.startswith(self.url + "/"):
            raise ValueError(f"{path} is not an address of {self.url}")  # the token is for the desk alone
        try:
            with _OPENER.open(request, timeout=self.timeout) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except HTTPError as error:
            with error:
                raise _refusal(error) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unanswered(f"{method} {path}: {error!r}") from error


class _NoRedirect(HTTPRedirectHandler):
    """The token is for the desk alone: it follows nobody elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirect)


def _refusal(error: HTTPError) -> DeskError:
    try:
        body = json.loads(error.read())
    except (OSError, ValueError, http.client.HTTPException):
        body = {}
    patience = error.headers.get("Retry-After", "")
    is_ours = isinstance(body, dict)
    return DeskError(error.code, body if is_ours else {}, retry_after=float(patience) if patience.isdigit() else None)


def _plain(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in terms.items()}
