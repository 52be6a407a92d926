"""Faults that happen once, when they are asked for."""

from tws_simulator.faults.spec import FaultSpec

_LINK: dict[str, FaultSpec] = {
    "drop_connections": FaultSpec(
        "cut the sockets of one or all clients, by RST or by FIN",
        {"client_id": int, "reset": bool},
        {"client_id": None, "reset": False},
    ),
    "link_down": FaultSpec(
        "the Gateway loses IB: 1100 (or 2110) once or many times; orders are held, nothing is reported",
        {"code": int, "times": int},
        {"code": 1100, "times": 1},
        choices={"code": (1100, 2110)},
    ),
    "link_up": FaultSpec(
        "the link is back: 1101 if data subscriptions were lost, else 1102; held orders go out, at once or so many "
        "seconds later, or are discarded",
        {"data_lost": bool, "discard_held": bool, "times": int, "release_after": float},
        {"data_lost": False, "discard_held": False, "times": 1, "release_after": 0.0},
    ),
    "port_changed": FaultSpec("1300: the port was changed; all connections are closed", {"port": int}, {"port": 7497}),
    "farms_down": FaultSpec("data farms break: 2103, 2105, 2157; the data goes on"),
    "farms_up": FaultSpec("data farms are connected: 2104, 2106, 2158"),
    "farm_notice": FaultSpec(
        "one notice of a data farm. With `acts` the data does as is said: 2103 stops quotes, 2105 history, 2157 "
        "contract details, and 2104, 2106, 2158 let them go on; without, the words are all there is",
        {"code": int, "farm": str, "acts": bool},
        {"farm": None, "acts": True},
        choices={"code": (2103, 2104, 2105, 2106, 2107, 2108, 2119, 2157, 2158)},
    ),
    "competing_session_starts": FaultSpec("10197 for all data that streams; it stops, orders work"),
    "competing_session_ends": FaultSpec("the competing session has ended: data goes on"),
    "send_garbage": FaultSpec(
        "send so many random bytes (of a seed) to one or all clients, as a frame of its own or into the stream",
        {"bytes": int, "seed": int, "framed": bool, "client_id": int},
        {"bytes": 16, "seed": 1, "framed": True, "client_id": None},
    ),
    "error": FaultSpec(
        "send an error message to one or all clients",
        {"code": int, "text": str, "id": int, "client_id": int},
        {"id": -1, "text": "injected by the simulator", "client_id": None},
    ),
}

_ORDERS: dict[str, FaultSpec] = {
    "roll_back_order_ids": FaultSpec("the next valid id goes back", {"client_id": int, "by": int}),
    "forget_orders": FaultSpec(
        "the newest `last` working orders of a client vanish without a word, as if lost in a restart",
        {"client_id": int, "last": int},
        {"last": 1},
    ),
    "cancel_order": FaultSpec(
        "IB cancels an order by itself: Cancelled and 202 with this text; `silent`: nobody is told",
        {"client_id": int, "order_id": int, "text": str, "silent": bool},
        {"text": "Order Canceled - reason:Price too far through the market", "silent": False},
    ),
    "fill_order": FaultSpec(
        "an order trades whatever its state: after it was cancelled, or beyond its quantity; quantity and price as "
        "text, the price at the market if left out",
        {"client_id": int, "order_id": int, "quantity": str, "price": str},
        {"price": None},
        numbers=("quantity", "price"),
    ),
    "correct_execution": FaultSpec(
        "an execution is corrected (.01 becomes .02) to another price or quantity, as text; a quantity of 0 busts it. "
        "The newest execution, or the newest of a client or order, if no id is given",
        {"exec_id": str, "client_id": int, "order_id": int, "quantity": str, "price": str},
        {"exec_id": None, "client_id": None, "order_id": None, "quantity": None, "price": None},
        numbers=("quantity", "price"),
    ),
    "repeat_execution": FaultSpec(
        "an execution and its commission are told once more, unchanged",
        {"exec_id": str, "client_id": int, "order_id": int},
        {"exec_id": None, "client_id": None, "order_id": None},
    ),
    "liquidate": FaultSpec(
        "IB closes a position out: notice 2148, then an execution with liquidation=1 and order id -1; the quantity is "
        "signed, as text, all of the position if left out",
        {"symbol": str, "quantity": str, "account": str},
        {"quantity": None, "account": None},
        numbers=("quantity",),
    ),
    "external_order": FaultSpec(
        "an order entered by hand or by another program, under client id and order id 0 or another number",
        {
            "symbol": str,
            "side": str,
            "quantity": str,
            "limit_price": str,
            "account": str,
            "order_ref": str,
            "client_id": int,
            "order_id": int,
        },
        {"limit_price": None, "account": None, "order_ref": "", "client_id": 0, "order_id": 0},
        choices={"side": ("BUY", "SELL")},
        numbers=("quantity", "limit_price"),
    ),
    "position_jump": FaultSpec(
        "a position changes without order or execution, as by assignment, expiry or transfer; quantity and price as "
        "text; `silent`: clients are not told",
        {"symbol": str, "quantity": str, "price": str, "account": str, "silent": bool},
        {"price": None, "account": None, "silent": False},
        numbers=("quantity", "price"),
    ),
}

ACTIONS: dict[str, FaultSpec] = {**_LINK, **_ORDERS}
