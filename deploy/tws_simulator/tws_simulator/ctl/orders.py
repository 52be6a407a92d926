"""Commands for orders, fills, accounts and clients."""

import argparse
from typing import Any

from tws_simulator.client import SimulatorControl
from tws_simulator.ctl.tables import Row, table, values
from tws_simulator.ctl.words import Commands, Run, add, add_parameters, parameters_of, said

ORDER_COLUMNS = (
    "perm_id", "client_id", "order_id", "account", "symbol", "action", "quantity", "filled", "order_type",
    "limit_price", "status", "order_ref",
)  # fmt: skip
_FILL_COLUMNS = ("exec_id", "at", "client_id", "symbol", "side", "quantity", "price", "commission", "account")
_POSITION_COLUMNS = ("symbol", "quantity", "average_cost", "mark")
_CLIENT_COLUMNS = ("client_id", "server_version", "peer", "connected_at", "quotes")


def add_commands(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Add them."""
    _add_orders(commands, common)
    _add_acts(commands, common)
    add(commands, "executions", "fills of the last days", lambda control, _: control.executions(), common=common,
        show=_fills)  # fmt: skip
    add(commands, "accounts", "balances and positions of all accounts", lambda control, _: control.accounts(),
        common=common, show=show_accounts)  # fmt: skip
    account = add(commands, "account", "balances and positions of one account",
                  lambda control, options: control.account(options.account), common=common, show=_account)  # fmt: skip
    account.add_argument("account", help="its number")
    add(commands, "clients", "connected clients", lambda control, _: control.clients(), common=common,
        show=lambda rows: table(rows, _CLIENT_COLUMNS, empty="nobody is connected"))  # fmt: skip
    drop = add(commands, "drop", "cut the connection of a client", _drop, common=common, show=said("dropped"))
    drop.add_argument("client", type=int, help="its id")


def _add_orders(commands: Commands, common: argparse.ArgumentParser) -> None:
    orders = add(commands, "orders", "orders of the last days", _orders, common=common,
                 show=lambda rows: table(rows, ORDER_COLUMNS), example="orders --open --symbol AAPL")  # fmt: skip
    state = orders.add_mutually_exclusive_group()
    state.add_argument("--open", action="store_true", help="only those that can still trade")
    state.add_argument("--done", action="store_true", help="only those that cannot")
    orders.add_argument("--status", help="like Submitted")
    orders.add_argument("--client", type=int, metavar="ID")
    orders.add_argument("--account")
    orders.add_argument("--symbol")
    orders.add_argument("--ref", help="the order reference")
    order = add(commands, "order", "one order with its fills", lambda control, options: control.order(options.perm_id),
                common=common, show=_order)  # fmt: skip
    order.add_argument("perm_id", type=int)
    cancel = add(commands, "cancel", "cancel an order as the broker or an exchange does", _cancel, common=common,
                 show=lambda row: table([row], ORDER_COLUMNS),
                 example='cancel 1234567 --text "Cancelled by the exchange"')  # fmt: skip
    cancel.add_argument("perm_id", type=int)
    cancel.add_argument("--text", default="", help="the reason its owner is told")


def _add_acts(commands: Commands, common: argparse.ArgumentParser) -> None:
    enter = add(commands, "enter", "enter an order by hand, as someone at the TWS does", _enter, common=common,
                show=lambda row: table([row], ORDER_COLUMNS),
                example="enter AAPL BUY 100 order_type=LMT limit_price=180")  # fmt: skip
    enter.add_argument("symbol")
    enter.add_argument("action", type=str.upper, choices=["BUY", "SELL"])
    enter.add_argument("quantity")
    add_parameters(enter)
    rules = add(commands, "rules", "show or choose how orders are filled and how many may work", _rules, common=common,
                example="rules fill_model=queue")  # fmt: skip
    add_parameters(rules)
    correct = add(commands, "correct", "correct an execution", _correct, common=common)
    correct.add_argument("exec_id")
    correct.add_argument("--quantity")
    correct.add_argument("--price")
    bust = add(commands, "bust", "take an execution back",
               lambda control, options: control.bust_execution(options.exec_id), common=common)  # fmt: skip
    bust.add_argument("exec_id")
    _add_account_act(commands, common, "cash", "pay cash in, or out when negative", ("currency", "amount"),
                     lambda control, row: control.pay_cash(row.account, row.currency, row.amount))  # fmt: skip
    _add_account_act(commands, common, "position", "make a position this large", ("symbol", "quantity"),
                     lambda control, row: control.set_position(row.account, row.symbol, row.quantity, row.cost)
                     ).add_argument("--cost", help="average cost per share")  # fmt: skip
    _add_account_act(commands, common, "dividend", "pay a dividend", ("symbol", "amount"),
                     lambda control, row: control.act_on_position(row.account, "dividend", row.symbol, row.amount)
                     )  # fmt: skip
    _add_account_act(commands, common, "locate", "how many shares may be sold short today", ("symbol", "quantity"),
                     lambda control, row: control.set_locate(row.account, row.symbol, row.quantity))  # fmt: skip
    _add_account_act(commands, common, "exercise", "exercise options, or be assigned", ("kind", "symbol", "contracts"),
                     lambda control, row: control.exercise(row.account, row.kind, row.symbol, row.contracts)
                     )  # fmt: skip


def _add_account_act(
    commands: Commands, common: argparse.ArgumentParser, name: str, summary: str, words: tuple[str, ...], run: Run
) -> argparse.ArgumentParser:
    parser = add(commands, name, summary, run, common=common, show=_account)
    parser.add_argument("account", help="its number")
    for word in words:
        parser.add_argument(word)
    return parser


def _enter(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.enter_order(options.symbol, options.action, options.quantity, **parameters_of(options))


def _rules(control: SimulatorControl, options: argparse.Namespace) -> Any:
    wanted = parameters_of(options)
    return control.request("POST", "/orders/rules", wanted) if wanted else control.order_rules()


def _correct(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.correct_execution(options.exec_id, quantity=options.quantity, price=options.price)


def _orders(control: SimulatorControl, options: argparse.Namespace) -> Any:
    wanted = True if options.open else False if options.done else None
    return control.orders(
        open=wanted,
        status=options.status,
        client_id=options.client,
        account=options.account,
        symbol=options.symbol,
        order_ref=options.ref,
    )


def _cancel(control: SimulatorControl, options: argparse.Namespace) -> Any:
    return control.cancel_order(options.perm_id, options.text)


def _drop(control: SimulatorControl, options: argparse.Namespace) -> Any:
    control.drop_client(options.client)
    return {"dropped": options.client}


def show_accounts(rows: list[Row]) -> str:
    """Balances of accounts, then their positions."""
    columns = ("account", "cash", "net_liquidation", "available_funds", "unrealized_pnl", "realized_pnl", "daily_pnl")
    held = [{"account": row["account"], **position} for row in rows for position in row["positions"]]
    balances = table(rows, columns)
    return f"{balances}\n\n{table(held, ('account', *_POSITION_COLUMNS))}" if held else balances


def _account(row: Row) -> str:
    plain = {key: value for key, value in row.items() if key != "positions"}
    return f"{values(plain)}\n\n{table(row['positions'], _POSITION_COLUMNS, empty='no positions')}"


def _order(row: Row) -> str:
    plain = {key: value for key, value in row.items() if key != "executions" and value not in (None, "", [], {})}
    return f"{values(plain)}\n\n{_fills(row['executions'])}"


def _fills(rows: list[Row]) -> str:
    return table([{**row, "side": "BUY" if row["is_buy"] else "SELL"} for row in rows], _FILL_COLUMNS, empty="no fills")
