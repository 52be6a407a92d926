/**
 * A desk in memory that answers like the real one: for `npm run dev:mock` and for tests.
 * It knows just enough of a market to move prices and fill orders; it never ships with the app.
 */
import Big from "big.js";

import type { Account, Fill, Gateway, Incident, Instrument, KillSwitch, Order, OrderEvent, PlaceOrder, Position, Quote } from "../types/models.ts";

import { freshAccount, freshPosition, mockCurrencies, mockEquity, mockMargin } from "./mock-accounts.ts";
import { MockAccess } from "./mock-access.ts";

export interface MockAnswer {
  status: number;
  body: unknown;
}

export interface StreamEvent {
  type: "event";
  seq: number;
  channel: string;
  event: string;
  data: unknown;
}

type Listener = (event: StreamEvent) => void;
type Row = [symbol: string, conId: number, name: string, price: string];

const UNIVERSE: Row[] = [
  ["AAPL", 265598, "APPLE INC", "228.52"],
  ["AMD", 4391, "ADVANCED MICRO DEVICES", "141.18"],
  ["AMZN", 3691937, "AMAZON.COM INC", "207.89"],
  ["GOOGL", 208813719, "ALPHABET INC-CL A", "176.45"],
  ["IWM", 9579970, "ISHARES RUSSELL 2000 ETF", "238.77"],
  ["JPM", 1520593, "JPMORGAN CHASE & CO", "248.55"],
  ["META", 107113386, "META PLATFORMS INC-CLASS A", "561.02"],
  ["MSFT", 272093, "MICROSOFT CORP", "417.79"],
  ["NVDA", 4815747, "NVIDIA CORP", "141.95"],
  ["QQQ", 320227571, "INVESCO QQQ TRUST SERIES 1", "506.59"],
  ["SPY", 756733, "SPDR S&P 500 ETF TRUST", "597.53"],
  ["TSLA", 76792991, "TESLA INC", "352.56"],
];

const ACCOUNT = "DU1234567";
const now = () => new Date().toISOString();

function instrumentOf([symbol, conId, name]: Row): Instrument {
  return {
    con_id: conId, symbol, sec_type: "STK", exchange: "SMART", currency: "USD", long_name: name,
    primary_exchange: ["SPY", "IWM"].includes(symbol) ? "ARCA" : symbol === "JPM" ? "NYSE" : "NASDAQ",
    min_tick: "0.01", multiplier: "1", trading_hours: "20261124:0400-20261124:2000",
    liquid_hours: "20261124:0930-20261124:1600", time_zone: "America/New_York", is_tradable: true,
  };
}

export class MockDesk {
  readonly instruments = UNIVERSE.map(instrumentOf);
  readonly quotes = new Map<string, Quote>();
  readonly requests: { method: string; path: string; body: unknown }[] = [];
  orders: Order[] = [];
  fills: Fill[] = [];
  positions: Position[] = [];
  incidents: Incident[] = [];
  killSwitch: KillSwitch = {
    engaged: false, cancel_orders: false, flatten: false, reason: null, changed_by: null, changed_at: null, cancelled_at: null, flat_at: null,
    orders_left_count: 0, positions_left_count: 0, orders_left: [], positions_left: [], may_engage: true, may_release: true, may_flatten: true,
  };
  journal: StreamEvent[] = [];
  access = new MockAccess(ACCOUNT);
  signedIn: boolean;
  isStaff = true;
  /** Orders fill by themselves when the market reaches them. */
  autoFill = true;
  gateway: Gateway = {
    state: "ready", ready: true, since: now(), reason: null, connected_at: now(), synced_at: now(), heartbeat_at: now(),
    lag_seconds: 0.012, host: "127.0.0.1", port: 4002, client_id: 1, server_version: 176, library: "ib_insync 0.9.86",
    accounts: [ACCOUNT], next_restart: null, next_restart_name: null, planned_until: null, takes_cancels: true, farms_down: [],
    standbys: [], clock_note: null, clock_since: null, trading_mode: "paper",
  };
  #events = new Map<string, OrderEvent[]>();
  #listeners = new Set<Listener>();
  #seq = 0;
  #lastId = 0;
  #random: () => number;

