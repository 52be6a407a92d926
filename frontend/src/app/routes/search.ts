/** What the desk keeps in its address, so that a view can be linked, reloaded and walked back to. */
import { ORDER_STATUSES } from "@/lib/order-words";
import type { OrderStatus } from "@/types/models";

export const VIEWS = ["working", "positions", "orders", "fills", "account", "gateway"] as const;
export type View = (typeof VIEWS)[number] | "trade";

export interface DeskSearch {
  symbol?: string;
  account?: string;
  view?: View;
  order?: string;
  status?: OrderStatus;
}

const SYMBOL = /^[A-Z0-9][A-Z0-9 .-]{0,20}$/;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

function oneOf<Choice extends string>(value: unknown, choices: readonly Choice[]): Choice | undefined {
  return choices.find((choice) => choice === value);
}

/** Keep what makes sense and drop the rest: an address is typed by anyone. */
export function parseDeskSearch(search: Record<string, unknown>): DeskSearch {
  const symbol = text(search.symbol)?.toUpperCase();
  const parsed: DeskSearch = {
    symbol: symbol !== undefined && SYMBOL.test(symbol) ? symbol : undefined,
    account: text(search.account),
    view: oneOf(search.view, [...VIEWS, "trade"]),
    order: text(search.order),
    status: oneOf(search.status, ORDER_STATUSES),
  };
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== undefined));
}
