"""The command line: `python -m tws_simulator --port 4002 --control-port 4003 --seed 1`."""

import argparse
import asyncio
import logging
import re
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tws_simulator import __version__
from tws_simulator.broker import MAX_OPEN_ORDERS
from tws_simulator.commands import COMMANDS
from tws_simulator.exchange.fill_models import MODELS
from tws_simulator.gateway import Settings, create_gateway
from tws_simulator.ledger.command_line import accounts_of, add_arguments, descriptions_of, rules_of
from tws_simulator.market_file import MarketFileError, apply_market_file
from tws_simulator.messages.versions import MAX_VERSION, MIN_VERSION
from tws_simulator.server import run
from tws_simulator.storage.journal import StateFileError
from tws_simulator.time_options import add_time_options, check_time_options, time_settings

DEFAULT_ACCOUNTS = ("DU1234567",)
_ACCOUNT = re.compile(r"^D[A-Z]{0,2}\d{3,10}$")


def main(arguments: list[str] | None = None) -> int:
    """Run until stopped. Returns 2 for wrong options, 1 when it cannot start."""
    parser = _parser()
    options = parser.parse_args(arguments)
    check_time_options(parser, options)
    logging.basicConfig(
        level=options.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    settings = Settings(
        seed=options.seed,
        accounts=accounts_of(options, DEFAULT_ACCOUNTS),
        account_options=descriptions_of(options),
        rules=rules_of(options),
        calendar=options.calendar,
        starting_cash=options.starting_cash,
        state_file=options.state_file,
        server_version=options.server_version,
        account_interval=options.account_interval,
        master_client_id=options.master_client_id,
        fill_model=options.fill_model,
        max_open_orders=options.max_open_orders,
        **time_settings(options),
    )
    try:
        gateway = create_gateway(settings)
        if options.market is not None:
            apply_market_file(gateway, options.market)
        asyncio.run(
            run(
                gateway,
                host=options.host,
                port=options.port,
                control_host=options.control_host,
                control_port=options.control_port,
            )
        )
    except (OSError, StateFileError, MarketFileError) as error:
        sys.stderr.write(f"tws_simulator: {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tws_simulator", description=__doc__, epilog=f"Other commands: {', '.join(COMMANDS)}; each with --help."
    )
    parser.add_argument("--port", type=_port, default=4002, help="for API clients; 0 takes a free one (4002)")
    parser.add_argument(
        "--control-port", type=_port, default=4003, help="for control requests; 0 takes a free one (4003)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address for API clients (127.0.0.1)")
    parser.add_argument("--control-host", default="127.0.0.1", help="address for control requests (127.0.0.1)")
    parser.add_argument("--seed", type=int, default=1, help="of the market and of ids (1)")
    parser.add_argument("--accounts", type=_accounts, help="paper account numbers, by comma (DU1234567)")
    add_arguments(parser)
    parser.add_argument("--calendar", choices=["always", "exchange"], default="always", help="trading hours (always)")
    parser.add_argument(
        "--starting-cash",
        type=_money,
        default=Decimal(1_000_000),
        help="in the base currency of each account for which no cash is given (1000000)",
    )
    parser.add_argument("--state-file", type=Path, help="keep orders, fills and accounts here over restarts")
    parser.add_argument("--market", type=Path, help="JSON file of price processes, liquidity and data rights")
    parser.add_argument("--account-interval", type=float, default=180.0, help="seconds between account updates (180)")
    parser.add_argument(
        "--server-version", type=_version, default=MAX_VERSION, help=f"highest to offer ({MAX_VERSION})"
    )
    parser.add_argument("--master-client-id", type=_count, help="this client hears of the orders of all clients")
    parser.add_argument(
        "--fill-model",
        choices=sorted(MODELS),
        default="touch",
        help="how resting orders are filled by what others trade: first in line, behind the size shown, or also by "
        "hidden orders at the midpoint (touch)",
    )
    parser.add_argument(
        "--max-open-orders",
        type=_count,
        default=MAX_OPEN_ORDERS,
        help=f"working orders allowed per account, contract and side; 0 for any number ({MAX_OPEN_ORDERS})",
    )
    add_time_options(parser)
    parser.add_argument("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("a number of at least 0")
    return count


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _version(text: str) -> int:
    version = int(text)
    if not MIN_VERSION <= version <= MAX_VERSION:
        raise argparse.ArgumentTypeError(f"versions {MIN_VERSION} to {MAX_VERSION} are spoken")
    return version


def _accounts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or any(not _ACCOUNT.match(name) for name in names) or len(set(names)) != len(names):
        raise argparse.ArgumentTypeError("account numbers begin with D (paper), like DU1234567, and differ")
    return names


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError("an amount of money, like 1000000") from None
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError("an amount of money, like 1000000")
    return amount