  constructor({ signedIn = true, seed = 7 }: { signedIn?: boolean; seed?: number } = {}) {
    this.signedIn = signedIn;
    this.#random = randomFrom(seed);
    for (const [symbol, conId, , price] of UNIVERSE) this.#setQuote(symbol, conId, new Big(price));
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get seq(): number {
    return this.#seq;
  }

  /** One beat of the market: prices move, marketable orders fill. */
  tick(): void {
    for (const [symbol, conId] of UNIVERSE) {
      const last = new Big(this.quotes.get(symbol)?.last ?? "100");
      if (this.#random() < 0.6) this.#setQuote(symbol, conId, last.plus(new Big(Math.round((this.#random() - 0.5) * 12)).div(100)));
    }
    this.positions = this.positions.map((position) => this.#marked(position));
    if (this.autoFill) this.#fillMarketable();
  }

  setGateway(change: Partial<Gateway>): void {
    this.gateway = { ...this.gateway, since: now(), ...change };
    this.#push("gateway", "gateway.updated", this.gateway);
  }

  /** From now on our own fills say `ledger` of a position, which is not what IB says. */
  setDifference(symbol: string, ledger: string): void {
    this.positions = this.positions.map((position) => (position.symbol === symbol ? { ...position, ledger_quantity: ledger, differs_since: now() } : position));
    this.positions.filter((position) => position.symbol === symbol).forEach((position) => this.#push("positions", "position.updated", position));
  }

  /** Record and push a change of one order, as the real desk does. */
  moveOrder(id: string, change: Partial<Order>, type: string, extra: Partial<OrderEvent> = {}): Order {
    const before = this.orders.find((order) => order.id === id);
    if (before === undefined) throw new Error(`no order ${id}`);
    const after: Order = { ...before, ...change, updated_at: now(), last_event_seq: before.last_event_seq + 1 };
    this.orders = this.orders.map((order) => (order.id === id ? after : order));
    this.#log(after, type, before.status, extra);
    this.#push("orders", "order.updated", after);
    return after;
  }

  /** Answer one REST request. */
  handle(method: string, url: string, body?: unknown): MockAnswer {
    const { pathname, searchParams } = new URL(url, "http://desk.test");
    const path = pathname.replace("/api/v1", "");
    this.requests.push({ method, path, body });
    if (path === "/auth/session/") return this.#session(method, body as { username?: string; password?: string; code?: string } | undefined);
    if (!this.signedIn) return failure(401, "AUTHENTICATION_REQUIRED", "Sign in first.");
    return this.#route(method, path, searchParams, body);
  }

  /** Fill (part of) an order at a price, with its position and its commission. */
  fill(id: string, quantity: string, price: string): Fill {
    const order = this.orders.find((each) => each.id === id);
    if (order === undefined) throw new Error(`no order ${id}`);
    const filled = new Big(order.filled_quantity).plus(quantity);
    const spent = new Big(order.average_fill_price ?? 0).times(order.filled_quantity).plus(new Big(price).times(quantity));
    const commission = new Big(quantity).times("0.005").round(2).toFixed(2);
    const fill: Fill = {
      id: String(++this.#lastId), exec_id: `0000e0d5.${String(this.#lastId).padStart(8, "0")}.01.01`, order_id: id, account: order.account,
      con_id: order.con_id, symbol: order.symbol, side: order.side, quantity, price, commission, commission_currency: "USD",
      realized_pnl: null, executed_at: now(), exchange: "ISLAND", is_current: true, is_summary: false,
    };
    this.fills = [fill, ...this.fills];
    this.#push("fills", "fill.created", fill);
    this.moveOrder(
      id,
      {
        status: filled.gte(order.quantity) ? "filled" : "partially_filled",
        filled_quantity: filled.toFixed(),
        average_fill_price: spent.div(filled).round(4).toFixed(),
        commission: new Big(order.commission ?? 0).plus(commission).toFixed(2),
        ib: { ...order.ib, status: filled.gte(order.quantity) ? "Filled" : "Submitted" },
      },
      "order_filled",
      { data: { quantity, price, exec_id: fill.exec_id }, ib_message: said("execDetails", { execId: fill.exec_id, shares: quantity, price }) },
    );
    this.#book(fill);
    return fill;
  }

  #route(method: string, path: string, query: URLSearchParams, body: unknown): MockAnswer {
    const [, id, action] = /^\/orders\/([^/]+)\/(?:(\w+)\/)?$/.exec(path) ?? [];
    if (path === "/orders/") return method === "POST" ? this.#place(body as PlaceOrder) : this.#list(query);
    if (id === "preview") return this.#preview(body as PlaceOrder);
    if (id === "cancel-all") return this.#cancelAll(body as { account?: string; symbol?: string } | undefined);
    if (id !== undefined) return this.#oneOrder(method, id, action, body);
    if (path === "/fills/") return page(this.fills.filter((fill) => matches(query, "order_id", fill.order_id)));
    if (path === "/positions/") return page(this.positions);
    if (path === "/accounts/") return page([this.account()]);
    if (path.endsWith("/currencies/")) return { status: 200, body: mockCurrencies(this.account()) };
    if (path.endsWith("/margin/")) return { status: 200, body: mockMargin(this.account()) };
    if (path.endsWith("/equity/")) return { status: 200, body: mockEquity(this.account()) };
    if (path.startsWith("/accounts/")) return { status: 200, body: { ...this.account(), values: this.#accountValues() } };
    if (path === "/instruments/") return page(this.#search(query.get("search") ?? ""));
    if (path === "/quotes/") return page((query.get("symbols") ?? "").split(",").flatMap((symbol) => this.quotes.get(symbol) ?? []));
    if (path === "/bars/") return this.#bars(query);
    if (path.startsWith("/incidents/")) return this.#incident(path, body as { choice: Incident["choice"]; reason?: string } | undefined);
    if (path.startsWith("/auth/")) return this.access.handle(method, path, body);
    if (path === "/risk/kill-switch/") return this.#killSwitch(method, body as Partial<KillSwitch>);
    if (path === "/gateway/") return { status: 200, body: this.gateway };
    return failure(404, "RESOURCE_NOT_FOUND", "There is nothing at this address.");
  }

  #session(method: string, credentials?: { username?: string; password?: string; code?: string }): MockAnswer {
    if (method === "DELETE") {
      this.signedIn = false;
      return { status: 204, body: null };
    }
    if (method === "POST") {
      if (credentials?.password !== "correct") return failure(401, "AUTHENTICATION_REQUIRED", "No user has this name and password.");
      const refusal = this.access.codeRefusal(credentials.code);
      if (refusal !== null) return failure(401, "AUTHENTICATION_REQUIRED", "The code is missing or wrong.", { second_factor: refusal });
      this.signedIn = true;
    }
    const user = {
      id: 1, username: "trader", is_staff: this.isStaff, is_superuser: this.isStaff, may_operate: this.isStaff,
      second_factor: { enrolled: this.access.factor.enrolled, required: this.access.factor.required },
      accounts: [{ account: ACCOUNT, role: "administrator", permissions: ["see", "trade", "cancel", "reconcile", "manage_risk", "administer"], may_trade: true }],
    };
    return { status: 200, body: { authenticated: this.signedIn, user: this.signedIn ? user : null } };
  }

  #list(query: URLSearchParams): MockAnswer {
    const statuses = query.get("status")?.split(",");
    return page(
      this.orders.filter(
        (order) => (statuses?.includes(order.status) ?? true) && matches(query, "client_order_id", order.client_order_id) && matches(query, "symbol", order.symbol),
      ),
    );
  }

  #place(ticket: PlaceOrder): MockAnswer {
    const known = this.orders.find(({ client_order_id }) => client_order_id === ticket.client_order_id);
    if (known) return { status: 200, body: known };
    if (!this.gateway.ready) return failure(503, "IB_CONNECTION_FAILED", "The gateway is not connected to IB; nothing was sent.");
    const instrument = this.instruments.find((each) => each.con_id === ticket.con_id || each.symbol === ticket.symbol);
    if (instrument === undefined) return failure(422, "IB_INVALID_CONTRACT", "No instrument has this symbol.");
    if (new Big(ticket.quantity).gt(100_000)) {
      return failure(422, "ORDER_VALIDATION_FAILED", "The order is too large.", { quantity: ["at most 100000 in one order"] });
    }
    return { status: 201, body: this.#accept(ticket, instrument) };
  }

  #preview(ticket: PlaceOrder): MockAnswer {
    const price = ticket.limit_price ?? this.quotes.get(ticket.symbol ?? "")?.last ?? "0";
    const value = new Big(price).times(ticket.quantity);
    const [half, quarter] = [value.div(2).toFixed(2), value.div(4).toFixed(2)];
    const isTooLarge = new Big(ticket.quantity).gt(100_000);
    const risk = { is_allowed: !isTooLarge, code: isTooLarge ? "ORDER_VALIDATION_FAILED" : null, message: isTooLarge ? "The order is too large." : null, breaches: [] };
    const whatIf = {
      init_margin_before: "0", init_margin_change: half, init_margin_after: half, maint_margin_before: "0", maint_margin_change: quarter,
      maint_margin_after: quarter, equity_with_loan_before: "1000000", equity_with_loan_change: "0", equity_with_loan_after: "1000000",
      commission: new Big(ticket.quantity).times("0.005").toFixed(2), min_commission: null, max_commission: null, commission_currency: "USD", warning: null,
    };
    return { status: 200, body: { account: ACCOUNT, con_id: ticket.con_id, symbol: ticket.symbol, estimated_value: value.toFixed(2), risk, what_if: whatIf } };
  }

  #accept(ticket: PlaceOrder, instrument: Instrument): Order {
    const number = ++this.#lastId;
    const order: Order = {
      id: `0193${String(number).padStart(4, "0")}-7c1e-7000-8000-00000000${String(number).padStart(4, "0")}`,
      client_order_id: ticket.client_order_id ?? `desk-${number}`, account: ticket.account ?? ACCOUNT, con_id: instrument.con_id, symbol: instrument.symbol,
      side: ticket.side, quantity: ticket.quantity, order_type: ticket.order_type, limit_price: ticket.limit_price ?? null,
      stop_price: ticket.stop_price ?? null, trailing_amount: ticket.trailing_amount ?? null, trailing_percent: ticket.trailing_percent ?? null,
      limit_offset: ticket.limit_offset ?? null, offset_amount: ticket.offset_amount ?? null, good_till_date: ticket.good_till_date ?? null,
      time_in_force: ticket.time_in_force ?? "DAY", outside_rth: ticket.outside_rth ?? false,
      status: "pending_submit", filled_quantity: "0", average_fill_price: null, commission: null, commission_currency: null, origin: "desk", reject_code: null, reject_reason: null, settled_by: null,
      ib: { order_id: null, perm_id: null, client_id: null, status: null }, created_at: now(), updated_at: now(), last_event_seq: 1,
    };
    this.orders = [order, ...this.orders];
    this.#log(order, "order_submitted", "pending_submit", { source: "api", actor: "trader", ib_message: null });
    this.#push("orders", "order.created", order);
    this.#later(60, () => this.#acknowledge(order.id, number));
    return order;
  }

  #acknowledge(id: string, number: number): void {
    const ib = { order_id: 100 + number, perm_id: 1_846_190_000 + number, client_id: 1, status: null };
    this.moveOrder(id, { ib }, "send_reserved", { source: "gateway", data: { ib_order_id: ib.order_id, ib_client_id: 1 } });
    this.#later(120, () => {
      const message = said("orderStatus", { orderId: ib.order_id, permId: ib.perm_id, status: "Submitted", filled: "0" });
      const isWaiting = this.orders.find((order) => order.id === id)?.status === "pending_submit";
      if (isWaiting) this.moveOrder(id, { status: "working", ib: { ...ib, status: "Submitted" } }, "order_accepted", { ib_message: message });
    });
  }

