"""Instruments, prices, and where prices come from."""

from decimal import Decimal
from typing import Any

from tws_simulator.client.rows import Price
from tws_simulator.client.transport import Transport, covers, given, segment

Number = Decimal | str | int | float


class MarketCalls(Transport):
    """The market part of the control port."""

    @covers("GET", "/instruments")
    def instruments(self) -> list[dict[str, Any]]:
        """What can be traded."""
        found: list[dict[str, Any]] = self.request("GET", "/instruments")["instruments"]
        return found

    @covers("GET", "/prices")
    def prices(self) -> list[Price]:
        """The quotes of all listed instruments now."""
        found: list[Price] = self.request("GET", "/prices")["prices"]
        return found

    def price(self, symbol: str) -> Price:
        """The quote of one instrument now, by symbol or con_id."""
        found: Price = self.request("GET", "/prices", query={"symbol": symbol})["prices"][0]
        return found

    def set_price(
        self,
        symbol: str,
        price: Number | None = None,
        *,
        bid: Number | None = None,
        ask: Number | None = None,
        last: Number | None = None,
        size: Number | None = None,
        frozen: bool = True,
        replenish: bool = True,
        **more: Any,
    ) -> Price:
        """Set a market; `price` puts bid and ask one tick around it. `size` (shares) is for both sides.

        With `replenish` false the size shown can be taken once. `frozen` false lets the market run on from there.
        """
        sizes = given(bid_size=size, ask_size=size)
        values = given(price=price, bid=bid, ask=ask, last=last)
        body = {"symbol": symbol, **values, **sizes, "frozen": frozen, "replenish": replenish, **more}
        found: Price = self.request("POST", "/prices", body)["prices"][0]
        return found

    @covers("POST", "/prices")
    def set_prices(self, changes: list[dict[str, Any]]) -> list[Price]:
        """Several changes, made all together or not at all; each with `symbol` and what `POST /prices` knows."""
        found: list[Price] = self.request("POST", "/prices", {"prices": changes})["prices"]
        return found

    def release_price(self, symbol: str) -> Price:
        """Let a market that was held by hand run on from the price it has."""
        found: Price = self.request("POST", "/prices", {"symbol": symbol, "frozen": False})["prices"][0]
        return found

    @covers("GET", "/market/processes")
    def processes(self) -> list[dict[str, Any]]:
        """Instruments that do not move by themselves, and what moves them."""
        found: list[dict[str, Any]] = self.request("GET", "/market/processes")["processes"]
        return found

    @covers("GET", "/market/processes/{symbol}")
    def process(self, symbol: str) -> dict[str, Any]:
        """The whole configuration of what moves an instrument."""
        found: dict[str, Any] = self.request("GET", f"/market/processes/{segment(symbol)}")
        return found

    @covers("POST", "/market/processes")
    def set_process(self, symbol: str, kind: str, **configuration: Any) -> dict[str, Any]:
        """Choose where prices come from: seeded, constant, steps, bars or quotes.

        For instance `set_process("AAPL", "steps", steps=[{"after": 5, "price": "180"}])`.
        """
        body = {"symbol": symbol, "kind": kind, **configuration}
        found: dict[str, Any] = self.request("POST", "/market/processes", body)
        return found

    @covers("DELETE", "/market/processes/{symbol}")
    def end_process(self, symbol: str) -> None:
        """Let one instrument move by itself from its present price."""
        self.request("DELETE", f"/market/processes/{segment(symbol)}")

    @covers("DELETE", "/market/processes")
    def end_processes(self) -> None:
        """Let all instruments move by themselves."""
        self.request("DELETE", "/market/processes")

    @covers("GET", "/market/liquidity")
    def liquidity(self) -> dict[str, Any]:
        """Factors on the sizes others show and trade."""
        found: dict[str, Any] = self.request("GET", "/market/liquidity")
        return found

    @covers("POST", "/market/liquidity")
    def set_liquidity(self, factor: float, symbol: str | None = None) -> dict[str, Any]:
        """Make books thinner or deeper: of one instrument or of all. 0 empties them."""
        found: dict[str, Any] = self.request("POST", "/market/liquidity", {"factor": factor, **given(symbol=symbol)})
        return found

    @covers("GET", "/market/data")
    def data_rights(self) -> dict[str, Any]:
        """Which market data clients may see."""
        found: dict[str, Any] = self.request("GET", "/market/data")
        return found

    @covers("POST", "/market/data")
    def set_data_rights(self, **rights: Any) -> dict[str, Any]:
        """Give or take away market data: `default="delayed"`, `single={"AAPL": "none"}`, `lines=10`."""
        found: dict[str, Any] = self.request("POST", "/market/data", rights)
        return found

    @covers("GET", "/market/halts")
    def halts(self) -> dict[str, Any]:
        """Instruments whose trading is halted."""
        found: dict[str, Any] = self.request("GET", "/market/halts")
        return found

    @covers("POST", "/market/halts")
    def halt(self, symbol: str, kind: int = 1) -> dict[str, Any]:
        """Halt an instrument (1, or 2 by volatility), or let it trade again (0)."""
        found: dict[str, Any] = self.request("POST", "/market/halts", {"symbol": symbol, "kind": kind})
        return found

    @covers("POST", "/market/flood")
    def start_flood(self, quotes: int, client_id: int | None = None) -> dict[str, Any]:
        """Send so many quotes as fast as clients read them."""
        body = {"quotes": quotes, **given(client_id=client_id)}
        found: dict[str, Any] = self.request("POST", "/market/flood", body)
        return found

    @covers("DELETE", "/market/flood")
    def stop_flood(self) -> dict[str, Any]:
        """End all floods."""
        found: dict[str, Any] = self.request("DELETE", "/market/flood")
        return found

    @covers("GET", "/market/bulletins")
    def bulletins(self) -> dict[str, Any]:
        """News bulletins that were sent."""
        found: dict[str, Any] = self.request("GET", "/market/bulletins")
        return found

    @covers("POST", "/market/bulletins")
    def publish(self, text: str, *, kind: int | None = None, exchange: str | None = None) -> dict[str, Any]:
        """Send a news bulletin; kind 1: general, 2: the exchange is unavailable, 3: it is available again."""
        body = {"text": text, **given(kind=kind, exchange=exchange)}
        found: dict[str, Any] = self.request("POST", "/market/bulletins", body)
        return found
