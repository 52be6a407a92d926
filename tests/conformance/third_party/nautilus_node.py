"""A NautilusTrader live node with its Interactive Brokers adapter: quotes, bars, a market and a limit order.

Runs in an environment with `nautilus_trader[ib]`. Arguments: port, account. Prints one line for each thing seen.
"""

import asyncio
import sys
from datetime import timedelta
from decimal import Decimal

from nautilus_trader.adapters.interactive_brokers.common import IB
from nautilus_trader.adapters.interactive_brokers.config import (
    InteractiveBrokersDataClientConfig,
    InteractiveBrokersExecClientConfig,
    InteractiveBrokersInstrumentProviderConfig,
)
from nautilus_trader.adapters.interactive_brokers.factories import (
    InteractiveBrokersLiveDataClientFactory,
    InteractiveBrokersLiveExecClientFactory,
)
from nautilus_trader.config import LiveDataEngineConfig, LoggingConfig, RoutingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy

PORT, ACCOUNT = int(sys.argv[1]), sys.argv[2]
APPLE = InstrumentId.from_str("AAPL.NASDAQ")
SECONDS = 25
seen: set[str] = set()


def say(what: str) -> None:
    """Print a fact once."""
    if what not in seen:
        seen.add(what)
        print(f"SEEN {what}", flush=True)


class Prober(Strategy):
    """Subscribes, trades once, and leaves nothing behind."""

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(APPLE)
        say(f"instrument {self.instrument.id} tick {self.instrument.price_increment}")
        self.subscribe_quote_ticks(APPLE)
        self.subscribe_trade_ticks(APPLE)
        bars = BarType.from_str("AAPL.NASDAQ-1-MINUTE-LAST-EXTERNAL")
        self.request_bars(bars, start=self.clock.utc_now() - timedelta(hours=2))
        self.subscribe_bars(BarType.from_str("AAPL.NASDAQ-5-SECOND-LAST-EXTERNAL"))
        self.submit_order(self.order_factory.market(APPLE, OrderSide.BUY, self.instrument.make_qty(Decimal(100))))
        self.limit = self.order_factory.limit(
            APPLE, OrderSide.BUY, self.instrument.make_qty(Decimal(10)), self.instrument.make_price(50)
        )
        self.submit_order(self.limit)

    def on_quote_tick(self, tick: object) -> None:
        say("quote tick")

    def on_trade_tick(self, tick: object) -> None:
        say("trade tick")

    def on_bar(self, bar: object) -> None:
        say("live bar")

    def on_historical_data(self, data: object) -> None:
        say(f"historical {type(data).__name__}")

    def on_order_accepted(self, event: object) -> None:
        say("order accepted")
        if event.client_order_id == self.limit.client_order_id:
            self.cancel_order(self.limit)

    def on_order_filled(self, event: object) -> None:
        say(f"order filled {event.last_qty} commission {event.commission}")

    def on_order_canceled(self, event: object) -> None:
        say("order canceled")

    def on_order_rejected(self, event: object) -> None:
        say(f"order rejected {event.reason}")

    def on_position_opened(self, event: object) -> None:
        say(f"position {event.quantity}")


def main() -> None:
    """Build the node, run it for a while, stop it."""
    provider = InteractiveBrokersInstrumentProviderConfig(load_ids=frozenset([str(APPLE)]))
    settings = {"ibg_host": "127.0.0.1", "ibg_port": PORT, "ibg_client_id": 31, "instrument_provider": provider}
    config = TradingNodeConfig(
        trader_id="PROBE-001",
        logging=LoggingConfig(log_level="WARNING"),
        data_clients={IB: InteractiveBrokersDataClientConfig(**settings)},
        exec_clients={
            IB: InteractiveBrokersExecClientConfig(**settings, account_id=ACCOUNT, routing=RoutingConfig(default=True))
        },
        data_engine=LiveDataEngineConfig(time_bars_timestamp_on_close=False),
        timeout_connection=20.0,
        timeout_reconciliation=10.0,
    )
    node = TradingNode(config=config)
    node.trader.add_strategy(Prober())
    node.add_data_client_factory(IB, InteractiveBrokersLiveDataClientFactory)
    node.add_exec_client_factory(IB, InteractiveBrokersLiveExecClientFactory)
    node.build()
    loop = node.get_event_loop()
    loop.call_later(SECONDS, lambda: asyncio.ensure_future(node.stop_async()))
    try:
        node.run()
    finally:
        node.dispose()


main()
