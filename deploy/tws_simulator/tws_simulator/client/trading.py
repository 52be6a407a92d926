"""Orders, executions, accounts and clients."""

from decimal import Decimal
from typing import Any

from tws_simulator.client.rows import Account, Client, Execution, Order
from tws_simulator.client.transport import Transport, covers, given, segment

Number = Decimal | str | int | float


class TradingCalls(Transport):
    """The trading part of the control port."""

    @covers("GET", "/orders")
    def orders(
        self,
        *,
        open: bool | None = None,
        status: str | None = None,
        client_id: int | None = None,
        account: str | None = None,
        symbol: str | None = None,
        order_ref: str | None = None,
    ) -> list[Order]:
        """Orders that are as given, oldest first."""
        query = given(
            open=open, status=status, client_id=client_id, account=account, symbol=symbol, order_ref=order_ref
        )
        found: list[Order] = self.request("GET", "/orders", query=query)["orders"]
        return found

    @covers("GET", "/orders/{perm_id}")
    def order(self, perm_id: int) -> Order:
        """One order with its `executions`."""
        found: Order = self.request("GET", f"/orders/{perm_id}")
        return found

    @covers("POST", "/orders")
    def enter_order(self, symbol: str, action: str, quantity: Number, **more: Any) -> Order:
        """Enter an order by hand, as someone at the TWS does: `order_type="LMT", limit_price="180"`."""
        body = {"symbol": symbol, "action": action, "quantity": quantity, **more}
        found: Order = self.request("POST", "/orders", body)
        return found

    @covers("POST", "/orders/{perm_id}/cancel")
    def cancel_order(self, perm_id: int, text: str = "") -> Order:
        """Cancel an order as the broker or an exchange does, with the reason its owner is told."""
        found: Order = self.request("POST", f"/orders/{perm_id}/cancel", {"text": text})
        return found

    @covers("GET", "/orders/rules")
    def order_rules(self) -> dict[str, Any]:
        """How orders are filled and how many may work."""
        found: dict[str, Any] = self.request("GET", "/orders/rules")
        return found

    @covers("POST", "/orders/rules")
    def set_order_rules(self, *, fill_model: str | None = None, max_open_orders: int | None = None) -> dict[str, Any]:
        """Choose how orders are filled (touch, queue or mid) and how many may work."""
        body = given(fill_model=fill_model, max_open_orders=max_open_orders)
        found: dict[str, Any] = self.request("POST", "/orders/rules", body)
        return found

    @covers("POST", "/executions/{exec_id}/correct")
    def correct_execution(
        self, exec_id: str, *, quantity: Number | None = None, price: Number | None = None
    ) -> Execution:
        """Correct an execution, as an exchange does."""
        body = given(quantity=quantity, price=price)
        found: Execution = self.request("POST", f"/executions/{segment(exec_id)}/correct", body)
        return found

    @covers("POST", "/executions/{exec_id}/bust")
    def bust_execution(self, exec_id: str) -> Execution:
        """Take an execution back, as an exchange does."""
        found: Execution = self.request("POST", f"/executions/{segment(exec_id)}/bust")
        return found

    @covers("GET", "/accounts")
    def accounts(self) -> list[Account]:
        """All accounts with balances and positions."""
        found: list[Account] = self.request("GET", "/accounts")["accounts"]
        return found

    @covers("GET", "/accounts/{account}")
    def account(self, account: str) -> Account:
        """One account with balances and positions."""
        found: Account = self.request("GET", f"/accounts/{segment(account)}")
        return found

    @covers("GET", "/account-rules")
    def account_rules(self) -> dict[str, Any]:
        """The rules of all accounts."""
        found: dict[str, Any] = self.request("GET", "/account-rules")
        return found

    @covers("POST", "/account-rules")
    def set_account_rules(self, **rules: Any) -> dict[str, Any]:
        """Change `locate_after` or `liquidate_after` (seconds, None: never), `day_trader_rule`, `interest`."""
        found: dict[str, Any] = self.request("POST", "/account-rules", rules)
        return found

    @covers("POST", "/accounts/{account}/cash")
    def pay_cash(self, account: str, currency: str, amount: Number) -> Account:
        """Pay cash in, or out when negative."""
        return self._account(account, "cash", {"currency": currency, "amount": amount})

    @covers("POST", "/accounts/{account}/positions")
    def set_position(self, account: str, symbol: str, quantity: Number, average_cost: Number | None = None) -> Account:
        """Make a position this large."""
        body = {"symbol": symbol, "quantity": quantity, **given(average_cost=average_cost)}
        return self._account(account, "positions", body)

    @covers("POST", "/accounts/{account}/corporate-actions")
    def act_on_position(self, account: str, kind: str, symbol: str, amount: Number) -> Account:
        """A corporate action, like paying a dividend."""
        return self._account(account, "corporate-actions", {"kind": kind, "symbol": symbol, "amount": amount})

    @covers("POST", "/accounts/{account}/locates")
    def set_locate(self, account: str, symbol: str, quantity: Number) -> Account:
        """Say how many shares may be sold short today."""
        return self._account(account, "locates", {"symbol": symbol, "quantity": quantity})

    @covers("POST", "/accounts/{account}/exercises")
    def exercise(self, account: str, kind: str, symbol: str, contracts: Number) -> Account:
        """Exercise options, let them lapse, or be assigned."""
        return self._account(account, "exercises", {"kind": kind, "symbol": symbol, "contracts": contracts})

    @covers("GET", "/clients")
    def clients(self) -> list[Client]:
        """Connected clients."""
        found: list[Client] = self.request("GET", "/clients")["clients"]
        return found

    @covers("DELETE", "/clients/{client_id}")
    def drop_client(self, client_id: int) -> None:
        """Cut the connection of a client."""
        self.request("DELETE", f"/clients/{client_id}")

    def _account(self, account: str, what: str, body: dict[str, Any]) -> Account:
        found: Account = self.request("POST", f"/accounts/{segment(account)}/{what}", body)
        return found