  #oneOrder(method: string, id: string, action: string | undefined, body: unknown): MockAnswer {
    const order = this.orders.find((each) => each.id === id);
    if (order === undefined) return failure(404, "RESOURCE_NOT_FOUND", "There is no such order.");
    if (action === "events") return page(this.#events.get(id) ?? []);
    if (action === "cancel") return this.#cancel(order);
    if (method === "PATCH") return this.#modify(order, body as Partial<Order>);
    return { status: 200, body: order };
  }

  #cancel(order: Order): MockAnswer {
    if (["filled", "cancelled", "rejected"].includes(order.status)) return failure(409, "CONFLICT", `The order is already ${order.status}.`);
    const pending = this.moveOrder(order.id, { status: "pending_cancel" }, "cancel_requested", { source: "api", actor: "trader", ib_message: null });
    this.#later(700, () => this.moveOrder(order.id, { status: "cancelled", ib: { ...order.ib, status: "Cancelled" } }, "order_cancelled"));
    return { status: 202, body: pending };
  }

  #cancelAll(filter?: { account?: string; symbol?: string }): MockAnswer {
    const symbol = filter?.symbol;
    const open = this.orders.filter((order) => ["working", "partially_filled"].includes(order.status) && (symbol === undefined || order.symbol === symbol));
    open.forEach((order) => this.#cancel(order));
    return { status: 202, body: { requested: open.length, orders: open, failed: [] } };
  }

  #modify(order: Order, change: Partial<Order>): MockAnswer {
    const pending = this.moveOrder(order.id, { status: "pending_replace" }, "modify_requested", { source: "api", actor: "trader", data: change, ib_message: null });
    this.#later(500, () => this.moveOrder(order.id, { ...change, status: order.status }, "terms_confirmed", { data: change }));
    return { status: 202, body: pending };
  }

  /** Raise an incident, or bring it up to date, and push it. */
  setIncident(incident: Incident): void {
    const isKnown = this.incidents.some(({ id }) => id === incident.id);
    this.incidents = [incident, ...this.incidents.filter(({ id }) => id !== incident.id)];
    this.#push("incidents", isKnown ? "incident.updated" : "incident.created", incident);
  }

  #incident(path: string, decision?: { choice: Incident["choice"]; reason?: string }): MockAnswer {
    if (path === "/incidents/") return page(this.incidents.filter((incident) => incident.is_open));
    const incident = this.incidents.find(({ id }) => path.startsWith(`/incidents/${id}/`));
    if (incident === undefined) return failure(404, "RESOURCE_NOT_FOUND", "There is no such incident.");
    if (decision === undefined) return { status: 200, body: { ...incident, history: [] } };
    const offered = incident.choices.find(({ choice }) => choice === decision.choice);
    if (offered === undefined) return failure(409, "CONFLICT", "That is not possible as things stand now.");
    const by = { choice: decision.choice, reason: decision.reason ?? null };
    if (offered.needs_reason) this.setIncident({ ...incident, ...by, is_open: false, choices: [], resolved_at: now(), resolved_by: "trader" });
    else if (offered.choice === "keep_waiting") this.setIncident({ ...incident, ...by, acknowledged_at: now(), acknowledged_by: "trader" });
    return { status: 200, body: { ...this.incidents.find(({ id }) => id === incident.id), history: [] } };
  }

  #killSwitch(method: string, asked: Partial<KillSwitch> | undefined): MockAnswer {
    if (method === "POST") {
      const { engaged = false, cancel_orders = false, flatten = false, reason = null } = asked ?? {};
      this.killSwitch = { ...this.killSwitch, engaged, cancel_orders, flatten, reason, changed_by: "trader", changed_at: now() };
      this.#push("kill_switch", "kill_switch.updated", this.killSwitch);
    }
    return { status: 200, body: this.killSwitch };
  }

  #search(text: string): Instrument[] {
    const wanted = text.trim().toUpperCase();
    return this.instruments.filter((each) => each.symbol.startsWith(wanted) || each.long_name.includes(wanted)).slice(0, 12);
  }

  #bars(query: URLSearchParams): MockAnswer {
    const symbol = query.get("symbol") ?? "";
    const instrument = this.instruments.find((each) => each.symbol === symbol);
    if (instrument === undefined) return failure(422, "IB_INVALID_CONTRACT", "No instrument has this symbol.");
    const seconds = { "1 min": 60, "5 mins": 300, "30 mins": 1800, "1 hour": 3600, "1 day": 86_400 }[query.get("bar_size") ?? ""] ?? 300;
    const random = randomFrom(instrument.con_id);
    let close = Number(this.quotes.get(symbol)?.last ?? 100);
    const newest = Math.floor(Date.now() / 1000 / seconds) * seconds;
    const bars = Array.from({ length: 120 }, (_, index) => {
      const open = close + (random() - 0.5) * close * 0.003;
      const bar = {
        time: new Date((newest - index * seconds) * 1000).toISOString(), open: open.toFixed(2), close: close.toFixed(2),
        high: (Math.max(open, close) * (1 + random() * 0.0008)).toFixed(2), low: (Math.min(open, close) * (1 - random() * 0.0008)).toFixed(2),
        volume: String(Math.round(20_000 + random() * 90_000)),
      };
      close = open;
      return bar;
    });
    return { status: 200, body: { symbol, con_id: instrument.con_id, bar_size: query.get("bar_size"), duration: query.get("duration"), bars: bars.reverse() } };
  }

  account(): Account {
    const unrealized = this.positions.reduce((sum, position) => sum.plus(position.unrealized_pnl ?? 0), new Big(0));
    const value = this.positions.reduce((sum, position) => sum.plus(position.market_value ?? 0), new Big(0));
    const cash = new Big("812340.55");
    return {
      account: ACCOUNT, trading_mode: "paper", base_currency: "USD", net_liquidation: cash.plus(value).toFixed(2), total_cash: cash.toFixed(2),
      buying_power: cash.times(4).toFixed(2), available_funds: cash.minus(value.div(2)).toFixed(2), init_margin: value.div(2).toFixed(2),
      maint_margin: value.div(4).toFixed(2), gross_position_value: value.abs().toFixed(2), daily_pnl: unrealized.times("0.4").toFixed(2),
      unrealized_pnl: unrealized.toFixed(2), realized_pnl: "318.20", ...freshAccount(now()),
    };
  }

  #accountValues() {
    const account = this.account();
    return [
      ["NetLiquidation", account.net_liquidation], ["TotalCashValue", account.total_cash], ["BuyingPower", account.buying_power],
      ["AvailableFunds", account.available_funds], ["InitMarginReq", account.init_margin], ["MaintMarginReq", account.maint_margin],
      ["GrossPositionValue", account.gross_position_value], ["Cushion", "0.97"], ["Leverage", "0.31"],
    ].map(([tag, value]) => ({ tag, currency: "USD", value: value ?? "", amount: value ?? null, as_of: now() }));
  }

  #setQuote(symbol: string, conId: number, last: Big): void {
    const opened = this.quotes.get(symbol)?.close ?? last.times("0.994").toFixed(2);
    const size = () => String(100 * Math.ceil(this.#random() * 9));
    this.quotes.set(symbol, {
      symbol, con_id: conId, last: last.toFixed(2), bid: last.minus("0.01").toFixed(2), ask: last.plus("0.02").toFixed(2), bid_size: size(),
      ask_size: size(), volume: "31582104", high: last.times("1.008").toFixed(2), low: last.times("0.991").toFixed(2), open: opened, close: opened,
      time: now(), market_data_type: "live", stale: false, stale_reason: null,
    });
  }

  #fillMarketable(): void {
    for (const order of this.orders.filter(({ status }) => ["working", "partially_filled"].includes(status))) {
      const quote = this.quotes.get(order.symbol);
      const price = (order.side === "BUY" ? quote?.ask : quote?.bid) ?? "0";
      const limit = order.limit_price ?? (order.stop_price === null ? price : "0");
      const isMarketable = order.side === "BUY" ? new Big(price).lte(limit) : new Big(price).gte(limit) && order.stop_price === null;
      const leaves = new Big(order.quantity).minus(order.filled_quantity);
      if (isMarketable) this.fill(order.id, (leaves.gt(100) ? leaves.div(2).round(0) : leaves).toFixed(), price);
    }
  }

  #book(fill: Fill): void {
    const signed = new Big(fill.quantity).times(fill.side === "BUY" ? 1 : -1);
    const held = this.positions.find((each) => each.con_id === fill.con_id);
    const quantity = new Big(held?.quantity ?? 0).plus(signed);
    const next = this.#marked({
      account: fill.account, con_id: fill.con_id, symbol: fill.symbol, quantity: quantity.toFixed(), average_cost: held?.average_cost ?? fill.price,
      market_price: null, market_value: null, unrealized_pnl: null, realized_pnl: held?.realized_pnl ?? "0.00", as_of: now(), ...freshPosition(now()), ledger_quantity: null, differs_since: null,
    });
    this.positions = [...this.positions.filter((each) => each.con_id !== fill.con_id), next];
    this.#push("positions", "position.updated", next);
    this.#push("account", "account.updated", this.account());
  }

  #marked(position: Position): Position {
    const price = new Big(this.quotes.get(position.symbol)?.last ?? position.average_cost);
    const quantity = new Big(position.quantity);
    return {
      ...position, market_price: price.toFixed(2), market_value: price.times(quantity).toFixed(2), as_of: now(), market_as_of: now(),
      unrealized_pnl: price.minus(position.average_cost).times(quantity).toFixed(2),
    };
  }

  #log(order: Order, type: string, statusBefore: Order["status"], extra: Partial<OrderEvent>): void {
    const log = this.#events.get(order.id) ?? [];
    this.#events.set(order.id, [
      ...log,
      {
        id: log.length + 1, type, source: "ib", status_before: statusBefore, status_after: order.status, at: now(), received_at: now(), data: {},
        ib_message: said(type, { orderId: order.ib.order_id }), is_anomaly: false, correlation_id: `req-${order.id.slice(0, 8)}`, actor: null, ...extra,
      },
    ]);
  }

  #push(channel: string, event: string, data: unknown): void {
    const message: StreamEvent = { type: "event", seq: ++this.#seq, channel, event, data };
    this.journal.push(message);
    this.#listeners.forEach((listener) => listener(message));
  }

  #later(milliseconds: number, work: () => void): void {
    setTimeout(work, milliseconds);
  }
}

function failure(status: number, code: string, message: string, details: Record<string, unknown> = {}): MockAnswer {
  return { status, body: { error_code: code, message, details, timestamp: now(), request_id: "req-mock" } };
}

/** A message as IB sent it. */
function said(kind: string, payload: Record<string, unknown>): OrderEvent["ib_message"] {
  return { id: 1, kind, source: "live", payload, received_at: now() };
}

function page(results: unknown[]): MockAnswer {
  return { status: 200, body: { next: null, previous: null, results } };
}

function matches(query: URLSearchParams, name: string, value: string | null): boolean {
  const wanted = query.get(name);
  return wanted === null || wanted === value;
}

/** A small seeded generator (mulberry32), so that screenshots and tests repeat. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
