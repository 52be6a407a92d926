/**
 * Shapes of the desk's API, in the layout that `npm run generate:api` writes.
 * Written by hand from the API's fixed interface until the schema is served.
 */
type Decimal = string;
type Timestamp = string;

export interface components {
  schemas: {
    Me: {
      id: number | string;
      username: string;
      is_staff: boolean;
      is_superuser: boolean;
      accounts: { account: string; may_trade: boolean }[];
    };
    Session: { authenticated: boolean; user: components["schemas"]["Me"] | null };
    Credentials: { username: string; password: string };
    Side: "BUY" | "SELL";
    OrderType: "MKT" | "LMT" | "STP" | "STP LMT";
    TimeInForce: "DAY" | "GTC" | "IOC";
    OrderStatus:
      | "pending_submit"
      | "working"
      | "partially_filled"
      | "filled"
      | "pending_replace"
      | "pending_cancel"
      | "cancelled"
      | "rejected"
      | "expired"
      | "unknown"
      | "suspended";
    Order: {
      id: string;
      client_order_id: string | null;
      account: string;
      con_id: number;
      symbol: string;
      side: components["schemas"]["Side"];
      quantity: Decimal;
      order_type: components["schemas"]["OrderType"];
      limit_price: Decimal | null;
      stop_price: Decimal | null;
      time_in_force: components["schemas"]["TimeInForce"];
      outside_rth?: boolean;
      status: components["schemas"]["OrderStatus"];
      filled_quantity: Decimal;
      average_fill_price: Decimal | null;
      commission: Decimal | null;
      origin: "desk" | "external" | "liquidation";
      reject_code?: string | null;
      reject_reason: string | null;
      ib: { order_id: number | null; perm_id: number | string | null; client_id: number | null; status: string | null };
      created_at: Timestamp;
      updated_at: Timestamp;
      last_event_seq: number;
    };
    OrderEvent: {
      id: number | string;
      type: string;
      source: string;
      status_before: string | null;
      status_after: string | null;
      at: Timestamp;
      received_at: Timestamp | null;
      data: Record<string, unknown>;
      ib_message: unknown;
      correlation_id: string | null;
      actor: string | null;
    };
    PlaceOrder: {
      account?: string;
      symbol?: string;
      con_id?: number;
      side: components["schemas"]["Side"];
      quantity: Decimal;
      order_type: components["schemas"]["OrderType"];
      limit_price?: Decimal;
      stop_price?: Decimal;
      time_in_force?: components["schemas"]["TimeInForce"];
      outside_rth?: boolean;
      client_order_id?: string;
    };
    ModifyOrder: { quantity?: Decimal; limit_price?: Decimal; stop_price?: Decimal };
    CancelAll: { account?: string; symbol?: string };
    Fill: {
      id: number | string;
      exec_id: string;
      order_id: string | null;
      account: string;
      con_id: number;
      symbol: string;
      side: components["schemas"]["Side"];
      quantity: Decimal;
      price: Decimal;
      commission: Decimal | null;
      commission_currency: string | null;
      realized_pnl: Decimal | null;
      executed_at: Timestamp;
      exchange: string;
      is_current?: boolean;
    };
    Position: {
      account: string;
      con_id: number;
      symbol: string;
      quantity: Decimal;
      average_cost: Decimal | null;
      market_price: Decimal | null;
      market_value: Decimal | null;
      unrealized_pnl: Decimal | null;
      realized_pnl: Decimal | null;
      as_of: Timestamp;
    };
    Account: {
      account: string;
      trading_mode: string;
      base_currency: string;
      net_liquidation: Decimal | null;
      total_cash: Decimal | null;
      buying_power: Decimal | null;
      available_funds: Decimal | null;
      init_margin: Decimal | null;
      maint_margin: Decimal | null;
      gross_position_value: Decimal | null;
      daily_pnl: Decimal | null;
      unrealized_pnl: Decimal | null;
      realized_pnl: Decimal | null;
      as_of: Timestamp | null;
    };
    AccountDetail: components["schemas"]["Account"] & { values: { tag: string; currency: string; value: string }[] };
    Instrument: {
      con_id: number;
      symbol: string;
      sec_type: string;
      exchange: string;
      primary_exchange: string;
      currency: string;
      long_name: string;
      min_tick: Decimal;
      multiplier: Decimal | null;
      trading_hours: string;
      liquid_hours: string;
      time_zone: string;
      is_tradable: boolean;
    };
    Quote: {
      symbol: string;
      con_id: number;
      bid: Decimal | null;
      ask: Decimal | null;
      last: Decimal | null;
      bid_size: Decimal | null;
      ask_size: Decimal | null;
      volume: Decimal | null;
      high: Decimal | null;
      low: Decimal | null;
      open: Decimal | null;
      close: Decimal | null;
      time: Timestamp | null;
      market_data_type: string | number | null;
    };
    Bar: { time: Timestamp; open: Decimal; high: Decimal; low: Decimal; close: Decimal; volume: Decimal };
    Bars: { symbol: string; con_id: number; bar_size: string; duration: string; bars: components["schemas"]["Bar"][] };
    Gateway: {
      state: "disconnected" | "connecting" | "syncing" | "ready" | "degraded";
      ready: boolean;
      since: Timestamp | null;
      reason: string | null;
      connected_at: Timestamp | null;
      synced_at: Timestamp | null;
      heartbeat_at: Timestamp | null;
      lag_seconds: number | string | null;
      host: string | null;
      port: number | null;
      client_id: number | null;
      server_version: number | null;
      library: string | null;
      accounts: string[];
      next_restart: Timestamp | null;
      trading_mode: string;
    };
    Error: {
      error_code: string;
      message: string;
      details: Record<string, unknown> | null;
      timestamp: Timestamp;
      request_id: string;
    };
  };
}

