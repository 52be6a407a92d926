/** Complete rows with sensible values; tests change what they are about. */
import type { Account, Fill, Incident, Instrument, Order, Position, Quote } from "@/types/models";

import { freshAccount, freshPosition } from "./mock-accounts.ts";

export function anOrder(change: Partial<Order> = {}): Order {
  return {
    id: "order-1", client_order_id: "client-1", account: "DU1", con_id: 265598, symbol: "AAPL", side: "BUY", quantity: "100", order_type: "LMT",
    limit_price: "228.50", stop_price: null, trailing_amount: null, trailing_percent: null, limit_offset: null, offset_amount: null,
    time_in_force: "DAY", good_till_date: null, outside_rth: false, status: "working", filled_quantity: "0",
    average_fill_price: null, commission: null, commission_currency: null, origin: "desk", reject_code: null, reject_reason: null, settled_by: null,
    ib: { order_id: 7, perm_id: 1001, client_id: 1, status: "Submitted" }, created_at: "2026-11-24T12:00:00Z", updated_at: "2026-11-24T12:00:01Z",
    last_event_seq: 10, ...change,
  };
}

export function aFill(change: Partial<Fill> = {}): Fill {
  return {
    id: "1", exec_id: "0001.01", order_id: "order-1", account: "DU1", con_id: 265598, symbol: "AAPL", side: "BUY", quantity: "100", price: "228.50",
    commission: "1.00", commission_currency: "USD", realized_pnl: null, executed_at: "2026-11-24T12:00:02Z", exchange: "ISLAND", is_current: true, is_summary: false, ...change,
  };
}

export function aPosition(change: Partial<Position> = {}): Position {
  return {
    account: "DU1", con_id: 265598, symbol: "AAPL", quantity: "100", average_cost: "228.50", market_price: "229.00", market_value: "22900.00",
    unrealized_pnl: "50.00", realized_pnl: "0.00", as_of: "2026-11-24T12:00:02Z", ...freshPosition("2026-11-24T12:00:02Z"), ledger_quantity: null, differs_since: null, ...change,
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
    low: "226.00", open: "227.00", close: "227.15", time: "2026-11-24T12:00:00Z", market_data_type: "live", stale: false, stale_reason: null, ...change,
  };
}

export function anAccount(change: Partial<Account> = {}): Account {
  return {
    account: "DU1", trading_mode: "paper", base_currency: "USD", net_liquidation: "1000000.00", total_cash: "800000.00", buying_power: "3200000.00",
    available_funds: "700000.00", init_margin: "100000.00", maint_margin: "50000.00", gross_position_value: "200000.00", daily_pnl: "120.50",
    unrealized_pnl: "50.00", realized_pnl: "-10.00", ...freshAccount("2026-11-24T12:00:00Z"), ...change,
  };
}

export function anIncident(change: Partial<Incident> = {}): Incident {
  const end = { count: 0, ended_at: "2026-11-24T12:00:31Z" };
  const answer = { asked_at: "2026-11-24T12:00:30Z", open_orders: end, completed_orders: end, executions: end };
  return {
    id: "1", kind: "order_unsettled", title: "IB does not say what became of an order", severity: "critical", account: "DU1234567", order_id: "order-1",
    subject: "order-1",
    evidence: {
      order: { side: "BUY", quantity: "75", symbol: "AMD", order_type: "LMT", limit_price: "130", status: "unknown", ib_order_id: 42, perm_ids: [] },
      since: "2026-11-24T12:00:10Z", why: "No acknowledgement within 10 s",
      sent: [{ command: "place", sent_at: "2026-11-24T12:00:00Z", status: "unknown", ib_order_id: 42, error: null }],
      ib_said: [{ id: 7, at: "2026-11-24T12:00:20Z", kind: "error", source: "ib", payload: { code: 10147, text: "OrderId 42 that needs to be cancelled is not found." } }],
      complete_answers: { count: 2, first: answer, last: answer },
    },
    is_open: true,
    choices: [
      { choice: "ask_ib", label: "Ask IB again now", hint: "The gateway fetches IB's lists and compares.", needs_reason: false },
      { choice: "send_cancel", label: "Send a cancel for it", hint: "A cancel goes to IB under the order's IB id.", needs_reason: false },
      { choice: "keep_waiting", label: "Keep waiting", hint: "The alarm is silenced. It stays open until IB's evidence settles it.", needs_reason: false },
      { choice: "never_reached", label: "It never reached IB", hint: "Ends the order as rejected on your word, without evidence from IB. Make sure first, in TWS or by telephone: if it does live at IB, it can still fill.", needs_reason: true },
      { choice: "was_cancelled", label: "It was cancelled at IB", hint: "Ends the order as cancelled on your word, without evidence from IB.", needs_reason: true },
    ],
    opened_at: "2026-11-24T12:00:40Z", last_seen_at: "2026-11-24T12:01:40Z", acknowledged_at: null, acknowledged_by: null, resolved_at: null,
    resolved_by: null, resolution: null, choice: null, reason: null, ...change,
  };
}
