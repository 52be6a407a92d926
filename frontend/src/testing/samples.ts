/** Complete rows with sensible values; tests change what they are about. */
import type { Account, Fill, Instrument, Order, Position, Quote } from "@/types/models";

export function anOrder(change: Partial<Order> = {}): Order {
  return {
    id: "order-1", client_order_id: "client-1", account: "DU1", con_id: 265598, symbol: "AAPL", side: "BUY", quantity: "100", order_type: "LMT",
    limit_price: "228.50", stop_price: null, time_in_force: "DAY", outside_rth: false, status: "working", filled_quantity: "0",
    average_fill_price: null, commission: null, origin: "desk", reject_code: null, reject_reason: null,
    ib: { order_id: 7, perm_id: 1001, client_id: 1, status: "Submitted" }, created_at: "2026-11-24T12:00:00Z", updated_at: "2026-11-24T12:00:01Z",
    last_event_seq: 10, ...change,
  };
}

export function aFill(change: Partial<Fill> = {}): Fill {
  return {
    id: "1", exec_id: "0001.01", order_id: "order-1", account: "DU1", con_id: 265598, symbol: "AAPL", side: "BUY", quantity: "100", price: "228.50",
    commission: "1.00", commission_currency: "USD", realized_pnl: null, executed_at: "2026-11-24T12:00:02Z", exchange: "ISLAND", is_current: true, ...change,
  };
}

export function aPosition(change: Partial<Position> = {}): Position {
  return {
    account: "DU1", con_id: 265598, symbol: "AAPL", quantity: "100", average_cost: "228.50", market_price: "229.00", market_value: "22900.00",
    unrealized_pnl: "50.00", realized_pnl: "0.00", as_of: "2026-11-24T12:00:02Z", ...change,
  };
}

export function anInstrument(change: Partial<Instrument> = {}): Instrument {
  return {
    con_id: 265598, symbol: "AAPL", sec_type: "STK", exchange: "SMART", primary_exchange: "NASDAQ", currency: "USD", long_name: "APPLE INC",
    min_tick: "0.01", multiplier: "1", trading_hours: "", liquid_hours: "", time_zone: "America/New_York", is_tradable: true, ...change,
  };
}

export function aQuote(change: Partial<Quote> = {}): Quote {
  return {
    symbol: "AAPL", con_id: 265598, bid: "228.51", ask: "228.53", last: "228.52", bid_size: "300", ask_size: "200", volume: "31582104", high: "230.00",
    low: "226.00", open: "227.00", close: "227.15", time: "2026-11-24T12:00:00Z", market_data_type: "live", ...change,
  };
}

export function anAccount(change: Partial<Account> = {}): Account {
  return {
    account: "DU1", trading_mode: "paper", base_currency: "USD", net_liquidation: "1000000.00", total_cash: "800000.00", buying_power: "3200000.00",
    available_funds: "700000.00", init_margin: "100000.00", maint_margin: "50000.00", gross_position_value: "200000.00", daily_pnl: "120.50",
    unrealized_pnl: "50.00", realized_pnl: "-10.00", as_of: "2026-11-24T12:00:00Z", ...change,
  };
}
