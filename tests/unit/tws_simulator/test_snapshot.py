"""The whole state as one document: what is taken comes back, and what does not fit changes nothing."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator import snapshot
from tws_simulator.clock import SystemClock, VirtualClock
from tws_simulator.gateway import Settings, create_gateway
from tws_simulator.model import ContractSpec, OrderTicket
from tws_simulator.storage.journal import read_state

from tests.unit.tws_simulator.test_broker import Trader

MSFT = 272093


def busy(desk: Any) -> Any:
    """A desk with fills, resting orders, pins with a past, a moved price, a script and a fault."""
    desk.pin("189.99", "190.01")
    trader = Trader(desk)
    trader.place(order_ref="one")
    trader.place(kind="LMT", limit_price="180", time_in_force="GTC")
    desk.pass_time(5)
    desk.pin("188.99", "189.01")
    market, now = desk.broker.market, desk.clock.now()
    by_symbol = desk.broker.book.by_symbol
    market.release(by_symbol("MSFT"), now, Decimal("123.45"))
    market.set_process(by_symbol("SPY"), {"kind": "steps", "steps": [{"after": 10, "price": "500"}]}, now)
    market.set_liquidity(by_symbol("QQQ"), 0.5)
    desk.pass_time(3)
    market.release(desk.broker.instrument(265598), desk.clock.now())
    desk.gateway.faults.switch_on("delay_ms", {"ms": 5, "client_id": 3})
    return desk


def document_of(desk: Any) -> Any:
    return json.loads(json.dumps(snapshot.take(desk.gateway)))


def quotes(desk: Any) -> list[Any]:
    return [
        desk.broker.market.quote(row, desk.clock.now() + timedelta(seconds=later))
        for row in desk.broker.book
        for later in (-6, 0, 30)
    ]


def test_another_simulator_goes_on_where_the_first_was(make_desk: Callable[..., Any]) -> None:
    first = busy(make_desk())
    document = document_of(first)
    second = make_desk(seed=99, accounts=("DU7777777",))
    snapshot.restore(second.gateway, copy.deepcopy(document))
    assert document_of(second) == document
    assert second.broker.state == first.broker.state
    assert quotes(second) == quotes(first)
    resting = first.broker.open_orders(1)[0]
    assert [row.perm_id for row in second.broker.open_orders(1)] == [resting.perm_id]
    for desk in (first, second):
        trader = Trader(desk)
        trader.next_id = 3
        trader.place()
    first.pass_time(20)
    second.gateway.tick()
    assert second.broker.state == first.broker.state


def test_clients_are_dropped_first(desk: Any, client: Any) -> None:
    desk.gateway.connections.add(client.connection)
    snapshot.restore(desk.gateway, document_of(desk))
    assert client.connection.closed


def test_what_was_imported_is_in_the_state_file(make_desk: Callable[..., Any], tmp_path: Any) -> None:
    document = document_of(busy(make_desk()))
    second = make_desk(state_file=tmp_path / "state.jsonl")
    snapshot.restore(second.gateway, document)
    assert read_state(tmp_path / "state.jsonl") == second.broker.state
    second.pin("179.00", "179.02")
    second.broker.store.commit()
    assert read_state(tmp_path / "state.jsonl") == second.broker.state


def change(path: str, value: Any) -> Callable[[Any], None]:
    """Set what stands at a path of keys to a value; `DEL` takes it out."""

    def apply(document: Any) -> None:
        *way, last = path.split("/")
        for key in way:
            document = document[int(key) if isinstance(document, list) else key]
            if key == "orders":
                document = document[next(iter(document))]
        if value == "DEL":
            del document[last]
        else:
            document[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("kind", "other", "this is no state of a TWS simulator"),
        ("format", 2, "format 2, this program reads format 1"),
        ("format", "DEL", "format None"),
        ("seed", "7", "seed: '7' is no int"),
        ("calendar", "exchange", "is of calendar 'exchange', this simulator keeps always"),
        ("time", "yesterday", "time: 'yesterday' is no datetime"),
        ("time", "2026-01-01T00:00:00", "time: needs its offset"),
        ("broker", "DEL", "broker missing"),
        ("broker", [], r"broker: \[\] is no object"),
        ("broker/accounts", {}, "broker.accounts: there is none"),
        ("broker/accounts/DU1234567/name", "DU1", "broker.accounts.DU1234567.name"),
        ("broker/accounts/DU1234567/positions", {"1": {"con_id": 1}}, "there is no such instrument"),
        ("broker/accounts/DU1234567/positions", {"x": {}}, "the key is no int"),
        ("broker/last_perm_id", 5, "does not fit its key and last_perm_id"),
        ("broker/epoch", "DEL", "broker.epoch: is missing"),
        ("broker/epoch", True, "broker.epoch: True is no int"),
        ("broker/orders/status", "Done", "status: 'Done' is no OrderStatus"),
        ("broker/orders/con_id", 1, "there is no such instrument"),
        ("broker/orders/created_at", "now", "created_at: 'now' is no datetime"),
        ("broker/orders/filled", 100, "filled: 100 is no Decimal in a string"),
        ("broker/orders/filled", "many", "filled: 'many' is no Decimal"),
        ("broker/orders/ticket", None, "ticket: None is no object"),
        ("broker/executions/0/account", "DU1", r"broker.executions\[0\].account: there is no such account"),
        ("broker/executions", {}, "is no list"),
        ("markets/shifts", {"1": 0.5}, "markets.shifts.1: there is no such instrument"),
        ("markets/liquidity", {"265598": "a lot"}, "is no float"),
        ("markets/processes", {"265598": [{"since": 0.0, "chosen": True, "process": {"since": 0.0}}]}, "kind must be"),
        ("rules/fill_model", "best", "rules.fill_model: 'best' is none of touch, queue, mid"),
        ("data/single", {"1": "live"}, "data.single.1: there is no such instrument"),
        ("data/default", "all", "data.default: 'all' is no Right"),
        ("taken", {"1": {"showing": [1, 0], "by_buyers": {}, "by_sellers": {}}}, "taken.1: there is no such"),
        ("taken", {"265598": {"showing": [1], "by_buyers": {}, "by_sellers": {}}}, "showing: needs 2 values"),
        ("markets/halted", {"265598": "yes"}, "is no int"),
        ("faults", {"nothing": [{}]}, "faults.nothing: no switchable fault"),
        ("faults", {"delay_ms": [{"ms": "a"}]}, "faults.delay_ms: delay_ms: ms must be of type int"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(
    make_desk: Callable[..., Any], path: str, value: Any, reason: str
) -> None:
    desk = busy(make_desk())
    before = document_of(desk)
    wrong = copy.deepcopy(before)
    change(path, value)(wrong)
    with pytest.raises(snapshot.SnapshotError, match=reason):
        snapshot.restore(desk.gateway, wrong)
    assert document_of(desk) == before


def test_two_fills_with_one_id_are_refused(make_desk: Callable[..., Any]) -> None:
    desk = busy(make_desk())
    document = document_of(desk)
    document["broker"]["executions"] *= 2
    with pytest.raises(snapshot.SnapshotError, match="comes twice"):
        snapshot.restore(desk.gateway, document)


def test_no_object_is_refused(desk: Any) -> None:
    for nothing in (None, [], "x", 5):
        with pytest.raises(snapshot.SnapshotError, match="is no object"):
            snapshot.restore(desk.gateway, nothing)


def test_a_state_of_the_future_is_refused_on_the_machines_clock(make_desk: Callable[..., Any]) -> None:
    document = document_of(make_desk())
    document["time"] = (SystemClock().now() + timedelta(days=1)).isoformat()
    gateway = create_gateway(Settings())
    with pytest.raises(snapshot.SnapshotError, match="still to come"):
        snapshot.restore(gateway, document)


def test_sizes_that_were_taken_stay_taken(make_desk: Callable[..., Any]) -> None:
    first = make_desk()
    first.pin("189.99", "190.01", "150")
    Trader(first).place()
    second = make_desk()
    snapshot.restore(second.gateway, document_of(first))
    trader = Trader(second)
    trader.next_id = 2
    assert trader.place().filled == Decimal(50)


def test_a_virtual_clock_reads_the_time_that_was_saved(make_desk: Callable[..., Any]) -> None:
    document = document_of(busy(make_desk()))
    clock = VirtualClock(datetime(2027, 5, 5, tzinfo=UTC))
    gateway = create_gateway(Settings(), clock)
    gateway.timekeeper.run_at(100)
    snapshot.restore(gateway, document)
    assert clock.now().isoformat() == document["time"]
    assert json.loads(json.dumps(snapshot.take(gateway))) == document
    gateway.timekeeper.pass_slot(clock, clock.now() + timedelta(seconds=10))
    assert clock.now() > datetime.fromisoformat(document["time"])


def test_scripts_and_outages_end(make_desk: Callable[..., Any]) -> None:
    desk = make_desk()
    document = document_of(desk)
    desk.gateway.lifecycle.require_login()
    step = {"at": 0, "fault": "delay_ms", "ms": 5}
    desk.gateway.scripts.start(desk.gateway.scripts.read([step]), "timeline")
    desk.pass_time(5)
    snapshot.restore(desk.gateway, document)
    assert desk.gateway.lifecycle.describe()["state"] == "running"
    assert desk.gateway.link_is_up
    assert {**document_of(desk), "time": ""} == {**document, "time": ""}


def test_derivatives_and_several_accounts_travel(make_desk: Callable[..., Any]) -> None:
    accounts = ("DU1234567", "DU7654321")
    first = make_desk(accounts=accounts)
    book = first.broker.book
    option, future, pair = (
        book.find_all(spec)[0]
        for spec in (
            ContractSpec(symbol="AAPL", sec_type="OPT", exchange="SMART", currency="USD", right="C"),
            ContractSpec(symbol="ES", sec_type="FUT", exchange="CME", currency="USD"),
            ContractSpec(symbol="EUR", sec_type="CASH", exchange="IDEALPRO", currency="USD"),
        )
    )
    for number, row in enumerate((option, future, pair), 1):
        first.broker.place(
            client_id=1,
            order_id=number,
            contract=ContractSpec(con_id=row.con_id, exchange=row.exchanges[0]),
            ticket=OrderTicket(
                action="BUY",
                quantity=Decimal(20_000 if row is pair else 1),
                order_type="MKT",
                account="DU7654321",
            ),
        )
    for _ in range(40):
        first.pass_time(1)
    assert {row.con_id for row in first.broker.state.executions} == {option.con_id, future.con_id, pair.con_id}
    document = document_of(first)
    second = make_desk(seed=2, accounts=("DU1",))
    snapshot.restore(second.gateway, document)
    assert document_of(second) == document
    assert second.broker.balances("DU7654321") == first.broker.balances("DU7654321")
