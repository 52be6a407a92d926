"""Accounts one by one."""

from typing import Any

from tws_simulator.control.http import HttpError, HttpRequest
from tws_simulator.control.routes import Route
from tws_simulator.control.schemas import array, record, text
from tws_simulator.control.views import ACCOUNT, account_row
from tws_simulator.gateway import Gateway


def found_account(gateway: Gateway, name: str) -> str:
    """The number of an account there is. Raises HttpError 404."""
    if name not in gateway.broker.accounts:
        raise HttpError(404, f"there is no account {name[:40]!r}", field="account")
    return name


def _accounts(gateway: Gateway, request: HttpRequest) -> Any:
    return {"accounts": [account_row(gateway, name) for name in gateway.broker.accounts]}


def _account(gateway: Gateway, request: HttpRequest) -> Any:
    return account_row(gateway, found_account(gateway, request.params["account"]))


ROUTES = (
    Route(
        "GET",
        "/accounts",
        "All accounts with balances and positions",
        _accounts,
        record("Accounts", needs=("accounts",), accounts=array(ACCOUNT)),
    ),
    Route(
        "GET",
        "/accounts/{account}",
        "One account with balances and positions",
        _account,
        ACCOUNT,
        parameters={"account": text("account number")},
        errors=(404,),
    ),
)