type Schemas = components["schemas"];
type Json<Body> = { content: { "application/json": Body } };
type Page<Row> = { next: string | null; previous: string | null; results: Row[] };
type Failed = Json<Schemas["Error"]>;
type None = { parameters: { query?: never; header?: never; path?: never; cookie?: never } };
type Query<Params> = { parameters: { query?: Params; header?: never; path?: never; cookie?: never } };
type Path<Params> = { parameters: { query?: never; header?: never; path: Params; cookie?: never } };
type Answers<Codes extends number, Body> = { responses: { [code in Codes]: Json<Body> } & { default: Failed } };
type Nothing = { responses: { 204: { content?: never }; default: Failed } };
type Sends<Body> = { requestBody: Json<Body> };

export interface paths {
  "/api/v1/auth/session/": {
    get: None & Answers<200, Schemas["Session"]>;
    post: None & Sends<Schemas["Credentials"]> & Answers<200, Schemas["Session"]>;
    delete: None & Nothing;
  };
  "/api/v1/orders/": {
    get: Query<{
      status?: string;
      symbol?: string;
      account?: string;
      side?: string;
      since?: string;
      until?: string;
      client_order_id?: string;
      cursor?: string;
    }> &
      Answers<200, Page<Schemas["Order"]>>;
    post: None & Sends<Schemas["PlaceOrder"]> & Answers<200 | 201, Schemas["Order"]>;
  };
  "/api/v1/orders/{id}/": {
    get: Path<{ id: string }> & Answers<200, Schemas["Order"]>;
    patch: Path<{ id: string }> & Sends<Schemas["ModifyOrder"]> & Answers<202, Schemas["Order"]>;
  };
  "/api/v1/orders/{id}/events/": {
    get: {
      parameters: { query?: { cursor?: string }; header?: never; path: { id: string }; cookie?: never };
    } & Answers<200, Page<Schemas["OrderEvent"]>>;
  };
  "/api/v1/orders/{id}/cancel/": { post: Path<{ id: string }> & Answers<202, Schemas["Order"]> };
  "/api/v1/orders/cancel-all/": {
    post: None & Sends<Schemas["CancelAll"]> & Answers<202, Record<string, unknown>>;
  };
  "/api/v1/fills/": {
    get: Query<{ account?: string; symbol?: string; order_id?: string; cursor?: string }> &
      Answers<200, Page<Schemas["Fill"]>>;
  };
  "/api/v1/positions/": {
    get: Query<{ account?: string; symbol?: string; cursor?: string }> & Answers<200, Page<Schemas["Position"]>>;
  };
  "/api/v1/accounts/": { get: Query<{ cursor?: string }> & Answers<200, Page<Schemas["Account"]>> };
  "/api/v1/accounts/{account}/": { get: Path<{ account: string }> & Answers<200, Schemas["AccountDetail"]> };
  "/api/v1/instruments/": {
    get: Query<{ search?: string; cursor?: string }> & Answers<200, Page<Schemas["Instrument"]>>;
  };
  "/api/v1/instruments/{con_id}/": { get: Path<{ con_id: number }> & Answers<200, Schemas["Instrument"]> };
  "/api/v1/quotes/": { get: Query<{ symbols: string }> & Answers<200, Page<Schemas["Quote"]> | Schemas["Quote"][]> };
  "/api/v1/bars/": {
    get: Query<{ symbol: string; duration: string; bar_size: string }> & Answers<200, Schemas["Bars"]>;
  };
  "/api/v1/gateway/": { get: None & Answers<200, Schemas["Gateway"]> };
}
