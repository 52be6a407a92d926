"""What clients are told of accounts in several currencies, of cash accounts, and under groups and models."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tws_simulator.ledger.accounts import Plan
from tws_simulator.ledger.options import AccountOptionError, parse_account

from tests.unit.tws_simulator.conftest import Client
from tests.unit.tws_simulator.test_session import errors, order_fields

D = Decimal
ACCOUNTS = ("DU1", "DU2:base=EUR,cash=EUR:50000+USD:-1000", "DU3:type=cash,plan=tiered")


@pytest.fixture
def bank(make_desk: Callable[..., Any]) -> Any:
    """A desk of three accounts."""
    options = [parse_account(text) for text in ACCOUNTS]
    return make_desk(accounts=tuple(row.name for row in options), account_options={row.name: row for row in options})


@pytest.fixture
def teller(bank: Any) -> Client:
    return Client(bank.gateway, 1, 178)


def values(messages: list[tuple[str, ...]], kind: str, account: str) -> dict[tuple[str, str], str]:
    """Value by tag and currency."""
    if kind == "6":
        return {(row[2], row[4]): row[3] for row in messages if row[0] == "6" and row[5] == account}
    first = {"63": 4, "73": 5}[kind]
    rows = [row for row in messages if row[0] == kind and row[3] == account]
    return {(row[first], row[first + 2]): row[first + 1] for row in rows}


def test_account_updates_show_each_currency_and_their_sum(bank: Any, teller: Client) -> None:
    rate = bank.broker.ledger.rates.between("USD", "EUR")
    shown = values(teller.ask(6, 2, 1, "DU2"), "6", "DU2")
    assert (shown["CashBalance", "EUR"], shown["CashBalance", "USD"]) == ("50000.00", "-1000.00")
    assert shown["CashBalance", "BASE"] == str(round(50_000 - 1_000 * rate, 2))
    assert shown["NetLiquidation", "EUR"] == shown["CashBalance", "BASE"]
    assert ("NetLiquidation", "USD") not in shown
    assert abs(D(shown["ExchangeRate", "USD"]) - rate) < D("0.000001")
    assert (shown["ExchangeRate", "EUR"], shown["RealCurrency", "BASE"]) == ("1.00", "EUR")
    assert (shown["AccountReady", ""], shown["AccountCode", ""]) == ("true", "DU2")


def test_segments_add_up(bank: Any, teller: Client) -> None:
    shown = values(teller.ask(6, 2, 1, "DU1"), "6", "DU1")
    for tag in ("NetLiquidation", "InitMarginReq", "AvailableFunds", "TotalCashValue", "FullExcessLiquidity"):
        assert D(shown[tag, "USD"]) == D(shown[f"{tag}-S", "USD"]) + D(shown[f"{tag}-C", "USD"])


def test_another_account_ends_the_stream_of_the_first(teller: Client) -> None:
    teller.ask(6, 2, 1, "DU1")
    assert errors(teller.ask(6, 2, 1, "DU2"))[0][1] == "2100"
    assert errors(teller.ask(6, 2, 1, "DU9")) == [("-1", "321")]


def test_the_summary_is_of_all_accounts_or_one(teller: Client) -> None:
    everyone = teller.ask(62, 1, 1, "All", "NetLiquidation,BuyingPower")
    assert {row[3] for row in everyone if row[0] == "63"} == {"DU1", "DU2", "DU3"}
    assert values(everyone, "63", "DU1")["BuyingPower", "USD"] == "4000000.00"
    assert values(everyone, "63", "DU3")["BuyingPower", "USD"] == "1000000.00"
    teller.ask(63, 1, 1)
    assert {row[3] for row in teller.ask(62, 1, 2, "DU2", "NetLiquidation") if row[0] == "63"} == {"DU2"}
    assert errors(teller.ask(62, 1, 3, "MyGroup", "NetLiquidation")) == [("3", "321")]


def test_the_summary_knows_every_tag_of_the_clients(teller: Client) -> None:
    """The list of the official client, with its own spelling of three tags."""
    tags = (
        "AccountType,NetLiquidation,TotalCashValue,SettledCash,AccruedCash,BuyingPower,EquityWithLoanValue,"
        "PreviousEquityWithLoanValue,GrossPositionValue,ReqTEquity,ReqTMargin,SMA,InitMarginReq,MaintMarginReq,"
        "AvailableFunds,ExcessLiquidity,Cushion,FullInitMarginReq,FullMaintMarginReq,FullAvailableFunds,"
        "FullExcessLiquidity,LookAheadNextChange,LookAheadInitMarginReq,LookAheadMaintMarginReq,"
        "LookAheadAvailableFunds,LookAheadExcessLiquidity,HighestSeverity,DayTradesRemaining,Leverage"
    )
    assert len(values(teller.ask(62, 1, 1, "DU1", tags), "63", "DU1")) == len(tags.split(","))


@pytest.mark.parametrize(
    ("tag", "currencies"),
    [("$LEDGER", {"BASE", "EUR"}), ("$LEDGER:USD", {"USD"}), ("$LEDGER:ALL", {"BASE", "EUR", "USD"})],
)
def test_the_ledger_tag_chooses_currencies(teller: Client, tag: str, currencies: set[str]) -> None:
    shown = values(teller.ask(62, 1, 1, "DU2", tag), "63", "DU2")
    assert {currency for _, currency in shown} == currencies
    assert {"CashBalance", "ExchangeRate", "NetLiquidationByCurrency"} <= {name for name, _ in shown}


def test_multi_updates_carry_the_model_and_the_net_liquidation(teller: Client) -> None:
    rows = teller.ask(76, 1, 1, "DU2", "Growth", 1)
    assert {row[4] for row in rows if row[0] == "73"} == {"Growth"}
    shown = values(rows, "73", "DU2")
    assert ("NetLiquidation", "EUR") in shown
    assert ("BuyingPower", "EUR") not in shown
    assert errors(teller.ask(76, 1, 2, "DU9", "", 1)) == [("2", "321")]


def test_a_fill_moves_only_its_account(bank: Any, teller: Client) -> None:
    bank.pin("189.99", "190.01")
    teller.ask(6, 2, 1, "DU1")
    teller.ask(*order_fields(1, account="DU3"))
    held = {name: bank.broker.account(name).quantity(265598) for name in bank.broker.accounts}
    assert held == {"DU1": 0, "DU2": 0, "DU3": 100}
    teller.news()
    bank.pass_time()
    assert "6" not in {row[0] for row in teller.news()}
    (execution,) = bank.broker.state.executions
    assert execution.commission == D("0.35") + 100 * D("0.0032") + D("0.35") * D("0.00074")


def test_single_profit_is_in_the_base_currency(bank: Any, teller: Client) -> None:
    bank.pin("189.99", "190.01")
    teller.ask(*order_fields(1, account="DU2"))
    ((_, _, quantity, _, _, _, value),) = teller.ask(94, 4, "DU2", "", 265598)
    rate = bank.broker.ledger.rates.between("USD", "EUR")
    assert quantity == "100"
    assert abs(D(value) - bank.broker.mark(265598) * 100 * rate) < D("0.001")


def test_a_preview_in_the_tiered_plan_has_a_least_and_a_most(bank: Any) -> None:
    from tws_simulator.model import ContractSpec, OrderTicket

    preview = bank.broker.preview(
        client_id=1,
        order_id=1,
        contract=ContractSpec(con_id=265598, exchange="SMART"),
        ticket=OrderTicket("BUY", D(100), "MKT", account="DU3"),
    )
    assert preview.cost.minimum is not None
    assert preview.cost.maximum is not None
    assert preview.cost.minimum < preview.cost.maximum == preview.cost.commission


def test_accounts_survive_a_restart_with_their_currencies(make_desk: Callable[..., Any], tmp_path: Any) -> None:
    option = parse_account("DU7:base=CHF,cash=CHF:100+USD:5000,plan=tiered")
    settings = {"accounts": ("DU7",), "account_options": {"DU7": option}, "state_file": tmp_path / "state.jsonl"}
    desk = make_desk(**settings)
    desk.pin("189.99", "190.01")
    Client(desk.gateway, 1, 178).ask(*order_fields(1))
    saved = repr(desk.broker.account("DU7"))
    desk.gateway.close()
    again = make_desk(**{**settings, "account_options": {}})
    assert repr(again.broker.account("DU7")) == saved
    again.gateway.reset()
    assert again.broker.account("DU7").cash == {"CHF": D(1_000_000)}
    assert again.broker.account("DU7").plan is Plan.TIERED


def test_an_account_saved_by_an_early_version_is_in_dollars() -> None:
    from tws_simulator.ledger.accounts import Account
    from tws_simulator.storage.codec import load

    old = {
        "name": "DU1",
        "cash": "999",
        "positions": {"1": {"con_id": 1, "quantity": "5", "average_cost": "10", "day_quantity": "5", "day_mark": "9"}},
        "realized_today": "3",
        "day": "2026-11-23",
        "day_equity": "1044",
    }
    account = load(Account, old)
    assert (account.cash, account.realized, account.base) == ({"USD": D(999)}, {"USD": D(3)}, "USD")
    assert account.position(1).quantity == 5


@pytest.mark.parametrize(
    "text",
    [
        "X1",
        "DU1:base=euro",
        "DU1:cash=EUR:x",
        "DU1:cash=5",
        "DU1:type=ira",
        "DU1:plan=",
        "DU1:base=EUR,base=USD",
        "DU1:a",
    ],
)
def test_a_wrong_description_of_an_account_is_refused(text: str) -> None:
    with pytest.raises(AccountOptionError):
        parse_account(text)
