/** What IB says of an account besides its main figures, as the desk's API tells it. */
import type { Account, AccountCurrencies, AccountEquity, AccountMargin, Position } from "@/types/models";

/** The state of figures that IB is streaming just now. */
export function freshValues(at: string) {
  return { as_of: at, confirmed_at: at, is_stale: false, source: "IB account updates" };
}

export function freshAccount(at: string) {
  return { ...freshValues(at), pnl_as_of: at, pnl_is_stale: false, excess_liquidity: "760000.00" };
}

/** What a position has beside its own figures: the mark of the only account of a login, and the stream of its P&L. */
export function freshPosition(at: string, pnl: Position["pnl"] = null) {
  return {
    currency: "USD", source: "IB positions", market_as_of: at, market_source: "IB portfolio", market_is_stale: false, pnl, confirmed_at: at,
    is_stale: false,
  };
}

const LEDGER = {
  accrued_cash: "0", option_value: "0", futures_pnl: "0", unrealized_pnl: "0", realized_pnl: null,
};

export function mockCurrencies(account: Account): AccountCurrencies {
  const at = account.as_of ?? new Date().toISOString();
  const dollars = { ...LEDGER, cash: "806930.05", stock_value: account.gross_position_value, net_liquidation: account.net_liquidation };
  const euros = { ...LEDGER, cash: "5000", stock_value: "0", net_liquidation: "5000" };
  return {
    account: account.account, base_currency: "USD", ...freshValues(at), total: { ...dollars, cash: account.total_cash },
    currencies: [
      { currency: "EUR", is_base: false, exchange_rate: "1.0821", ...euros, in_base: { ...euros, cash: "5410.5", net_liquidation: "5410.5" }, as_of: at },
      { currency: "USD", is_base: true, exchange_rate: "1", ...dollars, in_base: dollars, as_of: at },
    ],
  };
}

export function mockMargin(account: Account): AccountMargin {
  const { init_margin, maint_margin, available_funds, excess_liquidity } = account;
  const requirement = { init_margin, maint_margin, available_funds, excess_liquidity };
  const segment = { current: requirement, full: requirement, look_ahead: requirement };
  const nothing = { init_margin: null, maint_margin: null, available_funds: null, excess_liquidity: null };
  return {
    account: account.account, base_currency: "USD", ...freshValues(account.as_of ?? ""), net_liquidation: account.net_liquidation,
    equity_with_loan: account.net_liquidation, previous_day_equity_with_loan: null, buying_power: account.buying_power, reg_t_equity: null,
    reg_t_margin: null, sma: "910000", cushion: "0.97", leverage: "0.31", day_trades_remaining: "-1", highest_severity: "0",
    total: segment, securities: segment, commodities: { current: nothing, full: nothing, look_ahead: nothing },
  };
}

const MINUTE = 60_000;

/** Three hours by the minute, of which twenty are not known. */
export function mockEquity(account: Account, now = Date.now()): AccountEquity {
  const time = (minutes: number) => new Date(Math.floor(now / MINUTE) * MINUTE - minutes * MINUTE).toISOString();
  const minutes = Array.from({ length: 180 }, (_, index) => 180 - index).filter((minute) => minute <= 90 || minute > 110);
  return {
    account: account.account, base_currency: "USD", resolution: "minute", since: time(1440), until: time(0), source: "IB account updates, kept once a minute",
    points: minutes.map((minute) => ({
      at: time(minute), currency: "USD", net_liquidation: (1_000_000 + 900 * Math.sin(minute / 17) - 14 * minute).toFixed(2), total_cash: account.total_cash,
      gross_position_value: account.gross_position_value, buying_power: account.buying_power, init_margin: account.init_margin, maint_margin: account.maint_margin,
      daily_pnl: null, unrealized_pnl: null, realized_pnl: null, values_as_of: time(minute), pnl_as_of: null, known_minutes: 1,
    })),
    gaps: [{ since: time(111), until: time(90) }],
  };
}
