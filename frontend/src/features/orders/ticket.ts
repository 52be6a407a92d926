/** Rules of the order ticket. Pure: the server checks everything again, this is to help before it is asked. */
import Big from "big.js";

import { isOnTick, parseDecimal, toPlain } from "@/lib/decimal";
import { formatQuantity } from "@/lib/format";
import type { Instrument, Order, OrderType, PlaceOrder, Quote, Side, TimeInForce } from "@/types/models";

export interface TicketDraft {
  side: Side;
  quantity: string;
  orderType: OrderType;
  limitPrice: string;
  stopPrice: string;
  timeInForce: TimeInForce;
  outsideRth: boolean;
}

export type TicketField = "symbol" | "quantity" | "limit_price" | "stop_price" | "time_in_force" | "outside_rth";
export type TicketErrors = Partial<Record<TicketField, string>>;

export const TICKET_FIELDS: readonly TicketField[] = [
  "symbol", "quantity", "limit_price", "stop_price", "time_in_force", "outside_rth",
];

export const EMPTY_DRAFT: TicketDraft = {
  side: "BUY",
  quantity: "100",
  orderType: "MKT",
  limitPrice: "",
  stopPrice: "",
  timeInForce: "DAY",
  outsideRth: false,
};

export const wantsLimit = (type: string): boolean => type === "LMT" || type === "STP LMT";
export const wantsStop = (type: string): boolean => type === "STP" || type === "STP LMT";

/** More than any honest order; the server's own limits are tighter. */
const MOST = new Big("1e9");

export function quantityError(text: string): string | undefined {
  const quantity = parseDecimal(text);
  if (quantity === null) return text.trim() === "" ? "Enter a quantity" : "Enter a number, such as 100";
  if (quantity.lte(0)) return "Must be greater than zero";
  if (!quantity.round(0).eq(quantity)) return "Must be a whole number: IB takes no fractional orders by API";
  return quantity.gt(MOST) ? "That is more than any order can be" : undefined;
}

export function priceError(text: string, minTick: string | undefined): string | undefined {
  const price = parseDecimal(text);
  if (price === null) return text.trim() === "" ? "Enter a price" : "Enter a price, such as 228.50";
  if (price.lte(0)) return "Must be greater than zero";
  if (price.gt(MOST)) return "That is more than any price can be";
  return isOnTick(price, minTick) ? undefined : `Must be a multiple of the tick ${formatQuantity(minTick)}`;
}

/** Only the fields that have a message, so that "no keys" means "no errors". */
export function withoutGaps<Errors extends object>(errors: Errors): Errors {
  const entries: [string, unknown][] = Object.entries(errors);
  return Object.fromEntries(entries.filter(([, message]) => message !== undefined)) as Errors;
}

/** What is wrong with a draft, by field; an empty object means that it can be reviewed. */
export function validateTicket(draft: TicketDraft, instrument: Instrument | null): TicketErrors {
  const errors: TicketErrors = {
    symbol: instrument === null ? "Choose an instrument" : instrument.is_tradable ? undefined : `${instrument.symbol} cannot be traded`,
    quantity: quantityError(draft.quantity),
    limit_price: wantsLimit(draft.orderType) ? priceError(draft.limitPrice, instrument?.min_tick) : undefined,
    stop_price: wantsStop(draft.orderType) ? priceError(draft.stopPrice, instrument?.min_tick) : undefined,
    time_in_force:
      draft.timeInForce === "IOC" && wantsStop(draft.orderType) ? "IOC makes no sense for an order that waits for its trigger" : undefined,
    outside_rth: draft.outsideRth && draft.orderType === "MKT" ? "A market order works in regular hours only" : undefined,
  };
  return withoutGaps(errors);
}

const plain = (text: string): string => toPlain(parseDecimal(text) ?? new Big(0));

/** The request for a valid draft. */
export function toPlaceOrder(draft: TicketDraft, instrument: Instrument, account: string, clientOrderId: string): PlaceOrder {
  return {
    account,
    con_id: instrument.con_id,
    symbol: instrument.symbol,
    side: draft.side,
    quantity: plain(draft.quantity),
    order_type: draft.orderType,
    ...(wantsLimit(draft.orderType) && { limit_price: plain(draft.limitPrice) }),
    ...(wantsStop(draft.orderType) && { stop_price: plain(draft.stopPrice) }),
    time_in_force: draft.timeInForce,
    outside_rth: draft.outsideRth,
    client_order_id: clientOrderId,
  };
}

/** The draft that an order was made from, to reckon with it again. */
export function draftOfOrder(order: PlaceOrder): TicketDraft {
  return {
    side: order.side,
    quantity: order.quantity,
    orderType: order.order_type,
    limitPrice: order.limit_price ?? "",
    stopPrice: order.stop_price ?? "",
    timeInForce: order.time_in_force ?? "DAY",
    outsideRth: order.outside_rth ?? false,
  };
}

export interface Notional {
  amount: string;
  /** What price it is reckoned at. */
  basis: "limit" | "stop" | "ask" | "bid" | "last";
}

/** Value of the draft in the instrument's currency; null when no price is known. */
export function estimateNotional(draft: TicketDraft, instrument: Instrument | null, quote: Quote | null): Notional | null {
  const quantity = parseDecimal(draft.quantity);
  const reference = referencePrice(draft, quote);
  if (quantity === null || quantity.lte(0) || reference === null) return null;
  const multiplier = parseDecimal(instrument?.multiplier) ?? new Big(1);
  return { amount: toPlain(quantity.times(reference.price).times(multiplier.eq(0) ? 1 : multiplier)), basis: reference.basis };
}

function referencePrice(draft: TicketDraft, quote: Quote | null): { price: Big; basis: Notional["basis"] } | null {
  const touch = draft.side === "BUY" ? "ask" : "bid";
  const candidates: [Notional["basis"], Big | null][] = [
    ["limit", wantsLimit(draft.orderType) ? parseDecimal(draft.limitPrice) : null],
    ["stop", wantsStop(draft.orderType) ? parseDecimal(draft.stopPrice) : null],
    [touch, draft.orderType === "MKT" ? parseDecimal(quote?.[touch]) : null],
    ["last", draft.orderType === "MKT" ? parseDecimal(quote?.last) : null],
  ];
  const [basis, price] = candidates.find(([, candidate]) => candidate?.gt(0)) ?? ["last", null];
  return price === null ? null : { price, basis };
}

/** One line a person can check: "BUY 100 AAPL LMT 228.50 DAY". */
export function describeTicket(order: PlaceOrder | Order): string {
  const prices = [order.limit_price, order.stop_price && `stop ${order.stop_price}`].filter(Boolean).join(" ");
  return [order.side, formatQuantity(order.quantity), order.symbol, order.order_type, prices, order.time_in_force].filter(Boolean).join(" ");
}
